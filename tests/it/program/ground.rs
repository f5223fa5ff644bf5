//! When the ground gives way: a disk that is full, one that cannot be written, a database that goes and comes back, one
//! that a newer release has used.

use super::disk::Disk;
use super::{PASSWORD, Program, figure};
use crate::databases::{Database, Replicated};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const BACK_WITHIN: Duration = Duration::from_secs(10);

fn refused(answer: &Value) -> String {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("it was not refused: {answer}"))
        .to_owned()
}

const MAKE: &str =
    "mutation { issuePersonalAccessToken(input: { name: \"x\" }) { token personal_access_token { id } } }";
const REVOKE: &str = "mutation ($id: Int64Bit!) { revokePersonalAccessToken(id: $id) { revoked_at } }";

#[test]
fn on_a_full_disk_tokens_are_verified_and_revoked_and_nothing_acknowledged_is_lost() {
    let program = Program::new();
    let Some(disk) = Disk::mounted(program.directory().join("doorward-data"), "size=24m,mode=700") else { return };
    program.add_user("ada", &["--super-admin"]);
    let key = program.make_token("ada", &["--access", "read-write"]);
    let tokens: Vec<String> = (0..300).map(|_| String::new()).collect();
    let server = program.serve();
    let made: Vec<(String, String)> = tokens
        .iter()
        .map(|_| {
            let issued = &server.http.ask(&key, MAKE, &Value::Null)["data"]["issuePersonalAccessToken"];
            let text = |value: &Value| value.as_str().expect("it is made").to_owned();
            (text(&issued["personal_access_token"]["id"]), text(&issued["token"]))
        })
        .collect();
    let (session, _) = server.http.sign_in("ada", PASSWORD);
    let filling = disk.fill();

    // Those that were never used are looked up in the database.
    assert_eq!(server.http.standing(&made[0].1).unwrap(), "ada");
    let answer = server.http.graphql(&key, MAKE, &Value::Null).unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.body);
    assert_eq!(refused(&answer.json()), "UNAVAILABLE");
    for (id, _) in &made[..200] {
        let answer = server.http.ask(&key, REVOKE, &json!({ "id": id }));
        assert!(answer.get("errors").is_none(), "token {id} cannot be revoked: {answer}");
    }
    // Guesses by a session that was stolen are counted all the same.
    let prove = "mutation { proveSession(password: \"wrong\") }";
    let guesses: Vec<String> = (0..11).map(|_| refused(&server.http.ask(&session, prove, &Value::Null))).collect();
    assert!(guesses[..10].iter().all(|code| code == "INVALID_CREDENTIALS"), "{guesses:?}");
    assert_eq!(guesses[10], "TOO_MANY_REQUESTS");
    assert!(server.http.get("/readyz").body.contains("the disk is full"), "{}", server.http.get("/readyz").body);
    server.said.wait_for("that the disk is full", |said| said.contains("the disk is full").then_some(()));
    server.kill();

    // Killed on a full disk: what was acknowledged is there, once there is room to start.
    fs::remove_file(filling).unwrap();
    let server = program.serve();
    for (place, (_, secret)) in made.iter().enumerate() {
        let expected = if place < 200 { "TOKEN_REVOKED" } else { "ada" };
        assert_eq!(server.http.standing(secret).unwrap(), expected, "token {place}");
    }
    assert!(server.http.ask(&key, MAKE, &Value::Null)["errors"].is_null());

    // That it is full, and that there is room again, is told without anything having to be written. Then everything is,
    // without a new start.
    let ready_within = |expected: &dyn Fn(&str) -> bool, what: &str| {
        let since = Instant::now();
        while !expected(&server.http.get("/readyz").body) {
            assert!(since.elapsed() < BACK_WITHIN, "{what}: {}", server.http.get("/readyz").body);
        }
    };
    let filling = disk.fill();
    ready_within(&|body| body.contains("the disk is full"), "nobody tells that the disk is full");
    assert_eq!(refused(&server.http.ask(&key, MAKE, &Value::Null)), "UNAVAILABLE");
    fs::remove_file(filling).unwrap();
    ready_within(&|body| body == "ready\n", "the disk is said to be full though there is room");
    assert!(server.http.ask(&key, MAKE, &Value::Null)["errors"].is_null());
    server.stop();
}

