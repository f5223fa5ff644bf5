//! Personal access tokens: named, expiring keys of a user, which may do what the user may do, or less.

mod chain;
mod create;
pub mod graphql;
mod last_use;
mod store;

pub use chain::{Chain, Link, live};
pub use create::{Issued, NewToken, create};
pub use last_use::LastUses;

use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::{TokenId, UserId};
use crate::lists::Page;
use crate::names;
use crate::permission::PinnedGrant;
use crate::storage::{Subject, Tx};
use crate::users::{self, User};
use crate::world::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// From how many days before its end a token counts as expiring.
const EXPIRING_DAYS: i64 = 14;

/// A personal access token as stored; never its secret.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its number.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// The token that made it.
    pub parent: Option<TokenId>,
    /// What it is called. Need not be unique.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it may run no mutation.
    pub read_only: bool,
    /// What it is recognised by: the secret's prefix and last four characters.
    pub hint: String,
    /// What it was narrowed to; `None`: not at all.
    pub narrowing: Option<Vec<PinnedGrant>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person last stood by it, or by what it descends from.
    pub confirmed_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When, from where and with what it was last used.
    pub last_used: Option<LastUsed>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Why.
    pub revoke_reason: Option<String>,
    /// Whether its user is enabled.
    pub user_enabled: bool,
    /// Its user, where the list was read with them.
    pub owner: Option<Arc<User>>,
}

/// The last use of a token.
#[derive(Debug, Clone)]
pub struct LastUsed {
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub ip: Option<String>,
    /// With which client.
    pub agent: Option<String>,
}

/// How a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum TokenStatus {
    /// It works.
    Active,
    /// It works, and ends within 14 days.
    Expiring,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// Its user is disabled.
    UserDisabled,
}

impl Token {
    /// How the token stands at this moment.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> TokenStatus {
        if self.revoked_at.is_some() {
            TokenStatus::Revoked
        } else if now >= self.expires_at {
            TokenStatus::Expired
        } else if !self.user_enabled {
            TokenStatus::UserDisabled
        } else if now >= self.expires_at.plus_days(-EXPIRING_DAYS) {
            TokenStatus::Expiring
        } else {
            TokenStatus::Active
        }
    }
}

/// Which tokens a list is of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Of {
    /// Those of this user; `None`: everyone's.
    pub user: Option<UserId>,
    /// This one alone.
    pub id: Option<TokenId>,
}

/// The tokens, the newest last, and how many there are in all. Whose they may be is `of`'s to say: one's own and
/// everyone's are different fields.
///
/// # Errors
/// When the database fails.
pub async fn list(cx: &Context, of: Of, page: Page) -> Result<(Vec<Token>, i64), Error> {
    cx.storage
        .read(move |tx| {
            let (mut tokens, total) = store::list(tx, of, page)?;
            let mut owners: BTreeMap<UserId, Arc<User>> = BTreeMap::new();
            for token in &mut tokens {
                let owner = match owners.get(&token.user) {
                    Some(known) => Arc::clone(known),
                    None => Arc::new(users::find(tx, token.user)?),
                };
                owners.insert(token.user, Arc::clone(&owner));
                token.owner = Some(owner);
            }
            Ok((tokens, total))
        })
        .await
}

/// Revokes a token: from the answer on it is refused.
///
/// A session revokes any of its user's tokens, the operator anyone's; a token itself and those that it made.
///
/// # Errors
/// A token that is not there for this caller.
pub async fn revoke(cx: &Arc<Context>, caller: &Caller, id: TokenId, asked: Revocation) -> Result<Token, Error> {
    if let Some(reason) = &asked.reason {
        names::check_text("reason", reason)?;
    }
    let of = Of { user: if caller.is_operator() { None } else { Some(caller.person()?.id) }, id: Some(id) };
    let of_whom = if caller.is_operator() { "" } else { " of yours" };
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let not_there = || Refusal {
                field: Some("id".into()),
                code: Code::BadUserInput,
                ..Refusal::not_found(format!("there is no token {id}{of_whom}"))
            };
            let token = store::list(tx, of, Page::default())?.0.pop().ok_or_else(not_there)?;
            if let Some(by) = caller.token()
                && !chain::descends(tx, token.id, by.id)?
            {
                let message = "a token revokes itself and those that it made; others take a session";
                return Err(Refusal::new(Code::Forbidden, message).into());
            }
            let reason = asked.reason.clone().or_else(|| asked.compromised.then(|| "compromised".to_owned()));
            // The lowest first: a child is younger than its parent, so this is both parents first and the order in
            // which others lock rows.
            let mut next = BTreeSet::from([token.id]);
            while let Some(id) = next.pop_first() {
                revoke_one(tx, &context, &caller, id, reason.as_deref())?;
                // Only now: a child that was on its way is there, or will find its parent revoked.
                if asked.with_descendants || asked.compromised {
                    next.extend(store::children(tx, id)?);
                }
            }
            store::list(tx, of, Page::default())?.0.pop().ok_or_else(|| not_there().into())
        })
        .await
}

/// How far a revocation reaches, and why.
#[derive(Debug, Clone, Default)]
pub struct Revocation {
    /// The tokens that it made, and those that they made, go along.
    pub with_descendants: bool,
    /// The secret is in wrong hands: the descendants go along in any case.
    pub compromised: bool,
    /// Why, for those who read the list later.
    pub reason: Option<String>,
}

fn revoke_one(tx: &mut Tx, cx: &Context, caller: &Caller, id: TokenId, reason: Option<&str>) -> Result<(), Error> {
    let Some(name) = store::revoke(tx, id, cx.world.now(), reason)? else {
        return Ok(()); // Revoked before: its moment and its reason stay.
    };
    let event = Event { details: reason.map(str::to_owned), ..Event::on("token.revoke", "token", id.0, &name) };
    audit::record(tx, &cx.world, caller, &event)?;
    tx.tell(Subject::Token(id.0))
}

/// Notes the last use of a token.
///
/// # Errors
/// When the database fails.
pub fn used(tx: &mut Tx, id: TokenId, last: &LastUsed) -> Result<(), Error> {
    store::used(tx, id, last)
}
