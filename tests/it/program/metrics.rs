//! The numbers at the admin address: who finds them, what is counted, and what never stands in them.

use super::Program;
use super::http::Client;
use super::running::Running;
use serde_json::Value;
use std::collections::BTreeMap;

/// A server with an admin address, and a client of that.
pub fn watched(program: &Program) -> (Running, Client) {
    let server = program.serve_with(&["--admin-listen", "127.0.0.1:0"]);
    let admin = admin_of(&server);
    (server, admin)
}

/// A client of the admin address that a server says it has.
pub fn admin_of(server: &Running) -> Client {
    server.said.wait_for("where the metrics are", |text| {
        let line = text.lines().find_map(|line| line.strip_prefix("metrics are at http://"));
        line.and_then(|rest| rest.strip_suffix("/metrics")).map(Client::to)
    })
}

/// Each sample: its name with its labels, and its value.
pub fn samples(admin: &Client) -> BTreeMap<String, f64> {
    let answer = admin.get("/metrics");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let lines = answer.body.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.parse().expect("a number"))
    };
    lines.map(sample).collect()
}

#[test]
fn the_admin_address_has_metrics_and_health_and_nothing_else_and_the_public_one_has_no_metrics() {
    let (server, admin) = watched(&Program::new());
    for (path, status) in [("/metrics", 200), ("/healthz", 200), ("/readyz", 200), ("/graphql", 404), ("/", 404)] {
        let answer = admin.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    assert_eq!(server.http.get("/metrics").status, 404);
    let said = server.said.so_far();
    assert_eq!(said.matches("listening on ").count(), 1, "{said}");
}

#[test]
fn an_admin_address_that_is_taken_or_none_stops_the_start() {
    let program = Program::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (address, why) in
        [(&*taken, "`admin_listen`: cannot listen on"), ("metrics", "`admin_listen` must be an address and a port")]
    {
        let done = program.run(["serve", "--listen", "127.0.0.1:0", "--admin-listen", address]);
        assert_eq!(done.status, 1, "{}", done.told());
        assert!(done.stderr.contains(why), "{}", done.stderr);
    }
}

#[test]
fn requests_are_counted_by_what_came_of_them() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let token = program.make_token("mia", &[]);
    let (server, admin) = watched(&program);
    let before = samples(&admin);
    for _ in 0..3 {
        assert_eq!(server.http.standing(&token).unwrap(), "mia");
    }
    server.http.ask(&token, "{ users { entities { id } } }", &Value::Null);
    server.http.ask(&token, "{", &Value::Null);
    server.http.ask("dwd_pat_none", "{ me { username } }", &Value::Null);
    server.http.try_to_sign_in("mia", "not the password");
    server.http.sign_in("mia", super::PASSWORD);
    assert_eq!(server.http.get("/nowhere").status, 404);
    let after = samples(&admin);
    let more = |name: &str| after[name] - before[name];
    for (code, times) in [
        ("OK", 4.0),
        ("FORBIDDEN", 1.0),
        ("GRAPHQL_PARSE_FAILED", 1.0),
        ("UNAUTHENTICATED", 1.0),
        ("INVALID_CREDENTIALS", 1.0),
        ("CLIENT_ERROR", 1.0),
        ("INTERNAL", 0.0),
    ] {
        assert_eq!(more(&format!("doorward_requests_total{{code=\"{code}\"}}")), times, "{code}");
    }
    assert_eq!(more("doorward_request_duration_seconds_count{route=\"graphql\"}"), 8.0);
    assert_eq!(more("doorward_request_duration_seconds_bucket{route=\"graphql\",le=\"+Inf\"}"), 8.0);
    assert_eq!(more("doorward_request_duration_seconds_count{route=\"elsewhere\"}"), 1.0);
    // The first use is read from the database, the others are remembered.
    assert_eq!(more("doorward_cache_hits_total{cache=\"callers\"}"), 4.0);
    assert_eq!(more("doorward_cache_hits_total{cache=\"plans\"}"), 2.0);
    assert!(more("doorward_database_transaction_duration_seconds_count{kind=\"read\"}") >= 1.0);
    assert!(more("doorward_database_wait_seconds_count") >= 1.0);
    for (name, value) in [
        ("doorward_database_up", 1.0),
        ("doorward_database_writable", 1.0),
        ("doorward_lease_held", 1.0),
        ("doorward_events_behind", 0.0),
        ("doorward_passwords_running", 0.0),
        ("doorward_passwords_waiting", 0.0),
        ("doorward_passwords_refused_total", 0.0),
    ] {
        assert_eq!(after[name], value, "{name}");
    }
    assert_eq!(after[&format!("doorward_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))], 1.0);
    assert!(after["doorward_schema_revision"] >= 1.0 && after["doorward_events_heard"] >= 1.0);
    assert!(after["process_resident_memory_bytes"] > 1e6 && after["process_open_fds"] > 3.0);
}

#[test]
fn connections_are_counted_while_they_are_open() {
    let (server, admin) = watched(&Program::new());
    let open = || samples(&admin)["doorward_connections"];
    let comes_to = |expected: f64| {
        let since = std::time::Instant::now();
        while open() != expected {
            assert!(since.elapsed().as_secs() < 20, "{} instead of {expected}", open());
        }
    };
    comes_to(0.0);
    let held: Vec<_> = (0..3).map(|_| server.http.connect().unwrap()).collect();
    comes_to(3.0);
    drop(held);
    comes_to(0.0);
}

#[test]
fn what_became_of_requests_to_the_api_is_counted() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/graphql", nobody.local_addr().unwrap());
    drop(nobody);
    let program = Program::new().with("DOORWARD_UPSTREAM__URL", &url).with("DOORWARD_UPSTREAM__SDL", "api.graphql");
    std::fs::write(program.directory().join("api.graphql"), "type Query { version: String! }").unwrap();
    program.add_user("ada", &["--super-admin"]);
    let token = program.make_token("ada", &[]);
    let (server, admin) = watched(&program);
    assert_eq!(server.http.graphql(&token, "{ version }", &Value::Null).unwrap().status, 502);
    let after = samples(&admin);
    assert_eq!(after["doorward_api_requests_total{outcome=\"unavailable\"}"], 1.0);
    assert_eq!(after["doorward_api_requests_total{outcome=\"answered\"}"], 0.0);
    assert_eq!(after["doorward_api_request_duration_seconds_count"], 1.0);
    assert_eq!(after["doorward_requests_total{code=\"UPSTREAM_UNAVAILABLE\"}"], 1.0);
}

#[test]
fn nothing_of_anyones_stands_in_the_metrics() {
    let program = Program::new();
    program.add_user("zebedee", &["--email", "zebedee@example.com"]);
    let token = program.make_token("zebedee", &[]);
    let (server, admin) = watched(&program);
    server.http.ask(&token, "query otter { me { username } }", &Value::Null);
    server.http.try_to_sign_in("zebedee", "a password that is wrong");
    server.http.get("/otter?code=otter");
    let _refused = server.http.send("OTTER", "/graphql", &[("user-agent", "otter")], b"");
    let text = admin.get("/metrics").body;
    for secret in [&*token, &token[..12], "zebedee", "otter", "a password"] {
        assert!(!text.to_lowercase().contains(secret), "{secret} stands in\n{text}");
    }
}

#[test]
fn a_lease_that_is_over_is_told_though_the_database_answers() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let (server, admin) = watched(&program);
    assert_eq!(samples(&admin)["doorward_lease_held"], 1.0);
    // Another file in the place of the one that is open: nothing is heard of that one any more.
    let database = program.directory().join("doorward-data/doorward.db");
    let copy = program.directory().join("copy.db");
    std::fs::copy(&database, &copy).unwrap();
    std::fs::rename(&copy, &database).unwrap();
    let since = std::time::Instant::now();
    while samples(&admin)["doorward_lease_held"] != 0.0 {
        assert!(since.elapsed().as_secs() < 20, "the lease goes on");
    }
    assert_eq!(samples(&admin)["doorward_database_up"], 1.0);
    assert_eq!(server.http.get("/readyz").status, 503);
    let said = server.said.so_far();
    assert!(said.contains("another file has taken the place of the database"), "{said}");
    assert!(!said.contains("Fault {") && !said.contains("Fault("), "{said}");
}
