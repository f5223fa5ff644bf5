//! What was acknowledged is kept, whatever becomes of the process.

use super::http::Client;
use super::{Program, figure};
use crate::databases::Database;
use doorward::storage::{Location, Storage, sql};
use doorward::world::World;
use serde_json::{Value, json};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

const ROUNDS: u64 = 12;
const CLIENTS: usize = 8;

/// How often: more with `DOORWARD_TEST_KILLS`, for who has the time.
#[expect(clippy::disallowed_methods, reason = "tests are told how much to do by the environment")]
fn rounds() -> u64 {
    std::env::var("DOORWARD_TEST_KILLS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"))
}

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
fn work(client: &Client, key: &str, answered: &AtomicU64) -> Vec<Made> {
    let mut made = Vec::new();
    while let Ok((id, secret)) = make(client, key) {
        answered.fetch_add(1, Ordering::Relaxed);
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

on_both! {
    async fn kill_9_again_and_again_loses_nothing_that_was_acknowledged_and_revives_nothing(database: Database) {
        let (begun, rounds) = (Instant::now(), rounds());
        let program = Program::on(&database);
        program.add_user("ada", &["--super-admin"]);
        let key = program.make_token("ada", &["--access", "read-write"]);
        let mut counts = Counts::default();
        let mut server = program.serve();
        for round in 0..rounds {
            let client = server.http.clone();
            let answered = AtomicU64::new(0);
            let made: Vec<Made> = thread::scope(|scope| {
                let clients: Vec<_> =
                    (0..CLIENTS).map(|_| scope.spawn(|| work(&client, &key, &answered))).collect();
                // Each time at another moment of what goes on.
                let enough = 3 + (round * 7) % 40;
                while answered.load(Ordering::Relaxed) < enough && !clients.iter().any(ScopedJoinHandle::is_finished) {
                    thread::sleep(Duration::from_micros(50));
                }
                server.kill();
                clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
            });
            server = program.serve();
            counts.check(&server.http, &made);
        }
        nothing_is_half_made(&program, &database).await;
        let on = if database.url().is_some() { "PostgreSQL" } else { "SQLite" };
        figure(&format!(
            "{rounds} times kill -9 on {on}: {} acknowledged creations, {} acknowledged revocations, {} unanswered, \
             none lost, none revived; {} s",
            counts.made,
            counts.revoked,
            counts.unknown,
            begun.elapsed().as_secs()
        ));
    }
}

/// SQLite's file is whole, and each deed has its line in the audit trail.
async fn nothing_is_half_made(program: &Program, database: &Database) {
    if database.url().is_none() {
        let file = rusqlite::Connection::open(program.directory().join("doorward-data/doorward.db")).unwrap();
        let found: String = file.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(found, "ok");
    }
    let location = match database.location() {
        Location::Sqlite(_) => Location::Sqlite(program.directory().join("doorward-data/doorward.db")),
        postgres @ Location::Postgres(_) => postgres.clone(),
    };
    let storage = Storage::open(&location, World::real()).await.unwrap();
    let counted = storage.read(|tx| {
        let row = tx.one(
            sql!(
                "select (select count(*) from personal_access_tokens),
                        (select count(*) from audit_events where action = 'token.create'),
                        (select count(*) from personal_access_tokens where revoked_at is not null),
                        (select count(*) from audit_events where action = 'token.revoke')"
            ),
            &[],
        )?;
        Ok([row.get::<i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
    });
    let [made, told_of, revoked, told_revoked] = counted.await.unwrap();
    assert_eq!((made, revoked), (told_of, told_revoked));
}
