//! A server: how it says that it is there, what it owes to any request, how it stops.

use super::Program;
use super::http::Answer;
use super::running::Running;
use insta::assert_snapshot;
use serde_json::Value;
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
    err  doorward: `listen`: cannot listen on 127.0.0.1:[port]: Address already in use (os error 98)
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
fn whoever_sends_their_body_too_slowly_is_cut_off() {
    let program = Program::new();
    let server = program.serve();
    let begun = Instant::now();
    let ends: Vec<_> = ["/graphql", "/setup"]
        .map(|path| {
            let kind = if path == "/setup" { "application/x-www-form-urlencoded" } else { "application/json" };
            let origin = server.url();
            let headers = [("content-type", kind), ("origin", origin.as_str())];
            let request = server.http.request("POST", path, &headers, &[b' '; 1_000]);
            let mut stream = server.http.connect().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
            stream.write_all(&request[..request.len() - 900]).unwrap();
            let mut slow = stream.try_clone().unwrap();
            let dribble = thread::spawn(move || {
                while begun.elapsed() < Duration::from_secs(35) && slow.write_all(b" ").is_ok() {
                    thread::sleep(Duration::from_millis(500));
                }
            });
            (stream, dribble)
        })
        .into_iter()
        .map(|(mut stream, dribble)| {
            let _end_or_reset = stream.read_to_end(&mut Vec::new());
            let took = begun.elapsed();
            dribble.join().unwrap();
            took
        })
        .collect();
    for took in ends {
        assert!((Duration::from_secs(18)..Duration::from_secs(24)).contains(&took), "{took:?}");
    }
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

#[test]
fn a_proxy_that_is_not_trusted_is_named_once_in_a_while() {
    let program = Program::new();
    let server = program.serve();
    let forwarded = [("x-forwarded-for", "198.51.100.7")];
    for _ in 0..3 {
        assert_eq!(server.http.send("GET", "/healthz", &forwarded, b"").unwrap().status, 200);
    }
    let told = server
        .said
        .wait_for("who sends it", |text| text.lines().find(|line| line.contains("X-Forwarded-For")).map(str::to_owned));
    let told: Value = serde_json::from_str(&told).expect("the log is JSON where it is no terminal");
    assert_eq!(told["address"], "127.0.0.1", "{told}");
    assert!(told.to_string().contains("`trusted_proxies`") && !told.to_string().contains("198.51.100.7"), "{told}");
    assert_eq!(server.said.so_far().matches("X-Forwarded-For").count(), 1);
    // A trusted one is not.
    let program = Program::new().with("DOORWARD_TRUSTED_PROXIES", "127.0.0.0/8");
    let server = program.serve();
    assert_eq!(server.http.send("GET", "/healthz", &forwarded, b"").unwrap().status, 200);
    let log = {
        server.terminate();
        server.said.wait_for("that it has stopped", |text| text.contains("\"stopped\"").then(|| text.to_owned()))
    };
    assert!(!log.contains("X-Forwarded-For"), "{log}");
}
