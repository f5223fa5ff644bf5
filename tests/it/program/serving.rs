//! A server: how it says that it is there, what it owes to any request, how it is set up, how it stops.

use super::http::Answer;
use super::running::Running;
use super::{PASSWORD, Program};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn it_says_once_where_it_listens_when_it_can_answer() {
    let program = Program::new();
    let server = program.serve();
    assert_eq!(server.http.get("/readyz").status, 200);
    let said = server.said.so_far();
    assert_eq!(said.matches("listening on ").count(), 1, "{said}");
    assert!(said.contains(&format!("listening on {}\n", server.url())), "{said}");
    assert_eq!(server.output.so_far(), "");
}

#[test]
fn a_port_that_is_taken_is_a_refusal() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let done = Program::new().run(["serve", "--listen", &address]);
    assert_snapshot!(done.told().replace(&address, "127.0.0.1:[port]"), @"
    exit 1
    err  doorward: cannot listen on 127.0.0.1:[port]: Address already in use (os error 98)
    ");
}

#[test]
fn it_is_alive_and_ready_and_knows_what_is_not_there() {
    let program = Program::new();
    let server = program.serve();
    for (target, status) in [("/healthz", 200), ("/readyz", 200), ("/nonexistent", 404), ("/metrics", 404)] {
        let answer = server.http.get(target);
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
    }
}

/// The line that the log has of this request.
fn logged(server: &Running, id: &str) -> Value {
    let line = server
        .said
        .wait_for("the number of the request", |text| text.lines().find(|line| line.contains(id)).map(str::to_owned));
    serde_json::from_str(&line).expect("the log is JSON where it is no terminal")
}

#[test]
fn every_answer_has_a_number_that_the_log_has_too() {
    let program = Program::new().with("DOORWARD_LOG", "debug");
    let server = program.serve();
    let answers = [
        server.http.get("/healthz"),
        server.http.get("/nonexistent"),
        server.http.graphql("", "{ me { username } }", &Value::Null).unwrap(),
        server.http.send("PUT", "/graphql", &[], b"").unwrap(),
    ];
    let mut numbers: Vec<_> = answers.iter().map(|answer| answer.header("x-request-id").unwrap().to_owned()).collect();
    for (number, answer) in numbers.iter().zip(&answers) {
        assert_eq!(logged(&server, number)["status"], answer.status);
    }
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), answers.len(), "{numbers:?}");
}

#[test]
fn headers_may_take_16_kib() {
    let program = Program::new();
    let server = program.serve();
    let long = |bytes: usize| "x".repeat(bytes);
    assert_eq!(server.http.send("GET", "/healthz", &[("x-long", &long(15 * 1024))], b"").unwrap().status, 200);
    assert_eq!(server.http.send("GET", "/healthz", &[("x-long", &long(17 * 1024))], b"").unwrap().status, 431);
    assert_eq!(server.http.get("/healthz").status, 200);
}

#[test]
fn whoever_sends_their_headers_too_slowly_is_cut_off() {
    let program = Program::new();
    let server = program.serve();
    let mut silent = server.http.connect().unwrap();
    let mut slow = server.http.connect().unwrap();
    let mut hears = slow.try_clone().unwrap();
    let begun = Instant::now();
    // Ends when the server has closed: one byte more every half a second, for ever.
    let dribble = thread::spawn(move || {
        let mut head = b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ".iter().chain(std::iter::repeat(&b'x'));
        while begun.elapsed() < Duration::from_secs(15) && slow.write_all(&[*head.next().unwrap()]).is_ok() {
            thread::sleep(Duration::from_millis(200));
        }
    });
    let mut answered = Vec::new();
    // A reset tells the same as an end.
    let _end_or_reset = hears.read_to_end(&mut answered);
    let _end_or_reset = silent.read_to_end(&mut answered);
    let took = begun.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(13)).contains(&took), "{took:?}");
    assert!(!String::from_utf8_lossy(&answered).contains("200 OK"));
    dribble.join().unwrap();
    assert_eq!(server.http.get("/healthz").status, 200);
}

#[test]
fn a_stop_lets_what_is_under_way_finish_and_takes_ten_seconds_at_most() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let token = program.make_token("mia", &[]);
    let mut server = program.serve();
    let bearer = format!("Bearer {token}");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    let request = server.http.request("POST", "/graphql", &headers, br#"{"query": "{ me { username } }"}"#);
    let (first, last) = request.split_at(request.len() - 10);
    let (mut slow, mut never, idle) =
        (server.http.connect().unwrap(), server.http.connect().unwrap(), server.http.connect().unwrap());
    slow.write_all(first).unwrap();
    never.write_all(first).unwrap();
    // What the server accepts it accepts in order: after this answer it has begun with all three.
    assert_eq!(server.http.standing(&token).unwrap(), "mia");

    server.terminate();
    let stopping = Instant::now();
    server.said.wait_for("that it stops", |text| text.contains("stopping").then_some(()));
    while server.http.connect().is_ok() {
        assert!(stopping.elapsed() < Duration::from_secs(2), "it still takes connections");
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(500));
    slow.write_all(last).unwrap();
    assert_eq!(Answer::read(slow).unwrap().json()["data"]["me"]["username"], "mia");
    let status = server.wait(Duration::from_secs(12));
    assert!(status.success(), "{status}");
    assert!(stopping.elapsed() < Duration::from_secs(10), "{:?}", stopping.elapsed());
    drop((never, idle));
}

