//! Kinds of values that settings have besides numbers and words: lengths of time, lists, and the key.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
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

/// 32 bytes that things are sealed with, in base64. Its `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

/// With or without the `=` at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Key {
    /// A key of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads one, white space around it left out; `None` for what is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        BASE64.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    /// The bytes themselves.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// As it is written, for the file that is to hold it.
    #[must_use]
    pub fn expose_text(&self) -> String {
        BASE64.encode(self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("no key"))
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
    fn a_key_is_32_bytes_in_base64_and_is_not_shown() {
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let key = Key::read(text).unwrap();
        assert_eq!(key.expose()[..3], [0, 1, 2]);
        assert_eq!(key.expose_text(), text);
        assert_eq!(format!("{key:?}"), "[key]");
        assert!(Key::read(&format!(" {}\n", text.trim_end_matches('='))).unwrap() == key);
        for wrong in ["", "AAEC", "not base64!", &text[4..], &format!("AAAA{text}")] {
            assert!(Key::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn lengths_of_time_have_one_unit() {
        let seconds = |text: &str| Span::read(text).map(|span| span.0.as_secs());
        assert_eq!(["30s", "15m", "12h", "90d", "0s"].map(seconds), [30, 900, 43_200, 7_776_000, 0].map(Some),);
        for wrong in ["", "s", "30", "-1s", "+1s", "1.5h", "1 h", "1w", "99999999999d", "ä"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
