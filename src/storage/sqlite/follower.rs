//! Looks for what other processes have changed in the file: the command line beside a running server. Each look that
//! goes well renews the lease of this node. Nothing is written for it: a file that can be read tells what is there.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::open::{self, Use};
use super::statement::query;
use super::writer::read_events;
use crate::error::{Error, Fault};
use crate::sql;
use crate::storage::events::{Feed, TOO_FAR_BEHIND, no_revision};
use crate::storage::tx::Mode;

const DOING: &str = "following the changes of other processes";
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Keeps the following thread alive: it ends when this is dropped.
pub(super) struct Follower {
    _alive: Sender<()>,
}

impl Follower {
    /// Starts the thread on a reading connection of its own.
    pub(super) fn start(followed: Followed, feed: Arc<Feed>) -> Result<(Self, JoinHandle<()>), Fault> {
        let (alive, stopped) = channel();
        let thread = thread::Builder::new()
            .name("sqlite-follower".into())
            .spawn(move || serve(&followed, &feed, &stopped))
            .map_err(|error| Fault::new("starting the following thread", error))?;
        Ok((Self { _alive: alive }, thread))
    }
}

/// The file that is followed, and which one it was when it was opened.
pub(super) struct Followed {
    connection: Connection,
    path: PathBuf,
    file: (u64, u64),
}

impl Followed {
    /// Opens it for reading.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let file = file(path)?;
        Ok(Self { connection: open::connect(path, Use::Reading)?, path: path.to_owned(), file })
    }

    /// Open connections go on with the old file when another takes its place, and would never hear of anything again.
    fn is_in_place(&self) -> Result<(), Fault> {
        if file(&self.path)? == self.file {
            return Ok(());
        }
        let cause = "another file has taken the place of the database that is open: start this program again";
        Err(Fault::passing(DOING, cause))
    }
}

fn file(path: &Path) -> Result<(u64, u64), Fault> {
    let about = std::fs::metadata(path);
    let about = about.map_err(|error| Fault::passing(DOING, format!("{}: {error}", path.display())))?;
    Ok((about.dev(), about.ino()))
}

fn serve(followed: &Followed, feed: &Feed, stopped: &Receiver<()>) {
    let mut failing = false;
    while stopped.recv_timeout(LOOK_AGAIN) == Err(RecvTimeoutError::Timeout) {
        let began = feed.lease().moment();
        match follow(followed, feed) {
            Ok(()) => {
                feed.lease().renew(began);
                if std::mem::take(&mut failing) {
                    tracing::info!("changes by other processes can be read again");
                }
            }
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(error = error.words(), "changes by other processes cannot be read; trying on");
            }
            Err(_) => {}
        }
    }
}

fn follow(followed: &Followed, feed: &Feed) -> Result<(), Error> {
    followed.is_in_place()?;
    let connection = &followed.connection;
    // Before the reading, so that a lower revision can only mean an earlier state of the database.
    let told = feed.told();
    let revision = revision(connection)?;
    if revision > told + TOO_FAR_BEHIND {
        feed.skip_to(revision);
    } else if revision != told {
        feed.followed(told, revision, read_events(connection, told)?);
    }
    Ok(())
}

/// The revision of the database.
pub(super) fn revision(connection: &Connection) -> Result<i64, Error> {
    let rows = query(connection, Mode::Read, &sql!("select n from revision"), &[])?;
    rows.first().ok_or_else(no_revision)?.get(0)
}
