//! The database: transactions, migrations, and the news of changes. It speaks SQLite and PostgreSQL in one voice
//! and knows no feature.
//!
//! A transaction is a closure that runs as a whole where the connection is: on SQLite on the one thread that
//! writes, on PostgreSQL on a thread that may wait. The same closure with the same SQL runs on both. Once begun it
//! comes to its end even if whoever asked has hung up.

mod conflict;
pub mod copies;
mod events;
mod filter;
mod health;
mod lease;
mod migrations;
mod postgres;
mod sql;
mod sqlite;
mod transactions;
mod tx;
mod unwritten;
mod value;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use self::conflict::on_conflict;
pub use self::events::{Event, Loss, Subject};
pub use self::filter::{Comparison, Condition, Filter, Order};
pub use self::health::{Durability, Health};
pub use self::migrations::no_data;
use self::postgres::Postgres;
pub use self::sql::Sql;
use self::sqlite::Sqlite;
pub use self::sqlite::{Alone, Serving, hold_alone, is_disk_full, serve_alone};
pub use self::transactions::Transactions;
use self::tx::Mode;
pub use self::tx::Tx;
pub use self::unwritten::{Unwritten, Why};
pub use self::value::{FromValue, Row, Typed, Value, ValueKind};
use crate::error::{Error, Fault};
use crate::world::World;
pub use crate::{params, sql};

/// Where the data is. No `Debug`: the url may hold a password.
#[derive(Clone)]
pub enum Location {
    /// A file, made where there is none.
    Sqlite(PathBuf),
    /// A `postgres://` url of a database that exists.
    Postgres(String),
}

/// How a database is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening {
    /// For who remembers what it reads: how long that may be used without hearing from the database. `None`: whoever
    /// opens it remembers nothing.
    pub lease: Option<Duration>,
    /// Whether a database without tables is refused, and left as it is.
    pub expect_data: bool,
    /// Whether it is read as it is, whichever release made it: nothing is brought up to date.
    pub as_it_is: bool,
}

/// The open database. Cheap to clone; clones are the same database.
#[derive(Clone)]
pub struct Storage(Arc<Engine>, Arc<Transactions>);

/// What somebody who only looks finds.
pub enum Look {
    /// There is no database yet, or none of Doorward's tables in it.
    Absent,
    /// Its tables are of an older release: `serve` brings them up to date.
    Older,
    /// It can be read.
    Open(Storage),
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Storage {
    /// Opens the database and brings its tables up to date, one process at a time.
    ///
    /// # Errors
    /// A refusal when the database was used by a newer version or the url cannot be used; a fault when the
    /// database cannot be opened.
    pub async fn open(location: &Location, world: World) -> Result<Self, Error> {
        Self::open_as(location, world, Opening::default()).await
    }

    /// The same in another way.
    ///
    /// # Errors
    /// As [`open`](Self::open); a refusal also when data was expected and there is none.
    pub async fn open_as(location: &Location, world: World, how: Opening) -> Result<Self, Error> {
        let engine = match location.clone() {
            Location::Sqlite(path) => {
                let opened = tokio::task::spawn_blocking(move || Sqlite::open(&path, &world, how)).await;
                Engine::Sqlite(opened.map_err(|error| Fault::new("opening the SQLite database", error))??)
            }
            Location::Postgres(url) => Engine::Postgres(Postgres::open(&url, &world, how).await?),
        };
        Ok(Self(Arc::new(engine), Arc::default()))
    }

    /// Opens a database as it is, for whoever only looks: none is made, and its tables are left as they are.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn look(location: &Location) -> Result<Look, Error> {
        let opened = match location.clone() {
            Location::Sqlite(path) => {
                let opened = tokio::task::spawn_blocking(move || Sqlite::look(&path)).await;
                opened.map_err(|error| Fault::new("opening the SQLite database", error))??.map(Engine::Sqlite)
            }
            Location::Postgres(url) => Postgres::look(&url).await?.map(Engine::Postgres),
        };
        Ok(opened.map_or_else(|found| found, |engine| Look::Open(Self(Arc::new(engine), Arc::default()))))
    }

