//! What a database refuses because of a rule of its tables, told the same way for both databases, so that a
//! feature can turn it into a sentence.

use std::fmt;

use crate::error::{Error, Fault, Refusal};

/// Which rule of which table was broken. Never holds what was to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Violation {
    /// Another row has the same value. The name is PostgreSQL's default one, `table_column_key` or `table_pkey`.
    Taken(String),
    /// A row that is referred to does not exist, or one that should go is still referred to.
    Dangling,
}

impl Violation {
    /// The default name of the `unique` constraint over `columns` (comma between several).
    pub(super) fn name(table: &str, columns: &str) -> String {
        match columns {
            "primary key" => format!("{table}_pkey"),
            _ => format!("{table}_{}_key", columns.split(',').map(str::trim).collect::<Vec<_>>().join("_")),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(name) => write!(f, "unique constraint {name} violated"),
            Self::Dangling => f.write_str("foreign key violated"),
        }
    }
}

impl std::error::Error for Violation {}

fn violation(error: &Error) -> Option<&Violation> {
    match error {
        Error::Fault(Fault { cause, .. }) => cause.downcast_ref(),
        Error::Refusal(_) => None,
    }
}

/// `refusal` where `result` failed because another row of `table` has the same value in its unique `column`.
///
/// Several columns are written `"a, b"`; `"primary key"` stands for the primary key. A unique index is named
/// `table_a_b_key` in its migration. The transaction is over then: the refusal has to leave the closure.
///
/// # Errors
/// `refusal`, or whatever else was wrong with `result`.
pub fn on_conflict<T>(
    result: Result<T, Error>,
    table: &str,
    column: &str,
    refusal: impl FnOnce() -> Refusal,
) -> Result<T, Error> {
    result.map_err(|error| match violation(&error) {
        Some(Violation::Taken(name)) if *name == Violation::name(table, column) => refusal().into(),
        _ => error,
    })
}
