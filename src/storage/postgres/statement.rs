//! How values travel to and from PostgreSQL, and what its errors mean.

use std::error::Error as StdError;

use bytes::BytesMut;
use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::Fault;
use crate::storage::conflict::Violation;
use crate::storage::tx::Mode;
use crate::storage::value::{Row, Value, ValueKind};

type Cause = Box<dyn StdError + Sync + Send>;

/// The type a parameter is sent as. It is ours to say: left to itself PostgreSQL takes `$1 = 1` for 32 bits.
pub(super) const fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Int(_) | Value::No(ValueKind::Int) => Type::INT8,
        Value::Text(_) | Value::No(ValueKind::Text) => Type::TEXT,
        Value::Blob(_) | Value::No(ValueKind::Blob) => Type::BYTEA,
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Cause> {
        match self {
            Self::Null | Self::No(_) => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column on its way in.
struct Column(Value);

impl<'a> FromSql<'a> for Column {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Cause> {
        Ok(Self(match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            // `select exists (…)` is 0 or 1 in SQLite.
            Type::BOOL => Value::Int(bool::from_sql(ty, raw)?.into()),
            // The sum of `bigint`s.
            Type::NUMERIC => Value::Int(whole(raw).ok_or("a numeric that is no 64-bit integer")?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                Value::Text(String::from_sql(ty, raw)?)
            }
            Type::BYTEA => Value::Blob(raw.to_vec()),
            _ => return Err(format!("no use for columns of type {ty}").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Cause> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The wire form of `numeric`: count of digits, weight of the first, sign, scale, digits of base 10 000.
fn whole(raw: &[u8]) -> Option<i64> {
    let words: Vec<u16> = raw.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let [_count, weight, sign, _scale, digits @ ..] = words.as_slice() else { return None };
    let places = usize::try_from(i32::from(weight.cast_signed()) + 1).ok()?;
    if digits.len() > places {
        return (digits.is_empty()).then_some(0);
    }
    let mut sum: i128 = 0;
    for place in 0..places {
        sum = sum.checked_mul(10_000)?.checked_add(digits.get(place).copied().unwrap_or(0).into())?;
    }
    match sign {
        0 => sum.try_into().ok(),
        0x4000 => (-sum).try_into().ok(),
        _ => None,
    }
}

/// A row in the form that both databases share.
pub(super) fn decode(row: &tokio_postgres::Row) -> Result<Row, Fault> {
    let column = |index| match row.try_get::<_, Column>(index) {
        Ok(column) => Ok(column.0),
        Err(error) => Err(Fault::new("reading a row", error.into_source().unwrap_or_else(|| "unreadable".into()))),
    };
    Ok(Row((0..row.len()).map(column).collect::<Result<_, _>>()?))
}

/// What went wrong, without anything that was to be stored, and whether it may pass.
pub(super) fn fault(doing: &'static str, mode: Mode, sql: &str, error: &tokio_postgres::Error) -> Fault {
    let Some(refused) = error.as_db_error() else {
        // The text of our own driver's error, with what lies beneath it: a broken connection, mostly.
        let beneath = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        let cause = format!("{error}{beneath}; in: {sql}");
        let ours = error.source().is_some_and(|source| !source.is::<std::io::Error>());
        return if ours { Fault::new(doing, cause) } else { Fault::passing(doing, cause) };
    };
    let code = refused.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return Fault::new(doing, Violation::Taken(refused.constraint().unwrap_or_default().to_owned()));
    }
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        return Fault::new(doing, Violation::Dangling);
    }
    // The sentences of classes 22 and 23 quote the values.
    let about = match &code.code()[..2] {
        "22" | "23" => refused.constraint().or(refused.column()).unwrap_or("a value does not fit"),
        _ => refused.message(),
    };
    let cause = format!("{} {about}; in: {sql}", code.code());
    if passes(code, mode) { Fault::passing(doing, cause) } else { Fault::new(doing, cause) }
}

fn passes(code: &SqlState, mode: Mode) -> bool {
    match code.code() {
        // A standby, or a primary that has become one; in `read` it is we who forbid writing.
        "25006" => mode != Mode::Read,
        // The server went on to something else: shut down, crashed, starting, gave up on a lock or a deadlock.
        "57P01" | "57P02" | "57P03" | "57014" | "40001" | "40P01" | "55P03" | "25P03" => true,
        // Connections, resources (disk full, too many connections), the server's own disk.
        other => ["08", "53", "58"].contains(&&other[..2]),
    }
}

/// No connection could be had.
pub(super) fn pool_fault(error: PoolError) -> Fault {
    const DOING: &str = "getting a connection to PostgreSQL";
    match error {
        PoolError::Backend(error) => Fault { passing: true, ..fault(DOING, Mode::Write, "connect", &error) },
        other => Fault::passing(DOING, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::whole;

    fn numeric(weight: i16, sign: u16, digits: &[u16]) -> Vec<u8> {
        let head = [digits.len() as u16, weight.cast_unsigned(), sign, 0];
        head.iter().chain(digits).flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn sums_are_read_as_whole_numbers() {
        assert_eq!(whole(&numeric(0, 0, &[])), Some(0));
        assert_eq!(whole(&numeric(0, 0, &[7])), Some(7));
        assert_eq!(whole(&numeric(1, 0, &[1, 2345])), Some(12_345));
        assert_eq!(whole(&numeric(2, 0x4000, &[3])), Some(-300_000_000));
        assert_eq!(whole(&numeric(4, 0, &[922, 3372, 368, 5477, 5807])), Some(i64::MAX));
        assert_eq!(whole(&numeric(4, 0x4000, &[922, 3372, 368, 5477, 5808])), Some(i64::MIN));
    }

    #[test]
    fn what_is_no_64_bit_integer_is_not_read() {
        assert_eq!(whole(&numeric(4, 0, &[922, 3372, 368, 5477, 5808])), None);
        assert_eq!(whole(&numeric(-1, 0, &[5000])), None, "0.5");
        assert_eq!(whole(&numeric(0, 0, &[1, 5000])), None, "1.5");
        assert_eq!(whole(&numeric(0, 0xC000, &[])), None, "NaN");
        assert_eq!(whole(&[0, 1]), None);
    }
}
