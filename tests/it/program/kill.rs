//! What was acknowledged is kept, whatever becomes of the process.

use super::http::Client;
use super::{Program, figure};
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: u64 = 20;
const CLIENTS: usize = 8;

/// A token whose making was acknowledged.
struct Made {
    secret: String,
    revocation: Revocation,
}

enum Revocation {
    NotAsked,
    /// No answer came: it may have happened or not.
    Asked,
    Acknowledged,
}

/// Makes tokens and revokes every other one, until the server is gone.
fn work(client: &Client, key: &str) -> Vec<Made> {
    let mut made = Vec::new();
    while let Ok((id, secret)) = make(client, key) {
        let mut revocation = Revocation::NotAsked;
        if made.len() % 2 == 0 {
            revocation = if revoke(client, key, &id).is_ok() { Revocation::Acknowledged } else { Revocation::Asked };
        }
        made.push(Made { secret, revocation });
    }
    made
}

fn make(client: &Client, key: &str) -> io::Result<(String, String)> {
    let document =
        "mutation { issuePersonalAccessToken(input: { name: \"x\" }) { token personal_access_token { id } } }";
    let issued = acknowledged(client, key, document, Value::Null)?["issuePersonalAccessToken"].take();
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    Ok((text(&issued["personal_access_token"]["id"]), text(&issued["token"])))
}

fn revoke(client: &Client, key: &str, id: &str) -> io::Result<()> {
    let document = "mutation ($id: Int64Bit!) { revokePersonalAccessToken(id: $id) { revoked_at } }";
    acknowledged(client, key, document, json!({ "id": id })).map(drop)
}

/// The data of a whole answer. An answer that refuses is a failure of the test, a broken connection is what it is for.
fn acknowledged(client: &Client, key: &str, document: &str, variables: Value) -> io::Result<Value> {
    let mut answer = client.graphql(key, document, &variables)?.json();
    assert!(answer.get("errors").is_none(), "{answer}");
    Ok(answer["data"].take())
}

#[derive(Default)]
struct Counts {
    made: usize,
    revoked: usize,
    unknown: usize,
}

impl Counts {
    fn check(&mut self, client: &Client, made: &[Made]) {
        for token in made {
            let standing = client.standing(&token.secret).unwrap();
            self.made += 1;
            match token.revocation {
                Revocation::NotAsked => assert_eq!(standing, "ada", "an acknowledged token is lost"),
                Revocation::Asked => {
                    self.unknown += 1;
                    assert!(standing == "ada" || standing == "TOKEN_REVOKED", "{standing}");
                }
                Revocation::Acknowledged => {
                    self.revoked += 1;
                    assert_eq!(standing, "TOKEN_REVOKED", "an acknowledged revocation is lost");
                }
            }
        }
    }
}

#[test]
fn twenty_times_kill_9_loses_nothing_that_was_acknowledged() {
    let begun = Instant::now();
    let program = Program::new();
    program.add_user("ada", &["--super-admin"]);
    let key = program.make_token("ada", &["--access", "read-write"]);
    let mut counts = Counts::default();
    let mut server = program.serve();
    for round in 0..ROUNDS {
        let client = server.http.clone();
        let made: Vec<Made> = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| work(&client, &key))).collect();
            // Each time at another moment of what goes on.
            thread::sleep(Duration::from_millis(100 + round * 13));
            server.kill();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        server = program.serve();
        counts.check(&server.http, &made);
    }
    assert!(counts.made > 20 * CLIENTS && counts.revoked > CLIENTS, "too little was going on: {}", counts.made);
    nothing_is_half_made(&program.directory().join("doorward-data/doorward.db"));
    figure(&format!(
        "{ROUNDS} times kill -9 on SQLite: {} acknowledged creations, {} acknowledged revocations, {} unanswered, \
         none lost; {} s",
        counts.made,
        counts.revoked,
        counts.unknown,
        begun.elapsed().as_secs()
    ));
}

/// The file is whole, and each deed has its line in the audit trail.
fn nothing_is_half_made(path: &Path) {
    let database = rusqlite::Connection::open(path).unwrap();
    let one = |sql: &str| database.query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
    assert_eq!(one("pragma integrity_check"), rusqlite::types::Value::Text("ok".into()));
    let same = [
        ("select count(*) from personal_access_tokens", "token.create"),
        ("select count(*) from personal_access_tokens where revoked_at is not null", "token.revoke"),
    ];
    for (there, deed) in same {
        let told = format!("select count(*) from audit_events where action = '{deed}'");
        assert_eq!(one(there), one(&told), "{deed}");
    }
}