#[test]
fn on_a_full_disk_commands_revoke_too_whether_a_server_runs_or_not() {
    let program = Program::new();
    let Some(disk) = Disk::mounted(program.directory().join("doorward-data"), "size=24m,mode=700") else { return };
    program.add_user("ada", &["--super-admin"]);
    program.add_user("mia", &[]);
    let tokens: Vec<String> = (0..4).map(|_| program.make_token("ada", &[])).collect();
    let key = program.make_token("ada", &["--access", "read-write"]);
    let server = program.serve();
    let filling = disk.fill();
    // Nobody has written anything since, so that the server has let nothing go.
    let making = ["token", "create", "--user", "ada", "--name", "more"];
    let makes_none = || {
        let done = program.run(making);
        assert!(done.status != 0 && done.stderr.contains("the disk is full"), "{}", done.told());
        assert_eq!(done.stderr.matches("writing to SQLite").count(), 1, "{}", done.stderr);
    };
    makes_none();
    program.does(["token", "revoke", "1"]);
    assert_eq!(server.http.standing(&tokens[0]).unwrap(), "TOKEN_REVOKED");
    assert_eq!(server.http.standing(&tokens[1]).unwrap(), "ada");
    // The room that was let go is not for others.
    makes_none();
    assert_eq!(refused(&server.http.ask(&key, MAKE, &Value::Null)), "UNAVAILABLE");
    program.does(["user", "disable", "mia"]);
    let doctor = program.run(["doctor"]);
    assert_eq!(doctor.status, 1, "{}", doctor.told());
    assert!(doctor.stdout.contains("is full: nothing is written but what changes powers"), "{}", doctor.stdout);
    // Nor is it for the next server, though there is some more room by now, nor by any number of tries.
    server.stop();
    let filled = fs::OpenOptions::new().write(true).open(&filling).unwrap();
    filled.set_len(filled.metadata().unwrap().len() - (1 << 20)).unwrap();
    drop(filled);
    let server = program.serve();
    makes_none();
    assert_eq!(refused(&server.http.ask(&key, MAKE, &Value::Null)), "UNAVAILABLE");
    // A server that is asked nothing takes it again as soon as there is room.
    fs::remove_file(&filling).unwrap();
    let reserve = program.directory().join("doorward-data/doorward.db.reserve");
    let since = Instant::now();
    while reserve.metadata().unwrap().len() == 0 {
        assert!(since.elapsed() < BACK_WITHIN, "the room is not kept again");
    }
    disk.fill();
    program.does(["token", "revoke", "3"]);
    makes_none();
    server.stop();

    // Nobody serves, and what was let go has been filled up meanwhile; then it is there once more.
    fs::remove_file(&filling).unwrap();
    program.serve().stop();
    disk.fill();
    program.does(["token", "revoke", "2"]);
    makes_none();
    fs::remove_file(filling).unwrap();
    program.does(making);
    let server = program.serve();
    let standing = |token: &String| server.http.standing(token).unwrap();
    assert_eq!(
        tokens.iter().map(standing).collect::<Vec<_>>(),
        ["TOKEN_REVOKED", "TOKEN_REVOKED", "TOKEN_REVOKED", "ada"]
    );
}

#[test]
fn a_backup_that_finds_no_room_leaves_no_half_of_one() {
    let program = Program::new();
    let Some(disk) = Disk::mounted(program.directory().join("backups"), "size=1m") else { return };
    program.add_user("mia", &[]);
    disk.fill();
    let done = program.run(["backup", "backups/monday.backup"]);
    assert_eq!(done.status, 1);
    assert!(done.stderr.contains("full"), "{}", done.stderr);
    assert!(!program.directory().join("backups/monday.backup").exists());
}