    /// Runs a transaction that only looks: at one moment's state, and unable to write.
    ///
    /// # Errors
    /// What the closure answers, or a fault of the database.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(Mode::Read, work).await
    }

    /// Runs a transaction that gives and takes nothing away: making a token, signing in.
    ///
    /// # Errors
    /// What the closure answers, or a fault of the database; nothing was written then.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(Mode::Write, work).await
    }

    /// Runs a transaction that changes someone's powers, one such at a time on all nodes; inside,
    /// [`Tx::tell`] says whose.
    ///
    /// # Errors
    /// What the closure answers, or a fault of the database; nothing was written then. Only when the connection
    /// to PostgreSQL breaks at the very commit is it unknown whether it was; the listeners hear of it if so.
    pub async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(Mode::Change, work).await
    }

    /// Calls `listener` with every event committed from now on, in order: those of this node before the
    /// transaction's future resolves, those of others as soon as they are read. After a failure an event may
    /// come twice.
    ///
    /// The listener is waited for: it must be quick and must not come back to the storage.
    pub fn on_change(&self, listener: impl Fn(&[Event]) + Send + Sync + 'static) {
        self.feed().listen(Arc::new(listener));
    }

    /// Whether there was none and opening made it: a file of SQLite's; databases of PostgreSQL are made by others.
    #[must_use]
    pub fn is_new(&self) -> bool {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.is_new(),
            Engine::Postgres(_) => false,
        }
    }

    /// Whether this node has heard lately enough of everything that was taken away: until then it may use what it
    /// remembers, and after that it has to refuse.
    #[must_use]
    pub fn holds_lease(&self) -> bool {
        self.feed().lease().holds()
    }

    /// Since when, and why, nothing can be written though it can be read, as far as this node has noticed. PostgreSQL is
    /// written to twice a second for the lease, which tells of it.
    #[must_use]
    pub fn unwritten(&self) -> Option<Unwritten> {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.unwritten(),
            Engine::Postgres(_) => None,
        }
    }

    /// Whether what is written to it is kept, as far as this node has noticed.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.unwritten().is_none(),
            Engine::Postgres(_) => self.holds_lease(),
        }
    }

    /// How long a lease is; `None`: none is needed.
    #[must_use]
    pub fn lease_length(&self) -> Option<Duration> {
        self.feed().lease().length()
    }

    /// Holds the last time that the database went back to an earlier state, and hears of the next.
    #[must_use]
    pub fn losses(&self) -> watch::Receiver<Option<Loss>> {
        self.feed().losses()
    }

    /// How many statements this node has run since it opened the database, those of its follower aside.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.feed().count(0)
    }

    /// How its transactions fare on this node.
    #[must_use]
    pub fn transactions(&self) -> Arc<Transactions> {
        Arc::clone(&self.1)
    }

    /// The last change of powers that this node has heard of.
    #[must_use]
    pub fn heard(&self) -> i64 {
        self.feed().told()
    }

    /// Finishes what is queued, stops the threads and lets the connections go. What comes later is a fault.
    pub async fn close(&self) {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
        self.feed().forget_listeners();
    }

    async fn run<T: Send + 'static>(
        &self,
        mode: Mode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (waiting, since) = (self.1.asked(), Instant::now());
        let work = move |tx: &mut Tx<'_>| {
            waiting.begins();
            work(tx)
        };
        // In boxes, since each holds the closure several times: every future that waits for one, up to the request's
        // own, would be as large, and large futures are copied about.
        let ended = match &*self.0 {
            Engine::Sqlite(sqlite) => Box::pin(sqlite.run(mode, work)).await,
            Engine::Postgres(postgres) => Box::pin(postgres.run(mode, work)).await,
        };
        self.1.ended(mode, since);
        ended
    }

    fn feed(&self) -> &events::Feed {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.feed(),
            Engine::Postgres(postgres) => postgres.feed(),
        }
    }
}
