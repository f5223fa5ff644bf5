//! Backup and restore, by the program itself: beside a running server, and with what was taken away in between.

use super::{PASSWORD, Program, steady};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

impl Program {
    fn data(&self, file: &str) -> PathBuf {
        self.directory().join("doorward-data").join(file)
    }

    /// The database's file, with all that stood in the log beside it.
    fn database(&self) -> Vec<u8> {
        let database = rusqlite::Connection::open(self.data("doorward.db")).unwrap();
        database.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
        drop(database);
        fs::read(self.data("doorward.db")).unwrap()
    }

    /// Puts an earlier one back.
    fn put_back(&self, database: &[u8]) {
        let _newer = self.database();
        fs::write(self.data("doorward.db"), database).unwrap();
    }

    /// The same program with another data directory, in the same place.
    fn says<const N: usize>(&self, arguments: [&str; N]) -> Value {
        serde_json::from_str(&self.does(arguments.iter().chain(&["--json"]))).unwrap()
    }

    /// How a token stands, by what a server says that runs for this question alone.
    fn stands(&self, tokens: &[&str]) -> Vec<String> {
        let server = self.serve();
        let standing = tokens.iter().map(|token| server.http.standing(token).unwrap()).collect();
        server.stop();
        standing
    }
}

/// Without what hangs on the machine.
fn told(text: &str) -> String {
    let bytes = text.find(" bytes").map(|end| text[..end].rfind(' ').map_or(0, |at| at + 1)..end);
    let text = bytes.map_or_else(|| text.to_owned(), |of| text.replacen(&text[of], "[some]", 1));
    let kept: String = text
        .split(".replaced-")
        .enumerate()
        .map(|(at, part)| {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
            if at == 0 { part.to_owned() } else { format!(".replaced-[moment]{}", &part[end..]) }
        })
        .collect();
    steady(&kept)
}

