//! Personal access tokens: named, expiring keys of a user, which may do what the user may do, or less.

mod chain;
mod confirm;
mod create;
mod documents;
pub mod graphql;
mod kin;
mod last_use;
mod narrowings;
mod revoke;
mod rotate;
mod store;
mod update;

pub use chain::{Chain, Link, live};
pub use confirm::confirm;
pub use create::{Issued, NewToken, create};
pub use kin::{Bounds, Kin, comes_to};
pub use last_use::LastUses;
pub use narrowings::narrowings;
pub use revoke::{Revocation, revoke, revoke_any};
pub use rotate::rotate;
pub use update::{Changes, update};

use crate::addresses::Ranges;
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Code, Error, Reason, Refusal};
use crate::id::{TokenId, UserId};
use crate::lists::{Listing, Wanted};
use crate::permission::PinnedGrant;
use crate::storage::Tx;
use crate::world::Timestamp;

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
    /// Whether it may run certain documents alone.
    pub held_to_documents: bool,
    /// Where it may be used from; `None`: anywhere.
    pub ip_ranges: Option<Ranges>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person last stood by it; of a token that a token made, at first when one last stood by that.
    pub confirmed_at: Timestamp,
    /// How long it was given when it was made, in seconds.
    pub lifetime_seconds: i64,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Until when the secret before the last rotation works.
    pub previous_until: Option<Timestamp>,
    /// When, from where and with what it was last used.
    pub last_used: Option<LastUsed>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Why.
    pub revoke_reason: Option<String>,
    /// Whether it was revoked because its secret was in wrong hands.
    pub compromised: bool,
    /// Whether its user is enabled.
    pub user_enabled: bool,
    /// Those of the same list, and what belongs to each.
    pub kin: Kin,
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
    /// It was revoked because its secret was in wrong hands.
    Compromised,
    /// Its user is disabled.
    UserDisabled,
}

impl Token {
    /// How the token stands at this moment.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> TokenStatus {
        if self.compromised {
            TokenStatus::Compromised
        } else if self.revoked_at.is_some() {
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

    /// Whether it can be used at this moment.
    #[must_use]
    pub fn works(&self, now: Timestamp) -> bool {
        matches!(self.status(now), TokenStatus::Active | TokenStatus::Expiring)
    }

    /// A token that was revoked stays as it is.
    fn not_revoked(&self) -> Result<(), Refusal> {
        if self.revoked_at.is_none() {
            return Ok(());
        }
        let message = format!("token {} was revoked, and that is for ever: make a new one", self.id);
        Err(Refusal::input("id", message))
    }
}

/// What the tokens can be searched and sorted by.
pub const LISTING: &Listing = &store::LISTING;

/// The tokens that are wanted, and how many there are of them in all; those of one user, or everyone's: one's own and
/// everyone's are different fields.
///
/// # Errors
/// When the database fails.
pub async fn list(cx: &Context, user: Option<UserId>, wanted: Wanted) -> Result<(Vec<Token>, i64), Error> {
    cx.storage.read(move |tx| store::list(tx, user, wanted)).await
}

/// The token of this number, whosever it is.
///
/// # Errors
/// Says so when there is none.
pub fn find(tx: &mut Tx, id: TokenId) -> Result<Token, Error> {
    store::find(tx, id)?.ok_or_else(|| not_there(id, "").into())
}

/// The caller's own token of this number; for the operator anyone's.
fn own(tx: &mut Tx, caller: &Caller, id: TokenId) -> Result<Token, Error> {
    if caller.is_operator() {
        return find(tx, id);
    }
    let user = caller.person()?.id;
    let found = store::find(tx, id)?.filter(|token| token.user == user);
    found.ok_or_else(|| not_there(id, " of yours").into())
}

/// A token changes and rotates itself alone.
fn itself_alone(caller: &Caller, token: &Token) -> Result<(), Refusal> {
    match caller.token() {
        Some(by) if by.id != token.id => {
            let message = "a token changes and rotates itself alone; others take a session";
            Err(Refusal::new(Code::Forbidden, message).because(Reason::SessionRequired))
        }
        _ => Ok(()),
    }
}

fn not_there(id: TokenId, of_whom: &str) -> Refusal {
    Refusal { field: Some("id".into()), ..Refusal::not_found(format!("there is no token {id}{of_whom}")) }
}

/// Notes the last use of a token.
///
/// # Errors
/// When the database fails.
pub fn used(tx: &mut Tx, id: TokenId, last: &LastUsed) -> Result<(), Error> {
    store::used(tx, id, last)
}
