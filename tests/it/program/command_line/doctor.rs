//! `doorward doctor` and `doorward healthcheck`

use super::{Program, json};
use crate::databases::Database;
use crate::gateway::{Behind, json as answer};
use axum::http::Response;
use insta::assert_snapshot;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

const SHOP: &str = "type Query { products: [String!] }";

/// What was found at fault or worth a warning, a line each.
fn found(program: &Program, more: &[&str]) -> Vec<String> {
    let done = program.run([&["doctor", "--json"], more].concat());
    let told: serde_json::Value = serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{}", done.told()));
    let items = told["items"].as_array().unwrap();
    let of = |level: &str| items.iter().any(|item| item["level"] == level);
    assert_eq!((told["ok"].as_bool(), done.status), (Some(!of("fault")), i32::from(of("fault"))), "{told}");
    let bad = items.iter().filter(|item| item["level"] != "ok");
    let line = |item: &serde_json::Value| {
        let text = |key: &str| item[key].as_str().unwrap().to_owned();
        assert!(!text("to_do").is_empty(), "{item}");
        format!("{}: {}: {}", text("level"), text("check"), text("message"))
    };
    bad.map(line).collect()
}

#[test]
fn a_machine_that_is_well_is_told_so() {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    let told = program.run(["doctor"]).told().replace(rusqlite_version(&program).as_str(), "[version]");
    assert_snapshot!(told, @"
    exit 0
    out  ok  configuration  nothing is wrong with it
    out  ok  public URL  not set: links name the address that is listened on, which is this machine's alone
    out  ok  files  doorward-data is closed to others
    out  ok  database  it answers, and its tables are of this release
    out  ok  database  SQLite [version]
    out  ok  clock  [date], and it goes evenly
    out  ok  API behind  none is configured: Doorward serves its own schema alone
    ");
    assert_eq!(found(&program, &[]), [""; 0]);
}

/// The version of SQLite that the program has in it.
fn rusqlite_version(program: &Program) -> String {
    let told = json(program, &["doctor", "--json"]).to_string();
    told.split("SQLite ").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn nothing_is_made_or_changed_where_there_is_nothing_yet() {
    let program = Program::new();
    assert_eq!(found(&program, &[]), ["warning: database: there is none in doorward-data yet"]);
    assert!(!program.directory().join("doorward-data").exists());
}

#[test]
fn wrong_settings_are_faults_and_nothing_is_guessed_from_them() {
    let program = Program::new().with("DOORWARD_NONSENSE", "1");
    fs::write(program.directory().join("doorward.toml"), "listn = 1\n[limits]\ndepth = 0\n").unwrap();
    assert_snapshot!(program.run(["doctor"]).told(), @"
    exit 1
    out  fault  configuration  doorward.toml: there is no setting `listn`; did you mean `listen`?
    out    mend it; `doorward config template` shows every key, `doorward config show` what holds now
    out  fault  configuration  doorward.toml: `limits.depth` must be a whole number, 1 or more
    out    mend it; `doorward config template` shows every key, `doorward config show` what holds now
    out  warning  configuration  the environment variable DOORWARD_NONSENSE means nothing to Doorward
    out    look at its spelling, or leave it out
    ");
}

#[test]
fn a_public_url_that_clients_cannot_use_is_told() {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    let with = |url: &str| {
        fs::write(program.directory().join("doorward.toml"), format!("public_url = \"{url}\"\n")).unwrap();
        found(&program, &[])
    };
    assert_eq!(with("https://doorward.example.com"), [""; 0]);
    assert_eq!(with("http://localhost:8080"), [""; 0]);
    assert_eq!(with("http://[::1]:8080"), [""; 0]);
    assert_snapshot!(with("http://doorward.example.com").join("\n"), @"fault: public URL: it is http: passwords and tokens would cross the network for everyone on the way to read");
    assert_snapshot!(with("https://0.0.0.0:8080").join("\n"), @"fault: public URL: 0.0.0.0 is where a server listens, and nowhere that a client could go");
    for no_place in [
        "https://",
        "https://ada:word@doorward.example.com",
        "https://doorward.example.com/?x=1",
        "https://doorward.example.com/door",
    ] {
        assert!(with(no_place)[0].contains("`public_url` must be like https://doorward.example.com"), "{no_place}");
    }
    fs::write(program.directory().join("doorward.toml"), "listen = \"0.0.0.0:8080\"\n").unwrap();
    assert_snapshot!(found(&program, &[]).join("\n"), @"warning: public URL: not set, and the server listens to others: links would name an address of this machine");
}

#[test]
fn files_that_others_may_read_are_told() {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    let open = |path: &str, mode: u32| {
        fs::set_permissions(program.directory().join(path), Permissions::from_mode(mode)).unwrap();
    };
    open("doorward-data", 0o755);
    open("doorward-data/doorward.db", 0o644);
    let file = "[upstream]\nurl = \"http://127.0.0.1:1/\"\nidentity = \"headers\"\nsecret = \"sixteen characters\"\n";
    fs::write(program.directory().join("doorward.toml"), file).unwrap();
    open("doorward.toml", 0o644);
    let files: Vec<String> = found(&program, &[]).into_iter().filter(|line| line.contains(": files: ")).collect();
    assert_snapshot!(files.join("\n"), @"
    fault: files: doorward.toml holds a secret and is open to other users of the machine (mode 644)
    fault: files: doorward-data holds the data and is open to other users of the machine (mode 755)
    fault: files: doorward-data/doorward.db holds data and is open to other users of the machine (mode 644)
    ");
    open("doorward-data", 0o700);
    open("doorward-data/doorward.db", 0o600);
    open("doorward.toml", 0o640);
    assert!(found(&program, &[]).iter().all(|line| !line.contains(": files: ")));
}

#[tokio::test]
async fn postgres_is_asked_for_its_version_and_whether_it_keeps_its_word() {
    let database = Database::postgres().await;
    let program = Program::on(&database);
    assert_eq!(found(&program, &[]), ["warning: database: it answers, and there are no tables in it yet"]);
    program.does(["user", "add", "mia"]);
    let told = program.run(["doctor"]).stdout;
    for part in ["PostgreSQL 1", "fsync is ", "synchronous_commit is ", "full_page_writes is "] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    // The servers of tests need not survive anything.
    let url = database.url().unwrap();
    let careless = format!("{url}{}options=-csynchronous_commit%3Doff", if url.contains('?') { '&' } else { '?' });
    let found = found(&program, &["--database", &careless]);
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("fault: database: synchronous_commit is off: a token that was revoked")),
        "{found:?}"
    );
}

#[test]
fn a_database_that_is_away_is_a_fault_without_its_password() {
    let url = "postgres://doorward:of-nobodys-business@127.0.0.1:1/doorward";
    let found = found(&Program::new(), &["--database", url]);
    assert_snapshot!(found.join("\n"), @"fault: database: connecting to PostgreSQL: error connecting to server: Connection refused (os error 111); in: connect");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_answers_others_too_lets_them_walk_round_the_door() {
    let api = Behind::new(SHOP).await;
    let program = Program::new().with("DOORWARD_UPSTREAM__URL", &api.url());
    let with_key = |program: Program| program.with("DOORWARD_UPSTREAM__HEADERS", "X-Key: of-nobodys-business");
    program.does(["user", "add", "mia"]);
    api.describes(SHOP, r#"{"data":{"__typename":"Query"}}"#);
    program.does(["schema", "pull"]);
    assert_snapshot!(found(&program, &[]).join("\n"), @"warning: API behind: it asks for no credential: whoever reaches it walks round the door");
    let program = with_key(program);
    assert_snapshot!(found(&program, &[]).join("\n"), @"fault: API behind: it answers without the credential, too: whoever reaches it walks round the door");
    assert!(api.got().iter().any(|got| got.header("x-key").is_none()), "it was asked without the credential");
    let schema = apollo_compiler::Schema::parse_and_validate(SHOP, "x").unwrap();
    api.answers(move |got| match got.header("x-key") {
        None => Response::builder().status(401).body(axum::body::Body::empty()).unwrap(),
        Some(_) if got.body.contains("__schema") => crate::gateway::described(&schema, got),
        Some(_) => answer(r#"{"data":{"__typename":"Query"}}"#),
    });
    assert_eq!(found(&program, &[]), [""; 0]);
    assert!(program.run(["doctor"]).stdout.contains("it refuses what comes without the credential"));
    api.answers(|_| answer(r#"{"errors":[{"message":"who are you?"}]}"#));
    assert!(found(&program, &[])[0].contains("refuses the credential that Doorward presents"));
    api.answers(|_| answer("<html>"));
    assert!(found(&program, &[])[0].starts_with("fault: API behind: what it answered is not GraphQL"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_has_moved_on_and_clashes_are_told() {
    let api = Behind::new(SHOP).await;
    let program =
        Program::new().with("DOORWARD_UPSTREAM__URL", &api.url()).with("DOORWARD_UPSTREAM__HEADERS", "X-Key: x");
    let typename = r#"{"data":{"__typename":"Query"}}"#;
    api.describes(SHOP, typename);
    program.does(["user", "add", "mia"]);
    let about_schema = || {
        let all = found(&program, &[]);
        all.into_iter().filter(|line| line.contains(": schema: ")).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(about_schema(), @"warning: schema: nothing is known of the API's schema yet");
    program.does(["schema", "pull"]);
    assert_eq!(about_schema(), "");
    api.describes("type Query { products: [String!] me: User } type User { id: ID }", typename);
    assert_snapshot!(about_schema(), @"warning: schema: the API's schema has changed in 3 places since it was taken in");
    program.does(["schema", "pull"]);
    assert_snapshot!(about_schema(), @"
    warning: schema: 2 coordinates are closed to grants from before
    warning: schema: the API has a type User too: Doorward's own is served as DoorwardUser
    warning: schema: the API has Query.me too: Doorward's own is reached at /doorward/graphql
    ");
}

#[test]
fn a_key_that_is_gone_or_another_is_told() {
    let program = Program::new();
    program.does(["user", "add", "ada"]);
    let about_key = |program: &Program| found(program, &[]).into_iter().filter(|line| line.contains(": key: ")).count();
    program.serve().stop();
    assert_eq!(about_key(&program), 0);
    let path = program.directory().join("doorward-data/key");
    let key = fs::read_to_string(&path).unwrap();
    for other in ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "no key"] {
        fs::write(&path, other).unwrap();
        assert_eq!(about_key(&program), 1, "{other}");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(about_key(&program), 1, "gone");
    fs::write(&path, key).unwrap();
    assert_eq!(about_key(&program), 0);
}

#[test]
fn a_proxy_that_is_not_trusted_is_told() {
    let program = Program::new();
    let server = program.serve();
    server.http.send("GET", "/healthz", &[("x-forwarded-for", "198.51.100.7")], b"").unwrap();
    let since = Instant::now();
    let told = loop {
        let about = found(&program, &[]).into_iter().find(|line| line.contains(": proxies: "));
        if let Some(told) = about {
            break told;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "it is never told");
    };
    assert!(
        told.starts_with("warning: proxies: 127.0.0.1 sends X-Forwarded-For and is not in `trusted_proxies`"),
        "{told}"
    );
}

#[test]
fn a_server_that_can_serve_is_healthy() {
    let program = Program::new();
    let server = program.serve();
    let address = server.http.address().to_owned();
    assert_snapshot!(program.run(["healthcheck", "--listen", &address]).told(), @"
    exit 0
    out  ready
    ");
    assert_snapshot!(program.run(["healthcheck", "--listen", &address, "--json"]).told(), @r#"
    exit 0
    out  {"json_version":1,"ready":true,"status":200,"answer":"ready"}
    "#);
    let configured = Program::new().with("DOORWARD_LISTEN", &address);
    configured.does(["healthcheck"]);
    assert!(!configured.directory().join("doorward-data").exists(), "it takes no database");
    let everywhere = format!("0.0.0.0:{}", address.rsplit(':').next().unwrap());
    program.does(["healthcheck", "--listen", &everywhere]);
    server.stop();
    let gone = program.run(["healthcheck", "--listen", &address]).told();
    assert_snapshot!(gone.replace(&address, "[address]"), @"
    exit 1
    err  doorward: no server answers at [address]: Connection refused (os error 111)
    ");
    let gone = program.run(["healthcheck", "--listen", &address, "--json"]).told();
    assert_snapshot!(gone.replace(&address, "[address]"), @r#"
    exit 1
    err  {"json_version":1,"error":{"code":"UNAVAILABLE","message":"no server answers at [address]: Connection refused (os error 111)"}}
    "#);
    assert_snapshot!(program.run(["healthcheck", "--listen", "127.0.0.1:0"]).told(), @"
    exit 1
    err  doorward: with port 0 it is not known where the server listens: say so by --listen
    ");
}

#[test]
fn a_server_whose_api_is_not_known_yet_is_not_ready() {
    let program = Program::new().with("DOORWARD_UPSTREAM__URL", "http://127.0.0.1:1/graphql");
    let server = program.serve();
    let told = program.run(["healthcheck", "--listen", server.http.address()]).told();
    assert_snapshot!(told.replace(server.http.address(), "[address]"), @"
    exit 1
    err  doorward: the server at [address] is not ready (status 503): the schema of the API behind is not known yet
    ");
}

#[test]
fn what_serve_would_be_told_by_flags_they_are_told_by_the_same() {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    let bad = found(&program, &["--listen", "0.0.0.0:8080", "--upstream", "http://127.0.0.1:9/graphql"]);
    assert!(bad.iter().any(|line| line.starts_with("warning: public URL: not set, and")), "{bad:?}");
    assert!(bad.iter().any(|line| line.starts_with("fault: API behind: ")), "{bad:?}");
    let server = program.serve();
    let ready = ["healthcheck", "--listen", server.http.address(), "--upstream", "http://127.0.0.1:9/graphql"];
    assert_eq!(program.run(ready).status, 0);
}
