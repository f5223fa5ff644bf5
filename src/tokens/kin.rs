//! What belongs to the tokens of one list: their users, parents, children, documents, and what they come to. Each is
//! read for all of them in one query, at every level.

use super::chain::cut;
use super::{Token, store};
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::{TokenId, UserId};
use crate::lists::Siblings;
use crate::permission::Granted;
use crate::roles;
use crate::secret::Digest;
use crate::storage::Tx;
use crate::users::{self, User};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many tokens one list leads to at most, by way of parents and children: each level can hold as many times more
/// as a token has children.
const MOST_KIN: usize = 10_000;

/// The tokens of one list.
#[derive(Debug, Clone)]
pub struct Kin {
    users: Siblings<UserId, Arc<User>>,
    parents: Siblings<TokenId, Arc<Token>>,
    children: Siblings<TokenId, Vec<Arc<Token>>>,
    documents: Siblings<TokenId, Vec<String>>,
    effective: Siblings<TokenId, Arc<Granted>>,
    /// How many tokens the list has led to so far.
    met: Arc<AtomicUsize>,
}

impl Kin {
    /// A list that was not reached by another.
    pub(super) fn nobody() -> Self {
        Self::of(&[], Arc::default())
    }

    fn of(tokens: &[Token], met: Arc<AtomicUsize>) -> Self {
        let ids = || tokens.iter().map(|token| token.id);
        Self {
            users: Siblings::of(tokens.iter().map(|token| token.user)),
            parents: Siblings::of(tokens.iter().filter_map(|token| token.parent)),
            children: Siblings::of(ids()),
            documents: Siblings::of(tokens.iter().filter(|token| token.held_to_documents).map(|token| token.id)),
            effective: Siblings::of(ids()),
            met,
        }
    }

    /// Makes tokens each other's kin.
    pub(super) fn unite(tokens: &mut [Token], met: Arc<AtomicUsize>) {
        let kin = Self::of(tokens, met);
        tokens.iter_mut().for_each(|token| token.kin = kin.clone());
    }

    fn meet(&self, more: usize) -> Result<(), Refusal> {
        if self.met.fetch_add(more, Ordering::Relaxed) + more <= MOST_KIN {
            return Ok(());
        }
        let message =
            format!("`parent` and `children` lead to more than {MOST_KIN} tokens here: ask for fewer at once");
        Err(Refusal::new(Code::LimitExceeded, message))
    }
}

impl Token {
    /// Whose it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owner(&self, cx: &Context) -> Result<Arc<User>, Error> {
        let read = |ids| {
            cx.storage.read(move |tx| {
                let users = users::of(tx, ids)?;
                Ok(users.into_iter().map(|user| (user.person.id, Arc::new(user))).collect())
            })
        };
        let owner = self.kin.users.get(self.user, read).await?;
        owner.ok_or_else(|| Refusal::not_found("there is no such user").into())
    }

    /// The token that made it.
    ///
    /// # Errors
    /// When the database fails; when too many are asked for.
    pub async fn made_by(&self, cx: &Context) -> Result<Option<Arc<Self>>, Error> {
        let Some(parent) = self.parent else { return Ok(None) };
        let met = Arc::clone(&self.kin.met);
        let read = |ids| {
            cx.storage.read(move |tx| {
                let mut tokens = store::of(tx, ids)?;
                Kin::unite(&mut tokens, met);
                Ok(tokens.into_iter().map(|token| (token.id, Arc::new(token))).collect())
            })
        };
        self.kin.meet(1)?;
        self.kin.parents.get(parent, read).await
    }

    /// The tokens that it made.
    ///
    /// # Errors
    /// When the database fails; when too many are asked for.
    pub async fn made(&self, cx: &Context) -> Result<Vec<Arc<Self>>, Error> {
        let kin = self.kin.clone();
        let read = |ids| {
            cx.storage.read(move |tx| {
                let mut tokens = store::of_parents(tx, ids, MOST_KIN + 1)?;
                // Those of all siblings are read at once, and then met one sibling after the other.
                if tokens.len() > MOST_KIN {
                    kin.meet(tokens.len())?;
                }
                Kin::unite(&mut tokens, Arc::clone(&kin.met));
                let mut of: HashMap<TokenId, Vec<Arc<Self>>> = HashMap::new();
                for token in tokens {
                    of.entry(token.parent.unwrap_or(token.id)).or_default().push(Arc::new(token));
                }
                Ok(of)
            })
        };
        let made = self.kin.children.get(self.id, read).await?.unwrap_or_default();
        self.kin.meet(made.len())?;
        Ok(made)
    }

    /// The documents that it is held to, in their normal form; `None`: it may run any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn allowed_documents(&self, cx: &Context) -> Result<Option<Vec<String>>, Error> {
        if !self.held_to_documents {
            return Ok(None);
        }
        let read = |ids| cx.storage.read(move |tx| store::documents(tx, ids));
        Ok(Some(self.kin.documents.get(self.id, read).await?.unwrap_or_default()))
    }

    /// What it comes to now: what its user holds, as it and those that it descends from leave it. One that has ended
    /// comes to nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn effective(&self, cx: &Arc<Context>) -> Result<Arc<Granted>, Error> {
        if !self.works(cx.world.now()) {
            return Ok(Arc::new(cx.surface.nothing()));
        }
        let context = Arc::clone(cx);
        let read = |ids| cx.storage.read(move |tx| effective(tx, &context, ids));
        let found = self.kin.effective.get(self.id, read).await?;
        Ok(found.unwrap_or_else(|| Arc::new(cx.surface.nothing())))
    }
}

