//! Personal access tokens: the list, making one, and what can be done with each.

mod created;
mod edit;
mod list;
mod log;
mod new;
mod powers;
mod query;
mod revoke;
mod rotate;
mod show;

use super::form::Form;
use super::stop::Stop;
use super::visit::Visit;
use super::when::{When, counted};
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;

/// A token, as pages ask for it; what a page does not ask for is not there.
#[derive(Debug, Deserialize)]
pub(super) struct Token {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub hint: String,
    pub role: String,
    pub status: String,
    pub permissions: Option<Vec<String>>,
    pub documents: Option<Vec<String>>,
    pub expires_at: When,
    pub last_used_at: Option<When>,
    pub last_used_ip: Option<String>,
    pub revoked_at: Option<When>,
    pub previous_secret_until: Option<When>,
}

impl Token {
    /// Whether it may change something.
    pub fn writes(&self) -> bool {
        self.role == "ROLE_READ_WRITE"
    }

    /// Whether it works no more.
    pub fn has_ended(&self) -> bool {
        !matches!(self.status.as_str(), "ACTIVE" | "EXPIRING")
    }

    /// Its status in a word.
    pub fn status_word(&self) -> &'static str {
        match self.status.as_str() {
            "ACTIVE" => "Active",
            "EXPIRING" => "Expiring",
            "EXPIRED" => "Expired",
            "REVOKED" => "Revoked",
            "COMPROMISED" => "Compromised",
            _ => "User disabled",
        }
    }

    /// The last four characters of its secret.
    pub fn short_hint(&self) -> String {
        let from = self.hint.rfind('…').unwrap_or(0);
        self.hint[from..].to_owned()
    }

    /// What it is held to, in a few words.
    pub fn held(&self) -> String {
        match (&self.documents, &self.permissions) {
            (Some(documents), _) => counted(documents.len(), "document"),
            (None, Some(permissions)) => counted(permissions.len(), "permission"),
            (None, None) => "all that you may".into(),
        }
    }
}

/// Answers below `/tokens`.
pub(super) async fn answer(visit: &Visit, segments: &[&str], form: Option<&Form>) -> Result<Response<Body>, Stop> {
    match (segments, form) {
        ([], None) => list::page(visit).await,
        ([], Some(form)) => new::submit(visit, form).await,
        (["new"], None) => new::page(visit).await,
        (["new", "query"], Some(form)) => Ok(new::told(visit, form).await),
        (["collection"], Some(form)) => Ok(created::collection(form)),
        ([id], None) => show::page(visit, id).await,
        ([id, "seen"], None) => created::seen(visit, id).await,
        ([id, "edit"], None) => edit::page(visit, id).await,
        ([id, "edit"], Some(form)) => edit::submit(visit, id, form).await,
        ([id, "rotate"], None) => rotate::page(visit, id).await,
        ([id, "rotate"], Some(form)) => rotate::submit(visit, id, form).await,
        ([id, "revoke"], None) => revoke::page(visit, id).await,
        ([id, "revoke"], Some(form)) => revoke::submit(visit, id, form).await,
        ([id, "confirm"], Some(_)) => revoke::confirm(visit, id).await,
        _ => Err(Stop::NotFound),
    }
}
