//! JSON read strictly: no object may have a key twice. Parsers differ on which of the two counts, and what is judged
//! must be what runs.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json_bytes::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// Reads a JSON value in which no object has a key twice.
pub struct Strict;

/// A key of an object, taken from the text itself where nothing in it is escaped.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Key<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(Key(key)) = map.next_key()? {
            if !object.is_empty() && object.contains_key(&*key) {
                return Err(A::Error::custom(twice(&key)));
            }
            let value = map.next_value_seed(Self)?;
            object.insert(key.into_owned(), value);
        }
        Ok(Value::Object(object))
    }
}

/// What is said of a key that stands twice.
pub fn twice(key: &str) -> String {
    let is_name = key.len() <= 30 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // Whatever else is used for a key may be a secret that was put in the wrong place.
    if is_name {
        format!("the key `{key}` stands twice in one object")
    } else {
        "a key stands twice in one object".into()
    }
}
