//! A checked copy becomes the database: in the place of the old one, which is kept.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::{DOING, connect, failed, io_fault, is_broken, open, sum};
use crate::error::{Code, Error, Fault, Refusal};
use crate::storage::sqlite::beside;

/// Makes a backup an ordinary database again.
///
/// # Errors
/// When it cannot be written.
pub fn unsign(file: &Path) -> Result<(), Error> {
    sum::take_off(file).map_err(|error| io_fault(file, &error))?;
    let connection = open(file)?;
    connection.execute_batch("begin; drop table backup; pragma application_id = 0; commit").map_err(failed)?;
    Ok(())
}

/// Writes what stands in the log beside a database into the file itself, all of it: nobody else has it open.
///
/// # Errors
/// When it cannot be written.
pub fn settle(file: &Path) -> Result<(), Error> {
    let connection = open(file)?;
    let mode: String = connection.query_row("pragma journal_mode = delete", [], |row| row.get(0)).map_err(failed)?;
    if mode == "delete" { Ok(()) } else { Err(Fault::new(DOING, "the copy has a log that cannot be taken in").into()) }
}

/// Puts a database in the place of another, which is kept under another name. Nobody may use either: see
/// [`hold_alone`](super::hold_alone). At each moment there is one of the two in the place.
///
/// # Errors
/// When the files cannot be moved; a refusal when somebody who takes no notice of that reads the old one.
pub fn replace(database: &Path, by: &Path, keep_as: &Path) -> Result<(), Error> {
    let io = |error: io::Error| Error::from(io_fault(database, &error));
    File::open(by).and_then(|file| file.sync_all()).map_err(io)?;
    if database.exists() {
        take_log_in(database)?;
        // Some file systems know no second name; a copy does as well. What has that name already is not ours.
        fs::hard_link(database, keep_as)
            .or_else(|error| match error.kind() {
                ErrorKind::AlreadyExists => Err(error),
                _ => fs::copy(database, keep_as).map(drop),
            })
            .map_err(io)?;
    }
    for log in ["-wal", "-shm"] {
        let (from, to) = (beside(database, log), beside(keep_as, log));
        if from.exists() {
            fs::rename(from, to).map_err(io)?;
        }
    }
    fs::rename(by, database).map_err(io)?;
    let directory = database.parent().unwrap_or_else(|| Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(io)
}

/// Takes in what stands in the log beside a database, which must not meet the new file. A file that is broken cannot.
fn take_log_in(database: &Path) -> Result<(), Error> {
    let checkpoint = |connection: Connection| {
        connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0))
    };
    match connect(database).and_then(checkpoint) {
        Ok(0) => Ok(()),
        Err(error) if is_broken(&error) => Ok(()),
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) => Err(failed(error).into()),
        _ => {
            let message = format!("another program has {} open: close it, then restore", database.display());
            Err(Refusal::new(Code::Unavailable, message).into())
        }
    }
}
