//! A fresh database for each test, of either kind.

mod replicated;
mod server;

pub use replicated::Replicated;

use std::sync::atomic::{AtomicU32, Ordering};

use doorward::error::Error;
use doorward::storage::{Location, Storage};
use doorward::world::{Timestamp, World};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// Makes every test run on both databases: `async fn a_name_that_is_a_sentence(database: Database) { … }`, or with
/// anything else that can be set up on one, like `app: TestApp`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($given:ident: $kind:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;
            use $crate::databases::Over as _;

            async fn body($given: $kind) $body

            #[test]
            fn sqlite() {
                $crate::databases::run(async {
                    body($kind::over($crate::databases::Database::sqlite()).await).await;
                });
            }

            #[test]
            fn postgres() {
                $crate::databases::run(async {
                    body($kind::over($crate::databases::Database::postgres().await).await).await;
                });
            }
        }
    )*};
}

/// Runs a test to its end. It is run once for each database, so each of its inline snapshots is met twice.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    insta::allow_duplicates!(runtime.block_on(test));
}

/// What a test can be given on either database.
pub trait Over {
    /// Sets it up on an empty one.
    async fn over(database: Database) -> Self;
}

impl Over for Database {
    async fn over(database: Database) -> Self {
        database
    }
}

/// The moment at which the tests' worlds begin: 2026-03-01T00:00:00Z.
pub const START: Timestamp = Timestamp(1_772_323_200_000_000);

/// An empty database. A SQLite one goes with its directory when this is dropped.
pub struct Database {
    location: Location,
    _directory: Option<TempDir>,
}

impl Database {
    /// A file that does not exist yet, in a directory of its own.
    pub fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let location = Location::Sqlite(directory.path().join("doorward.db"));
        Self { location, _directory: Some(directory) }
    }

    /// A database of its own on the one server of this run.
    pub async fn postgres() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = server::url();
        let name = format!("doorward_test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let (client, connection) = tokio_postgres::connect(&server, NoTls).await.expect("the test server answers");
        let connection = tokio::spawn(connection);
        // A server that outlives the run may hold one of an earlier process with our number.
        let drop = format!("drop database if exists {name} with (force)");
        client.batch_execute(&drop).await.expect("the test server lets us drop databases");
        let create = format!("create database {name} template template0 encoding 'UTF8' locale 'C'");
        client.batch_execute(&create).await.expect("the test server lets us create databases");
        connection.abort();
        Self { location: Location::Postgres(in_database(&server, &name)), _directory: None }
    }

    /// Its url, where it is PostgreSQL's.
    pub fn url(&self) -> Option<&str> {
        match &self.location {
            Location::Postgres(url) => Some(url),
            Location::Sqlite(_) => None,
        }
    }

    /// Where it is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Opens it, in a world where it is 2026-03-01 and stays so.
    pub async fn open(&self) -> Storage {
        self.try_open().await.expect("an empty database can be opened")
    }

    /// Opens it, or says why not.
    pub async fn try_open(&self) -> Result<Storage, Error> {
        Storage::open(&self.location, World::fixed(START)).await
    }
}

/// The url with another path.
fn in_database(server: &str, name: &str) -> String {
    let (server, options) = server.split_once('?').map_or((server, None), |(server, options)| (server, Some(options)));
    let after_scheme = server.find("://").map_or(0, |at| at + 3);
    let end = server[after_scheme..].find('/').map_or(server.len(), |at| after_scheme + at);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{name}{options}", &server[..end])
}
