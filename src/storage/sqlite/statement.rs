//! One statement on a SQLite connection: parameters in, rows out, and what SQLite's errors mean.

use rusqlite::ffi::{
    SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE,
};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, Statement, ToSql};

use crate::error::Fault;
use crate::storage::Sql;
use crate::storage::conflict::Violation;
use crate::storage::tx::Mode;
use crate::storage::value::{Row, Value};

const DOING: &str = "running a statement on SQLite";

/// All rows of the answer.
pub(in crate::storage) fn query(
    connection: &Connection,
    mode: Mode,
    sql: &Sql,
    params: &[Value],
) -> Result<Vec<Row>, Fault> {
    with_statement(connection, mode, sql, params, |statement| {
        let columns = statement.column_count();
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(|error| fault(mode, sql, &error))? {
            let values = (0..columns).map(|index| decode(row.get_ref(index).map_err(|e| fault(mode, sql, &e))?));
            rows.push(Row(values.collect::<Result<_, _>>()?));
        }
        Ok(rows)
    })
}

/// How many rows the statement touched.
pub(in crate::storage) fn execute(
    connection: &Connection,
    mode: Mode,
    sql: &Sql,
    params: &[Value],
) -> Result<u64, Fault> {
    with_statement(connection, mode, sql, params, |statement| {
        let touched = statement.raw_execute().map_err(|error| fault(mode, sql, &error))?;
        Ok(touched as u64)
    })
}

fn with_statement<T>(
    connection: &Connection,
    mode: Mode,
    sql: &Sql,
    params: &[Value],
    run: impl FnOnce(&mut Statement<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    if sql.comes_again() {
        let mut statement: CachedStatement<'_> =
            connection.prepare_cached(sql.text()).map_err(|error| fault(mode, sql, &error))?;
        bind(&mut statement, mode, sql, params)?;
        run(&mut statement)
    } else {
        let mut statement = connection.prepare(sql.text()).map_err(|error| fault(mode, sql, &error))?;
        bind(&mut statement, mode, sql, params)?;
        run(&mut statement)
    }
}

/// Binds by name: SQLite takes `$2` for a name and numbers the names as it meets them. Mostly it meets them in
/// order, and then number and name are one, which saves looking the name up.
fn bind(statement: &mut Statement<'_>, mode: Mode, sql: &Sql, params: &[Value]) -> Result<(), Fault> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        let cause = format!("{} parameters given, {wanted} wanted: {}", params.len(), sql.text());
        return Err(Fault::new(DOING, cause));
    }
    for (number, value) in params.iter().enumerate() {
        let bound = match NAMES.get(number) {
            Some(name) if statement.parameter_name(number + 1) == Some(name) => {
                statement.raw_bind_parameter(number + 1, value)
            }
            Some(name) => statement.raw_bind_parameter(*name, value),
            None => statement.raw_bind_parameter(format!("${}", number + 1).as_str(), value),
        };
        bound.map_err(|error| fault(mode, sql, &error))?;
    }
    Ok(())
}

/// The names of the first parameters, since making them for each statement would cost more than finding them.
const NAMES: [&str; 16] =
    ["$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16"];

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null | Self::No(_) => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn decode(value: ValueRef<'_>) -> Result<Value, Fault> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(Fault::new("reading a row", "a text column is not UTF-8")),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(_) => return Err(Fault::new("reading a row", "a column holds a fraction")),
    })
}

/// What went wrong, without the parameters, and whether it may pass.
fn fault(mode: Mode, sql: &Sql, error: &rusqlite::Error) -> Fault {
    if let Some(violation) = violation(error) {
        return Fault::new(DOING, violation);
    }
    let cause = format!("{error}; in: {}", sql.text());
    if passes(mode, error) { Fault::passing(DOING, cause) } else { Fault::new(DOING, cause) }
}

/// What went wrong with something that is no statement of a feature.
pub(in crate::storage) fn plain_fault(doing: &'static str, error: &rusqlite::Error) -> Fault {
    if passes(Mode::Write, error) {
        Fault::passing(doing, error.to_string())
    } else {
        Fault::new(doing, error.to_string())
    }
}

fn passes(mode: Mode, error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::OutOfMemory
            | ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed,
        ) => true,
        // In `read` it is we who forbid writing; elsewhere it is the disk.
        Some(ErrorCode::ReadOnly) => mode != Mode::Read,
        _ => false,
    }
}

fn violation(error: &rusqlite::Error) -> Option<Violation> {
    let rusqlite::Error::SqliteFailure(failure, Some(message)) = error else { return None };
    let named = message.split_once("failed: ").map_or("", |(_, named)| named);
    let table = named.split_once('.').map_or("", |(table, _)| table);
    match failure.extended_code {
        SQLITE_CONSTRAINT_FOREIGNKEY => Some(Violation::Dangling),
        SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_ROWID => {
            Some(Violation::Taken(Violation::name(table, "primary key")))
        }
        SQLITE_CONSTRAINT_UNIQUE => Some(Violation::Taken(match named.strip_prefix("index '") {
            Some(index) => index.trim_end_matches('\'').to_owned(),
            None => Violation::name(table, &named.replace(&format!("{table}."), "")),
        })),
        _ => None,
    }
}
