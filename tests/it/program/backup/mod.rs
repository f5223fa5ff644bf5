//! Backup and restore, by the program itself: beside a running server, and with what was taken away in between.

mod refused;
mod taken_away;

use super::{PASSWORD, Program, steady};
use insta::assert_snapshot;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
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

/// Changes a backup, and gives it the checksum that it has then, as whoever may write it could.
fn tamper(backup: &Path, change: impl FnOnce(&Path)) {
    const LINE: &[u8] = b"\ndoorward backup sha256 ";
    let mut bytes = fs::read(backup).unwrap();
    let end = bytes.windows(LINE.len()).rposition(|part| part == LINE).expect("a checksum");
    bytes.truncate(end);
    fs::write(backup, &bytes).unwrap();
    change(backup);
    let mut bytes = fs::read(backup).unwrap();
    let digest = Sha256::digest(&bytes);
    bytes.extend(LINE);
    bytes.extend(digest.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
    bytes.push(b'\n');
    fs::write(backup, &bytes).unwrap();
}

/// The same by a statement.
fn tamper_by(backup: &Path, sql: &str) {
    tamper(backup, |path| rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap());
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
fn what_a_restore_that_was_killed_has_left_is_told_of_and_taken_away_by_the_next() {
    let (program, other) = (Program::new(), Program::new());
    other.add_user("mia", &[]);
    other.does(["backup", "a.backup"]);
    let file = other.directory().join("a.backup");
    let mut command = program.command(["restore", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let left = || {
        let entries = fs::read_dir(program.data("")).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(".copy-")).collect::<Vec<_>>()
    };
    for _ in 0..1_000 {
        if !left().is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    // As long as somebody works in it, it is nobody else's.
    assert!(!program.run(["doctor"]).stdout.contains("left over"));
    child.kill().unwrap();
    child.wait().unwrap();
    let [name] = &left()[..] else { panic!("{:?}", left()) };
    let doctor = program.run(["doctor"]).stdout;
    assert!(doctor.contains(&format!("doorward-data/{name} is left over from a restore")), "{doctor}");
    let done = program.run(["restore", file.to_str().unwrap()]);
    assert_eq!(done.status, 0, "{}", done.told());
    assert!(done.stderr.starts_with(&format!("took away doorward-data/{name}, which")), "{}", done.stderr);
    assert_eq!(left(), [""; 0]);
}
