//! `doorward user …`

use super::{PASSWORD, Program, json};
use insta::assert_snapshot;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

#[test]
fn users_are_added_listed_disabled_and_enabled() {
    let program = Program::new();
    let done = program.run_with(["user", "add", "ada", "--super-admin", "--password-stdin"], PASSWORD.as_bytes());
    assert_snapshot!(done.told(), @"
    exit 0
    err  made a new database in doorward-data
    err  added user 1 (ada)
    ");
    program.does(["role", "create", "support", "--permission", "Query.users"]);
    let done = program
        .run("user add mia --email mia@example.org --full-name Mia --role support".split(' ').collect::<Vec<_>>());
    assert_snapshot!(done.told(), @"
    exit 0
    err  added user 2 (mia); to let them sign in: doorward user set-password mia
    ");
    let done = program.run(["user", "list"]);
    assert_snapshot!(done.told(), @"
    exit 0
    out   ID  USERNAME  NAME  EMAIL ADDRESS  ENABLED  SUPER ADMIN  ROLES  LAST SEEN AT
    out   1  ada  ada  yes  yes
    out   2  mia  Mia  mia@example.org  yes  no  support
    ");
    let done = program.run(["user", "disable", "MIA@example.org"]);
    assert_snapshot!(done.told(), @"
    exit 0
    err  disabled MIA@example.org: sessions ended, tokens stopped
    ");
    assert_eq!(json(&program, &["user", "list", "--json"])["items"][1]["enabled"], false);
    let done = program.run(["user", "enable", "mia"]);
    assert_snapshot!(done.told(), @"
    exit 0
    err  enabled mia: tokens that were not revoked work again
    ");
    assert_eq!(json(&program, &["user", "list", "--json"])["items"][1]["enabled"], true);
}

#[test]
fn users_are_told_of_as_json() {
    let program = Program::new();
    program.does(["role", "create", "support"]);
    let added = program.run(["user", "add", "mia", "--email", "mia@example.org", "--role", "support", "--json"]);
    assert_snapshot!(added.told(), @r#"
    exit 0
    out  {"json_version":1,"id":"1","username":"mia","name":"mia","public_name":"mia","email_address":"mia@example.org","enabled":true,"super_admin":false,"external_id":null,"roles":["support"],"created_at":"[date]","updated_at":"[date]","last_seen_at":null}
    "#);
    let listed = program.run(["user", "list", "--json"]);
    assert_snapshot!(listed.told(), @r#"
    exit 0
    out  {"json_version":1,"items":[{"id":"1","username":"mia","name":"mia","public_name":"mia","email_address":"mia@example.org","enabled":true,"super_admin":false,"external_id":null,"roles":["support"],"created_at":"[date]","updated_at":"[date]","last_seen_at":null}]}
    "#);
    assert_eq!(json(&program, &["user", "disable", "mia", "--json"])["enabled"], false);
    assert_eq!(json(&program, &["user", "enable", "mia", "--json"])["enabled"], true);
    let done = program.run_with(["user", "set-password", "mia", "--password-stdin", "--json"], PASSWORD.as_bytes());
    assert_eq!(done.status, 0, "{}", done.told());
}

#[test]
fn the_first_user_is_number_1() {
    let program = Program::new();
    assert_eq!(json(&program, &["user", "add", "ada", "--json"])["id"], "1");
}

#[test]
fn a_user_is_refused_with_what_is_wrong() {
    let program = Program::new();
    program.does(["user", "add", "Mia", "--email", "mia@example.org"]);
    assert_snapshot!(program.run(["user", "add", "mia"]).told(), @"
    exit 1
    err  doorward: `mia` is taken: user names and email addresses must differ from all others
    ");
    assert_snapshot!(program.run(["user", "add", "MIA@example.org"]).told(), @"
    exit 1
    err  doorward: `MIA@example.org` is taken: user names and email addresses must differ from all others
    ");
    assert_snapshot!(program.run(["user", "add", "ben", "--email", "mia@EXAMPLE.org"]).told(), @"
    exit 1
    err  doorward: `mia@EXAMPLE.org` is taken: user names and email addresses must differ from all others
    ");
    assert_snapshot!(program.run(["user", "add", ""]).told(), @"
    exit 1
    err  doorward: `username` must not be empty: 1 to 100 characters
    ");
    assert_snapshot!(program.run(["user", "add", "ben", "--email", "nowhere"]).told(), @"
    exit 1
    err  doorward: `email_address` must be an address like name@example.com
    ");
    assert_snapshot!(program.run(["user", "add", "ben", "--role", "suport"]).told(), @"
    exit 1
    err  doorward: there is no role named `suport`; `doorward role list` shows those that there are
    ");
    assert_snapshot!(program.run(["user", "add", "ben", "--role", "member"]).told(), @"
    exit 1
    err  doorward: the built-in role `member` is not given to users
    ");
    let users = json(&program, &["user", "list", "--json"]);
    assert_eq!(users["items"].as_array().unwrap().len(), 1, "nothing half-made");
}

#[test]
fn a_password_must_be_hard_to_guess() {
    let program = Program::new();
    let add = |password: &[u8]| program.run_with(["user", "add", "mia.example", "--password-stdin"], password).told();
    assert_snapshot!(add(b"short"), @"
    exit 1
    err  made a new database in doorward-data
    err  doorward: the password is too short: at least 12 characters
    ");
    assert_snapshot!(add(b"passwordpassword"), @"
    exit 1
    err  doorward: the password is too easy to guess: use several unrelated words, or let a password manager make one
    ");
    assert_snapshot!(add(b"mia.example1"), @"
    exit 1
    err  doorward: the password is too easy to guess: use several unrelated words, or let a password manager make one
    ");
    assert_snapshot!(add(b"\xff\xfe not of any script \xff"), @"
    exit 1
    err  doorward: the password on stdin is not UTF-8
    ");
    assert_snapshot!(add(&[b'x'; 1_025]), @"
    exit 1
    err  doorward: the password is too long: at most 1024 bytes
    ");
    assert_eq!(json(&program, &["user", "list", "--json"])["items"].as_array().unwrap().len(), 0);
}

#[test]
fn a_password_is_set_later() {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    let set = |name: &str, password: &str| {
        program.run_with(["user", "set-password", name, "--password-stdin"], password.as_bytes()).told()
    };
    assert_snapshot!(set("mia", "short"), @"
    exit 1
    err  doorward: the password is too short: at least 12 characters
    ");
    assert_snapshot!(set("mea", PASSWORD), @"
    exit 1
    err  doorward: there is no user named `mea`; `doorward user list` shows those that there are
    ");
    assert_snapshot!(program.run(["user", "set-password", "mia"]).told(), @"
    exit 1
    err  doorward: no password was given: pass it with --password-stdin
    ");
    let server = program.serve();
    let refused = server.http.try_to_sign_in("mia", PASSWORD);
    assert_eq!(refused["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS");
    assert_snapshot!(set("mia", &format!("{PASSWORD}\n")), @"
    exit 0
    err  set the password of mia: sessions ended
    ");
    server.http.sign_in("mia", PASSWORD);
}

#[test]
fn the_last_administrator_stays() {
    let program = Program::new();
    program.does(["user", "add", "ada", "--super-admin"]);
    assert_snapshot!(program.run(["user", "disable", "ada"]).told(), @"
    exit 1
    err  doorward: `ada` is the last super administrator who is enabled; make another first
    ");
    program.does(["user", "add", "bob", "--super-admin"]);
    program.does(["user", "disable", "ada"]);
}

#[test]
fn users_are_added_beside_a_running_server() {
    let program = Program::new();
    let server = program.serve();
    program.add_user("mia", &[]);
    server.http.sign_in("mia", PASSWORD);
}

#[test]
fn the_data_directory_is_closed_to_others() {
    let program = Program::new();
    program.does(["user", "add", "mia"]);
    let directory = program.directory().join("doorward-data");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let all_closed = || {
        assert_eq!(mode(&directory), 0o700);
        let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        for file in &files {
            assert_eq!(mode(file), 0o600, "{}", file.display());
        }
        files.len()
    };
    assert!(all_closed() >= 1);
    let server = program.serve();
    let _writes = server.http.try_to_sign_in("mia", "not the password");
    assert!(all_closed() >= 3, "the log of SQLite is there too while it is served");
}

#[test]
fn a_list_that_cannot_be_written_fails_and_one_that_nobody_reads_does_not() {
    let program = Program::new();
    program.does(["user", "add", "ben"]);
    for arguments in [&["user", "list"][..], &["user", "list", "--json"], &["version"], &["schema", "print"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = program.command(arguments).stdin(Stdio::null()).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("writing the answer: No space left on device"), "{said}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = program.command(arguments).stdin(Stdio::null()).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments:?}");
    }
}

#[test]
fn a_command_in_the_wrong_directory_says_that_it_made_a_database() {
    let program = Program::new();
    assert_snapshot!(program.run(["user", "add", "ben"]).told(), @"
    exit 0
    err  made a new database in doorward-data
    err  added user 1 (ben); to let them sign in: doorward user set-password ben
    ");
    assert_eq!(program.run(["user", "list"]).stderr, "");
}

#[test]
fn a_user_is_shown() {
    let program = Program::new();
    program.does(["role", "create", "support"]);
    program.does(["user", "add", "mia", "--email", "mia@example.org", "--role", "support"]);
    assert_snapshot!(program.run(["user", "show", "MIA@example.org"]).told(), @"
    exit 0
    out  id: 1
    out  username: mia
    out  name: mia
    out  public name: mia
    out  email address: mia@example.org
    out  enabled: yes
    out  super admin: no
    out  external id: none
    out  roles:
    out    support
    out  created at: [date]
    out  updated at: [date]
    out  last seen at: none
    out  session count: 0
    ");
    assert_snapshot!(program.run(["user", "show", "mia", "--json"]).told(), @r#"
    exit 0
    out  {"json_version":1,"id":"1","username":"mia","name":"mia","public_name":"mia","email_address":"mia@example.org","enabled":true,"super_admin":false,"external_id":null,"roles":["support"],"created_at":"[date]","updated_at":"[date]","last_seen_at":null,"session_count":0}
    "#);
    assert_snapshot!(program.run(["user", "show", "nobody"]).told(), @"
    exit 1
    err  doorward: there is no user named `nobody`; `doorward user list` shows those that there are
    ");
}
