//! What happened to a token, from the audit trail.

use crate::console::call::Call;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::When;
use serde::Deserialize;
use serde_json::json;

const LOG: &str = "query TokenLog($search: [Search!]) {
  audit_events(
    search: $search
    sorter: [{attribute: \"id\", direction: DESC}]
    paginator: {records_per_page: 10}
  ) {
    entities { at action actor ip details }
  }
}";

/// One thing that happened.
#[derive(Deserialize)]
pub(super) struct Line {
    /// When.
    pub at: When,
    action: String,
    actor: String,
    ip: Option<String>,
    details: Option<String>,
}

impl Line {
    /// In a sentence.
    pub fn text(&self) -> String {
        let did = match self.action.as_str() {
            "token.create" => "Created by",
            "token.rotate" => "Rotated by",
            "token.update" => "Changed by",
            "token.confirm" => "Stood by again by",
            "token.revoke" => "Revoked by",
            other => other,
        };
        let from = self.ip.as_ref().map(|ip| format!(", from {ip}")).unwrap_or_default();
        let details = self.details.as_ref().map(|details| format!(": {details}")).unwrap_or_default();
        format!("{did} {}{from}{details}", self.actor)
    }
}

#[derive(Deserialize)]
struct Answer {
    audit_events: Entities,
}

#[derive(Deserialize)]
struct Entities {
    entities: Vec<Line>,
}

/// What happened to a token, the newest first; `None`: not the visitor's to see.
pub(super) async fn of(visit: &Visit, id: &str) -> Result<Option<Vec<Line>>, Stop> {
    if !visit.may(LOG) {
        return Ok(None);
    }
    let search = json!([{
        "string_fields": [{ "attribute": "subject_type", "search_value": "token" }],
        "integer_fields": [{ "attribute": "subject_id", "search_value": id }],
    }]);
    let answer: Answer = visit.ask(&Call::new(LOG).with("search", search)).await?;
    Ok(Some(answer.audit_events.entities))
}
