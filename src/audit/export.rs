//! The trail as others read it: JSON Lines, and a table for spreadsheets. That it is taken out is itself written down.

use super::{Entry, Event, record, store};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::Error;
use serde_json::{Value, json};
use std::sync::Arc;

/// The columns, named as in GraphQL.
pub const COLUMNS: [&str; 13] = [
    "id",
    "at",
    "action",
    "actor",
    "actor_user_id",
    "credential",
    "credential_token_id",
    "subject",
    "subject_type",
    "subject_id",
    "ip",
    "request_id",
    "details",
];

/// A row, with the names that it has in GraphQL.
#[must_use]
pub fn row(entry: &Entry) -> Value {
    let number = |id: Option<i64>| id.map(|id| id.to_string());
    json!({
        "id": entry.id.to_string(),
        "at": entry.at.to_string(),
        "action": entry.action,
        "actor": entry.actor,
        "actor_user_id": number(entry.actor_user_id),
        "credential": entry.credential,
        "credential_token_id": number(entry.credential_token_id),
        "subject": entry.subject,
        "subject_type": entry.subject_type,
        "subject_id": number(entry.subject_id),
        "ip": entry.ip,
        "request_id": entry.request_id,
        "details": entry.details,
    })
}

/// A row as a line of its own, without the line's end.
#[must_use]
pub fn line(row: &Value) -> String {
    let mut whole = json!({ "json_version": 1 });
    if let (Some(whole), Some(row)) = (whole.as_object_mut(), row.as_object()) {
        whole.extend(row.clone());
    }
    whole.to_string()
}

/// A row as cells, of which no spreadsheet takes any for a formula.
pub fn cells(row: &Value) -> impl Iterator<Item = String> {
    COLUMNS.iter().map(|column| harmless(row[*column].as_str().unwrap_or_default()))
}

/// Writes down that the trail is taken out, and answers the number of that row: the last that goes out. `said` are the
/// filters. To be waited for before anything goes: nothing is taken out where that cannot be written down.
///
/// # Errors
/// When the database fails.
pub async fn note(cx: &Arc<Context>, caller: &Caller, said: &[String]) -> Result<i64, Error> {
    let (context, caller, details) = (Arc::clone(cx), caller.clone(), which(said));
    cx.storage
        .write(move |tx| {
            record(tx, &context.world, &caller, &Event::about("audit.export", "audit").with(details))?;
            store::newest(tx).map(|(id, _)| id)
        })
        .await
}

/// Which part of a list is taken out, by its filters.
#[must_use]
pub fn which(said: &[String]) -> String {
    if said.is_empty() { "all".to_owned() } else { said.join(", ") }
}

/// A cell that no spreadsheet takes for a formula.
#[must_use]
pub fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_made_a_text() {
        for formula in ["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["ada", "", "a=1", "2026-11-29T00:00:00Z"] {
            assert_eq!(harmless(text), text);
        }
    }
}
