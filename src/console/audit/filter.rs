//! Which rows of the log are wanted: what the form above it says, as a search.

use super::words::KINDS;
use crate::console::call::Call;
use crate::console::form::Form;
use crate::world::Timestamp;
use serde_json::{Value, json};

/// The fields of the form.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Words that stand anywhere.
    pub anywhere: String,
    /// An action, or with `*` at its end all of a kind.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// To what.
    pub subject: String,
    /// Through which credential.
    pub credential: String,
    /// Through the token of this number.
    pub token: Option<i64>,
    /// From this day on.
    pub since: String,
    /// Up to and with this day.
    pub until: String,
}

impl Filter {
    /// What stands in a URL.
    pub fn of(query: &Form) -> Self {
        let text = |name| query.get(name).trim().to_owned();
        Self {
            anywhere: text("q"),
            action: text("action"),
            actor: text("actor"),
            subject: text("subject"),
            credential: text("credential"),
            // What is no number is that of no token.
            token: query.text("token").map(|token| token.parse().unwrap_or(0)),
            since: text("since"),
            until: text("until"),
        }
    }

    /// Whether anything is asked for.
    pub fn is_empty(&self) -> bool {
        self.said().is_empty()
    }

    /// Whether one of those is set that stand behind "More filters".
    pub fn has_more(&self) -> bool {
        let more = [&self.actor, &self.subject, &self.credential, &self.since, &self.until];
        self.token.is_some() || more.iter().any(|text| !text.is_empty())
    }

    /// Why a day is none; the form shows it at its field.
    pub fn wrong_day(&self, field: &str) -> Option<&'static str> {
        let text = if field == "since" { &self.since } else { &self.until };
        let wrong = !text.is_empty() && day(text).is_none();
        wrong.then_some("This is no day: write it like 2026-11-29.")
    }

    /// Whether a day is none, so that more would be found than was asked for.
    pub fn has_wrong_day(&self) -> bool {
        ["since", "until"].iter().any(|field| self.wrong_day(field).is_some())
    }

    /// The filters that are set, with their names: for the row that an export writes.
    pub fn said(&self) -> Vec<String> {
        let token = self.token.map(|token| token.to_string()).unwrap_or_default();
        let all = [
            ("since", &self.since),
            ("until", &self.until),
            ("actor", &self.actor),
            ("action", &self.action),
            ("subject", &self.subject),
            ("credential", &self.credential),
            ("token", &token),
            ("anywhere", &self.anywhere),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name} {value}")).collect()
    }

    /// The same call, for these rows; `also` are comparisons of numbers besides.
    pub fn on(&self, call: Call, also: &[Value]) -> Call {
        let exact = |attribute: &str, value: &str| json!({ "attribute": attribute, "search_value": value });
        let within = |attribute: &str, value: &str| json!({ "attribute": attribute, "search_value": value, "partial_matching": true });
        let mut strings = Vec::new();
        match self.action.strip_suffix('*') {
            Some(beginning) => strings.push(within("action", beginning)),
            None if !self.action.is_empty() => strings.push(exact("action", &self.action)),
            None => {}
        }
        for (attribute, value) in [("actor", &self.actor), ("subject", &self.subject), ("credential", &self.credential)]
        {
            if !value.is_empty() {
                strings.push(within(attribute, value));
            }
        }
        let mut numbers = also.to_vec();
        numbers.extend(
            self.token.map(|token| json!({ "attribute": "credential_token_id", "search_value": token.to_string() })),
        );
        let at = |operator: &str, at: Timestamp| json!({ "attribute": "at", "operator": operator, "search_value": at.to_string() });
        let mut times = Vec::new();
        times.extend(day(&self.since).map(|day| at("GTE", day)));
        times.extend(day(&self.until).map(|day| at("LT", day.plus_days(1))));
        let mut search = serde_json::Map::new();
        for (name, comparisons) in [("string_fields", strings), ("integer_fields", numbers), ("datetime_fields", times)]
        {
            if !comparisons.is_empty() {
                search.insert(name.into(), comparisons.into());
            }
        }
        let call = if search.is_empty() { call } else { call.with("search", json!([search])) };
        if self.anywhere.is_empty() { call } else { call.with("general_search", self.anywhere.as_str()) }
    }

    /// Whether this action, or this kind of them, is the one that is chosen.
    pub fn is_action(&self, action: &str) -> bool {
        self.action == action
    }

    /// Whether the form cannot offer the action that is asked for.
    pub fn is_other_action(&self) -> bool {
        let all = KINDS.iter().flat_map(|kind| kind.actions).map(|(action, ..)| *action);
        let kinds = KINDS.iter().map(|kind| kind.beginning);
        let beginning = self.action.strip_suffix('*');
        !self.action.is_empty()
            && !all.into_iter().any(|action| action == self.action)
            && !kinds.into_iter().any(|kind| beginning == Some(kind))
    }
}

/// When a day begins, in UTC.
fn day(text: &str) -> Option<Timestamp> {
    let day = text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == "2026-11-29".len())?;
    let begins = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(begins.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(query: &str) -> Value {
        let filter = Filter::of(&Form::parse(query.as_bytes()));
        Value::Object(filter.on(Call::new(""), &[]).variables)
    }

    #[test]
    fn a_filter_becomes_a_search() {
        assert_eq!(variables(""), json!({}));
        assert_eq!(variables("q=lost&page=2"), json!({ "general_search": "lost" }));
        assert_eq!(
            variables("action=token.*&actor=ada"),
            json!({ "search": [{ "string_fields": [
                { "attribute": "action", "search_value": "token.", "partial_matching": true },
                { "attribute": "actor", "search_value": "ada", "partial_matching": true },
            ] }] })
        );
        assert_eq!(
            variables("since=2026-11-28&until=2026-11-28&token=7"),
            json!({ "search": [{
                "integer_fields": [{ "attribute": "credential_token_id", "search_value": "7" }],
                "datetime_fields": [
                    { "attribute": "at", "operator": "GTE", "search_value": "2026-11-28T00:00:00Z" },
                    { "attribute": "at", "operator": "LT", "search_value": "2026-11-29T00:00:00Z" },
                ],
            }] })
        );
    }

    #[test]
    fn what_is_no_day_is_said_and_left_out() {
        let filter = Filter::of(&Form::parse(b"since=yesterday&until=2026-11-28"));
        assert!(filter.wrong_day("since").is_some() && filter.wrong_day("until").is_none());
        assert_eq!(variables("since=yesterday"), json!({}));
    }
}
