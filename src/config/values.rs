//! Kinds of values that settings have besides numbers and words: lengths of time, and lists.

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use std::fmt;
use std::time::Duration;

/// A length of time: `30s`, `15m`, `12h`, `90d`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// Reads one; `None` for what is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        let number: u32 = number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some(Self(Duration::from_secs(u64::from(number) * seconds)))
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| de::Error::custom("no length of time"))
    }
}

/// A list, in the environment written with commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List(pub Vec<String>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadList)
    }
}

struct ReadList;

impl<'de> Visitor<'de> for ReadList {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<List, E> {
        Ok(List(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<String>()? {
            list.push(item);
        }
        Ok(List(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_one_unit() {
        let seconds = |text: &str| Span::read(text).map(|span| span.0.as_secs());
        assert_eq!(["30s", "15m", "12h", "90d", "0s"].map(seconds), [30, 900, 43_200, 7_776_000, 0].map(Some),);
        for wrong in ["", "s", "30", "-1s", "+1s", "1.5h", "1 h", "1w", "99999999999d", "ä"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
