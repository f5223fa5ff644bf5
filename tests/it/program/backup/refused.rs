//! What is refused, and changes nothing: files that are no whole backup, and a database that somebody still needs.

use super::{Program, tamper, tamper_by};
use insta::assert_snapshot;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

#[test]
fn a_file_that_is_no_whole_backup_is_refused_and_changes_nothing() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let token = program.make_token("mia", &[]);
    program.does(["backup", "good.backup"]);
    let path = |name: &str| program.directory().join(name);
    let good = fs::read(path("good.backup")).unwrap();
    fs::write(path("half.backup"), &good[..good.len() / 2]).unwrap();
    fs::write(path("tiny.backup"), b"SQL").unwrap();
    fs::write(path("text.backup"), "not a database, but longer than a header").unwrap();
    let mut damaged = good.clone();
    damaged[8_000..16_000].fill(0x5a);
    fs::write(path("damaged.backup"), &damaged).unwrap();
    fs::copy(program.data("doorward.db"), path("raw.backup")).unwrap();
    fs::write(path("spoilt.backup"), &good).unwrap();
    tamper(&path("spoilt.backup"), |file| {
        let mut bytes = fs::read(file).unwrap();
        bytes[8_000..16_000].fill(0x5a);
        fs::write(file, bytes).unwrap();
    });
    // SQLite finds each of these sound.
    let at =
        good.windows(4).position(|part| part == b"mia\0").or_else(|| good.windows(3).position(|part| part == b"mia"));
    let mut renamed = good.clone();
    renamed[at.unwrap() + 2] = b'z';
    fs::write(path("renamed.backup"), &renamed).unwrap();
    fs::write(path("longer.backup"), [&good[..], b"\n"].concat()).unwrap();
    let change = |name: &str, sql: &str| {
        fs::write(path(name), &good).unwrap();
        tamper_by(&path(name), sql);
    };
    change("newer.backup", "insert into migrations values (9999, '9999_later', 0)");
    change("trigger.backup", "create trigger t after insert on users begin update users set enabled = 1; end");
    let foreign = rusqlite::Connection::open(path("foreign.backup")).unwrap();
    foreign.execute_batch("create table songs (name text)").unwrap();
    drop(foreign);
    let whole = fs::read(program.data("doorward.db")).unwrap();
    let mut said = String::new();
    let names = [
        "half", "tiny", "text", "damaged", "spoilt", "renamed", "longer", "raw", "newer", "trigger", "foreign",
        "missing",
    ];
    for name in names {
        let done = program.run(["restore", &format!("{name}.backup"), "--replace"]);
        assert_eq!(done.status, 1, "{name}: {}", done.stderr);
        let (before, after) = done.stderr.split_once("this program knows ").unwrap_or((&done.stderr, ""));
        said += before;
        if !after.is_empty() {
            said += "this program knows [some]";
            said += after.trim_start_matches(|one: char| one.is_ascii_digit());
        }
        assert!(fs::read(program.data("doorward.db")).unwrap() == whole, "{name} changed the database");
    }
    assert_snapshot!(said, @r#"
    doorward: half.backup: this file was cut short, or something was added to it: fetch it again
    doorward: tiny.backup: this is no backup that `doorward backup` made
    doorward: text.backup: this is no backup that `doorward backup` made
    doorward: damaged.backup: this file was changed: its checksum is another's. Fetch it again
    doorward: spoilt.backup: this file is broken: fetch it again
    doorward: renamed.backup: this file was changed: its checksum is another's. Fetch it again
    doorward: longer.backup: this file was cut short, or something was added to it: fetch it again
    doorward: raw.backup: this is a SQLite database, but no backup that `doorward backup` made
    doorward: this database was last used by a newer Doorward (its tables are at step 9999, "9999_later"; this program knows [some]): start the newer program, or restore a backup from before the upgrade
    doorward: trigger.backup: this backup holds a trigger `t` that is none of Doorward's
    doorward: foreign.backup: this is a SQLite database, but no backup that `doorward backup` made
    doorward: missing.backup: No such file or directory (os error 2)
    "#);
    assert_eq!(program.stands(&[&token]), ["mia"]);
}

