//! A revocation under load: 32 clients use a token over sockets, and none of them is let in once it was answered.

use super::{Program, figure};
use crate::databases::Database;
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const CLIENTS: usize = 32;

fn revoked_under_load(database: &Database) -> usize {
    let program = Program::on(database);
    program.add_user("ada", &["--super-admin"]);
    let key = program.make_token("ada", &["--access", "read-write"]);
    let server = program.serve();
    let issue =
        "mutation { issuePersonalAccessToken(input: { name: \"used\" }) { token personal_access_token { id } } }";
    let issued = server.http.ask(&key, issue, &json!({}))["data"]["issuePersonalAccessToken"].take();
    let (secret, id) = (issued["token"].as_str().unwrap(), &issued["personal_access_token"]["id"]);
    let (revoked, accepted, late) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let begun_after = revoked.load(Ordering::SeqCst);
                    if server.http.standing(secret).unwrap() == "ada" {
                        accepted.fetch_add(1, Ordering::SeqCst);
                        late.fetch_add(usize::from(begun_after), Ordering::SeqCst);
                    } else if begun_after {
                        return;
                    }
                }
            });
        }
        while accepted.load(Ordering::SeqCst) < 10 * CLIENTS {
            thread::yield_now();
        }
        let revoke = "mutation ($id: Int64Bit!) { revokePersonalAccessToken(id: $id) { status } }";
        let answer = server.http.ask(&key, revoke, &json!({ "id": id }));
        assert_eq!(answer["data"]["revokePersonalAccessToken"]["status"], "REVOKED", "{answer}");
        revoked.store(true, Ordering::SeqCst);
    });
    server.stop();
    assert_eq!(late.load(Ordering::SeqCst), 0, "accepted after the answer");
    accepted.load(Ordering::SeqCst)
}

#[test]
fn nothing_is_accepted_after_the_answer_to_a_revocation() {
    crate::databases::run(async {
        for (name, database) in [("SQLite", Database::sqlite()), ("PostgreSQL", Database::postgres().await)] {
            let accepted = revoked_under_load(&database);
            figure(&format!(
                "revoking under {CLIENTS} clients on {name}: {accepted} accepted before, 0 after the answer"
            ));
        }
    });
}
