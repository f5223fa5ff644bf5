//! What goes into a statement and what comes out of a row: four kinds that both databases have.

use std::fmt;

use crate::error::{Code, Error, Fault, Refusal};
use crate::world::Timestamp;

/// One parameter or one column. Truth values are 0 and 1, moments are microseconds.
///
/// Its `Debug` says of which kind it is and no more: it may be the digest of a secret, which belongs into no log.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Nothing, where something of a kind might have been: what a `None` becomes.
    No(ValueKind),
    /// `integer` in SQLite, `bigint` in PostgreSQL.
    Int(i64),
    /// `text` in both.
    Text(String),
    /// `blob` in SQLite, `bytea` in PostgreSQL.
    Blob(Vec<u8>),
}

/// Of which kind a [`Value`] is. PostgreSQL has to know it even of a value that is absent, to understand
/// `$1 is null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// An integer, a truth value, a moment.
    Int,
    /// A text.
    Text,
    /// Bytes.
    Blob,
}

/// What always becomes a [`Value`] of one kind.
pub trait Typed {
    /// The kind.
    const KIND: ValueKind;
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl Value {
    /// Refuses what only one of the two databases would take.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self {
            // PostgreSQL cannot store it; SQLite would, and then stop reading at it.
            Self::Text(text) if text.contains('\0') => {
                Err(Refusal::new(Code::BadUserInput, "text must not hold the character NUL (U+0000)").into())
            }
            _ => Ok(()),
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Null | Self::No(_) => "null",
            Self::Int(_) => "an integer",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }

    fn is_no(&self, wanted: &str) -> Fault {
        Fault::new("reading a row", format!("a column holds {}, not {wanted}", self.kind()))
    }
}

macro_rules! from {
    ($($from:ty: $kind:ident, $value:ident => $made:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                Self::$kind($made)
            }
        }

        impl Typed for $from {
            const KIND: ValueKind = ValueKind::$kind;
        }
    )*};
}

from! {
    i64: Int, value => value;
    i32: Int, value => value.into();
    u32: Int, value => value.into();
    bool: Int, value => value.into();
    Timestamp: Int, value => value.0;
    &str: Text, value => value.to_owned();
    String: Text, value => value;
    &String: Text, value => value.clone();
    Vec<u8>: Blob, value => value;
    &[u8]: Blob, value => value.to_vec();
}

impl<const N: usize> Typed for [u8; N] {
    const KIND: ValueKind = ValueKind::Blob;
}

impl<const N: usize> Typed for &[u8; N] {
    const KIND: ValueKind = ValueKind::Blob;
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(value: &[u8; N]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<T: Into<Self> + Typed> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::No(T::KIND), Into::into)
    }
}

/// What a column can be read as.
pub trait FromValue: Sized {
    /// The value as this type; a [`Fault`] where it is of another kind, since then statement and code disagree.
    fn from_value(value: &Value) -> Result<Self, Fault>;
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::Int(number) => Ok(*number),
            other => Err(other.is_no("an integer")),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => Err(other.is_no("0 or 1")),
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: &Value) -> Result<Self, Fault> {
        i64::from_value(value).map(Self)
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::Text(text) => Ok(text.clone()),
            other => Err(other.is_no("text")),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::Blob(bytes) => Ok(bytes.clone()),
            other => Err(other.is_no("bytes")),
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::Blob(bytes) => {
                bytes.as_slice().try_into().map_err(|_| Fault::new("reading a row", format!("not {N} bytes long")))
            }
            other => Err(other.is_no("bytes")),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::Null | Value::No(_) => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub(super) Vec<Value>);

impl Row {
    /// The column at `index`, counted from 0.
    ///
    /// # Errors
    /// A [`Fault`] where there is no such column or it is of another kind than `T`.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, Error> {
        let value = self.0.get(index).ok_or_else(|| Fault::new("reading a row", format!("no column {index}")))?;
        Ok(T::from_value(value)?)
    }
}

/// The parameters of a statement, in the order of their numbers: `params![id, name]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::storage::Value::from($value)),*]
    };
}
