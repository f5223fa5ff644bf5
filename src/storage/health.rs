//! What a database says of itself: its version, its clock, and whether it keeps what it has acknowledged.

use super::{Engine, Sql, Storage, Tx};
use crate::error::Error;
use crate::world::Timestamp;

/// What a database says of itself.
#[derive(Debug)]
pub struct Health {
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// Its version.
    pub version: String,
    /// The time by its own clock, where it has one.
    pub now: Option<Timestamp>,
    /// The settings on which it depends whether what was acknowledged survives a loss of power.
    pub durability: Vec<Durability>,
}

/// A setting of a database's server.
#[derive(Debug)]
pub struct Durability {
    /// Its name.
    pub setting: &'static str,
    /// What it is.
    pub value: String,
    /// Whether with this value nothing is lost.
    pub keeps: bool,
}

impl Storage {
    /// Asks the database.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn health(&self) -> Result<Health, Error> {
        match &*self.0 {
            // How it writes is decided by each connection, and ours lose nothing.
            Engine::Sqlite(_) => {
                let version = rusqlite::version().to_owned();
                Ok(Health { engine: "SQLite", version, now: None, durability: Vec::new() })
            }
            Engine::Postgres(_) => self.read(of_postgres).await,
        }
    }
}

fn of_postgres(tx: &mut Tx) -> Result<Health, Error> {
    let clock = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";
    let now: Timestamp = tx.one(Sql::literal(clock), &[])?.get(0)?;
    let version = shown(tx, "show server_version")?;
    let off = |value: &str| value == "off";
    let mut durability = Vec::new();
    for (setting, show) in [
        ("fsync", "show fsync"),
        ("synchronous_commit", "show synchronous_commit"),
        ("full_page_writes", "show full_page_writes"),
    ] {
        let value = shown(tx, show)?;
        durability.push(Durability { setting, keeps: !off(&value), value });
    }
    Ok(Health { engine: "PostgreSQL", version, now: Some(now), durability })
}

fn shown(tx: &mut Tx, show: &'static str) -> Result<String, Error> {
    tx.one(Sql::literal(show), &[])?.get(0)
}
