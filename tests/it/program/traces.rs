//! Traces of requests: where they go, what they hang on, and that without a collector there are none.

use super::Program;
use super::running::Running;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A client's own trace: its trace, its span, and that it is sampled.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// A request as it came: its head and its body.
type Got = (String, Vec<u8>);

/// Somebody who writes down what they are asked and answers this.
struct Somebody {
    port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Somebody {
    fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, got) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<Got>>>::default());
        let heard = Arc::clone(&got);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let heard = Arc::clone(&heard);
                thread::spawn(move || while listen(&stream, &heard, answer).is_some() {});
            }
        });
        Self { port, got }
    }

    /// What was asked, once there is something that fits.
    #[track_caller]
    fn wait_for(&self, fits: impl Fn(&Got) -> bool) -> Got {
        let since = Instant::now();
        loop {
            if let Some(got) = self.got.lock().unwrap().iter().find(|got| fits(got)) {
                return got.clone();
            }
            assert!(since.elapsed() < Duration::from_secs(30), "it was asked {:?}", self.got.lock().unwrap().len());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn listen(stream: &TcpStream, heard: &Mutex<Vec<Got>>, answer: &str) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0").parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    heard.lock().unwrap().push((head, body));
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}", answer.len());
    write!(&*stream, "{head}\r\n\r\n{answer}").ok()
}

/// Whether these bytes stand in others.
fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A server before this API, with a token of an administrator's.
fn before(api: &Somebody, environment: &[(&str, &str)]) -> (Program, Running, String) {
    let url = format!("http://127.0.0.1:{}/graphql", api.port);
    let program = Program::new().with("DOORWARD_UPSTREAM__URL", &url).with("DOORWARD_UPSTREAM__SDL", "api.graphql");
    std::fs::write(program.directory().join("api.graphql"), "type Query { version: String! }").unwrap();
    let program = environment.iter().fold(program, |program, (name, value)| program.with(name, value));
    program.add_user("zebedee", &["--super-admin"]);
    let token = program.make_token("zebedee", &[]);
    let server = program.serve();
    (program, server, token)
}

/// Asks for the API's version, as part of the client's trace; answers the number of the request.
#[track_caller]
fn asks(server: &Running, token: &str) -> String {
    let (bearer, trace) = (format!("Bearer {token}"), format!("00-{TRACE}-{SPAN}-01"));
    let headers = [("content-type", "application/json"), ("authorization", &*bearer), ("traceparent", &*trace)];
    let body = json!({ "query": "query otter { version }" }).to_string();
    let answer = server.http.send("POST", "/graphql", &headers, body.as_bytes()).unwrap();
    assert_eq!(answer.json(), json!({ "data": { "version": "9" } }));
    answer.header("x-request-id").unwrap().to_owned()
}

fn traceparent(head: &str) -> Vec<String> {
    let value = head.lines().find_map(|line| line.strip_prefix("traceparent: ")).expect("there is one");
    value.split('-').map(str::to_owned).collect()
}

#[test]
fn a_request_is_a_span_between_the_clients_and_the_apis_and_goes_to_the_collector() {
    let (api, collector) = (Somebody::start(r#"{"data":{"version":"9"}}"#), Somebody::start("{}"));
    let endpoint = format!("http://127.0.0.1:{}", collector.port);
    let (_program, server, token) = before(
        &api,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector=the%20key"),
            ("OTEL_SERVICE_NAME", "the door"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ],
    );
    let number = asks(&server, &token);
    let (head, _) = api.wait_for(|_| true);
    let ours = traceparent(&head);
    assert_eq!((&*ours[1], &*ours[3]), (TRACE, "01"), "it is the client's trace");
    assert_ne!(ours[2], SPAN, "the API's parent is ours");

    let (head, body) = collector.wait_for(|(_, body)| holds(body, &bytes(&ours[2])));
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n") && head.contains("x-collector: the key\r\n"), "{head}");
    for told in [&bytes(TRACE)[..], &bytes(SPAN), b"the door", b"POST /graphql", b"/graphql", number.as_bytes()] {
        assert!(holds(&body, told), "{told:?} is not told of");
    }
    let refused = server.http.ask("dwd_pat_none", "{ version }", &Value::Null);
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    collector.wait_for(|(_, body)| holds(body, b"UNAUTHENTICATED"));
    server.http.get("/otter?code=otter");
    collector.wait_for(|(_, body)| holds(body, b"GET elsewhere"));
    for (_, body) in &*collector.got.lock().unwrap() {
        for secret in [token.as_bytes(), b"otter", b"zebedee", b"dwd_pat"] {
            assert!(!holds(body, secret), "{} is told", String::from_utf8_lossy(secret));
        }
    }
    server.stop();
}

#[test]
fn what_was_not_sent_yet_is_sent_when_the_server_stops() {
    let (api, collector) = (Somebody::start(r#"{"data":{"version":"9"}}"#), Somebody::start("{}"));
    let endpoint = format!("http://127.0.0.1:{}/otlp/v1/traces", collector.port);
    let (_program, server, token) = before(&api, &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &endpoint)]);
    let number = asks(&server, &token);
    server.stop();
    let (head, _) = collector.wait_for(|(_, body)| holds(body, number.as_bytes()));
    assert!(head.starts_with("POST /otlp/v1/traces HTTP/1.1\r\n"), "{head}");
}

#[test]
fn without_a_collector_the_clients_trace_goes_on_as_it_came() {
    let api = Somebody::start(r#"{"data":{"version":"9"}}"#);
    let none: &[&[(&str, &str)]] = &[
        &[],
        &[("OTEL_SERVICE_NAME", "the door")],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_SDK_DISABLED", "true")],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_TRACES_EXPORTER", "none")],
    ];
    for environment in none {
        api.got.lock().unwrap().clear();
        let (_program, server, token) = before(&api, environment);
        asks(&server, &token);
        let (head, _) = api.wait_for(|_| true);
        assert_eq!(traceparent(&head)[2], SPAN, "{environment:?}");
        server.stop();
    }
}

#[test]
fn a_collector_that_is_away_costs_no_request_and_is_told_of_once() {
    let api = Somebody::start(r#"{"data":{"version":"9"}}"#);
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    let (_program, server, token) = before(&api, &environment);
    asks(&server, &token);
    server.said.wait_for("that it is away", |text| text.contains("does not take traces").then_some(()));
    asks(&server, &token);
    let said = server.said.clone();
    server.stop();
    assert_eq!(said.so_far().matches("does not take traces").count(), 1, "{}", said.so_far());
}

#[test]
fn a_protocol_that_is_not_spoken_stops_the_start() {
    let program = Program::new()
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let done = program.run(["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(done.status, 1, "{}", done.told());
    assert!(done.stderr.contains("must be `http/protobuf`"), "{}", done.stderr);
}
