//! A transaction as its closure sees it: statements, rows, and whom to tell.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::events::{Committed, Event, Feed, Subject};
use super::sql::Sql;
use super::value::{Row, Value};
use super::{postgres, sqlite};
use crate::error::{Error, Fault};
use crate::{params, sql};

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Look, at one moment's state.
    Read,
    /// Give; takes nothing away from anyone.
    Write,
    /// Change someone's powers, which everyone who remembers them has to hear of.
    Change,
}

/// Where the statements go.
#[derive(Clone, Copy)]
pub(super) enum On<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c postgres::Session),
}

/// A running transaction. It ends with the closure that got it: committed when that returns `Ok`, else undone.
///
/// When a statement fails the transaction has failed, on both databases: nothing more runs in it.
pub struct Tx<'c> {
    on: On<'c>,
    mode: Mode,
    failed: bool,
    statements: u64,
    change: Option<Change>,
}

struct Change {
    revision: i64,
    rewound: bool,
    events: Vec<Event>,
}

impl<'c> Tx<'c> {
    pub(super) const fn new(on: On<'c>, mode: Mode) -> Self {
        Self { on, mode, failed: false, statements: 0, change: None }
    }

    /// All rows of the answer.
    ///
    /// # Errors
    /// A [`Fault`] when the database cannot or will not run the statement; see
    /// [`on_conflict`](super::on_conflict).
    pub fn all(&mut self, sql: Sql, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.run(&sql, params, |on, mode| match on {
            On::Sqlite(connection) => sqlite::query(connection, mode, &sql, params),
            On::Postgres(session) => session.query(mode, &sql, params),
        })
    }

    /// The one row of the answer, if there is one.
    ///
    /// # Errors
    /// As [`Tx::all`]; a [`Fault`] when there are more rows.
    pub fn optional(&mut self, sql: Sql, params: &[Value]) -> Result<Option<Row>, Error> {
        let mut rows = self.all(sql, params)?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            more => Err(Fault::new("reading one row", format!("the statement gave {more}")).into()),
        }
    }

    /// The one row of the answer.
    ///
    /// # Errors
    /// As [`Tx::all`]; a [`Fault`] when there is none or there are more.
    pub fn one(&mut self, sql: Sql, params: &[Value]) -> Result<Row, Error> {
        Ok(self.optional(sql, params)?.ok_or_else(|| Fault::new("reading one row", "the statement gave none"))?)
    }

    /// Runs a statement without an answer; says how many rows it touched.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub fn execute(&mut self, sql: Sql, params: &[Value]) -> Result<u64, Error> {
        self.run(&sql, params, |on, mode| match on {
            On::Sqlite(connection) => sqlite::execute(connection, mode, &sql, params),
            On::Postgres(session) => session.execute(mode, &sql, params),
        })
    }

    /// Tells everyone who listens, on every node, that someone's powers have changed. Told twice is told once.
    ///
    /// # Errors
    /// A [`Fault`] outside of [`Storage::change`](super::Storage::change), or when the database fails.
    pub fn tell(&mut self, subject: Subject) -> Result<(), Error> {
        let Some(change) = &mut self.change else {
            return Err(Fault::new("telling of a change", "the transaction was not begun with `change`").into());
        };
        let event = Event { id: change.revision, subject };
        if change.events.contains(&event) {
            return Ok(());
        }
        change.events.push(event);
        let (subject, id) = subject.stored();
        let insert = sql!("insert into events (id, subject, subject_id) values ($1, $2, $3)");
        self.execute(insert, params![event.id, subject, id])?;
        Ok(())
    }

    /// Runs a whole closure, with what belongs before and after it.
    pub(super) fn perform<T>(
        &mut self,
        feed: &Feed,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if self.mode == Mode::Change {
                self.begin_change(feed)?;
            }
            work(self)
        }));
        feed.count(self.statements);
        match outcome {
            // PostgreSQL would answer `commit` with a rollback, and not call that an error.
            Ok(Ok(_)) if self.failed => {
                Err(Fault::new("running a transaction", "it went on after a statement had failed").into())
            }
            Ok(result) => result,
            Err(_panic) => Err(Fault::new("running a transaction", "its code panicked").into()),
        }
    }

    /// What the closure changed, once it has come to a good end.
    pub(super) fn into_committed(self) -> Option<Committed> {
        let Change { revision, rewound, events } = self.change?;
        Some(Committed { first: revision, last: revision, events, rewound })
    }

    /// Whether other nodes should be woken.
    pub(super) fn tells(&self) -> bool {
        self.change.as_ref().is_some_and(|change| !change.events.is_empty())
    }

    /// From here to the commit there is no other change anywhere: the row of `revision` is ours.
    fn begin_change(&mut self, feed: &Feed) -> Result<(), Error> {
        let revision = self.one(sql!("update revision set n = n + 1 returning n"), &[])?.get(0)?;
        // Nobody can have committed this number yet. If we have seen it, the database has lost some.
        let rewound = feed.told() >= revision;
        self.change = Some(Change { revision, rewound, events: Vec::new() });
        Ok(())
    }

    fn run<T>(
        &mut self,
        sql: &Sql,
        params: &[Value],
        statement: impl FnOnce(On<'c>, Mode) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        if self.failed {
            let cause = format!("an earlier statement of the transaction has failed; not run: {}", sql.text());
            return Err(Fault::new("running a statement", cause).into());
        }
        params.iter().try_for_each(Value::check)?;
        self.statements += 1;
        statement(self.on, self.mode).map_err(|fault| {
            self.failed = true;
            fault.into()
        })
    }
}
