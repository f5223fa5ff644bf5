//! Which rows of the trail are wanted, and how they are read: page by page, so that their number costs no memory.

use super::Which;
use crate::audit::{self, Entry};
use crate::cli::{Desk, output};
use crate::config::Span;
use crate::error::{Error, Refusal};
use crate::names::{folded, nearest};
use crate::storage::{Comparison, Condition, Filter, Value};
use crate::world::Timestamp;

/// In which order rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The oldest first.
    On,
    /// The newest first.
    Back,
}

/// The pages of what is wanted.
pub struct Pages {
    filter: Filter,
    /// What the deeds begin with, where a kind of them is wanted.
    beginning: Option<String>,
    way: Way,
    /// The number of the last row that was read.
    last: Option<i64>,
    ended: bool,
}

impl Pages {
    /// What is wanted, checked.
    pub fn of(which: &Which, now: Timestamp, way: Way) -> Result<Self, Refusal> {
        let mut filter = Filter::default();
        let mut hold = |column, comparison, value| {
            filter = std::mem::take(&mut filter).and(&Condition::Compare(column, comparison, value));
        };
        if let Some(since) = &which.since {
            hold("at", Comparison::AtLeast, Value::Int(moment("--since", since, now)?.0));
        }
        if let Some(until) = &which.until {
            hold("at", Comparison::Less, Value::Int(moment("--until", until, now)?.0));
        }
        for (column, name) in [("folded_actor", &which.actor), ("folded_subject", &which.subject)] {
            if let Some(name) = name {
                hold(column, Comparison::Equal, Value::Text(folded(name)));
            }
        }
        if let Some(action) = &which.action {
            warn_of_unknown(action);
        }
        let beginning = which.action.as_deref().and_then(|action| action.strip_suffix('*'));
        match (&which.action, beginning) {
            (_, Some(beginning)) => filter = filter.and(&Condition::Contains("action", beginning.to_owned())),
            (Some(action), None) => hold("action", Comparison::Equal, Value::Text(action.clone())),
            (None, None) => {}
        }
        Ok(Self { filter, beginning: beginning.map(str::to_owned), way, last: None, ended: false })
    }

    /// No row that comes later than this one.
    pub fn until_row(mut self, id: i64) -> Self {
        self.filter = self.filter.and(&Condition::Compare("id", Comparison::AtMost, Value::Int(id)));
        self
    }

    /// The next page; `None` after the last. One may be empty.
    pub async fn next(&mut self, desk: &Desk) -> Result<Option<Vec<Entry>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut filter = self.filter.clone();
        if let Some(last) = self.last {
            let beyond = if self.way == Way::On { Comparison::More } else { Comparison::Less };
            filter = filter.and(&Condition::Compare("id", beyond, Value::Int(last)));
        }
        let mut page = audit::page(&desk.cx, filter, self.way == Way::Back).await?;
        self.last = page.last().map(|entry| entry.id);
        self.ended = page.is_empty();
        if let Some(beginning) = &self.beginning {
            page.retain(|entry| entry.action.starts_with(beginning));
        }
        Ok((!self.ended).then_some(page))
    }
}

/// A deed that this release never writes down: it may be one of another release's, so it is looked for all the same.
fn warn_of_unknown(action: &str) {
    let is_known = match action.strip_suffix('*') {
        Some(beginning) => audit::ACTIONS.iter().any(|known| known.starts_with(beginning)),
        None => audit::ACTIONS.contains(&action),
    };
    if !is_known {
        let near = nearest(action, audit::ACTIONS.iter().copied(), 1);
        let near = near.first().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        output::say(&format!("warning: there is no action `{action}`{near}"));
    }
}

/// A time in RFC 3339, the beginning of a day in UTC, or so long ago.
fn moment(flag: &str, text: &str, now: Timestamp) -> Result<Timestamp, Refusal> {
    let ago = Span::read(text).and_then(|span| i64::try_from(span.0.as_secs()).ok());
    if let Some(seconds) = ago {
        return Ok(now.plus_seconds(-seconds));
    }
    let time = text.parse::<jiff::Timestamp>().ok();
    // A time of day without an offset would be read as a day, too.
    let day = text.len() == "2026-11-29".len();
    let day = || text.parse::<jiff::civil::Date>().ok().filter(|_| day)?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let found = time.or_else(|| day().map(|day| day.timestamp()));
    found.map(|found| Timestamp(found.as_microsecond())).ok_or_else(|| {
        let message = format!(
            "`{flag}` cannot be `{text}`; allowed: 2026-11-29, 2026-11-29T12:00:00Z, or how long ago, like 12h or 7d"
        );
        Refusal::input(flag, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now = Timestamp(1_764_417_600_000_000);
        let read = |text: &str| moment("--since", text, now).map(|at| at.to_string());
        assert_eq!(read("2025-11-29").unwrap(), "2025-11-29T00:00:00Z");
        assert_eq!(read("2025-11-29T13:00:00+01:00").unwrap(), "2025-11-29T12:00:00Z");
        assert_eq!(read("12h").unwrap(), "2025-11-29T00:00:00Z");
        for wrong in ["", "yesterday", "2025-13-01", "2025-11-29T12:00:00", "-1d"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