#[test]
fn a_data_directory_that_cannot_be_written_stops_the_start_in_words() {
    let program = Program::new();
    let Some(disk) = Disk::mounted(program.directory().join("doorward-data"), "size=24m,mode=700") else { return };
    program.add_user("mia", &[]);
    disk.remount("remount,ro");
    let done = program.run(["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(done.status, 1, "{}", done.stderr);
    assert!(done.stderr.contains("doorward-data/doorward.db: Read-only file system"), "{}", done.stderr);
    disk.remount("remount,rw");
    let server = program.serve();
    assert_eq!(server.http.get("/readyz").status, 200);
}

#[test]
fn what_a_restore_would_do_is_said_where_nothing_may_be_written() {
    let program = Program::new();
    let Some(disk) = Disk::mounted(program.directory().join("doorward-data"), "size=24m,mode=700") else { return };
    program.add_user("mia", &[]);
    program.make_token("mia", &[]);
    program.does(["backup", "monday.backup"]);
    program.does(["token", "revoke", "1"]);
    disk.remount("remount,ro");
    let done = program.run(["restore", "monday.backup", "--dry-run"]);
    assert_eq!(done.status, 0, "{}", done.told());
    assert!(done.stderr.contains("token 1 `a script`: stays revoked"), "{}", done.stderr);
    assert_eq!(program.run(["restore", "monday.backup", "--replace"]).status, 1);
    let doctor = program.run(["doctor"]);
    assert_eq!(doctor.status, 1, "{}", doctor.told());
    assert!(doctor.stdout.contains("doorward-data cannot be written: Read-only file system"), "{}", doctor.stdout);
}

#[test]
fn without_its_database_a_node_refuses_what_it_cannot_know_and_is_back_by_itself() {
    let mut servers = Replicated::start();
    let program =
        Program::new().with("DOORWARD_DATABASE__URL", &format!("postgres://doorward@{}/postgres", servers.primary));
    program.add_user("mia", &[]);
    let (used, unused) = (program.make_token("mia", &[]), program.make_token("mia", &[]));
    let server = program.serve();
    for _ in 0..2 {
        assert_eq!(server.http.standing(&used).unwrap(), "mia");
    }
    servers.kill_primary();
    let gone = Instant::now();
    // Neither is told that it does not hold, and neither waits for long.
    for token in [&unused, &used] {
        let mut last = String::new();
        while gone.elapsed() < Duration::from_secs(2) && !last.contains("UNAVAILABLE") {
            last = server.http.standing(token).unwrap();
            assert!(last == "mia" || last.contains("UNAVAILABLE"), "{last}");
        }
        let answer = server.http.graphql(token, "{ me { username } }", &Value::Null).unwrap();
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.body);
    }
    assert_eq!(server.http.get("/readyz").status, 503);
    assert_eq!(server.http.get("/healthz").status, 200);
    servers.start_primary_again();
    let back = Instant::now();
    for token in [&used, &unused] {
        while server.http.standing(token).unwrap() != "mia" {
            assert!(back.elapsed() < BACK_WITHIN, "it does not come back");
        }
    }
    figure(&format!("PostgreSQL gone and back: the node is back {} ms after it", back.elapsed().as_millis()));
    assert!(!server.http.get("/readyz").body.contains("went back"), "nothing was lost");
}

/// Writes into the database that a release from the future was here.
async fn from_the_future(program: &Program, database: &Database) {
    let insert = "insert into migrations (version, name, applied_at) values (9999, '9999_teleportation', 0)";
    match database.url() {
        Some(url) => {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(insert).await.unwrap();
        }
        None => {
            let path: &Path = &program.directory().join("doorward-data/doorward.db");
            rusqlite::Connection::open(path).unwrap().execute_batch(insert).unwrap();
        }
    }
}

on_both! {
    async fn a_database_that_a_newer_release_has_used_is_left_alone(database: Database) {
        let program = Program::on(&database);
        program.add_user("mia", &[]);
        from_the_future(&program, &database).await;
        for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["user", "list"], &["user", "add", "ben"]] {
            let done = program.run(command);
            assert_eq!(done.status, 1, "{command:?}");
            assert!(done.stderr.contains("this database was last used by a newer Doorward"), "{}", done.stderr);
        }
    }
}
