//! SQLite: one thread writes, a few connections read, one thread looks for what other processes wrote.

mod ballast;
mod follower;
mod open;
mod readers;
mod statement;
mod watch;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, OptionalExtension as _};

use self::ballast::Ballast;
use self::follower::{Followed, Follower};
use self::open::Use;
pub(super) use self::open::beside;
pub use self::open::{Alone, Serving, hold_alone, serve_alone};
use self::readers::Readers;
pub(super) use self::statement::{execute, plain_fault, query};
use self::watch::{Known, Watch};
use self::writer::Writer;
use super::events::Feed;
use super::lease::Lease;
use super::migrations::{self, Migration};
use super::tx::{Mode, Tx};
use super::{Look, Opening, Unwritten};
use crate::error::{Error, Fault};
use crate::world::World;

/// The open file.
pub(super) struct Sqlite {
    writer: Writer,
    readers: Readers,
    feed: Arc<Feed>,
    follower: Mutex<Option<Follower>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    is_new: bool,
    unwritten: Known,
    /// Held as long as the database is open, so that none takes its place meanwhile.
    #[expect(dead_code, reason = "what is locked is unlocked with it")]
    in_use: Option<File>,
}

impl Sqlite {
    /// Opens the file, makes it where there is none, and brings its tables up to date.
    pub(super) fn open(path: &Path, world: &World, how: Opening) -> Result<Self, Error> {
        open::check_version(rusqlite::version_number())?;
        if how.expect_data && !path.exists() {
            return Err(migrations::no_data().into());
        }
        let is_new = open::prepare_file(path)?;
        let in_use = open::in_use(path)?;
        let lock = open::lock_file(path)?;
        lock.lock().map_err(|error| Fault::new("waiting for the lock of the SQLite database", error))?;
        let mut connection = open::connect(path, Use::Writing).or_else(|fault| {
            // Opening takes some room, too.
            if Ballast::of_a_server(path).makes_room() { open::connect(path, Use::Writing) } else { Err(fault) }
        })?;
        if !how.as_it_is {
            migrate(&mut connection, world, how)?;
        }
        drop(lock);
        let ballast = if how.lease.is_some() { Ballast::beside(path) } else { Ballast::of_a_server(path) };
        let opened = Self::start(path, connection, Some(ballast), world, how)?;
        Ok(Self { is_new, in_use: Some(in_use), ..opened })
    }

    /// Opens the file as it is; nothing is made or changed.
    pub(super) fn look(path: &Path) -> Result<Result<Self, Look>, Error> {
        open::check_version(rusqlite::version_number())?;
        if !path.try_exists().map_err(|error| Fault::new("opening the SQLite database", error))? {
            return Ok(Err(Look::Absent));
        }
        let connection = open::connect(path, Use::Writing)?;
        let failed = |error: rusqlite::Error| plain_fault("reading the SQLite database", &error);
        if !connection.table_exists(None, "migrations").map_err(failed)? {
            return Ok(Err(Look::Absent));
        }
        if migrations::pending(newest(&connection).map_err(failed)?)?.next().is_some() {
            return Ok(Err(Look::Older));
        }
        Self::start(path, connection, None, &World::real(), Opening::default()).map(Ok)
    }

    /// `ballast`: `None` for who writes nothing.
    fn start(
        path: &Path,
        connection: Connection,
        ballast: Option<Ballast>,
        world: &World,
        how: Opening,
    ) -> Result<Self, Error> {
        let lease = Lease::new(world, how.lease);
        let began = lease.moment();
        let feed = Arc::new(Feed::after(follower::revision(&connection)?, lease));
        feed.lease().renew(began);
        let readers = Readers::new(path.to_owned());
        let followed = Followed::open(path)?;
        let unwritten = Known::default();
        let watch = ballast.map(|ballast| Watch::over(path, ballast, Arc::clone(&feed), Arc::clone(&unwritten)));
        let (follower, following) = Follower::start(followed, Arc::clone(&feed))?;
        let (writer, writing) = Writer::start(connection, Arc::clone(&feed), watch)?;
        let threads = Mutex::new(vec![writing, following]);
        Ok(Self {
            writer,
            readers,
            feed,
            follower: Mutex::new(Some(follower)),
            threads,
            is_new: false,
            unwritten,
            in_use: None,
        })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        mode: Mode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        match mode {
            Mode::Read => self.readers.run(Arc::clone(&self.feed), work).await,
            Mode::Write | Mode::Change => self.writer.run(mode, work).await,
        }
    }

    /// Since when, and why, nothing can be written.
    pub(super) fn unwritten(&self) -> Option<Unwritten> {
        *self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn is_new(&self) -> bool {
        self.is_new
    }

    pub(super) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Writes what is queued and ends the threads.
    pub(super) async fn close(&self) {
        self.writer.stop();
        drop(self.follower.lock().unwrap_or_else(PoisonError::into_inner).take());
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = tokio::task::spawn_blocking(move || {
            for thread in threads {
                if thread.join().is_err() {
                    tracing::error!("a thread of the SQLite database panicked");
                }
            }
        });
        // It is cut short only together with the runtime, and then there is nobody to tell.
        let _ended = ended.await;
        self.readers.close().await;
    }
}

/// Whether the disk of a database's file has no room for what gives something.
#[must_use]
pub fn is_disk_full(path: &Path) -> bool {
    Ballast::of_a_server(path).is_low()
}

fn migrate(connection: &mut Connection, world: &World, how: Opening) -> Result<(), Error> {
    const DOING: &str = "bringing the SQLite database up to date";
    let failed = |error: rusqlite::Error| plain_fault(DOING, &error);
    let there = "select exists (select 1 from sqlite_schema where name = 'migrations')";
    if how.expect_data && !connection.query_row(there, [], |row| row.get(0)).map_err(failed)? {
        return Err(migrations::no_data().into());
    }
    connection
        .execute_batch(
            "create table if not exists migrations
             (version integer primary key, name text not null, applied_at integer not null) strict",
        )
        .map_err(failed)?;
    for Migration { version, name, sqlite, .. } in migrations::pending(newest(connection).map_err(failed)?)? {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(sqlite).map_err(failed)?;
        transaction
            .execute(
                "insert into migrations (version, name, applied_at) values (?1, ?2, ?3)",
                (version, name, world.now().0),
            )
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

/// The newest step that the tables have.
fn newest(connection: &Connection) -> rusqlite::Result<Option<(i64, String)>> {
    connection
        .query_row("select version, name from migrations order by version desc limit 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
}
