//! Opening the file: who may read it, how a connection is set up, and the oldest SQLite that is safe.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::statement::plain_fault;
use crate::error::{Code, Error, Fault, Refusal};

const DOING: &str = "opening the SQLite database";

/// Before 3.51.3 two connections that write or checkpoint at once can corrupt a WAL file.
const OLDEST_SAFE: i32 = 3_051_003;

/// How long a connection waits for another process, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_micros(500);

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Writing,
    Reading,
}

/// Refuses a SQLite that is known to lose data.
pub(super) fn check_version(number: i32) -> Result<(), Fault> {
    if number >= OLDEST_SAFE {
        return Ok(());
    }
    let cause = format!("SQLite {number} can corrupt a database in WAL mode; at least {OLDEST_SAFE} is needed");
    Err(Fault::new(DOING, cause))
}

/// Makes directory and file where there are none, for our own eyes only; `-wal` and `-shm` follow the file.
/// Answers whether there was none.
pub(super) fn prepare_file(path: &Path) -> Result<bool, Fault> {
    let io = |error: io::Error| Fault::new(DOING, format!("{}: {error}", path.display()));
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(io)?;
    }
    let is_new = !path.try_exists().map_err(io)?;
    private_file(path).map_err(io)?;
    Ok(is_new)
}

/// The open file beside the database that is locked while its tables are made.
pub(super) fn lock_file(path: &Path) -> Result<File, Fault> {
    let name = beside(path, ".lock");
    private_file(&name).map_err(|error| Fault::new(DOING, format!("{}: {error}", name.display())))
}

/// The lock that says that a database is open: shared by all who use it.
pub(super) fn in_use(path: &Path) -> Result<File, Error> {
    let file = open_file(path)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = "a backup is just being restored here: wait until that is done";
            Err(Refusal::new(Code::Unavailable, message).into())
        }
        Err(TryLockError::Error(error)) => Err(Fault::new(DOING, error).into()),
    }
}

/// Shows that nobody has the database open, and keeps it so until it is dropped.
pub struct Alone(#[expect(dead_code, reason = "what is locked is unlocked with it")] File);

/// Holds the database of that file alone.
///
/// # Errors
/// A refusal when somebody has it open.
pub fn hold_alone(path: &Path) -> Result<Alone, Error> {
    let file = open_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Alone(file)),
        Err(TryLockError::WouldBlock) => {
            let message = "a server or a command is using this data directory: stop it, then restore";
            Err(Refusal::new(Code::Unavailable, message).into())
        }
        Err(TryLockError::Error(error)) => Err(Fault::new(DOING, error).into()),
    }
}

/// Shows that this is the one server of a database, until it is dropped.
pub struct Serving(#[expect(dead_code, reason = "what is locked is unlocked with it")] File);

/// Says that a server has the database of that file; `None`: another one says so already.
///
/// # Errors
/// When that cannot be said.
pub fn serve_alone(path: &Path) -> Result<Option<Serving>, Error> {
    let name = beside(path, ".serving");
    let failed = |error: io::Error| Fault::new(DOING, format!("{}: {error}", name.display()));
    let file = private_file(&name).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Serving(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error).into()),
    }
}

fn open_file(path: &Path) -> Result<File, Fault> {
    let name = beside(path, ".open");
    private_file(&name).map_err(|error| Fault::new(DOING, format!("{}: {error}", name.display())))
}

/// A file whose name is the database's and more.
pub(in crate::storage) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// A connection, set up for its use.
pub(super) fn connect(path: &Path, purpose: Use) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_handler(Some(patient()))?;
        // Some file systems cannot do it, and SQLite then goes on without a word.
        let mode: String = connection.query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
        connection.execute_batch(
            "pragma synchronous = full; pragma foreign_keys = on;
             pragma trusted_schema = off; pragma temp_store = memory; pragma journal_size_limit = 67108864;",
        )?;
        if purpose == Use::Reading {
            connection.execute_batch("pragma query_only = on")?;
        }
        connection.set_prepared_statement_cache_capacity(256);
        Ok((connection, mode))
    };
    match open().map_err(|error| plain_fault(DOING, &error))? {
        (connection, mode) if mode == "wal" => Ok(connection),
        _ => {
            let cause = format!("{}: this file system cannot hold a database in WAL mode", path.display());
            Err(Fault::new(DOING, cause))
        }
    }
}

/// SQLite's own handler sleeps longer and longer and then misses the short gaps a busy writer leaves.
fn patient() -> impl FnMut(i32) -> bool + Send + 'static {
    let mut since = Instant::now();
    move |tries| {
        if tries == 0 {
            since = Instant::now();
        }
        thread::sleep(LOOK_AGAIN);
        since.elapsed() < PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn a_sqlite_that_loses_data_is_refused() {
        let fault = check_version(3_051_002).unwrap_err();
        assert!(fault.to_string().contains("at least 3051003 is needed"), "{fault}");
        assert!(check_version(3_051_003).is_ok());
        assert!(check_version(rusqlite::version_number()).is_ok());
    }
}
