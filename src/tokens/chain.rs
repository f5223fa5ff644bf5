//! Who made whom: a token's ancestors, which cut it down, and its descendants, which may end with it.

use super::store;
use crate::addresses::Ranges;
use crate::caller::{Caller, Credential};
use crate::error::{Code, Error, Reason, Refusal};
use crate::id::{TokenId, UserId};
use crate::permission::{Granted, PinnedGrant, Surface};
use crate::secret::Digest;
use crate::sessions;
use crate::storage::{Subject, Tx};
use crate::world::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// With more descendants than this, everything counts as changed.
const TOLD_ONE_BY_ONE: usize = 1_000;

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
    /// When the secret that was presented ends.
    pub expires_at: Timestamp,
    /// Whether that secret is the one before the last rotation.
    pub previous: bool,
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
    /// The documents that it is held to, each by its digest.
    pub documents: Option<HashSet<Digest>>,
    /// Where it may be used from.
    pub ip_ranges: Option<Ranges>,
}

impl Chain {
    /// Whether it or one that it descends from may run no mutation.
    #[must_use]
    pub fn read_only(&self) -> bool {
        self.links.iter().any(|link| link.read_only)
    }

    /// What the chain leaves of what its user holds.
    #[must_use]
    pub fn cut(&self, surface: &Surface, held: Granted) -> Granted {
        let narrowings = self.links.iter().filter_map(|link| link.narrowing.as_deref());
        cut(surface, held, narrowings, self.read_only())
    }

    /// The documents that every link of it lets run; `None`: any.
    #[must_use]
    pub fn documents(&self) -> Option<Arc<HashSet<Digest>>> {
        let mut lists = self.links.iter().filter_map(|link| link.documents.as_ref());
        let first = lists.next()?.clone();
        let mut left = first;
        lists.for_each(|list| left.retain(|one| list.contains(one)));
        Some(Arc::new(left))
    }

    /// The ranges of every link that has some.
    #[must_use]
    pub fn ip_ranges(&self) -> Vec<Ranges> {
        self.links.iter().filter_map(|link| link.ip_ranges.clone()).collect()
    }
}

/// What narrowings leave of what is held, and being read-only of that.
pub(super) fn cut<'a>(
    surface: &Surface,
    mut held: Granted,
    narrowings: impl Iterator<Item = &'a [PinnedGrant]>,
    read_only: bool,
) -> Granted {
    for narrowing in narrowings {
        held.intersect_with(&surface.compile(narrowing, false));
    }
    if read_only { surface.without_mutations(&held) } else { held }
}

/// Looks a presented token up. For `guard` alone.
///
/// # Errors
/// When the database fails.
pub fn live(tx: &mut Tx, digest: Digest) -> Result<Option<Chain>, Error> {
    let Some(mut chain) = store::by_hash(tx, digest)? else { return Ok(None) };
    let line = store::ancestry(tx, chain.id)?;
    let those = |which: fn(&store::Ancestor) -> bool| -> Vec<TokenId> {
        line.iter().filter(|one| which(one)).map(|one| one.id).collect()
    };
    let mut grants = store::grants_of(tx, those(|one| one.narrowed))?;
    let mut digests = store::document_digests(tx, those(|one| one.held_to_documents))?;
    for ancestor in line {
        let store::Ancestor { id, read_only, narrowed, held_to_documents, ip_ranges, .. } = ancestor;
        let narrowing = narrowed.then(|| grants.remove(&id).unwrap_or_default());
        let documents = held_to_documents.then(|| digests.remove(&id).unwrap_or_default());
        chain.links.push(Link { id, read_only, narrowing, documents, ip_ranges });
    }
    Ok(Some(chain))
}

/// Whether `token` is `ancestor` itself or was made by it, or by one that it made.
pub(super) fn descends(tx: &mut Tx, token: TokenId, ancestor: TokenId) -> Result<bool, Error> {
    Ok(store::ancestry(tx, token)?.iter().any(|one| one.id == ancestor))
}

/// When a person last stood by a token or by one that it descends from: from there its line goes on by itself for
/// `tokens.unattended_days`. That somebody stands by a child gives its parent, which may do more, no longer life.
pub(super) fn last_attended(tx: &mut Tx, token: TokenId) -> Result<Option<Timestamp>, Error> {
    Ok(store::ancestry(tx, token)?.iter().map(|one| one.confirmed_at).max())
}

/// Does something to a token and then, where `with_descendants`, to what it made, and so on: the lowest number first.
/// A child is younger than its parent, so this is both parents first and the order in which others lock rows.
///
/// `work` must touch the row: a child that is on its way is then there when the children are read, or finds its parent
/// as it has become.
pub(super) fn walk(
    tx: &mut Tx,
    id: TokenId,
    with_descendants: bool,
    mut work: impl FnMut(&mut Tx, TokenId) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut next = BTreeSet::from([id]);
    while let Some(id) = next.pop_first() {
        work(tx, id)?;
        if with_descendants {
            next.extend(store::children(tx, id)?);
        }
    }
    Ok(())
}

/// Tells that what a token may do has changed, and so what all that descend from it may do.
pub(super) fn tell_all(tx: &mut Tx, id: TokenId) -> Result<(), Error> {
    let mut told = 0;
    walk(tx, id, true, |tx, id| {
        store::touch(tx, id)?;
        told += 1;
        if told > TOLD_ONE_BY_ONE { tx.tell(Subject::Everything) } else { tx.tell(Subject::Token(id.0)) }
    })
}

/// Holds what lets this call in until the transaction ends. It may have ended since the call came: then nothing must
/// come of it that outlives it.
///
/// # Errors
/// When it has ended, or was replaced by a rotation.
pub(super) fn hold_caller(tx: &mut Tx, caller: &Caller) -> Result<(), Error> {
    let holds = match &caller.identity().credential {
        Credential::Token(token) => match store::hold_live(tx, token.id)? {
            // Rotated since the call came in: what its holder may not do now, they may not begin to do before.
            Some(current) if !token.digest.same(&current) => return Err(replaced().into()),
            held => held.is_some(),
        },
        Credential::Session(session) => sessions::hold_live(tx, session.id)?,
        Credential::Nothing | Credential::Operator(_) => true,
    };
    if holds {
        return Ok(());
    }
    let ended = Refusal::new(Code::Unauthenticated, "what this call was made with has ended");
    Err(ended.because(Reason::TokenRevoked).into())
}

/// A secret that was replaced by rotation goes on working for a while, and makes and changes nothing that would outlive
/// it.
///
/// # Errors
/// For such a secret.
pub(super) fn not_previous(caller: &Caller) -> Result<(), Refusal> {
    // What is made by who acts as a narrow token would be as wide as they are.
    caller.is_themselves()?;
    if caller.token().is_some_and(|token| token.previous) { Err(replaced()) } else { Ok(()) }
}

fn replaced() -> Refusal {
    let message =
        "this secret was replaced by a rotation: it neither makes, changes nor rotates tokens; use the new one";
    Refusal::new(Code::Forbidden, message)
}
