//! Whether a file is a whole backup that `doorward backup` made. It came from elsewhere: nothing in it is run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::sum::{self, Summed};
use super::{APPLICATION, About, check_steps, io_fault, rows};
use crate::error::{Code, Error, Refusal};
use crate::storage::migrations;
use crate::world::Timestamp;

/// Whether a file is a whole backup that this program can read, and what it says of itself. The file is not changed.
/// `called` is what the person calls it.
///
/// # Errors
/// Says what is wrong with it.
pub fn judge(file: &Path, called: &str) -> Result<About, Error> {
    let no_backup = |why: &str| Refusal::new(Code::BadUserInput, format!("{called}: {why}"));
    let mut header = [0; 72];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) if header.starts_with(b"SQLite format 3\0") => {}
        Ok(()) => return Err(no_backup("this is no backup that `doorward backup` made").into()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            return Err(no_backup("this is no backup that `doorward backup` made").into());
        }
        Err(error) => return Err(no_backup(&error.to_string()).into()),
    }
    if header[68..] != APPLICATION.to_be_bytes() {
        let why = "this is a SQLite database, but no backup that `doorward backup` made";
        return Err(no_backup(why).into());
    }
    match sum::check(file).map_err(|error| io_fault(file, &error))? {
        Summed::Fits(_) => {}
        Summed::Lacks => {
            return Err(no_backup("this file was cut short, or something was added to it: fetch it again").into());
        }
        Summed::Differs => {
            return Err(no_backup("this file was changed: its checksum is another's. Fetch it again").into());
        }
    }
    let broken = |error: rusqlite::Error| no_backup(&format!("this file is broken or was cut short ({error})"));
    let connection = read_only(file).map_err(broken)?;
    let found: String = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0)).map_err(broken)?;
    if found != "ok" {
        return Err(no_backup("this file is broken: fetch it again").into());
    }
    check_steps(&connection)?;
    check_schema(&connection).map_err(|why| no_backup(&why))?;
    let about = "select made_at, version, (select n from revision) from backup";
    let (made_at, version, revision) = connection
        .query_row(about, [], |row| Ok((Timestamp(row.get(0)?), row.get(1)?, row.get(2)?)))
        .map_err(broken)?;
    let mut rows = rows(&connection)?;
    rows.remove("backup");
    Ok(About { made_at, version, revision, rows })
}

/// A file that came from elsewhere: read as it is, no log beside it, nothing in it run.
fn read_only(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch("pragma trusted_schema = off; pragma query_only = on")?;
    Ok(connection)
}

/// Tables and indices are those of our steps, and there is nothing else: a trigger would run by itself.
fn check_schema(connection: &Connection) -> Result<(), String> {
    let things = |connection: &Connection| -> Result<BTreeMap<String, String>, rusqlite::Error> {
        let mut select = connection.prepare("select name, type from sqlite_schema where name not like 'sqlite_%'")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    let own = || {
        let steps: i64 = connection.query_row("select max(version) from migrations", [], |row| row.get(0))?;
        let wanted = Connection::open_in_memory()?;
        wanted.execute_batch("create table migrations (x); create table backup (x)")?;
        for step in migrations::until(steps) {
            wanted.execute_batch(step.sqlite)?;
        }
        Ok::<_, rusqlite::Error>((things(&wanted)?, things(connection)?))
    };
    let (wanted, there) = own().map_err(|error| format!("this file is broken ({error})"))?;
    match there.iter().find(|(name, kind)| wanted.get(*name) != Some(kind)) {
        Some((name, kind)) => Err(format!("this backup holds a {kind} `{name}` that is none of Doorward's")),
        None if wanted.len() != there.len() => Err("this backup lacks some of its tables".into()),
        None => Ok(()),
    }
}
