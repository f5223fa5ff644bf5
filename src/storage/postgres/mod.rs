//! PostgreSQL: a pool of connections for transactions, and one that follows what other nodes wrote.

mod beat;
mod connect;
mod follower;
mod migrate;
mod session;
mod statement;

use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::Pool;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, spawn_blocking};

use self::beat::Node;
use self::follower::Follower;
use self::migrate::Migrated;
pub(super) use self::session::Session;
use super::events::Feed;
use super::lease::Lease;
use super::tx::{Mode, Tx};
use super::{Look, Opening};
use crate::error::{Error, Fault};
use crate::world::World;

const DOING: &str = "running a transaction on PostgreSQL";

/// More transactions than can be under way; closing waits until it holds the room for all of them.
const ROOM: u32 = 1 << 24;

/// The connected database.
pub(super) struct Postgres {
    pool: Pool,
    feed: Arc<Feed>,
    under_way: Arc<Semaphore>,
    following: Mutex<Option<JoinHandle<()>>>,
}

impl Postgres {
    /// Connects and brings the tables up to date.
    pub(super) async fn open(url: &str, world: &World, how: Opening) -> Result<Self, Error> {
        let config = connect::config(url)?;
        let lease = Lease::new(world, how.lease);
        let Migrated { began, revision, node } = migrate::migrate(&config, world, how).await?;
        let feed = Feed::after(revision, lease);
        feed.lease().renew(began);
        Self::start(config, feed, node)
    }

    /// Connects to the database as it is; nothing is made or changed.
    pub(super) async fn look(url: &str) -> Result<Result<Self, Look>, Error> {
        let config = connect::config(url)?;
        Ok(match migrate::look(&config).await? {
            Ok(revision) => Ok(Self::start(config, Feed::after(revision, Lease::new(&World::real(), None)), None)?),
            Err(found) => Err(found),
        })
    }

    fn start(config: tokio_postgres::Config, feed: Feed, node: Option<Node>) -> Result<Self, Error> {
        let feed = Arc::new(feed);
        let pool = connect::pool(config.clone())?;
        let follower = Follower { config, feed: Arc::clone(&feed), pool: pool.clone(), node };
        let following = tokio::spawn(follower.follow());
        let under_way = Arc::new(Semaphore::new(ROOM as usize));
        Ok(Self { pool, feed, under_way, following: Mutex::new(Some(following)) })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        mode: Mode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let closed = |_| Fault::passing(DOING, "the storage is closed");
        let room = Arc::clone(&self.under_way).acquire_owned().await.map_err(closed)?;
        let transaction = transact(self.pool.clone(), Arc::clone(&self.feed), room, mode, work);
        if mode == Mode::Read {
            return transaction.await;
        }
        // On its own, since whoever asked may hang up while it still waits for a connection.
        tokio::spawn(transaction).await.map_err(|error| Fault::new(DOING, error))?
    }

    pub(super) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Waits for the transactions under way, then lets the connections go.
    pub(super) async fn close(&self) {
        if let Ok(_all) = self.under_way.acquire_many(ROOM).await {
            self.under_way.close();
        }
        let following = self.following.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(following) = following {
            following.abort();
            // It answers that it was cut short, as it was told to be.
            let _cut_short = following.await;
        }
        self.pool.close();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(following) = self.following.get_mut().unwrap_or_else(PoisonError::into_inner) {
            following.abort();
        }
    }
}

async fn transact<T: Send + 'static>(
    pool: Pool,
    feed: Arc<Feed>,
    room: OwnedSemaphorePermit,
    mode: Mode,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let client = pool.get().await.map_err(statement::pool_fault)?;
    let session = Session::new(client, Handle::current());
    let run = move || {
        let result = session.transact(mode, &feed, work);
        drop(room);
        result
    };
    spawn_blocking(run).await.map_err(|error| Fault::new(DOING, error))?
}
