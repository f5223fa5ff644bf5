//! The GraphQL scalars of Doorward's own schema.

use crate::error::Refusal;
use crate::world::Timestamp;
use async_graphql::{InputValueError, InputValueResult, MaybeUndefined, Number, Scalar, ScalarType, Value};

/// A 64-bit integer: accepts an integer or a string of digits, answers a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Int64Bit(pub i64);

/// A 64-bit integer: accepts an integer or a string of digits, answers a string.
#[Scalar(name = "Int64Bit")]
impl ScalarType for Int64Bit {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => Number::as_i64(number),
            Value::String(text) => whole(text),
            _ => None,
        };
        number
            .map(Self)
            .ok_or_else(|| InputValueError::custom("must be a whole number of 64 bits, or a string of its digits"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Digits with at most a minus before them: `str::parse` would take a plus as well.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// RFC 3339, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime(pub Timestamp);

/// RFC 3339, UTC.
#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let parsed = match &value {
            Value::String(text) => text.parse::<jiff::Timestamp>().ok(),
            _ => None,
        };
        parsed
            .map(|moment| Self(Timestamp(moment.as_microsecond())))
            .ok_or_else(|| InputValueError::custom("must be a time in RFC 3339, like 2030-01-31T12:00:00Z"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A grant, as a string: `Query.users`, `User.*`, `*.*`, `!User.email_address`, `own:Query.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission(pub String);

/// A grant, as a string: `Query.users`, `User.*`, `*.*`, `!User.email_address`, `own:Query.*`.
#[Scalar(name = "Permission")]
impl ScalarType for Permission {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err(InputValueError::custom("must be a string like \"Query.users\"")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// What an update says of a field that cannot be empty: absent keeps it.
///
/// # Errors
/// `null`, naming the field.
pub fn kept<T>(field: &str, asked: MaybeUndefined<T>) -> Result<Option<T>, Refusal> {
    match asked {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => {
            Err(Refusal::input(field, format!("`{field}` cannot be null: leave it out to keep what is there")))
        }
        MaybeUndefined::Value(value) => Ok(Some(value)),
    }
}

/// What an update says of a field that can be empty: absent keeps it, `null` clears it.
#[must_use]
pub fn clearing<T>(asked: MaybeUndefined<T>) -> Option<Option<T>> {
    match asked {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
