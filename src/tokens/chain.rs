//! Who made whom: a token's ancestors, which cut it down, and its descendants, which may end with it.

use super::store;
use crate::error::Error;
use crate::id::{TokenId, UserId};
use crate::permission::PinnedGrant;
use crate::secret::Digest;
use crate::storage::Tx;
use crate::world::Timestamp;

/// A token that was presented, and those that it descends from.
#[derive(Debug)]
pub struct Chain {
    /// Its number.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub user: UserId,
    /// Whether that user is enabled.
    pub user_enabled: bool,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When a person last stood by it.
    pub confirmed_at: Timestamp,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Itself first, then its parent, and so on: each cuts what it may do.
    pub links: Vec<Link>,
}

/// What one token of a chain leaves.
#[derive(Debug)]
pub struct Link {
    /// Its number.
    pub id: TokenId,
    /// Whether it may run no mutation.
    pub read_only: bool,
    /// What it was narrowed to.
    pub narrowing: Option<Vec<PinnedGrant>>,
}

/// Looks a presented token up. For `guard` alone.
///
/// # Errors
/// When the database fails.
pub fn live(tx: &mut Tx, digest: Digest) -> Result<Option<Chain>, Error> {
    let Some(mut chain) = store::by_hash(tx, digest)? else { return Ok(None) };
    for (id, read_only, narrowed) in store::ancestry(tx, chain.id)? {
        let narrowing = if narrowed { Some(store::grants(tx, id)?) } else { None };
        chain.links.push(Link { id, read_only, narrowing });
    }
    Ok(Some(chain))
}

/// Whether `token` is `ancestor` itself or was made by it, or by one that it made.
pub(super) fn descends(tx: &mut Tx, token: TokenId, ancestor: TokenId) -> Result<bool, Error> {
    Ok(store::ancestry(tx, token)?.iter().any(|(id, ..)| *id == ancestor))
}
