//! A few connections that only read, each closure on one of them for as long as it runs.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::open::{self, Use};
use super::statement::plain_fault;
use crate::error::{Error, Fault};
use crate::storage::events::Feed;
use crate::storage::tx::{Mode, On, Tx};

const DOING: &str = "reading from SQLite";
const MOST: usize = 4;

/// The connections, opened when first needed.
pub(super) struct Readers {
    places: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
    path: PathBuf,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { places: Arc::new(Semaphore::new(MOST)), idle: Arc::default(), path }
    }

    /// Runs a closure on one snapshot of the database.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        feed: Arc<Feed>,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let closed = |_| Error::from(Fault::passing(DOING, "the storage is closed"));
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(closed)?;
        let (idle, path) = (Arc::clone(&self.idle), self.path.clone());
        let run = move || {
            let known = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = known.map_or_else(|| open::connect(&path, Use::Reading), Ok)?;
            let result = read(&connection, &feed, work);
            if connection.is_autocommit() {
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            }
            drop(place);
            result
        };
        spawn_blocking(run).await.map_err(|error| Fault::new(DOING, error))?
    }

    /// Waits for those who still read, then lets the connections go.
    pub(super) async fn close(&self) {
        if let Ok(_all) = self.places.acquire_many(MOST as u32).await {
            self.places.close();
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn read<T>(
    connection: &Connection,
    feed: &Feed,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let say = |words: &str| {
        let run = || connection.prepare_cached(words)?.raw_execute();
        run().map_err(|error| plain_fault(DOING, &error))
    };
    say("begin")?;
    let result = Tx::new(On::Sqlite(connection), Mode::Read).perform(feed, work);
    say("rollback")?;
    result
}