/// What a token comes to, and the documents that it is held to; `None`: any.
pub type Bounds = (Granted, Option<Arc<HashSet<Digest>>>);

/// What a token comes to, and the documents that it is held to. One that has ended comes to what it would, so that it can
/// be looked into.
///
/// # Errors
/// When the database fails.
pub fn comes_to(tx: &mut Tx, cx: &Context, id: TokenId) -> Result<Bounds, Error> {
    let held = effective(tx, cx, vec![id])?.remove(&id);
    let held = held.map_or_else(|| cx.surface.nothing(), |held| (*held).clone());
    let mut line = store::ancestry(tx, id)?;
    line.retain(|one| one.held_to_documents);
    let lists = store::document_digests(tx, line.iter().map(|one| one.id).collect())?;
    let mut lists = line.iter().map(|one| lists.get(&one.id).cloned().unwrap_or_default());
    let documents = lists.next().map(|mut left| {
        lists.for_each(|list| left.retain(|one| list.contains(one)));
        Arc::new(left)
    });
    Ok((held, documents))
}

/// What each of these tokens comes to.
fn effective(tx: &mut Tx, cx: &Context, ids: Vec<TokenId>) -> Result<HashMap<TokenId, Arc<Granted>>, Error> {
    let lines = store::ancestries(tx, ids)?;
    let all: BTreeSet<TokenId> = lines.iter().map(|one| one.id).collect();
    let grants = store::grants_of(tx, Vec::from_iter(all))?;
    let owners: BTreeSet<UserId> = lines.iter().map(|one| one.user).collect();
    let held = held(tx, cx, Vec::from_iter(owners))?;
    let mut of: HashMap<TokenId, Vec<&store::Ancestor>> = HashMap::new();
    for one in &lines {
        of.entry(one.descendant).or_default().push(one);
    }
    let mut effective = HashMap::new();
    for (token, line) in of {
        let Some(itself) = line.iter().find(|one| one.id == token) else { continue };
        let Some((person, ordinary)) = held.get(&itself.user) else { continue };
        let everything = person.holds_everything(Some(itself.confirmed_at));
        let theirs = if everything { cx.surface.everything() } else { ordinary.clone() };
        let none = Vec::new();
        let narrowings = line.iter().filter(|one| one.narrowed);
        let narrowings = narrowings.map(|one| grants.get(&one.id).unwrap_or(&none).as_slice());
        let read_only = line.iter().any(|one| one.read_only);
        effective.insert(token, Arc::new(cut(&cx.surface, theirs, narrowings, read_only)));
    }
    Ok(effective)
}

/// What these users hold without being super administrators, and who they are.
fn held(
    tx: &mut Tx,
    cx: &Context,
    ids: Vec<UserId>,
) -> Result<HashMap<UserId, (crate::caller::Person, Granted)>, Error> {
    let mut roles = roles::of_users(tx, ids.clone())?;
    let users = users::of(tx, ids)?.into_iter().map(|user| {
        let theirs = roles.remove(&user.person.id).unwrap_or_default();
        (user.person.id, (user.person, roles::of_roles(&cx.surface, &theirs)))
    });
    Ok(users.collect())
}
