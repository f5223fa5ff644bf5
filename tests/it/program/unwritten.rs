//! A database to which nothing can be written any more, under a running server: what goes on, who is told, and that it comes
//! back by itself.

use super::disk::Disk;
use super::http::Client;
use super::metrics::{admin_of, samples, watched};
use super::running::Running;
use super::{PASSWORD, Program};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::Value;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// How long it may take until it is told, and until it is back.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

const MAKE: &str = "mutation { issuePersonalAccessToken(input: { name: \"x\" }) { token } }";
const REVOKE: &str = "mutation { revokePersonalAccessToken(id: 1) { revoked_at } }";

/// Waits until `/readyz` says what is wanted.
#[track_caller]
fn ready(server: &Client, what: &str, wanted: impl Fn(&str) -> bool) -> String {
    let since = Instant::now();
    loop {
        let answer = server.get("/readyz");
        // The node is kept in its place: who is turned away from it has no other to go to.
        assert_eq!(answer.status, 200, "{}", answer.body);
        if wanted(&answer.body) {
            return answer.body;
        }
        assert!(since.elapsed() < TOLD_WITHIN, "{what}: {}", answer.body);
    }
}

fn code(server: &Client, token: &str, document: &str) -> String {
    server.ask(token, document, &Value::Null)["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}

/// Lets each write to a file fail, or none any more: as a disk that fails does.
fn let_writes_fail(server: &Running, fail: bool) {
    let pid = Pid::from_raw(i32::try_from(server.pid()).unwrap()).unwrap();
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: fail.then_some(0), maximum: None }).unwrap();
}

#[test]
fn a_disk_that_fails_is_told_of_until_it_is_written_again() {
    let program = Program::new();
    program.add_user("ada", &["--super-admin"]);
    let key = program.make_token("ada", &["--access", "read-write"]);
    let unused = program.make_token("ada", &[]);
    // The signal that a limit sends would end it.
    let serve = program.command(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_doorward")]).args(serve.get_args());
    shell.current_dir(program.directory()).env_clear();
    let server = Running::start(shell);
    let admin = admin_of(&server);
    let (session, _) = server.http.sign_in("ada", PASSWORD);
    let signed_in = server.http.post_form("/sign-in", &[("username", "ada"), ("password", PASSWORD)]);
    let cookie = signed_in.header("set-cookie").and_then(|set| set.split(';').next()).expect("a cookie");
    let users = || server.http.send("GET", "/users.csv", &[("cookie", cookie)], b"").unwrap();
    assert!(users().body.contains(",ada,"));
    assert_eq!(server.http.get("/readyz").body, "ready\n");

    let_writes_fail(&server, true);
    for _ in 0..3 {
        assert_eq!(code(&server.http, &key, MAKE), "UNAVAILABLE");
        assert_eq!(code(&server.http, &key, REVOKE), "UNAVAILABLE");
    }
    let body = ready(&server.http, "nobody is told", |body| body.contains("nothing can be written to the database"));
    assert!(
        body.starts_with("ready\n") && body.contains("; noticed 20") && body.contains("since its disk fails"),
        "{body}"
    );
    assert!(server.http.get("/readyz?verbose").body.contains("database: answers, and cannot be written to\n"));
    for token in [&key, &unused, &session] {
        assert_eq!(server.http.standing(token).unwrap(), "ada");
    }
    // What cannot be written down is not taken out.
    let users = users();
    assert!(users.status == 503 && !users.body.contains(",ada,"), "{} {}", users.status, users.body);
    let numbers = samples(&admin);
    assert_eq!((numbers["doorward_database_writable"], numbers["doorward_database_up"]), (0.0, 1.0));
    let said = server.said.so_far();
    assert_eq!(said.matches("nothing can be written to the database").count(), 1, "{said}");

    let_writes_fail(&server, false);
    ready(&server.http, "it does not come back", |body| body == "ready\n");
    assert_eq!(samples(&admin)["doorward_database_writable"], 1.0);
    let said = server.said.so_far();
    assert_eq!(said.matches("the database is written to again").count(), 1, "{said}");
    assert_eq!(code(&server.http, &key, MAKE), "");
    server.stop();
}

#[test]
fn a_file_system_that_turns_read_only_is_noticed_though_nobody_writes() {
    let program = Program::new();
    let at = program.directory().join("doorward-data");
    let Some(disk) = Disk::in_file(&program.directory().join("disk"), at) else { return };
    program.add_user("ada", &["--super-admin"]);
    let key = program.make_token("ada", &["--access", "read-write"]);
    let unused: Vec<String> = (0..8).map(|_| program.make_token("ada", &[])).collect();
    let (server, admin) = watched(&program);
    assert_eq!(server.http.standing(&key).unwrap(), "ada");
    assert_eq!(samples(&admin)["doorward_database_writable"], 1.0);
    disk.find_fault();
    let told = "nothing can be written to the database, since its file system is read-only";
    ready(&server.http, "nobody is told", |body| body.contains(told));
    assert_eq!(samples(&admin)["doorward_database_writable"], 0.0);
    // All at once, so that more connections are opened to the database.
    thread::scope(|scope| {
        let asked: Vec<_> = unused.iter().map(|token| scope.spawn(|| server.http.standing(token).unwrap())).collect();
        asked.into_iter().for_each(|answer| assert_eq!(answer.join().unwrap(), "ada"));
    });
    assert_eq!(code(&server.http, &key, REVOKE), "UNAVAILABLE");
}
