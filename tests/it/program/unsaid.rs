//! What is secret of the API behind is written into no log, whatever goes wrong and however much is logged.

use super::Program;
use super::running::Running;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// Part of every secret of this test.
const MARK: &str = "otter-mark";

/// Answers each connection once with this, and remembers what it was sent.
fn api(answer: Arc<Mutex<Vec<u8>>>) -> (u16, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, heard) = (listener.local_addr().unwrap().port(), Arc::<Mutex<String>>::default());
    let hears = Arc::clone(&heard);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut piece = [0; 64 * 1024];
            let count = stream.read(&mut piece).unwrap_or_default();
            hears.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..count]));
            let answer = answer.lock().unwrap().clone();
            let _gone = stream.write_all(&answer);
        }
    });
    (port, heard)
}

fn whole(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nset-cookie: {MARK}-cookie\r\nconnection: close");
    format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// One of everything that can come of asking the API; each answer holds something that is the API's alone.
fn ask_in_every_way(server: &Running, token: &str, answer: &Mutex<Vec<u8>>) {
    let page = format!("<html>{MARK}-page</html>");
    let data = format!("{{\"data\":{{\"version\":\"{MARK}-data\"}}}}");
    let answers = [
        (whole("200 OK", "application/json", &data), ""),
        (whole("200 OK", "text/html", &page), "UPSTREAM_INVALID"),
        (whole("200 OK", &format!("text/{MARK}-type"), &page), "UPSTREAM_INVALID"),
        (whole("200 OK", "application/json", &data[..20]), "UPSTREAM_INVALID"),
        (whole(&format!("500 {MARK}-reason"), "text/html", &page), "UPSTREAM_INVALID"),
        (whole("401 Unauthorized", "application/json", &data), "UPSTREAM_UNAUTHORIZED"),
        (format!("{MARK}-garbage\r\n\r\n").into_bytes(), "UPSTREAM_INVALID"),
        (Vec::new(), "UPSTREAM_UNAVAILABLE"),
        (whole("200 OK", "application/json", &data)[..120].to_vec(), "UPSTREAM_UNAVAILABLE"),
    ];
    let query = format!("query ($secret: String) {{ version(secret: $secret, also: \"{MARK}-literal\") }}");
    for (bytes, code) in answers {
        *answer.lock().unwrap() = bytes;
        let told = server.http.ask(token, &query, &json!({ "secret": format!("{MARK}-variable") }));
        let found = told["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
        assert_eq!(found, code, "{told}");
    }
}

#[test]
fn no_log_holds_what_is_secret_of_the_api_or_was_said_to_it_and_by_it() {
    let answer = Arc::<Mutex<Vec<u8>>>::default();
    let (port, heard) = api(Arc::clone(&answer));
    let program = Program::new()
        .with("DOORWARD_LOG", "trace")
        .with("API_TOKEN", &format!("Bearer {MARK}-environment"))
        .with("DOORWARD_UPSTREAM__SECRET_FILE", "secret");
    fs::write(program.directory().join("secret"), format!("{MARK}-shared-secret\n")).unwrap();
    fs::write(program.directory().join("key"), format!("{MARK}-file\n")).unwrap();
    let schema = "type Query { version(secret: String, also: String): String! }";
    fs::write(program.directory().join("api.graphql"), schema).unwrap();
    let settings = format!(
        "[upstream]\nurl = \"http://127.0.0.1:{port}/graphql?key={MARK}-query\"\nsdl = \"api.graphql\"\n\
         identity = \"headers\"\n[upstream.headers]\nauthorization = {{ env = \"API_TOKEN\" }}\n\
         x-key = {{ file = \"key\" }}\nx-plain = \"{MARK}-plain\"\n"
    );
    fs::write(program.directory().join("doorward.toml"), settings).unwrap();
    program.add_user("ada", &["--super-admin"]);
    let token = program.make_token("ada", &[]);
    let server = program.serve();
    ask_in_every_way(&server, &token, &answer);
    let verbose = server.http.get("/readyz?verbose").body;
    assert_eq!(server.http.graphql(&token, "{ version(", &Value::Null).unwrap().status, 200);
    // It is all there, at the API alone.
    let sent = heard.lock().unwrap().clone();
    for part in ["environment", "file", "plain", "shared-secret", "query", "variable", "literal"] {
        assert!(sent.contains(&format!("{MARK}-{part}")), "{part} was not sent");
    }
    let said = server.said.clone();
    server.stop();
    for (place, text) in [("the log", said.so_far()), ("/readyz", verbose)] {
        assert!(text.contains("not GraphQL") || text.contains("cannot be reached"), "{place}: {text}");
        let found = text.lines().find(|line| line.contains(MARK));
        assert_eq!(found, None, "{place}");
    }
}
