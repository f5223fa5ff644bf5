//! Several nodes on one PostgreSQL: what one takes away is refused by the others, whatever happens to them.

mod clock;
mod failing_over;
mod relay;

use super::http::Client;
use super::running::Running;
use super::{PASSWORD, Program, figure};
use crate::databases::Database;
use relay::Relay;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that a node may accept what another has revoked, while nothing fails; whatever fails; and the longest
/// until it is back by itself.
const BOUND: Duration = Duration::from_secs(1);
const BOUND_WHATEVER_FAILS: Duration = Duration::from_secs(2);
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// Two nodes on one database; what the second knows of the database goes through a relay.
struct Pair {
    here: Running,
    there: Running,
    way: Relay,
    /// Ada's, who may do everything.
    key: String,
    program: Program,
}

impl Pair {
    fn on(database: &Database) -> Self {
        Self::with(database, |program| program)
    }

    /// The second node in another environment.
    fn with(database: &Database, there: impl FnOnce(Program) -> Program) -> Self {
        let url = database.url().expect("it is PostgreSQL's");
        let program = Program::on(database);
        program.add_user("ada", &["--super-admin"]);
        let key = program.make_token("ada", &["--access", "read-write"]);
        let (before, after) = url.split_once('@').expect("it names a user");
        let (address, path) = after.split_once('/').expect("it names a database");
        let way = Relay::to(address);
        let through = format!("{before}@{}/{path}", way.address());
        let there = there(Program::new().with("DOORWARD_DATABASE__URL", &through)).serve();
        Self { here: program.serve(), there, way, key, program }
    }

    /// A new token and its number, known to both nodes.
    fn issue(&self) -> (String, String) {
        let document =
            "mutation { issuePersonalAccessToken(input: { name: \"x\" }) { token personal_access_token { id } } }";
        let issued = self.here.http.ask(&self.key, document, &Value::Null);
        let issued = &issued["data"]["issuePersonalAccessToken"];
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{issued}")).to_owned();
        let (id, secret) = (text(&issued["personal_access_token"]["id"]), text(&issued["token"]));
        for node in [&self.here, &self.there] {
            // The second is answered from the cache.
            assert_eq!(node.http.standing(&secret).unwrap(), "ada");
            assert_eq!(node.http.standing(&secret).unwrap(), "ada");
        }
        (id, secret)
    }

    /// Revokes on the first node; answers when that was acknowledged.
    fn revoke(&self, id: &str) -> Instant {
        let document = "mutation ($id: Int64Bit!) { revokePersonalAccessToken(id: $id) { revoked_at } }";
        let answer = self.here.http.ask(&self.key, document, &json!({ "id": id }));
        assert!(answer.get("errors").is_none(), "{answer}");
        Instant::now()
    }
}

/// Asks a node again and again, from now on until `enough`; answers when the last request was begun that was accepted.
fn asks<T>(node: &Client, secret: &str, enough: impl FnOnce() -> T) -> (Option<Instant>, T) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut last = None;
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                if node.standing(secret).unwrap() == "ada" {
                    last = Some(begun);
                }
                thread::sleep(Duration::from_millis(5));
            }
            last
        });
        let done = enough();
        over.store(true, Ordering::Relaxed);
        (asking.join().unwrap(), done)
    })
}

/// Waits until this credential stands so, and answers how long it took.
#[track_caller]
fn until(node: &Client, secret: &str, patience: Duration, standing: &str) -> Duration {
    let since = Instant::now();
    loop {
        let stands = node.standing(secret).unwrap();
        if stands.contains(standing) {
            return since.elapsed();
        }
        assert!(since.elapsed() < patience, "not {standing} after {patience:?}, but {stands}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn postgres(test: impl FnOnce(&Database)) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    test(&runtime.block_on(Database::postgres()));
}

#[test]
fn what_one_node_revokes_another_refuses_within_a_second() {
    postgres(|database| {
        let pair = Pair::on(database);
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let (id, secret) = pair.issue();
            let (last, revoked) = asks(&pair.there.http, &secret, || {
                let revoked = pair.revoke(&id);
                until(&pair.there.http, &secret, BOUND, "TOKEN_REVOKED");
                revoked
            });
            slowest = slowest.max(last.map_or(Duration::ZERO, |last| last.saturating_duration_since(revoked)));
        }
        figure(&format!(
            "revoked on another node, 20 times: last accepted {} ms after the answer",
            slowest.as_millis()
        ));
        assert!(slowest < BOUND, "{slowest:?}");
    });
}

/// Cuts the second node off, revokes on the first, and mends the way.
fn cut_off(how: &str, cut: impl Fn(&Relay)) {
    postgres(|database| {
        let pair = Pair::on(database);
        let ((id, secret), (_, other)) = (pair.issue(), pair.issue());
        let (last, revoked) = asks(&pair.there.http, &secret, || {
            cut(&pair.way);
            let revoked = pair.revoke(&id);
            until(&pair.there.http, &secret, 2 * BOUND_WHATEVER_FAILS, "UNAVAILABLE");
            until(&pair.there.http, &other, BOUND, "UNAVAILABLE");
            // Nor does it take what it has never seen for a stranger's.
            until(&pair.there.http, &pair.program.make_token("ada", &[]), BOUND, "UNAVAILABLE");
            revoked
        });
        let last = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(revoked));
        assert!(last < BOUND_WHATEVER_FAILS, "{last:?}");
        let ready = pair.there.http.get("/readyz?verbose");
        assert_eq!((ready.status, ready.header("retry-after")), (503, Some("1")), "{}", ready.body);
        assert!(ready.body.contains("changes by other nodes: not known for too long"), "{}", ready.body);
        pair.way.mend();
        let back = until(&pair.there.http, &other, BACK_WITHIN, "ada");
        assert_eq!(pair.there.http.standing(&secret).unwrap(), "TOKEN_REVOKED");
        figure(&format!(
            "a node cut off from PostgreSQL ({how}): last accepted {} ms after the revocation, back {} ms after the way was mended",
            last.as_millis(),
            back.as_millis()
        ));
    });
}

