//! Users: the list, one of them, adding one, and what can be done with each. They are disabled, never deleted.

mod create;
mod edit;
mod export;
mod field;
mod given;
mod link;
mod list;
mod password;
mod show;
mod state;

pub(super) use field::Field;
pub(super) use list::LIST;

use super::form::Form;
use super::stop::Stop;
use super::visit::Visit;
use super::when::When;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;

/// A user, as pages ask for them; what a page does not ask for is not there.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    /// Their number.
    pub id: String,
    /// The name they sign in with.
    pub username: String,
    /// Their full name.
    pub name: String,
    /// The name that others see.
    pub public_name: Option<String>,
    /// Where mail reaches them.
    pub email_address: Option<String>,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether they hold everything.
    #[serde(default)]
    pub super_admin: bool,
    /// The API's own id of them.
    pub external_id: Option<String>,
    /// The roles they were given.
    #[serde(default)]
    pub roles: Vec<Given>,
    /// Since when they have an account.
    pub created_at: Option<When>,
    /// When they last made a request.
    pub last_seen_at: Option<When>,
}

/// A role that somebody was given, or may be.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Given {
    /// Its number.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether everybody has it, or nobody is given it.
    #[serde(default)]
    pub built_in: bool,
}

impl User {
    /// The first letter of their name.
    pub fn initial(&self) -> String {
        self.name.chars().next().unwrap_or('?').to_uppercase().to_string()
    }

    /// How they stand, in words.
    pub const fn status(&self) -> &'static str {
        match (self.enabled, &self.last_seen_at) {
            (false, _) => "Disabled",
            (true, None) => "Not signed in yet",
            (true, Some(_)) => "Active",
        }
    }

    /// The same as the class of a badge.
    pub const fn status_class(&self) -> &'static str {
        match (self.enabled, &self.last_seen_at) {
            (false, _) => "badge bad",
            (true, None) => "badge",
            (true, Some(_)) => "badge ok",
        }
    }
}

/// The entities of a list, where their pages do not matter.
#[derive(Debug, Deserialize)]
pub(super) struct Entities<T> {
    /// What is in it.
    pub entities: Vec<T>,
}

/// Answers below `/users`.
pub(super) async fn answer(visit: &Visit, segments: &[&str], form: Option<&Form>) -> Result<Response<Body>, Stop> {
    match (segments, form) {
        ([], None) => list::page(visit).await,
        (["new"], None) => create::page(visit).await,
        (["new"], Some(form)) => create::submit(visit, form).await,
        ([id, ..], _) if id.parse::<i64>().is_err() => Err(Stop::NotFound),
        ([id], None) => show::page(visit, id).await,
        ([id, "edit"], None) => edit::page(visit, id).await,
        ([id, "edit"], Some(form)) => edit::submit(visit, id, form).await,
        ([id, "roles"], None) => given::page(visit, id).await,
        ([id, "roles"], Some(form)) => given::submit(visit, id, form).await,
        ([id, "password"], None) => password::page(visit, id).await,
        ([id, "password"], Some(form)) => password::submit(visit, id, form).await,
        ([id, "disable"], None) => state::page(visit, id).await,
        ([id, "disable"], Some(form)) => state::disable(visit, id, form).await,
        ([id, "enable"], Some(_)) => state::enable(visit, id).await,
        _ => Err(Stop::NotFound),
    }
}

/// The list as a file.
pub(super) async fn export(visit: &Visit, as_table: bool) -> Result<Response<Body>, Stop> {
    export::answer(visit, as_table).await
}
