//! Looks for what other processes have changed in the file: the command line beside a running server.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::statement::query;
use super::writer::read_events;
use crate::error::{Error, Fault};
use crate::sql;
use crate::storage::events::{Feed, TOO_FAR_BEHIND, no_revision};
use crate::storage::tx::Mode;

const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Keeps the following thread alive: it ends when this is dropped.
pub(super) struct Follower {
    _alive: Sender<()>,
}

impl Follower {
    /// Starts the thread on a reading connection of its own.
    pub(super) fn start(connection: Connection, feed: Arc<Feed>) -> Result<(Self, JoinHandle<()>), Fault> {
        let (alive, stopped) = channel();
        let thread = thread::Builder::new()
            .name("sqlite-follower".into())
            .spawn(move || serve(&connection, &feed, &stopped))
            .map_err(|error| Fault::new("starting the following thread", error))?;
        Ok((Self { _alive: alive }, thread))
    }
}

fn serve(connection: &Connection, feed: &Feed, stopped: &Receiver<()>) {
    let mut failing = false;
    while stopped.recv_timeout(LOOK_AGAIN) == Err(RecvTimeoutError::Timeout) {
        match follow(connection, feed) {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(?error, "changes by other processes cannot be read; trying on");
            }
            Err(_) => {}
        }
    }
}

fn follow(connection: &Connection, feed: &Feed) -> Result<(), Error> {
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
