//! Times in words: how long ago, how long still, which day.

use crate::world::Timestamp;
use serde::{Deserialize, Deserializer};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A moment of an answer (RFC 3339).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct When(pub Timestamp);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(Timestamp(moment.as_microsecond())))
    }
}

impl When {
    /// `28 Nov 2026`, in UTC.
    #[must_use]
    pub fn day(&self) -> String {
        self.written("%-d %b %Y")
    }

    /// `28 November 2026`.
    #[must_use]
    pub fn long_day(&self) -> String {
        self.written("%-d %B %Y")
    }

    /// `28 Nov 2026, 09:14 UTC`.
    #[must_use]
    pub fn minute(&self) -> String {
        self.written("%-d %b %Y, %H:%M UTC")
    }

    /// `09:14:03`.
    #[must_use]
    pub fn clock(&self) -> String {
        self.written("%H:%M:%S")
    }

    /// RFC 3339, for `datetime`.
    #[must_use]
    pub fn iso(&self) -> String {
        self.0.to_string()
    }

    /// `2 minutes ago`, `yesterday`; of what is to come, `in 5 days`.
    #[must_use]
    pub fn from(&self, now: &Timestamp) -> String {
        let seconds = (now.0 - self.0.0) / 1_000_000;
        let (ahead, seconds) = (seconds < 0, seconds.abs());
        let (n, unit) = match seconds {
            0..45 => return if ahead { "in a moment".into() } else { "just now".into() },
            45..2_700 => ((seconds + 30) / MINUTE, "minute"),
            2_700..79_200 => ((seconds + HOUR / 2) / HOUR, "hour"),
            79_200..129_600 => return if ahead { "tomorrow".into() } else { "yesterday".into() },
            _ => match (seconds + DAY / 2) / DAY {
                days @ 0..14 => (days, "day"),
                days @ 14..60 if !ahead => (days / 7, "week"),
                days => (days, "day"),
            },
        };
        let s = if n == 1 { "" } else { "s" };
        if ahead { format!("in {n} {unit}{s}") } else { format!("{n} {unit}{s} ago") }
    }

    fn written(&self, format: &str) -> String {
        let moment = jiff::Timestamp::from_microsecond(self.0.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        moment.strftime(format).to_string()
    }
}

/// `1 query`, `4 queries`, `1,284 requests`.
#[must_use]
pub fn counted(n: usize, word: &str) -> String {
    let many = match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{word}s"),
    };
    format!("{} {}", grouped(n), if n == 1 { word } else { &many })
}

/// `1,284`.
#[must_use]
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let now = Timestamp(1_700_000_000_000_000);
        let said = |seconds: i64| When(now.plus_seconds(seconds)).from(&now);
        assert_eq!(said(-3), "just now");
        assert_eq!(said(-120), "2 minutes ago");
        assert_eq!(said(-3_600), "1 hour ago");
        assert_eq!(said(-90_000), "yesterday");
        assert_eq!(said(-3 * DAY), "3 days ago");
        assert_eq!(said(-21 * DAY), "3 weeks ago");
        assert_eq!(said(5 * DAY), "in 5 days");
        assert_eq!(said(212 * DAY), "in 212 days");
        assert_eq!(When(now).minute(), "14 Nov 2023, 22:13 UTC");
        assert_eq!(counted(1, "query"), "1 query");
        assert_eq!(counted(1_284, "query"), "1,284 queries");
        assert_eq!(counted(2, "day"), "2 days");
    }
}
