//! The configuration file, the environment, the flags, and which of them wins.

use super::{Program, json};
use crate::databases::Database;
use insta::assert_snapshot;
use std::fs;

fn with_file(text: &str) -> Program {
    let program = Program::new();
    fs::write(program.directory().join("doorward.toml"), text).unwrap();
    program
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let program = with_file("data_dir = \"of-the-file\"\n");
    let made = |program: &Program, name: &str| program.directory().join(name).join("doorward.db").exists();
    program.does(["user", "list"]);
    assert!(made(&program, "of-the-file"));
    let program = program.with("DOORWARD_DATA_DIR", "of-the-environment");
    program.does(["user", "list"]);
    assert!(made(&program, "of-the-environment"));
    program.does(["user", "list", "--data-dir", "of-the-flag"]);
    assert!(made(&program, "of-the-flag"));
    assert!(!made(&program, "doorward-data"));
}

#[test]
fn the_file_has_another_name_when_a_flag_or_the_environment_says_so() {
    let program = with_file("data_dir = \"not-this\"\n");
    fs::write(program.directory().join("other.toml"), "data_dir = \"this\"\n").unwrap();
    program.does(["user", "list", "--config", "other.toml"]);
    assert!(program.directory().join("this").exists());
    let program = program.with("DOORWARD_CONFIG", "missing.toml");
    program.does(["user", "list", "--config", "other.toml"]);
    assert_snapshot!(program.run(["user", "list"]).told(), @"
    exit 1
    err  doorward: missing.toml: No such file or directory (os error 2)
    ");
    assert!(!program.directory().join("not-this").exists());
}

#[test]
fn what_is_wrong_in_the_file_stops_the_start() {
    let program = with_file("[limits]\ndepht = 7\n");
    assert_snapshot!(program.run(["serve"]).told(), @"
    exit 1
    err  doorward: doorward.toml: there is no setting `limits.depht`; did you mean `limits.depth`?
    ");
    assert_snapshot!(program.run(["user", "list", "--json"]).told(), @r#"
    exit 1
    err  {"json_version":1,"error":{"code":"BAD_USER_INPUT","message":"doorward.toml: there is no setting `limits.depht`; did you mean `limits.depth`?","field":"limits.depht"}}
    "#);
    assert_eq!(program.run(["version"]).status, 0);
    assert_snapshot!(with_file("listn = \"127.0.0.1:0\"\n").run(["serve"]).told(), @"
    exit 1
    err  doorward: doorward.toml: there is no setting `listn`; did you mean `listen`?
    ");
    assert_snapshot!(with_file("nonsense").run(["serve"]).told(), @"
    exit 1
    err  doorward: doorward.toml: TOML parse error at line 1, column 9: key with no value, expected `=`
    ");
    assert_snapshot!(with_file("[limits]\ndepth = \"deep\"\n").run(["serve"]).told(), @"
    exit 1
    err  doorward: doorward.toml: `limits.depth` must be a whole number, 1 or more
    ");
    assert_snapshot!(with_file("[tokens]\nmax_lifetime_days = 0\n").run(["serve"]).told(), @"
    exit 1
    err  doorward: doorward.toml: `tokens.max_lifetime_days` must be a whole number, 1 to 36500
    ");
    assert_snapshot!(Program::new().run(["serve", "--listen", "here"]).told(), @"
    exit 1
    err  doorward: `listen` must be an address and a port, like 127.0.0.1:8080
    ");
    assert_snapshot!(Program::new().run(["serve", "--public-url", "doorward.example.org"]).told(), @"
    exit 1
    err  doorward: `public_url` must begin with http:// or https://
    ");
}

#[test]
fn a_file_that_does_not_parse_is_not_quoted() {
    let done = with_file("[database]\nurl = \"postgres://doorward:of-nobodys-business@db/x\n").run(["user", "list"]);
    assert_snapshot!(done.told(), @r#"
    exit 1
    err  doorward: doorward.toml: TOML parse error at line 2, column 52: invalid basic string, expected `"`
    "#);
}

#[test]
fn an_unknown_environment_variable_is_warned_of_and_does_no_harm() {
    let program = Program::new().with("DOORWARD_LIMITS__DEPHT", "7");
    assert_snapshot!(program.run(["role", "list", "--json"]).stderr, @"
    warning: the environment variable DOORWARD_LIMITS__DEPHT means nothing to Doorward; did you mean DOORWARD_LIMITS__DEPTH?
    made a new database in doorward-data
    ");
    let server = program.serve();
    let told = server.said.wait_for("the warning", |text| {
        text.lines().find(|line| line.contains("DOORWARD_LIMITS__DEPHT")).map(str::to_owned)
    });
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["level"], "WARN");
}

#[test]
fn a_misspelt_variable_is_named_with_the_nearest_and_a_wrong_one_by_its_name() {
    let program = Program::new().with("DOORWARD_LISTN", "127.0.0.1:0").with("DOORWARD_NONSENSE", "1");
    let warned = program.run(["config", "check"]).stdout;
    assert!(warned.contains("DOORWARD_LISTN means nothing to Doorward; did you mean DOORWARD_LISTEN?\n"), "{warned}");
    assert!(warned.contains("DOORWARD_NONSENSE means nothing to Doorward\n"), "{warned}");
    for (name, value) in [
        ("DOORWARD_PUBLIC_URL", "doorward.example.com"),
        ("DOORWARD_TOKENS__PREFIX", "No_"),
        ("DOORWARD_CORS__ORIGINS", "*"),
        ("DOORWARD_TRUSTED_PROXIES", "here"),
        ("DOORWARD_DATABASE__URL", "mysql://x"),
        ("DOORWARD_TLS__KEY", "x"),
        ("DOORWARD_UPSTREAM__URL", "ftp://x"),
        ("DOORWARD_GATEWAY__NEVER", "Query"),
    ] {
        let done = Program::new().with(name, value).run(["user", "list"]);
        assert!(done.status == 1 && done.stderr.contains(name), "{name}: {}", done.told());
    }
}

#[test]
fn a_data_directory_that_cannot_be_made_is_said_in_words() {
    let program = Program::new();
    fs::write(program.directory().join("in-the-way"), "").unwrap();
    assert_snapshot!(program.run(["user", "list", "--data-dir", "in-the-way"]).told(), @"
    exit 1
    err  doorward: opening the SQLite database: in-the-way/doorward.db: File exists (os error 17)
    ");
}

#[test]
fn a_file_that_is_no_database_is_said_in_words() {
    let program = Program::new();
    fs::create_dir(program.directory().join("doorward-data")).unwrap();
    fs::write(program.directory().join("doorward-data/doorward.db"), "not a database at all".repeat(200)).unwrap();
    assert_snapshot!(program.run(["user", "list"]).told(), @"
    exit 1
    err  doorward: opening the SQLite database: file is not a database
    ");
}

#[tokio::test]
async fn the_database_is_named_by_flag_environment_or_a_file_of_its_own() {
    let database = Database::postgres().await;
    let url = database.url().expect("it has one");
    let named_by_flag = Program::new();
    named_by_flag.does(["user", "add", "ada", "--database", url]);
    let named_by_environment = Program::on(&database);
    named_by_environment.does(["user", "add", "mia"]);
    let named_by_file = Program::new().with("DOORWARD_DATABASE__URL_FILE", "url");
    fs::write(named_by_file.directory().join("url"), format!("{url}\n")).unwrap();
    named_by_file.does(["user", "add", "ben"]);
    let users = json(&named_by_file, &["user", "list", "--json"]);
    let names: Vec<_> =
        users["items"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["ada", "mia", "ben"]);
    for program in [named_by_flag, named_by_environment, named_by_file] {
        assert!(!program.directory().join("doorward-data").exists(), "PostgreSQL needs no data directory");
    }
    let missing = Program::new().with("DOORWARD_DATABASE__URL_FILE", "nowhere");
    assert_snapshot!(missing.run(["user", "list"]).told(), @"
    exit 1
    err  doorward: DOORWARD_DATABASE__URL_FILE: No such file or directory (os error 2)
    ");
}

#[test]
fn a_database_that_does_not_answer_is_said_in_words_without_its_password() {
    let program = Program::new();
    let with = |url: &str| program.run(["user", "list", "--database", url]).told();
    for url in [
        "postgres://doorward:of-nobodys-business@127.0.0.1:1/doorward",
        "postgres://doorward:of-nobodys-business@127.0.0.1:port/doorward",
        "mysql://doorward:of-nobodys-business@127.0.0.1/doorward",
        "postgres://doorward:of-nobodys-business@127.0.0.1/doorward?nonsense=1",
        "postgres://doorward:of-nobodys-business@127.0.0.1/doorward?sslmode=require",
    ] {
        let told = with(url);
        assert!(told.starts_with("exit 1\nerr  doorward: "), "{told}");
        assert!(!told.contains("nobodys"), "{told}");
    }
    assert_snapshot!(with("postgres://doorward:of-nobodys-business@127.0.0.1:1/doorward"), @"
    exit 1
    err  doorward: connecting to PostgreSQL: error connecting to server: Connection refused (os error 111); in: connect
    ");
    assert_snapshot!(with("mysql://doorward:of-nobodys-business@127.0.0.1/doorward"), @"
    exit 1
    err  doorward: `database.url` must begin with postgres://; without it, SQLite in the data directory is used
    ");
    assert_snapshot!(with("postgres://doorward:of-nobodys-business@127.0.0.1:port/doorward"), @"
    exit 1
    err  doorward: the database url is not of the form postgres://user:password@host:port/database
    ");
}
