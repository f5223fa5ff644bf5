//! The command line beside a running server: what it takes away is gone within a second, what it gives works at once.

use super::running::Running;
use super::{PASSWORD, Program, figure};
use crate::databases::Database;
use doorward::storage::{Location, Storage, sql};
use doorward::world::World;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_secs(1);

/// How the credentials stand on the server, asked every 20 ms while `command` runs and until all are refused: for each
/// the reason, and how long after the command's answer the last request was begun that was still accepted.
fn until_refused<const N: usize>(
    server: &Running,
    credentials: [&str; N],
    command: impl FnOnce(),
) -> [(String, Duration); N] {
    for credential in credentials {
        // The second is answered from the cache.
        for _ in 0..2 {
            assert_eq!(server.http.standing(credential).unwrap(), "mia");
        }
    }
    let polling = AtomicBool::new(false);
    thread::scope(|scope| {
        let pollers = credentials.map(|credential| {
            let polling = &polling;
            scope.spawn(move || {
                let started = Instant::now();
                loop {
                    let begun = Instant::now();
                    let standing = server.http.standing(credential).unwrap();
                    polling.store(true, Ordering::Relaxed);
                    if standing != "mia" || started.elapsed() > Duration::from_secs(20) {
                        return (standing, begun);
                    }
                    thread::sleep(Duration::from_millis(20));
                }
            })
        });
        while !polling.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        command();
        let answered = Instant::now();
        pollers.map(|poller| {
            let (reason, refused) = poller.join().unwrap();
            (reason, refused.saturating_duration_since(answered))
        })
    })
}

#[track_caller]
fn within_the_bound(what: &str, database: &Database, refused: &[(String, Duration)], reasons: &[&str]) {
    let on = if database.url().is_some() { "PostgreSQL" } else { "SQLite" };
    for ((reason, after), expected) in refused.iter().zip(reasons) {
        assert_eq!(reason, expected);
        figure(&format!("{what} beside a server on {on}: {reason} {} ms after the answer", after.as_millis()));
        assert!(*after < BOUND, "{after:?}");
    }
}

/// Behind the server's back `User.email_address` comes with a second revision, as if an update had brought it.
async fn newer(program: &Program, database: &Database) {
    let location = match database.location() {
        Location::Sqlite(_) => Location::Sqlite(program.directory().join("doorward-data/doorward.db")),
        postgres @ Location::Postgres(_) => postgres.clone(),
    };
    let storage = Storage::open(&location, World::real()).await.unwrap();
    let change = storage.change(|tx| {
        tx.execute(
            sql!(
                "insert into schema_revisions (id, digest, made_at)
                 select 2, digest, made_at from schema_revisions where id = 1"
            ),
            &[],
        )?;
        tx.execute(sql!("update coordinates set first_seen_revision = 2 where coordinate = 'User.email_address'"), &[])
    });
    assert_eq!(change.await.unwrap(), 1);
    storage.close().await;
}

