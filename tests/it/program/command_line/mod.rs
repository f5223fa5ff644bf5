//! The commands: what they print for people and for programs, and how they end.

mod api;
mod audit;
mod changes;
mod completions;
mod config;
mod doctor;
mod explain;
mod help;
mod roles;
mod schema;
mod settings;
mod tokens;
mod users;

use super::{PASSWORD, Program};
use insta::assert_snapshot;
use serde_json::Value;

/// The JSON that a command prints, which must be alone on stdout.
#[track_caller]
fn json(program: &Program, arguments: &[&str]) -> Value {
    let printed = program.does(arguments);
    let value: Value = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("not JSON: {printed}"));
    assert_eq!(value["json_version"], 1, "{value}");
    value
}

#[test]
fn the_version_is_that_of_the_package() {
    let program = Program::new();
    assert_eq!(program.does(["version"]), concat!("doorward ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(json(&program, &["version", "--json"])["version"], env!("CARGO_PKG_VERSION"));
    assert!(!program.directory().join("doorward-data").exists(), "a version needs no data");
}

#[test]
fn help_is_no_refusal_and_goes_to_stdout() {
    let done = Program::new().run(["--help"]);
    assert_eq!((done.status, done.stderr.as_str()), (0, ""));
    for command in
        ["serve", "user", "role", "token", "schema", "can", "audit", "config", "doctor", "explain", "version"]
    {
        assert!(done.stdout.contains(&format!("\n  {command} ")), "{command} is not in:\n{}", done.stdout);
    }
}

#[test]
fn wrong_use_is_exit_2_and_touches_no_data() {
    let program = Program::new();
    let wrong: &[&[&str]] = &[
        &[],
        &["nonsense"],
        &["user"],
        &["user", "add"],
        &["user", "list", "--nonsense"],
        &["user", "add", "mia", "--password", "x"],
        &["user", "set-password", "mia", "--password", "x"],
        &["token", "create", "--user", "mia"],
        &["can", "--operation", "x.graphql"],
        &["can", "--user", "mia", "--role", "support", "--operation", "x.graphql"],
        &["schema", "print", "--user", "mia", "--role", "support"],
        &["schema", "print", "--user", "mia", "--token-stdin"],
        &["schema", "accept"],
        &["schema", "accept", "--all", "User.id"],
        &["token", "create", "--user", "mia", "--name", "x", "--access"],
    ];
    for arguments in wrong {
        let done = program.run(*arguments);
        assert_eq!((done.status, done.stdout.as_str()), (2, ""), "{arguments:?}: {}", done.told());
        assert!(!done.stderr.is_empty(), "{arguments:?}");
        let done = program.run(arguments.iter().chain(&["--json"]));
        let told: Value = serde_json::from_str(&done.stderr).unwrap_or_else(|_| panic!("{}", done.told()));
        assert_eq!((done.status, &told["error"]["code"]), (2, &"BAD_USER_INPUT".into()), "{told}");
    }
    assert!(!program.directory().join("doorward-data").exists());
}

#[test]
fn a_value_that_is_not_allowed_is_refused_with_those_that_are() {
    let program = Program::new();
    let token = ["token", "create", "--user", "mia", "--name", "x"];
    let wrong: &[(&[&str], &str)] = &[
        (&[&token[..], &["--access", "admin"]].concat(), "--access"),
        (&["token", "revoke", "abc"], "ID"),
        (&["audit", "list", "--limit", "many"], "--limit"),
        (&["audit", "export", "--format", "xml"], "--format"),
        (&["serve", "--log-format", "xml"], "--log-format"),
        (&["role", "create", "x", "--preset", "all"], "--preset"),
        (&["role", "update", "x", "--follow-new-fields", "perhaps"], "--follow-new-fields"),
        (&["completions", "powershell"], "SHELL"),
    ];
    let mut said = String::new();
    for (arguments, field) in wrong {
        let done = program.run(*arguments);
        assert_eq!((done.status, done.stdout.as_str()), (1, ""), "{arguments:?}: {}", done.told());
        said += &done.stderr;
        let done = program.run(arguments.iter().chain(&["--json"]));
        let told: Value = serde_json::from_str(&done.stderr).unwrap_or_else(|_| panic!("{}", done.told()));
        let error = &told["error"];
        assert_eq!((&error["code"], &error["field"]), (&"BAD_USER_INPUT".into(), &(*field).into()), "{told}");
    }
    assert_snapshot!(said, @"
    doorward: `--access` cannot be `admin`; allowed: read-only, read-write
    doorward: `ID` cannot be `abc`; allowed: the number of a token, as `doorward token list` shows it
    doorward: `--limit` cannot be `many`; allowed: a whole number
    doorward: `--format` cannot be `xml`; allowed: jsonl, csv
    doorward: `--log-format` cannot be `xml`; allowed: text, json
    doorward: `--preset` cannot be `all`; allowed: read-only, read-write, administrator
    doorward: `--follow-new-fields` cannot be `perhaps`; allowed: true, false
    doorward: `SHELL` cannot be `powershell`; allowed: bash, zsh, fish
    ");
    assert!(!program.directory().join("doorward-data").exists());
    program.does(["user", "add", "mia"]);
    for arguments in [&[&token[..], &["--expires-in", "1y"]].concat()[..], &["audit", "list", "--since", "nope"]] {
        let done = program.run(arguments);
        assert_eq!(done.status, 1, "{}", done.told());
        assert!(done.stderr.contains("` cannot be `"), "{}", done.stderr);
    }
}

#[test]
fn a_password_in_the_argument_list_is_wrong_use_and_is_not_repeated() {
    let done = Program::new().run(["user", "add", "mia", "--password=otter-lantern-fjord-9"]);
    assert_snapshot!(done.told(), @"
    exit 2
    err  error: unexpected argument '--password' found
    err
    err    tip: a similar argument exists: '--password-stdin'
    err
    err  Usage: doorward user add --password-stdin <NAME>
    err
    err  For more information, try '--help'.
    ");
}

#[test]
fn the_flags_of_every_command_go_before_it_or_after_its_own() {
    let program = Program::new();
    program.does(["--data-dir", "here", "role", "create", "one"]);
    program.does(["role", "--data-dir", "here", "create", "two"]);
    program.does(["role", "create", "three", "--data-dir", "here"]);
    let listed = json(&program, &["--json", "role", "list", "--data-dir", "here"]);
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["member", "anonymous", "one", "two", "three"]);
    assert!(!program.directory().join("doorward-data").exists());
}

#[test]
fn a_refusal_is_json_too_where_json_was_asked_for() {
    let program = Program::new();
    let done = program.run(["user", "disable", "nobody", "--json"]);
    assert_snapshot!(done.told(), @r#"
    exit 1
    err  made a new database in doorward-data
    err  {"json_version":1,"error":{"code":"NOT_FOUND","message":"there is no user named `nobody`; `doorward user list` shows those that there are","field":"user"}}
    "#);
    let done = program.run_with(["user", "add", "mia", "--password-stdin", "--json"], b"short");
    assert_snapshot!(done.told(), @r#"
    exit 1
    err  {"json_version":1,"error":{"code":"BAD_USER_INPUT","message":"the password is too short: at least 12 characters","field":"password"}}
    "#);
    let done = program.run(["role", "create", "support", "--permission", "Query.userz", "--json"]);
    assert_snapshot!(done.told(), @r#"
    exit 1
    err  {"json_version":1,"error":{"code":"BAD_USER_INPUT","message":"\"Query.userz\": Query has no field userz; the nearest is Query.users","field":"applied_permissions"}}
    "#);
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_complain() {
    let program = Program::new();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "\"$0\" schema print --own | head -n 1", env!("CARGO_BIN_EXE_doorward")]);
    let output = command.current_dir(program.directory()).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
