//! Whether what is written to the file is kept, and since when not. A disk that is full or fails, and a file system that
//! turned read-only, let reading go on: nobody would notice before something has to be revoked. Looked at by the thread
//! that writes, about once a second; where nothing can be written it tries to, so that it is back by itself.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::ballast::Ballast;
use super::open::beside;
use crate::storage::events::Feed;
use crate::storage::{Unwritten, Why};

/// How often it is looked.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What is known of it, for whoever is asked.
pub(super) type Known = Arc<Mutex<Option<Unwritten>>>;

/// The watch of one server.
pub(super) struct Watch {
    database: PathBuf,
    feed: Arc<Feed>,
    ballast: Ballast,
    known: Known,
    looked: Cell<Instant>,
}

impl Watch {
    /// Watches over a file, with the room beside it that is kept for when the disk is full.
    pub(super) fn over(database: &Path, ballast: Ballast, feed: Arc<Feed>, known: Known) -> Self {
        Self { database: database.to_owned(), feed, ballast, known, looked: Cell::new(Instant::now()) }
    }

    /// Whether the disk is full, asked before something is written: then only what changes powers is.
    pub(super) fn is_full(&self) -> bool {
        let full = self.ballast.is_full();
        self.tell_room(full);
        full
    }

    /// A group of transactions could not be written.
    pub(super) fn failed(&self, why: Why) {
        if why == Why::Full {
            self.ballast.give_up();
        }
        self.tell(Some(self.closer(why)));
    }

    /// Looks, if it was long ago.
    pub(super) fn look(&self, connection: &Connection) {
        if self.looked.get().elapsed() < LOOK_AGAIN {
            return;
        }
        // With little room the ballast is kept until something is written: given up now, others would take it. What was
        // given up, by a command perhaps, is taken again as soon as there is room.
        self.tell_room(if self.ballast.is_given_up() { self.ballast.is_full() } else { self.ballast.is_low() });
        let known = lock(&self.known).map(|known| known.why);
        match known {
            None if self.is_read_only() => self.tell(Some(Why::ReadOnly)),
            Some(Why::ReadOnly | Why::Failing) => match try_to_write(connection) {
                Ok(()) => self.tell(None),
                Err(error) => self.tell(Why::of(&error).map(|why| self.closer(why)).or(known)),
            },
            None | Some(Why::Full) => {}
        }
        self.looked.set(Instant::now());
    }

    fn tell_room(&self, full: bool) {
        let known = lock(&self.known).map(|known| known.why);
        match known {
            None if full => self.tell(Some(Why::Full)),
            Some(Why::Full) if !full => self.tell(None),
            // Worse is known already, or nothing is new.
            _ => {}
        }
    }

    /// SQLite says of a file system that turned read-only that the disk fails.
    fn closer(&self, why: Why) -> Why {
        if why == Why::Failing && self.is_read_only() { Why::ReadOnly } else { why }
    }

    /// Not asked of the database's own file: to close that again would end the locks that SQLite holds on it.
    fn is_read_only(&self) -> bool {
        let opened = OpenOptions::new().write(true).open(beside(&self.database, ".lock"));
        opened.is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem)
    }

    fn tell(&self, why: Option<Why>) {
        let mut known = lock(&self.known);
        match (*known, why) {
            (before, Some(why)) if before.is_none_or(|before| before.why != why) => {
                let since = before.map_or_else(|| self.feed.lease().now(), |before| before.since);
                tracing::error!("{why}");
                *known = Some(Unwritten { since, why });
            }
            (Some(_), None) => {
                tracing::info!("the database is written to again");
                *known = None;
            }
            _ => {}
        }
    }
}

impl Why {
    /// Why it could not be written, if by such an error nothing can.
    pub(super) fn of(error: &rusqlite::Error) -> Option<Self> {
        match error.sqlite_error_code()? {
            ErrorCode::DiskFull => Some(Self::Full),
            ErrorCode::ReadOnly => Some(Self::ReadOnly),
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Some(Self::Failing),
            _ => None,
        }
    }
}

/// Writes what is there already, down to the disk.
fn try_to_write(connection: &Connection) -> rusqlite::Result<()> {
    let tried = connection.execute_batch("begin immediate; update revision set n = n; commit");
    if tried.is_err() && !connection.is_autocommit() {
        // What cannot be undone yet is undone before the next group.
        let _not_yet = connection.execute_batch("rollback");
    }
    tried
}

fn lock(known: &Known) -> MutexGuard<'_, Option<Unwritten>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