#[test]
fn a_backup_that_holds_what_nobody_can_read_is_refused_and_told_of_when_it_is_made() {
    let program = Program::new();
    program.does(["role", "create", "support", "--permission", "Query.users"]);
    program.add_user("mia", &[]);
    fs::write(program.directory().join("q.graphql"), "{ me { id } }").unwrap();
    program.make_token("mia", &["--permission", "Query.me", "--permission", "Me.id", "--document", "q.graphql"]);
    program.make_token("mia", &["--ip-range", "10.0.0.0/8"]);
    let file = program.directory().join("bad.backup");
    program.does(["backup", "good.backup"]);
    fs::copy(program.directory().join("good.backup"), &file).unwrap();
    let spoil = "update role_grants set permission = 'Query.users' where permission = 'own:Query.users';
                 update token_grants set permission = 'own:Me' where permission = 'own:Me.id';
                 update token_documents set document = 'query { me { username } }';
                 update personal_access_tokens set ip_ranges = 'everywhere' where id = 2";
    tamper_by(&file, spoil);
    let whole = program.database();
    let done = program.run(["restore", "bad.backup", "--replace"]);
    assert_snapshot!(done.told(), @r#"
    exit 1
    err  doorward: this backup holds what Doorward cannot read, so that nobody knows what it opens (role 3 `support`: "Query.users" is no permission: a kept grant begins with own: or api:; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away; token 1 `a script`: "own:Me" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away; token 1 `a script`: a document that it is held to was changed; token 2 `a script`: its ranges of addresses are none): take an earlier one
    "#);
    assert!(program.database() == whole, "it was changed");
    let database = rusqlite::Connection::open(program.data("doorward.db")).unwrap();
    database
        .execute_batch("update role_grants set permission = 'Query.users' where permission = 'own:Query.users'")
        .unwrap();
    drop(database);
    let done = program.run(["backup", "another.backup"]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert!(done.stderr.contains("warning: a restore will refuse this backup"), "{}", done.stderr);
}

#[test]
fn a_database_that_cannot_be_compared_for_another_reason_stays() {
    let program = Program::new();
    program.add_user("mia", &[]);
    program.does(["backup", "good.backup"]);
    // It is whole, but the tables cannot be brought up to date.
    let database = rusqlite::Connection::open(program.data("doorward.db")).unwrap();
    database.execute_batch("drop table migrations").unwrap();
    drop(database);
    let before = program.database();
    let done = program.run(["restore", "good.backup", "--replace"]);
    assert_eq!(done.status, 1, "{}", done.stderr);
    assert!(done.stderr.contains("cannot be compared with the backup ("), "{}", done.stderr);
    assert!(program.database() == before, "it was changed");
}

#[test]
fn a_database_that_another_program_reads_is_not_replaced() {
    let program = Program::new();
    program.add_user("mia", &[]);
    program.does(["backup", "good.backup"]);
    let reader = rusqlite::Connection::open(program.data("doorward.db")).unwrap();
    reader.execute_batch("begin").unwrap();
    reader.query_row("select count(*) from users", [], |_| Ok(())).unwrap();
    // What the reader does not see yet cannot leave the log beside the database.
    program.add_user("ben", &[]);
    let done = program.run(["restore", "good.backup", "--replace"]);
    assert_snapshot!(done.told(), @"
    exit 1
    err  doorward: another program has doorward-data/doorward.db open: close it, then restore
    ");
    reader.execute_batch("rollback").unwrap();
    assert_eq!(program.says(["user", "list"])["items"].as_array().unwrap().len(), 2);
}

#[test]
fn data_that_came_while_a_backup_was_read_is_not_replaced() {
    let (program, other) = (Program::new(), Program::new());
    other.add_user("mia", &[]);
    other.does(["backup", "a.backup"]);
    let backup = fs::read(other.directory().join("a.backup")).unwrap();
    let mut command = program.command(["restore", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The directory is made after it was first asked whether there is data.
    let asked = || program.data("").exists();
    for _ in 0..1_000 {
        if asked() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(asked(), "it does not begin");
    program.add_user("zoe", &[]);
    child.stdin.take().unwrap().write_all(&backup).unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("there is data in doorward-data already"), "{said}");
    assert_eq!(program.says(["user", "list"])["items"][0]["username"], "zoe");
}

#[test]
fn on_postgresql_its_own_tools_are_named() {
    let program = Program::new().with("DOORWARD_DATABASE__URL", "postgres://localhost/x");
    for command in [["backup", "x"], ["restore", "x"]] {
        let done = program.run(command);
        assert_eq!(done.status, 1);
        assert!(done.stderr.contains("`pg_dump --format=custom` and `pg_restore`"), "{}", done.stderr);
    }
}

#[test]
fn a_data_directory_that_cannot_be_looked_into_is_told_of_with_why() {
    let program = Program::new();
    fs::write(program.directory().join("in-the-way"), "").unwrap();
    let done = program.run(["backup", "a.backup", "--data-dir", "in-the-way"]);
    assert_snapshot!(done.told(), @"
    exit 1
    err  doorward: in-the-way/doorward.db: Not a directory (os error 20): look at --data-dir, and at who may read it
    ");
}
