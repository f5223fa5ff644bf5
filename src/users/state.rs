//! Disabling and enabling a user.

use super::{User, by_name, find, may_act_on, numbered, password_link, store};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::id::UserId;
use crate::roles::Holding;
use crate::storage::{Subject, Tx};
use std::sync::Arc;

/// Which user is meant.
#[derive(Debug, Clone)]
pub enum Which {
    /// By user name or email address, however it is written.
    Named(String),
    /// By number.
    Numbered(UserId),
}

impl From<&str> for Which {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl From<UserId> for Which {
    fn from(id: UserId) -> Self {
        Self::Numbered(id)
    }
}

impl Which {
    /// Reads that user.
    ///
    /// # Errors
    /// Says so when there is none.
    pub fn find(&self, tx: &mut Tx) -> Result<User, Error> {
        match self {
            Self::Named(name) => by_name(tx, name),
            Self::Numbered(id) => numbered(tx, *id),
        }
    }

    const fn field(&self) -> &'static str {
        match self {
            Self::Named(_) => "username",
            Self::Numbered(_) => "id",
        }
    }
}

/// Disables or enables a user. Disabling ends their sessions, stops their tokens and ends a link to set a password at
/// once; enabling brings back those tokens that were not revoked meanwhile, and nothing else.
///
/// # Errors
/// A user that does not exist, or who holds what the caller does not; the last super administrator who is enabled.
pub async fn set_enabled(
    cx: &Arc<Context>,
    caller: &Caller,
    which: impl Into<Which>,
    enabled: bool,
) -> Result<User, Error> {
    let (context, caller, which) = (Arc::clone(cx), caller.clone(), which.into());
    cx.storage
        .change(move |tx| {
            let user = which.find(tx)?;
            let holding = Holding::of(tx, &context, &caller)?;
            may_act_on(tx, &context, &holding, &user)?;
            if user.enabled == enabled {
                return Ok(user);
            }
            let (id, now) = (user.person.id, context.world.now());
            if !enabled && is_last_super_admin(tx, &user)? {
                return Err(last_super_admin(which.field(), &user).into());
            }
            store::set_enabled(tx, id, enabled, now)?;
            store::end_sessions(tx, id, now)?;
            password_link::end(tx, id)?;
            password_link::end_made_by(tx, id)?;
            let action = if enabled { "user.enable" } else { "user.disable" };
            audit::record(tx, &context.world, &caller, &Event::on(action, "user", id.0, &user.person.username))?;
            tx.tell(Subject::User(id.0))?;
            find(tx, id)
        })
        .await
}

/// Whether nobody else who is enabled is a super administrator.
pub(super) fn is_last_super_admin(tx: &mut Tx, user: &User) -> Result<bool, Error> {
    Ok(user.enabled && user.person.super_admin_since.is_some() && store::super_admins(tx)? == 1)
}

pub(super) fn last_super_admin(field: &str, user: &User) -> Refusal {
    let name = &user.person.username;
    Refusal::input(field, format!("`{name}` is the last super administrator who is enabled; make another first"))
}
