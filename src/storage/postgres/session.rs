//! One connection while a transaction runs on it. The closure runs on a thread that may wait, so each statement
//! is waited for there.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use deadpool_postgres::{Client, Object};
use tokio::runtime::Handle;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::statement::{decode, fault, type_of};
use crate::error::{Error, Fault};
use crate::storage::events::{Feed, no_revision};
use crate::storage::tx::{Mode, On, Tx};
use crate::storage::value::{Row, Value};
use crate::storage::{Sql, events};
use crate::{params, sql};

const DOING: &str = "running a statement on PostgreSQL";

const BEGIN_READING: &str = "begin isolation level repeatable read, read only; select n from revision";

/// One message for both, so that the commit itself wakes the other nodes' followers.
const NOTIFY_AND_COMMIT: &str = "notify doorward_events; commit";

/// A database that takes longer than this is as good as away.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection out of the pool.
pub(in crate::storage) struct Session {
    client: Client,
    runtime: Handle,
    /// Nobody knows what state the connection is in: it must not go back to the pool.
    lost: Cell<bool>,
}

impl Session {
    pub(super) const fn new(client: Client, runtime: Handle) -> Self {
        Self { client, runtime, lost: Cell::new(false) }
    }

    /// All rows of the answer.
    pub(in crate::storage) fn query(&self, mode: Mode, sql: &Sql, params: &[Value]) -> Result<Vec<Row>, Fault> {
        let rows = self.wait(mode, sql.text(), async {
            if sql.comes_again() {
                let types: Vec<Type> = params.iter().map(type_of).collect();
                let statement = self.client.prepare_typed_cached(sql.text(), &types).await?;
                self.client.query(&statement, &untyped(params)).await
            } else {
                self.client.query_typed(sql.text(), &typed(params)).await
            }
        })?;
        rows.iter().map(decode).collect()
    }

    /// How many rows the statement touched.
    pub(in crate::storage) fn execute(&self, mode: Mode, sql: &Sql, params: &[Value]) -> Result<u64, Fault> {
        self.wait(mode, sql.text(), async {
            if sql.comes_again() {
                let types: Vec<Type> = params.iter().map(type_of).collect();
                let statement = self.client.prepare_typed_cached(sql.text(), &types).await?;
                self.client.execute(&statement, &untyped(params)).await
            } else {
                self.client.execute_typed(sql.text(), &typed(params)).await
            }
        })
    }

    /// Runs a whole transaction, and tells of it, before anyone gets an answer.
    pub(super) fn transact<T>(
        self,
        mode: Mode,
        feed: &Feed,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = self.transact_here(mode, feed, work);
        if self.lost.get() {
            // Closing it makes the server undo what was begun.
            drop(Object::take(self.client));
        }
        result
    }

    fn transact_here<T>(
        &self,
        mode: Mode,
        feed: &Feed,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match mode {
            Mode::Read => self.begin_reading(feed)?,
            Mode::Write | Mode::Change => self.say(mode, "begin isolation level read committed, read write")?,
        }
        let mut tx = Tx::new(On::Postgres(self), mode);
        let result = tx.perform(feed, work);
        if result.is_err() {
            if let Err(fault) = self.say(mode, "rollback") {
                tracing::warn!(%fault, "a transaction could not be undone; its connection is dropped");
                self.lost.set(true);
            }
            return result;
        }
        let commit = if tx.tells() { NOTIFY_AND_COMMIT } else { "commit" };
        self.say(mode, commit).inspect_err(|_| self.lost.set(true))?;
        if let Some(own) = tx.into_committed() {
            feed.committed(own, |told| {
                let all = sql!("select id, subject, subject_id from events where id > $1 order by id");
                events::decode(&self.query(Mode::Read, &all, params![told])?)
            });
        }
        result
    }

    /// Begins on a state that is no older than what this node has heard of: a standby answers too, and so does one behind
    /// a proxy that we do not know of. One message, so that it costs no round trip.
    fn begin_reading(&self, feed: &Feed) -> Result<(), Fault> {
        let told = feed.told();
        let begun = self.wait(Mode::Read, BEGIN_READING, self.client.simple_query(BEGIN_READING))?;
        let revision = begun.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0)?.parse::<i64>().ok(),
            _ => None,
        });
        match revision {
            Some(revision) if revision >= told => Ok(()),
            Some(revision) => {
                self.lost.set(true);
                let cause = format!("it answers with revision {revision}, but {told} was seen already");
                Err(Fault::passing("reading from PostgreSQL", cause))
            }
            None => Err(no_revision()),
        }
    }

    fn say(&self, mode: Mode, words: &str) -> Result<(), Fault> {
        self.wait(mode, words, self.client.batch_execute(words))
    }

    fn wait<T>(
        &self,
        mode: Mode,
        sql: &str,
        statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Fault> {
        match self.runtime.block_on(async { tokio::time::timeout(PATIENCE, statement).await }) {
            Ok(result) => result.map_err(|error| {
                if spoils_connection(&error) {
                    self.lost.set(true);
                }
                fault(DOING, mode, sql, &error)
            }),
            Err(_) => {
                self.lost.set(true);
                Err(Fault::passing(DOING, format!("no answer within {} s; in: {sql}", PATIENCE.as_secs())))
            }
        }
    }
}

/// Whether the same statement would fail again on this connection only: the connection is gone, or it holds
/// statements that were prepared before a newer node changed the tables.
fn spoils_connection(error: &tokio_postgres::Error) -> bool {
    let stale = [SqlState::FEATURE_NOT_SUPPORTED, SqlState::INVALID_SQL_STATEMENT_NAME];
    error.is_closed() || error.code().is_some_and(|code| stale.contains(code))
}

fn untyped(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn typed(params: &[Value]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    params.iter().map(|value| (value as &(dyn ToSql + Sync), type_of(value))).collect()
}
