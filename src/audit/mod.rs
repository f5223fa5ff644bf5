//! Who did what, to whom, through which credential: one row for each change, in the change's own transaction.

mod store;

use crate::caller::{Caller, Credential};
use crate::error::Error;
use crate::storage::Tx;
use crate::world::World;

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
}

impl<'a> Event<'a> {
    /// A deed done to the thing of this kind, number and name.
    #[must_use]
    pub const fn on(action: &'static str, subject_type: &'static str, id: i64, name: &'a str) -> Self {
        Self { action, subject_type, subject_id: Some(id), subject: Some(name), details: None }
    }

    /// The same with details.
    #[must_use]
    pub fn with(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }
}

/// Writes the row.
///
/// # Errors
/// When the database fails; the change then fails with it.
pub fn record(tx: &mut Tx, world: &World, caller: &Caller, event: &Event<'_>) -> Result<(), Error> {
    let person = caller.identity().person.as_ref();
    let (actor, credential) = match &caller.identity().credential {
        Credential::Operator(user) => (format!("operator {user}"), "command line".to_owned()),
        Credential::Nothing => ("nobody".to_owned(), "none".to_owned()),
        Credential::Session(session) => (named(person), format!("session {}", session.id)),
        Credential::Token(token) => (named(person), format!("token {}", token.name)),
    };
    store::insert(tx, world.now(), (&actor, person.map(|person| person.id.0)), (&credential, caller), event)
}

fn named(person: Option<&crate::caller::Person>) -> String {
    person.map_or_else(|| "nobody".to_owned(), |person| person.username.clone())
}