on_both! {
    async fn a_token_revoked_on_the_command_line_is_refused_within_a_second(database: Database) {
        let program = Program::on(&database);
        program.add_user("mia", &[]);
        let token = program.make_token("mia", &[]);
        let other = program.make_token("mia", &[]);
        let server = program.serve();
        let refused = until_refused(&server, [&token], || drop(program.does(["token", "revoke", "1"])));
        within_the_bound("token revoke", &database, &refused, &["TOKEN_REVOKED"]);
        thread::sleep(Duration::from_millis(200));
        assert_eq!(server.http.standing(&token).unwrap(), "TOKEN_REVOKED");
        assert_eq!(server.http.standing(&other).unwrap(), "mia");
    }

    async fn a_user_disabled_on_the_command_line_is_refused_within_a_second(database: Database) {
        let program = Program::on(&database);
        program.add_user("mia", &[]);
        program.add_user("ben", &[]);
        let token = program.make_token("mia", &[]);
        let bens = program.make_token("ben", &[]);
        let server = program.serve();
        let (access, refresh) = server.http.sign_in("mia", PASSWORD);
        let refused = until_refused(&server, [&token, &access], || drop(program.does(["user", "disable", "mia"])));
        within_the_bound("user disable", &database, &refused, &["USER_DISABLED", "USER_DISABLED"]);
        assert_eq!(server.http.standing(&bens).unwrap(), "ben");
        let answer = server.http.try_to_sign_in("mia", PASSWORD);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS");

        // Back come the tokens, but no session.
        program.does(["user", "enable", "mia"]);
        thread::sleep(BOUND);
        assert_eq!(server.http.standing(&token).unwrap(), "mia");
        assert_eq!(server.http.standing(&access).unwrap(), "TOKEN_REVOKED");
        let again = format!("mutation {{ signInRefresh(refreshToken: \"{refresh}\") {{ accessToken }} }}");
        let answer = server.http.ask("", &again, &Value::Null);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{answer}");
    }

    async fn sessions_end_within_a_second_of_a_new_password(database: Database) {
        let program = Program::on(&database);
        program.add_user("mia", &[]);
        let server = program.serve();
        let (access, _) = server.http.sign_in("mia", PASSWORD);
        let new = "a quite different password";
        let refused = until_refused(&server, [&access], || {
            let done = program.run_with(["user", "set-password", "mia", "--password-stdin"], new.as_bytes());
            assert_eq!(done.status, 0, "{}", done.told());
        });
        within_the_bound("user set-password", &database, &refused, &["TOKEN_REVOKED"]);
        server.http.sign_in("mia", new);
    }

    async fn what_is_accepted_on_the_command_line_is_open_within_a_second(database: Database) {
        let program = Program::on(&database);
        let grants = ["Query.users", "UserConnection.*", "User.*"].map(|grant| ["--permission", grant]).concat();
        program.does(["role", "create", "support"].iter().chain(&grants));
        program.add_user("mia", &["--role", "support"]);
        let server = program.serve();
        let mia = program.make_token("mia", &[]);
        let query = "{ users { entities { username email_address } } }";
        assert!(server.http.ask(&mia, query, &Value::Null)["errors"].is_null());
        newer(&program, &database).await;
        let server = {
            drop(server);
            program.serve()
        };
        let refused = server.http.ask(&mia, query, &Value::Null);
        assert_eq!(refused["errors"][0]["extensions"]["missing"][0], "User.email_address", "{refused}");
        assert_eq!(program.does(["schema", "accept", "User.email_address"]), "User.email_address\n");
        let answered = Instant::now();
        while !server.http.ask(&mia, query, &Value::Null)["errors"].is_null() {
            assert!(answered.elapsed() < BOUND, "it stays closed");
            thread::sleep(Duration::from_millis(5));
        }
        let on = if database.url().is_some() { "PostgreSQL" } else { "SQLite" };
        let after = answered.elapsed().as_millis();
        figure(&format!("schema accept beside a server on {on}: open {after} ms after the answer"));
        assert_eq!(program.does(["schema", "accept", "--all"]), "there was nothing new\n");
        let printed: Value = serde_json::from_str(&program.does(["schema", "accept", "--all", "--json"])).unwrap();
        assert_eq!(printed, serde_json::json!({"json_version": 1, "accepted": []}));
        let wrong = program.run(["schema", "accept", "User.emale"]);
        assert_eq!((wrong.status, wrong.stdout.as_str()), (1, ""));
        assert!(wrong.stderr.contains("User has no field emale"), "{}", wrong.stderr);
    }

    async fn a_token_made_on_the_command_line_works_at_once(database: Database) {
        let program = Program::on(&database);
        program.add_user("mia", &[]);
        let server = program.serve();
        for _ in 0..3 {
            let token = program.make_token("mia", &[]);
            assert_eq!(server.http.standing(&token).unwrap(), "mia");
        }
    }

    async fn a_role_made_and_given_on_the_command_line_works_at_once(database: Database) {
        let program = Program::on(&database);
        let server = program.serve();
        let grants = ["--permission", "Query.users", "--permission", "UserConnection.entities"];
        program.does(["role", "create", "support"].iter().chain(&grants));
        program.add_user("mia", &["--role", "support"]);
        program.add_user("ben", &[]);
        let query = "{ users { entities { username } } }";
        let (mia, _) = server.http.sign_in("mia", PASSWORD);
        let answer = server.http.ask(&mia, query, &Value::Null);
        assert_eq!(answer["data"]["users"]["entities"][0]["username"], "mia", "{answer}");
        let by_token = server.http.ask(&program.make_token("mia", &[]), query, &Value::Null);
        assert_eq!(by_token, answer);
        let refused = server.http.ask(&program.make_token("ben", &[]), query, &Value::Null);
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    }
}
