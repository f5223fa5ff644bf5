//! Copies of a SQLite database: made beside whoever uses it, told from other files, and put in its place. What is in them
//! is others' business.

mod judge;
mod place;
mod sum;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrations;
use super::sqlite::{beside, plain_fault};
use crate::error::{Code, Error, Fault, Refusal};
use crate::world::{Timestamp, World};
pub use judge::judge;
pub use place::{replace, settle, unsign};

const DOING: &str = "copying the SQLite database";

/// Stands in the header of a backup's file: "dwdb".
const APPLICATION: i32 = i32::from_be_bytes(*b"dwdb");

/// How often a copy is made anew when what it holds cannot be compared, since the tables were brought up to date or
/// replaced meanwhile.
const TRIES: u32 = 3;

/// Tables whose rows are never taken out. Of the others nothing can be said beside a server that goes on.
const GROWING: [&str; 8] = [
    "audit_events",
    "coordinates",
    "credentials_password",
    "events",
    "migrations",
    "personal_access_tokens",
    "schema_revisions",
    "users",
];

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// When it was made.
    pub made_at: Timestamp,
    /// By which version of the program.
    pub version: String,
    /// The number of changes of powers until then.
    pub revision: i64,
    /// The rows of each table.
    pub rows: BTreeMap<String, i64>,
}

/// Writes a copy of the database as it is at one moment into a new file of its owner's alone. Whoever uses the database
/// goes on; it is not brought up to date.
///
/// # Errors
/// A database that is not there, cannot be read or is of a newer release; a disk that is full. No file is left then.
pub fn copy(database: &Path, into: &Path) -> Result<(), Error> {
    check_steps(&open_there(database)?)?;
    match copy_any(database, into)? {
        None => Ok(()),
        Some(why) => Err(Fault::new(DOING, why).into()),
    }
}

/// The same of a database that any release may have made and that may be broken. Where it is broken or none at all,
/// answers why: trying again would not help.
///
/// # Errors
/// As [`copy`], for every other reason.
pub fn copy_any(database: &Path, into: &Path) -> Result<Option<String>, Error> {
    expect_there(database)?;
    let name = text_of(into)?;
    new_file(into)?;
    let copied = connect(database).and_then(|source| source.execute("vacuum into ?1", [name]));
    if copied.is_err() {
        let _gone = fs::remove_file(into);
    }
    match copied {
        Ok(_) => Ok(None),
        // SQLite has to write beside a database to read it. Where nobody may, and nothing stands in its log, the file is all.
        Err(error) if is_closed(&error) && log_is_empty(database) => {
            fs::copy(database, into).map(|_| None).map_err(|error| io_fault(database, &error).into())
        }
        Err(error) if is_broken(&error) => Ok(Some(error.to_string())),
        Err(error) => Err(failed(error).into()),
    }
}

/// Whether nothing may be written where the database is.
fn is_closed(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

fn log_is_empty(database: &Path) -> bool {
    fs::metadata(beside(database, "-wal"))
        .map_or_else(|error| error.kind() == ErrorKind::NotFound, |log| log.len() == 0)
}

fn open_there(database: &Path) -> Result<Connection, Error> {
    expect_there(database)?;
    open(database)
}

fn expect_there(database: &Path) -> Result<(), Error> {
    match database.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => {
            let message = format!("there is no database at {}: look at --data-dir", database.display());
            Err(Refusal::not_found(message).into())
        }
        Err(error) => {
            let message = format!("{}: {error}: look at --data-dir, and at who may read it", database.display());
            Err(Refusal::new(Code::BadUserInput, message).into())
        }
    }
}

/// Whether the database is at the last step that this program knows.
///
/// # Errors
/// As [`copy`].
pub fn is_up_to_date(database: &Path) -> Result<bool, Error> {
    let newest = newest(&open_there(database)?)?;
    Ok(migrations::pending(newest)?.next().is_none())
}

/// Makes a backup: a copy that was read again, and says of itself what it is.
///
/// # Errors
/// As [`copy`], and a copy that does not hold what the database holds.
pub fn back_up(database: &Path, into: &Path, world: &World) -> Result<About, Error> {
    for tried in 1.. {
        let before = rows(&open_there(database)?)?;
        copy(database, into)?;
        let made = sign(into, world).and_then(|()| judge(into, &into.display().to_string())).and_then(|about| {
            let after = rows(&open(database)?)?;
            Ok((is_between(&about.rows, &before, &after), about))
        });
        match made {
            Ok((true, about)) => return Ok(about),
            Ok((false, _)) if tried < TRIES => fs::remove_file(into).map_err(|error| io_fault(into, &error))?,
            Ok((false, _)) => {
                let _gone = fs::remove_file(into);
                return Err(Fault::new(DOING, "the copy does not hold what the database holds").into());
            }
            Err(error) => {
                let _gone = fs::remove_file(into);
                return Err(error);
            }
        }
    }
    unreachable!("the last try answers")
}

