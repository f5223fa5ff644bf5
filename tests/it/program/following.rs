//! A server that follows the schema of the API behind it: from its start, by itself, and when it is told to.

use super::{PASSWORD, Program};
use crate::gateway::Behind;
use insta::assert_snapshot;
use serde_json::Value;

const FIRST: &str = "type Query { version: String }";
const NEXT: &str = "type Query { version: String build: Int }";
const VERSION: &str = r#"{"data":{"version":"1","build":2}}"#;

fn with_ada() -> Program {
    let program = Program::new();
    program.add_user("ada", &["--super-admin"]);
    program
}

/// The schema that the server sees is another from now on; it was told so in words.
fn taken_in(said: &str, words: &str, times: usize) -> Option<()> {
    (said.matches(words).count() >= times).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_comes_after_the_server_is_taken_in_by_itself() {
    let behind = Behind::new(FIRST).await;
    behind.answers(|_| axum::http::Response::builder().status(503).body(axum::body::Body::from("later")).unwrap());
    let program = with_ada();
    let server = program.serve_with(&["--upstream", &behind.url()]);
    let (ada, _) = server.http.sign_in("ada", PASSWORD);
    assert_eq!(server.http.ask(&ada, "{ me { username } }", &Value::Null)["data"]["me"]["username"], "ada");
    let waiting = server.http.get("/readyz?verbose");
    assert_eq!(waiting.status, 503);
    let words = waiting.body.split(", for ").next().unwrap_or_default().to_owned();
    assert_snapshot!(words, @"
    the schema of the API behind is not known yet
    database: answers
    changes by other nodes: known
    api: does not answer with GraphQL
    ");
    server.said.wait_for("what is served meanwhile", |said| taken_in(said, "Doorward's own is served alone", 1));
    behind.describes(FIRST, VERSION);
    server.said.wait_for("that it took the schema in", |said| taken_in(said, "was taken in", 1));
    assert_eq!(server.http.get("/readyz").status, 200);
    let (ada, _) = server.http.sign_in("ada", PASSWORD);
    assert_eq!(server.http.ask(&ada, "{ version }", &Value::Null)["data"]["version"], "1");
    server.stop();
    // Known once, it is served at the next start, whatever the API says then.
    behind.says("[]");
    let server = program.serve_with(&["--upstream", &behind.url()]);
    assert_eq!(server.http.get("/readyz").status, 200);
    server
        .said
        .wait_for("that it could not be asked", |said| taken_in(said, "what was known of it before is served", 1));
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_and_the_timer_make_it_ask_again() {
    let behind = Behind::new(FIRST).await;
    behind.describes(FIRST, VERSION);
    let program = with_ada().with("DOORWARD_GATEWAY__FOLLOW_SCHEMA_EVERY", "0s");
    let server = program.serve_with(&["--upstream", &behind.url()]);
    let (ada, _) = server.http.sign_in("ada", PASSWORD);
    behind.describes(NEXT, VERSION);
    assert!(server.http.ask(&ada, "{ build }", &Value::Null).get("data").is_none());
    server.signal("-HUP");
    server.said.wait_for("that the schema has changed", |said| taken_in(said, "has changed", 1));
    assert_eq!(server.http.ask(&ada, "{ build }", &Value::Null)["data"]["build"], 2);
    server.stop();
    let program = program.with("DOORWARD_GATEWAY__FOLLOW_SCHEMA_EVERY", "1s");
    let server = program.serve_with(&["--upstream", &behind.url()]);
    behind.describes(FIRST, VERSION);
    server.said.wait_for("that the schema has changed", |said| taken_in(said, "has changed", 1));
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_line_pulls_is_in_force_on_a_server_that_runs() {
    let behind = Behind::new(FIRST).await;
    let program = with_ada();
    let file = behind.sdl().display().to_string();
    let api = ["--upstream", &behind.url(), "--upstream-sdl", &file].map(str::to_owned);
    let api: Vec<&str> = api.iter().map(String::as_str).collect();
    let server = program.serve_with(&api);
    let (ada, _) = server.http.sign_in("ada", PASSWORD);
    behind.becomes(NEXT);
    behind.says(VERSION);
    program.does(["schema", "pull"].iter().chain(&api));
    let pulled = std::time::Instant::now();
    while server.http.ask(&ada, "{ build }", &Value::Null)["data"]["build"] != 2 {
        assert!(pulled.elapsed() < std::time::Duration::from_secs(4), "the server does not follow");
    }
    // Where there is a file, the API is not asked.
    assert!(behind.got().iter().all(|got| !got.body.contains("__schema")));
    server.stop();
}