#[test]
fn a_backup_is_made_beside_a_running_server_and_restored_into_an_empty_directory() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let token = program.make_token("mia", &[]);
    let server = program.serve();
    let done = program.run(["backup", "monday.backup"]);
    assert_eq!(server.http.standing(&token).unwrap(), "mia");
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert_snapshot!(told(&done.stderr), @"
    monday.backup: 1 users, 1 tokens, 2 roles, 2 rows of the audit trail; [some] bytes, read again and found whole
    the key is left out: keep doorward-data/key (or DOORWARD_KEY) somewhere else
    ");
    assert_eq!(done.stdout, "");
    let file = program.directory().join("monday.backup");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = program.run(["backup", "monday.backup"]);
    assert_snapshot!(told(&again.told()), @"
    exit 1
    err  doorward: monday.backup is there already: name a file that is not, or move that one away
    ");
    server.stop();

    let elsewhere = Program::new();
    let done = elsewhere.run(["restore", file.to_str().unwrap()]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert_snapshot!(told(&done.stderr), @"
    warning: there is nothing to compare the backup with: what was taken away since is not known, and may be back
    sessions that were ended, so that people sign in again: 0
    rows of the audit trail since the backup that were kept: 0
    the key that the backup knows is not here; nothing in it is sealed, so another takes its place
    no super administrator is left: `doorward user add NAME --super-admin` makes one
    restored the backup of [date] (Doorward 0.1.0)
    ");
    assert_eq!(elsewhere.stands(&[&token]), ["mia"]);
    let modes =
        ["", "doorward.db", "key"].map(|file| fs::metadata(elsewhere.data(file)).unwrap().permissions().mode() & 0o777);
    assert_eq!(modes, [0o700, 0o600, 0o600]);
    let left: Vec<_> = fs::read_dir(elsewhere.data("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".copy")), "{left:?}");
}

#[test]
fn a_backup_goes_through_a_pipe_and_says_in_json_what_it_holds() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let made = &program.says(["backup", "a.backup"])["backup"];
    assert_eq!((&made["users"], &made["left_out"]), (&json!(1), &json!(["key"])), "{made}");
    assert_eq!(made["bytes"], fs::metadata(program.directory().join("a.backup")).unwrap().len());
    let mut command = program.command(["backup", "-"]);
    let piped = command.output().unwrap();
    assert!(piped.status.success() && piped.stdout.starts_with(b"SQLite format 3\0"));
    let elsewhere = Program::new();
    let done = elsewhere.run_with(["restore", "-", "--json"], &piped.stdout);
    assert_eq!(done.status, 0, "{}", done.stderr);
    let restored: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(restored["restore"]["taken_away_again"], json!([]));
    let users: Value = elsewhere.says(["user", "list"]);
    assert_eq!(users["items"][0]["username"], "mia");
    // Each leaves its row.
    let trail = |program: &Program| {
        let database = rusqlite::Connection::open(program.data("doorward.db")).unwrap();
        let mut select = database.prepare("select action from audit_events where subject_type = 'database'").unwrap();
        select.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(trail(&program), ["database.backup", "database.backup"]);
    assert_eq!(trail(&elsewhere), ["database.backup", "database.restore"]);
}

#[test]
fn what_was_taken_away_since_the_backup_stays_away() {
    let program = Program::new();
    program.does(["role", "create", "support", "--permission", "Query.users", "--permission", "User.*"]);
    program.does(["role", "create", "doomed"]);
    program.add_user("ada", &["--super-admin"]);
    program.add_user("mia", &["--role", "support", "--role", "doomed"]);
    program.add_user("ben", &["--role", "support"]);
    let revoked = program.make_token("mia", &[]);
    let kept = program.make_token("mia", &[]);
    let of_ben = program.make_token("ben", &[]);
    let key = program.make_token("mia", &["--access", "read-write"]);
    let server = program.serve();
    let (session, _) = server.http.sign_in("mia", PASSWORD);
    program.does(["backup", "monday.backup"]);

    program.does(["token", "revoke", "1"]);
    program.does(["user", "disable", "ben"]);
    let new = "a quite different password";
    assert_eq!(program.run_with(["user", "set-password", "mia", "--password-stdin"], new.as_bytes()).status, 0);
    program.does(["role", "update", "support", "--remove-permission", "User.*"]);
    program.does(["role", "delete", "doomed"]);
    program.add_user("eve", &[]);
    let later = program.make_token("eve", &[]);
    // The token with which more is made narrows itself, and gets another secret.
    let narrow = "mutation { updatePersonalAccessToken(id: 4, input: { permissions: [\"Me.*\", \"Query.me\", \
                  \"Mutation.rotatePersonalAccessToken\", \"IssuedPersonalAccessToken.*\"] }) { id } }";
    let answer = server.http.ask(&key, narrow, &Value::Null);
    assert!(answer["errors"].is_null(), "{answer}");
    let rotate = "mutation { rotatePersonalAccessToken(overlap_hours: 0) { token } }";
    let rotated = server.http.ask(&key, rotate, &Value::Null);
    let fresh = rotated["data"]["rotatePersonalAccessToken"]["token"].as_str().unwrap_or_else(|| panic!("{rotated}"));

    // A server is in the way; looking is not.
    let refused = program.run(["restore", "monday.backup", "--replace"]);
    assert_snapshot!(refused.told(), @"
    exit 1
    err  doorward: a server or a command is using this data directory: stop it, then restore
    ");
    let dry = program.run(["restore", "monday.backup", "--dry-run"]);
    assert_snapshot!(told(&dry.told()), @"
    exit 0
    err  user 2 `mia`: keeps the password of now
    err  user 3 `ben`: stays disabled
    err  user 4 `eve`: came after the backup: is kept, disabled and without a password
    err  user 2 `mia`: does not hold the role `doomed` any more
    err  role 3 `support`: without own:User.*
    err  role 4 `doomed`: stays deleted
    err  token 1 `a script`: stays revoked
    err  token 4 `a script`: keeps the secret of now, stays narrowed
    err  token 5 `a script`: came after the backup: is kept, revoked
    err  sessions that would be ended, so that people sign in again: 1
    err  rows of the audit trail since the backup that would be kept: 10
    err  nothing was changed; this would restore the backup of [date] (Doorward 0.1.0)
    ");
    assert_eq!(server.http.standing(&kept).unwrap(), "mia");
    server.stop();
    assert_snapshot!(program.run(["restore", "monday.backup"]).told(), @"
    exit 1
    err  doorward: there is data in doorward-data already: with --replace the backup takes its place, and --dry-run says what that would do
    ");
    let done = program.run(["restore", "monday.backup", "--replace"]);
    assert_snapshot!(told(&done.told()), @"
    exit 0
    err  user 2 `mia`: keeps the password of now
    err  user 3 `ben`: stays disabled
    err  user 4 `eve`: came after the backup: is kept, disabled and without a password
    err  user 2 `mia`: does not hold the role `doomed` any more
    err  role 3 `support`: without own:User.*
    err  role 4 `doomed`: stays deleted
    err  token 1 `a script`: stays revoked
    err  token 4 `a script`: keeps the secret of now, stays narrowed
    err  token 5 `a script`: came after the backup: is kept, revoked
    err  sessions that were ended, so that people sign in again: 1
    err  rows of the audit trail since the backup that were kept: 10
    err  the database that was here is kept as doorward-data/doorward.db.replaced-[moment]
    err  restored the backup of [date] (Doorward 0.1.0)
    ");

    let stands = program.stands(&[&revoked, &kept, &of_ben, &key, fresh, &later, &session]);
    assert_eq!(
        stands,
        ["TOKEN_REVOKED", "mia", "USER_DISABLED", "TOKEN_EXPIRED", "mia", "TOKEN_REVOKED", "TOKEN_REVOKED"]
    );
    let server = program.serve();
    let missing = server.http.ask(fresh, "{ personal_access_tokens { entities { id } } }", &Value::Null);
    assert_eq!(missing["errors"][0]["extensions"]["code"], "FORBIDDEN", "it stays narrowed: {missing}");
    assert_eq!(server.http.try_to_sign_in("mia", PASSWORD)["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS");
    server.http.sign_in("mia", new);
    let role = &program.says(["role", "show", "support"])["applied_permissions"];
    assert_eq!(role, &json!(["Query.users"]));
    let users = program.says(["user", "list"]);
    let eve = users["items"].as_array().unwrap().iter().find(|user| user["username"] == "eve").unwrap();
    assert_eq!(eve["enabled"], false, "{users}");
    // The next of each kind gets a number that nobody had.
    assert_eq!(program.says(["role", "create", "next"])["id"], "5");
    // And the old database is there still.
    let kept: Vec<_> = fs::read_dir(program.data("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(kept.iter().any(|name| name.to_string_lossy().starts_with("doorward.db.replaced-")), "{kept:?}");
}

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
    let change = |name: &str, sql: &str| {
        fs::write(path(name), &good).unwrap();
        rusqlite::Connection::open(path(name)).unwrap().execute_batch(sql).unwrap();
    };
    change("newer.backup", "insert into migrations values (9999, '9999_later', 0)");
    change("trigger.backup", "create trigger t after insert on users begin update users set enabled = 1; end");
    let foreign = rusqlite::Connection::open(path("foreign.backup")).unwrap();
    foreign.execute_batch("create table songs (name text)").unwrap();
    drop(foreign);
    let whole = fs::read(program.data("doorward.db")).unwrap();
    let mut said = String::new();
    for name in ["half", "tiny", "text", "damaged", "raw", "newer", "trigger", "foreign", "missing"] {
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
    doorward: half.backup: this file is broken or was cut short (database disk image is malformed)
    doorward: tiny.backup: this is no backup that `doorward backup` made
    doorward: text.backup: this is no backup that `doorward backup` made
    doorward: damaged.backup: this file is broken: fetch it again
    doorward: raw.backup: this is a SQLite database, but no backup that `doorward backup` made
    doorward: this database was last used by a newer Doorward (its tables are at step 9999, "9999_later"; this program knows [some]): start the newer program, or restore a backup from before the upgrade
    doorward: trigger.backup: this backup holds a trigger `t` that is none of Doorward's
    doorward: foreign.backup: this is a SQLite database, but no backup that `doorward backup` made
    doorward: missing.backup: No such file or directory (os error 2)
    "#);
    assert_eq!(program.stands(&[&token]), ["mia"]);
}

#[test]
fn a_backup_of_another_installation_brings_nothing_of_the_one_that_was_here() {
    let (program, other) = (Program::new(), Program::new());
    program.add_user("mia", &[]);
    program.does(["token", "create", "--user", "mia", "--name", "x"]);
    other.add_user("zoe", &[]);
    let of_zoe = other.make_token("zoe", &[]);
    let file = program.directory().join("zoes.backup");
    other.does(["backup", file.to_str().unwrap()]);
    let done = program.run(["restore", "zoes.backup", "--replace"]);
    assert_snapshot!(told(&done.told()), @"
    exit 0
    err  warning: there is nothing to compare the backup with: what was taken away since is not known, and may be back
    err  the database that was here is another one's: nothing of it concerns this backup
    err  sessions that were ended, so that people sign in again: 0
    err  rows of the audit trail since the backup that were kept: 0
    err  no super administrator is left: `doorward user add NAME --super-admin` makes one
    err  the database that was here is kept as doorward-data/doorward.db.replaced-[moment]
    err  restored the backup of [date] (Doorward 0.1.0)
    ");
    assert_eq!(program.stands(&[&of_zoe]), ["zoe"]);
    assert_eq!(program.says(["user", "list"])["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_database_that_is_broken_can_be_replaced_and_the_restore_says_what_it_cannot_know() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let token = program.make_token("mia", &[]);
    program.does(["backup", "good.backup"]);
    fs::write(program.data("doorward.db"), "this was a database once").unwrap();
    let done = program.run(["restore", "good.backup", "--replace"]);
    assert_snapshot!(told(&done.told()), @"
    exit 0
    err  warning: the database that was here cannot be read (file is not a database): what was taken away since the backup is not known, and may be back
    err  sessions that were ended, so that people sign in again: 0
    err  rows of the audit trail since the backup that were kept: 0
    err  no super administrator is left: `doorward user add NAME --super-admin` makes one
    err  the database that was here is kept as doorward-data/doorward.db.replaced-[moment]
    err  restored the backup of [date] (Doorward 0.1.0)
    ");
    assert_eq!(program.stands(&[&token]), ["mia"]);
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
fn an_older_database_brings_no_secret_back_but_what_it_took_away_stays_away() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let revoked = program.make_token("mia", &[]);
    let kept = program.make_token("mia", &[]);
    let older = program.database();
    let new = "a quite different password";
    assert_eq!(program.run_with(["user", "set-password", "mia", "--password-stdin"], new.as_bytes()).status, 0);
    program.does(["backup", "monday.backup"]);

    // As it was: there is nothing that the backup does not know.
    program.put_back(&older);
    let dry = &program.says(["restore", "monday.backup", "--dry-run"])["restore"];
    assert_eq!((&dry["taken_away_again"], &dry["replaced_is_later"]), (&json!([]), &json!(false)), "{dry}");
    // It went another way.
    program.does(["token", "revoke", "1"]);
    let done = &program.says(["restore", "monday.backup", "--replace"])["restore"];
    let taken = json!([{ "of": "token", "id": "1", "name": "a script", "what": "stays revoked" }]);
    assert_eq!((&done["taken_away_again"], &done["replaced_is_later"]), (&taken, &json!(false)), "{done}");
    assert_eq!(program.stands(&[&revoked, &kept]), ["TOKEN_REVOKED", "mia"]);
    let server = program.serve();
    assert_eq!(server.http.try_to_sign_in("mia", PASSWORD)["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS");
    server.http.sign_in("mia", new);
}

#[test]
fn a_token_with_two_secrets_is_revoked_where_nobody_knows_which_is_newer() {
    let program = Program::new();
    program.add_user("mia", &[]);
    let token = program.make_token("mia", &[]);
    let older = program.database();
    program.add_user("ben", &[]);
    program.does(["backup", "monday.backup"]);
    program.put_back(&older);
    program.add_user("zoe", &[]);
    let database = rusqlite::Connection::open(program.data("doorward.db")).unwrap();
    database.execute_batch("update personal_access_tokens set hash = randomblob(32)").unwrap();
    drop(database);
    let done = program.run(["restore", "monday.backup", "--replace"]);
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert!(done.stderr.contains("token 1 `a script`: is revoked: it has another secret now"), "{}", done.stderr);
    assert_eq!(program.stands(&[&token]), ["TOKEN_REVOKED"]);
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
fn a_backup_that_was_tampered_with_is_held_to_its_own_trail() {
    let program = Program::new();
    program.add_user("mia", &[]);
    program.add_user("ben", &[]);
    let token = program.make_token("mia", &[]);
    program.does(["token", "revoke", "1"]);
    program.does(["user", "disable", "ben"]);
    program.does(["backup", "a.backup"]);
    let backup = rusqlite::Connection::open(program.directory().join("a.backup")).unwrap();
    backup.execute_batch("update personal_access_tokens set revoked_at = null; update users set enabled = 1").unwrap();
    drop(backup);
    let elsewhere = Program::new();
    let file = program.directory().join("a.backup");
    let done = elsewhere.run(["restore", file.to_str().unwrap()]);
    assert_snapshot!(told(&done.told()), @"
    exit 0
    err  warning: there is nothing to compare the backup with: what was taken away since is not known, and may be back
    err  token 1 `a script`: was revoked, as the backup's own trail says, and stays so
    err  user 2 `ben`: was disabled, as the backup's own trail says, and stays so
    err  sessions that were ended, so that people sign in again: 0
    err  rows of the audit trail since the backup that were kept: 0
    err  no super administrator is left: `doorward user add NAME --super-admin` makes one
    err  restored the backup of [date] (Doorward 0.1.0)
    ");
    assert_eq!(elsewhere.stands(&[&token]), ["TOKEN_REVOKED"]);
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