#[test]
fn a_stop_with_nothing_under_way_is_immediate() {
    let program = Program::new();
    for signal in ["-TERM", "-INT"] {
        let mut server = program.serve();
        assert_eq!(server.http.get("/healthz").status, 200);
        let _idle = server.http.connect().unwrap();
        server.signal(signal);
        let status = server.wait(Duration::from_secs(3));
        assert!(status.success(), "{status}");
    }
}

/// The path and query of the set-up link that the server printed.
fn link(server: &Running) -> String {
    let url = server.said.wait_for("the set-up link", |text| {
        let from = text.find("no administrator yet: open ")? + "no administrator yet: open ".len();
        Some(text[from..].split_once(' ')?.0.to_owned())
    });
    let path = url.strip_prefix(&server.url()).unwrap_or_else(|| panic!("{url} is not at {}", server.url()));
    path.to_owned()
}

fn submit(server: &Running, link: &str, password: &str) -> Answer {
    let code = link.strip_prefix("/setup?code=").expect("the link carries its code");
    server.http.post_form("/setup", &[("code", code), ("username", "ada"), ("password", password)])
}

#[test]
fn the_set_up_link_makes_the_first_administrator() {
    let program = Program::new();
    let server = program.serve();
    let link = link(&server);
    for _ in 0..2 {
        let form = server.http.get(&link);
        assert!(form.status == 200 && form.body.contains("<form method=\"post\""), "{} {}", form.status, form.body);
        assert_eq!(form.header("cache-control"), Some("no-store"));
        assert_eq!(form.header("referrer-policy"), Some("no-referrer"));
    }
    let weak = submit(&server, &link, "password");
    assert!(weak.status == 422 && weak.body.contains("too short: at least 12"), "{} {}", weak.status, weak.body);
    assert!(weak.body.contains("value=\"ada\"") && !weak.body.contains("value=\"password\""), "{}", weak.body);

    let welcome = submit(&server, &link, PASSWORD);
    assert_eq!(welcome.status, 200, "{}", welcome.body);
    assert!(welcome.body.contains(&format!("curl {}/graphql", server.url())), "{}", welcome.body);
    assert!(welcome.body.contains("ada") && !welcome.body.contains(PASSWORD), "{}", welcome.body);

    let again = submit(&server, &link, PASSWORD);
    assert!(again.status == 403 && again.body.contains("administrator already"), "{} {}", again.status, again.body);
    assert_eq!(server.http.get(&link).status, 403);
    let (access, _) = server.http.sign_in("ada", PASSWORD);
    let me = server.http.ask(&access, "{ me { id username super_admin } }", &Value::Null);
    assert_eq!(me, json!({ "data": { "me": { "id": "1", "username": "ada", "super_admin": true } } }));
}

#[test]
fn a_set_up_link_dies_with_the_first_administrator_the_next_start_and_after_half_an_hour() {
    let program = Program::new();
    let server = program.serve();
    let first = link(&server);
    server.stop();
    let server = program.serve();
    let second = link(&server);
    assert_eq!(server.http.get(&first).status, 403, "the next start makes another");
    assert_eq!(server.http.get("/setup?code=nonsense").status, 403);
    assert_eq!(server.http.get("/setup").status, 403);
    assert_eq!(server.http.get(&second).status, 200);

    let database = rusqlite::Connection::open(program.directory().join("doorward-data/doorward.db")).unwrap();
    let sooner = |minutes: i64| {
        let moved = "update set_up_link set expires_at = expires_at - ?1 * 60000000";
        assert_eq!(database.execute(moved, [minutes]).unwrap(), 1);
    };
    sooner(29);
    assert_eq!(server.http.get(&second).status, 200);
    sooner(1);
    assert_eq!(server.http.get(&second).status, 403);
    assert_eq!(submit(&server, &second, PASSWORD).status, 403);
    sooner(-30);
    assert_eq!(server.http.get(&second).status, 200);

    program.add_user("ada", &["--super-admin"]);
    assert_eq!(server.http.get(&second).status, 403);
    let refused = submit(&server, &second, PASSWORD);
    assert!(refused.status == 403 && refused.body.contains("administrator already"), "{}", refused.body);
    server.stop();
    let server = program.serve();
    server.http.sign_in("ada", PASSWORD);
    assert!(!server.said.so_far().contains("/setup"), "{}", server.said.so_far());
}

#[test]
fn links_are_built_from_the_public_url() {
    let program = Program::new();
    let server = program.serve_with(&["--public-url", "https://keys.example.org/"]);
    let said = server.said.wait_for("the set-up link", |text| text.contains("/setup").then(|| text.to_owned()));
    assert!(said.contains("open https://keys.example.org/setup?code=dwd_su_"), "{said}");
    assert!(said.contains(&format!("listening on {}\n", server.url())), "{said}");
}