#[test]
fn a_node_to_which_nothing_gets_through_refuses_within_two_seconds_and_is_back_by_itself() {
    cut_off("nothing gets through", Relay::fall_silent);
}

#[test]
fn a_node_whose_connections_are_reset_refuses_within_two_seconds_and_is_back_by_itself() {
    cut_off("connections reset", Relay::break_off);
}

#[test]
fn acting_as_a_token_is_answered_in_time_where_the_database_was_cut_off() {
    postgres(|database| {
        let pair = Pair::on(database);
        let node = &pair.there.http;
        let signed_in = node.post_form("/sign-in", &[("username", "ada"), ("password", PASSWORD)]);
        let set = signed_in.header("set-cookie").unwrap_or_else(|| panic!("{} {}", signed_in.status, signed_in.body));
        let cookie = set.split(';').next().expect("a cookie").to_owned();
        let origin = pair.there.url();
        let acts = || {
            let headers = [
                ("content-type", "application/json"),
                ("origin", &*origin),
                ("cookie", &*cookie),
                ("doorward-act-as", "token:1"),
            ];
            let began = Instant::now();
            let answer = node.send("POST", "/graphql", &headers, br#"{"query":"{ me { username } }"}"#);
            (answer.expect("it answers").json(), began.elapsed())
        };
        // The session is known now; what is acted as is read each time.
        assert_eq!(acts().0["data"]["me"]["username"], "ada");
        pair.way.fall_silent();
        let (answer, took) = acts();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
        assert!(took < 2 * BOUND_WHATEVER_FAILS, "{took:?}");
        pair.way.mend();
    });
}

/// Freezes a node, takes a token away elsewhere, and thaws it with requests waiting at its door.
fn frozen(node: &Running, live: &str, revoked: &str, name: &str, revoke: impl FnOnce()) {
    node.signal("-STOP");
    revoke();
    let answers = thread::scope(|scope| {
        let waiting: Vec<_> = (0..16).map(|_| scope.spawn(|| node.http.standing(revoked).unwrap())).collect();
        // The time itself is what is tried.
        thread::sleep(Duration::from_secs(10));
        node.signal("-CONT");
        waiting.into_iter().map(|answer| answer.join().unwrap()).collect::<Vec<_>>()
    });
    for answer in answers {
        assert!(answer == "TOKEN_REVOKED" || answer.contains("UNAVAILABLE"), "{answer}");
    }
    let back = until(&node.http, live, BACK_WITHIN, name);
    assert_eq!(node.http.standing(revoked).unwrap(), "TOKEN_REVOKED");
    figure(&format!("frozen for 10 s: nothing accepted that was revoked, back {} ms after thawing", back.as_millis()));
}

#[test]
fn a_node_that_was_frozen_for_ten_seconds_accepts_nothing_that_was_revoked_meanwhile() {
    postgres(|database| {
        let pair = Pair::on(database);
        let ((id, secret), (_, other)) = (pair.issue(), pair.issue());
        frozen(&pair.there, &other, &secret, "ada", || {
            pair.revoke(&id);
        });
    });
}

#[test]
fn a_server_on_sqlite_that_was_frozen_for_ten_seconds_accepts_nothing_that_was_revoked_meanwhile() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let (first, second) = (program.make_token("mia", &[]), program.make_token("mia", &[]));
    let server = program.serve();
    for token in [&first, &first, &second] {
        assert_eq!(server.http.standing(token).unwrap(), "mia");
    }
    // Frozen while it writes down the first uses, it would hold the lock on the file, and nobody else could write.
    let since = Instant::now();
    while program.does(["token", "list", "--json"]).contains("\"last_used_at\":null") {
        assert!(since.elapsed() < BACK_WITHIN, "the uses are not written down");
    }
    frozen(&server, &second, &first, "mia", || drop(program.does(["token", "revoke", "1"])));
}

#[test]
fn a_server_whose_database_file_was_replaced_refuses_rather_than_goes_on_with_the_old_one() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let token = program.make_token("mia", &[]);
    let server = program.serve();
    assert_eq!(server.http.standing(&token).unwrap(), "mia");
    let file = program.directory().join("doorward-data/doorward.db");
    std::fs::rename(&file, file.with_extension("away")).unwrap();
    until(&server.http, &token, 2 * BOUND_WHATEVER_FAILS, "UNAVAILABLE");
    std::fs::copy(file.with_extension("away"), &file).unwrap();
    server.said.wait_for("why", |said| said.contains("changes by other processes cannot be read").then_some(()));
    assert!(server.http.standing(&token).unwrap().contains("UNAVAILABLE"));
    std::fs::rename(file.with_extension("away"), &file).unwrap();
    until(&server.http, &token, BACK_WITHIN, "mia");
}