fn new_file(path: &Path) -> Result<(), Error> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let message =
                format!("{} is there already: name a file that is not, or move that one away", path.display());
            Err(Refusal::new(Code::BadUserInput, message).into())
        }
        Err(error) => Err(Refusal::new(Code::BadUserInput, format!("{}: {error}", path.display())).into()),
    }
}

fn open(path: &Path) -> Result<Connection, Error> {
    connect(path).map_err(|error| failed(error).into())
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch("pragma trusted_schema = off; pragma synchronous = full")?;
    Ok(connection)
}

/// Whether it is the file's own fault: any other may pass, or be mended.
fn is_broken(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

fn sign(copy: &Path, world: &World) -> Result<(), Error> {
    let connection = open(copy)?;
    let begin = format!(
        "begin;
         create table backup (made_at integer not null, version text not null) strict;
         pragma application_id = {APPLICATION};"
    );
    connection.execute_batch(&begin).map_err(failed)?;
    let insert = "insert into backup (made_at, version) values (?1, ?2)";
    connection.execute(insert, (world.now().0, env!("CARGO_PKG_VERSION"))).map_err(failed)?;
    connection.execute_batch("commit").map_err(failed)?;
    drop(connection);
    sum::add(copy).map_err(|error| io_fault(copy, &error))?;
    Ok(())
}

/// Refuses what a newer release made.
fn check_steps(connection: &Connection) -> Result<(), Error> {
    migrations::pending(newest(connection)?).map(drop)
}

/// The last step that was done.
fn newest(connection: &Connection) -> Result<Option<(i64, String)>, Error> {
    let newest = "select version, name from migrations order by version desc limit 1";
    match connection.query_row(newest, [], |row| Ok((row.get(0)?, row.get(1)?))) {
        Ok(newest) => Ok(Some(newest)),
        Err(error) if error.sqlite_error_code().is_some_and(|code| code != ErrorCode::Unknown) => {
            Err(failed(error).into())
        }
        Err(_) => Err(Refusal::new(Code::BadUserInput, "this is no database of Doorward's").into()),
    }
}

fn rows(connection: &Connection) -> Result<BTreeMap<String, i64>, Error> {
    let count = || {
        let tables = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'";
        let mut select = connection.prepare(tables)?;
        let names: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let count = |name: String| {
            let count = format!("select count(*) from \"{}\"", name.replace('"', "\"\""));
            let rows = connection.query_row(&count, [], |row| row.get(0))?;
            Ok::<_, rusqlite::Error>((name, rows))
        };
        names.into_iter().map(count).collect::<Result<_, rusqlite::Error>>()
    };
    count().map_err(|error| failed(error).into())
}

/// The copy has each table, and those that only grow have as many rows in it as before or after, or some number between.
fn is_between(copy: &BTreeMap<String, i64>, before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> bool {
    let grew = |table: &str| before.get(table) <= copy.get(table) && copy.get(table) <= after.get(table);
    copy.keys().eq(before.keys()) && GROWING.into_iter().all(grew)
}

fn text_of(path: &Path) -> Result<&str, Error> {
    let message = || Refusal::new(Code::BadUserInput, format!("{} is not a name in UTF-8", path.display()));
    Ok(path.to_str().ok_or_else(message)?)
}

fn failed(error: rusqlite::Error) -> Fault {
    plain_fault(DOING, &error)
}

fn io_fault(path: &Path, error: &io::Error) -> Fault {
    Fault::new(DOING, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::is_between;
    use std::collections::BTreeMap;

    fn rows(users: i64, throttle: i64) -> BTreeMap<String, i64> {
        [("users".to_owned(), users), ("throttle".to_owned(), throttle)].into()
    }

    #[test]
    fn a_table_whose_rows_come_and_go_does_not_spoil_a_copy() {
        assert!(is_between(&rows(2, 9), &rows(1, 0), &rows(3, 0)));
        assert!(!is_between(&rows(1, 0), &rows(2, 0), &rows(3, 0)), "a user is missing");
        assert!(!is_between(&rows(4, 0), &rows(2, 0), &rows(3, 0)), "there is one too many");
        let lacking = BTreeMap::from([("users".to_owned(), 2)]);
        assert!(!is_between(&lacking, &rows(2, 0), &rows(2, 0)), "a table is missing");
    }
}
