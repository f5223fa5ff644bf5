//! Who did what, to whom, through which credential: one row for each change, in the change's own transaction.

mod actions;
pub mod export;
pub mod graphql;
mod store;

pub use actions::ACTIONS;

use crate::caller::{Caller, Credential};
use crate::context::Context;
use crate::error::Error;
use crate::id::UserId;
use crate::lists::{Listing, Wanted};
use crate::storage::{Filter, Tx};
use crate::world::{Timestamp, World};

/// What was done, and to what.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// The deed: `token.create`, `user.disable`, `session.begin`, …
    pub action: &'static str,
    /// What kind of thing it was done to: `user`, `role`, `token`, `session`.
    pub subject_type: &'static str,
    /// Its number.
    pub subject_id: Option<i64>,
    /// Its name at the time.
    pub subject: Option<&'a str>,
    /// What else is worth knowing. Never a secret.
    pub details: Option<String>,
    /// Who did it, where that is known by the deed itself: whoever signs in comes as a stranger. `None`: the caller.
    pub by: Option<Doer<'a>>,
}

/// Who did something that proved who they are.
#[derive(Debug, Clone, Copy)]
pub struct Doer<'a> {
    /// Their user name.
    pub name: &'a str,
    /// Their number.
    pub id: UserId,
    /// By what they proved it.
    pub credential: &'static str,
}

impl<'a> Event<'a> {
    /// A deed done to the thing of this kind, number and name.
    #[must_use]
    pub const fn on(action: &'static str, subject_type: &'static str, id: i64, name: &'a str) -> Self {
        Self { action, subject_type, subject_id: Some(id), subject: Some(name), details: None, by: None }
    }

    /// A deed that is done to no one thing.
    #[must_use]
    pub const fn about(action: &'static str, subject_type: &'static str) -> Self {
        Self { action, subject_type, subject_id: None, subject: None, details: None, by: None }
    }

    /// The same, done by this person.
    #[must_use]
    pub const fn by(mut self, doer: Doer<'a>) -> Self {
        self.by = Some(doer);
        self
    }

    /// The same with details.
    #[must_use]
    pub fn with(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }
}

/// A row as it is stored.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub action: String,
    /// Who did it, by the name of then.
    pub actor: String,
    /// The user who did it.
    pub actor_user_id: Option<i64>,
    /// Through what, by the name of then.
    pub credential: String,
    /// The token it was done through.
    pub credential_token_id: Option<i64>,
    /// To what, by the name of then.
    pub subject: Option<String>,
    /// Of what kind that is.
    pub subject_type: Option<String>,
    /// Its number.
    pub subject_id: Option<i64>,
    /// From which address.
    pub ip: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What else is worth knowing.
    pub details: Option<String>,
}

/// How many of a list a row names.
const NAMED: usize = 50;

/// As much of a list as a row names.
#[must_use]
pub fn some(all: &[String]) -> String {
    match all.len() {
        count if count > NAMED => format!("{}, and {} more", all[..NAMED].join(", "), count - NAMED),
        _ => all.join(", "),
    }
}

/// What the trail can be searched and sorted by.
pub const LISTING: &Listing = &store::LISTING;

/// The rows that are wanted, and how many there are of them in all.
///
/// # Errors
/// When the database fails.
pub async fn list(cx: &Context, wanted: Wanted) -> Result<(Vec<Entry>, i64), Error> {
    cx.storage.read(move |tx| store::list(tx, &wanted)).await
}

/// The first rows that fit, from the oldest or from the newest, as many as a page has.
///
/// # Errors
/// When the database fails.
pub async fn page(cx: &Context, filter: Filter, from_newest: bool) -> Result<Vec<Entry>, Error> {
    cx.storage.read(move |tx| store::page(tx, &filter, from_newest)).await
}

/// The number of the newest row; 0 where there is none.
///
/// # Errors
/// When the database fails.
pub fn newest(tx: &mut Tx) -> Result<i64, Error> {
    store::newest(tx).map(|(id, _)| id)
}

/// When the newest row was written.
///
/// # Errors
/// When the database fails.
pub fn newest_at(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    store::newest(tx).map(|(_, at)| at)
}

/// Writes the row.
///
/// # Errors
/// When the database fails; the change then fails with it.
pub fn record(tx: &mut Tx, world: &World, caller: &Caller, event: &Event<'_>) -> Result<(), Error> {
    if let Some(Doer { name, id, credential }) = event.by {
        return store::insert(tx, world.now(), (name, Some(id.0)), (credential, caller), event);
    }
    let person = caller.identity().person.as_ref();
    let (actor, credential) = match &caller.identity().credential {
        Credential::Operator(user) => (format!("operator {user}"), "command line".to_owned()),
        Credential::Nothing => ("nobody".to_owned(), "none".to_owned()),
        Credential::Session(session) => (named(person), format!("session {}", session.id)),
        Credential::Token(token) => (named(person), format!("token {}", token.name)),
    };
    store::insert(tx, world.now(), (&actor, person.map(|person| person.id.0)), (&credential, caller), event)
}

/// Writes down what the operator did where there is no caller yet: to the database as a whole.
///
/// # Errors
/// When the database fails.
pub fn record_operator(tx: &mut Tx, world: &World, user: &str, event: &Event<'_>) -> Result<(), Error> {
    store::insert_plain(tx, world.now(), (&format!("operator {user}"), "command line"), event)
}

/// Writes down what the server itself noticed: nobody did it.
///
/// # Errors
/// When the database fails.
pub fn notice(tx: &mut Tx, world: &World, event: &Event<'_>) -> Result<(), Error> {
    store::insert_plain(tx, world.now(), ("doorward", "none"), event)
}

fn named(person: Option<&crate::caller::Person>) -> String {
    person.map_or_else(|| "nobody".to_owned(), |person| person.username.clone())
}
