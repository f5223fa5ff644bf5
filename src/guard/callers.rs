//! The cache of verified credentials. An entry counts only as long as nothing that it was made from has changed:
//! every change of powers moves the version of its subject, and each hit compares.

use crate::caller::{Credential, Identity};
use crate::counts::Cached;
use crate::permission::{Granted, Powers, Surface};
use crate::secret::Digest;
use crate::storage::{Event, Subject};
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

/// How many verified credentials are kept.
const KEPT: usize = 50_000;
/// How many different sets of powers are kept: far fewer than credentials, since roles are shared.
const POWERS_KEPT: usize = 2_000;
/// How many changed subjects are remembered one by one; with more, everything counts as changed.
const REMEMBERED: usize = 200_000;

/// Verified credentials, and the versions of what they were made from.
#[derive(Debug, Clone)]
pub struct Callers {
    kept: Arc<Kept>,
    versions: Arc<RwLock<Versions>>,
    powers: Arc<Cache<Granted, Arc<Powers>>>,
    stranger: Arc<RwLock<Option<Arc<Identity>>>>,
    counts: Arc<Cached>,
}

type Kept = Cache<Digest, Arc<Identity>, UnitWeighter, BuildHasherDefault<FirstBytes>>;

/// Takes the first bytes of a digest for its hash: a digest is one already, and of a secret that we have drawn.
#[derive(Debug, Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length, which comes first and is always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// When each subject last changed, as far as this node has heard: counted by the node itself. The database's own
/// numbers would not do, since a database may go back.
#[derive(Debug, Default)]
struct Versions {
    /// How many events this node has heard of.
    heard: u64,
    /// When everything last changed.
    everything: u64,
    /// When any role last did: roles change seldom, and everyone who holds one is read anew.
    roles: u64,
    tokens: HashMap<i64, u64>,
    users: HashMap<i64, u64>,
    sessions: HashMap<i64, u64>,
}

impl Versions {
    fn take_in(&mut self, subject: Subject) {
        self.heard += 1;
        let now = self.heard;
        let changed = match subject {
            Subject::Role(_) => {
                self.roles = now;
                return;
            }
            Subject::Everything => return self.forget(),
            // Whoever serves the schema makes everything anew then: these versions are not for it.
            Subject::Schema => return,
            Subject::Token(id) => self.tokens.insert(id, now),
            Subject::User(id) => self.users.insert(id, now),
            Subject::Session(id) => self.sessions.insert(id, now),
        };
        if changed.is_none() && self.tokens.len() + self.users.len() + self.sessions.len() > REMEMBERED {
            self.forget();
        }
    }

    /// Everything counts as changed now.
    fn forget(&mut self) {
        *self = Self { heard: self.heard, everything: self.heard, ..Self::default() };
    }
}

impl Default for Callers {
    fn default() -> Self {
        Self {
            kept: Arc::new(Cache::with(
                KEPT,
                KEPT as u64,
                UnitWeighter,
                BuildHasherDefault::default(),
                DefaultLifecycle::default(),
            )),
            versions: Arc::default(),
            powers: Arc::new(Cache::new(POWERS_KEPT)),
            stranger: Arc::default(),
            counts: Arc::default(),
        }
    }
}

impl Callers {
    /// The same versions, and nothing kept: for another surface, whose powers are others.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { versions: Arc::clone(&self.versions), counts: Arc::clone(&self.counts), ..Self::default() }
    }

    /// Takes in what changed. Called by the storage's writer and follower before anybody is answered.
    pub fn changed(&self, events: &[Event]) {
        let mut versions = self.versions.write().unwrap_or_else(PoisonError::into_inner);
        events.iter().for_each(|event| versions.take_in(event.subject));
    }

    /// How many events this node has heard of: to be read before the rows that an entry is made from.
    pub(super) fn version(&self) -> u64 {
        self.versions.read().unwrap_or_else(PoisonError::into_inner).heard
    }

    /// The entry of this credential, if nothing it was made from has changed since.
    pub(super) fn get(&self, digest: &Digest) -> Option<Arc<Identity>> {
        match self.kept.get(digest) {
            Some(identity) if self.stands(&identity) => {
                self.counts.hits.add();
                return Some(identity);
            }
            Some(_) => self.forget(digest),
            None => {}
        }
        self.counts.misses.add();
        None
    }

    /// How often an entry was there, and how often not.
    #[must_use]
    pub fn counts(&self) -> Arc<Cached> {
        Arc::clone(&self.counts)
    }

    /// Whether nothing that it was made from has changed since.
    pub(super) fn stands(&self, identity: &Identity) -> bool {
        let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
        let of = |map: &HashMap<i64, u64>, id: i64| map.get(&id).copied().unwrap_or(0);
        let credential = match &identity.credential {
            Credential::Token(token) => of(&versions.tokens, token.id.0),
            Credential::Session(session) => of(&versions.sessions, session.id.0),
            Credential::Nothing | Credential::Operator(_) => 0,
        };
        let user = identity.person.as_ref().map_or(0, |person| of(&versions.users, person.id.0));
        identity.as_of >= credential.max(user).max(versions.roles).max(versions.everything)
    }

    /// What is open of what is held: worked out once for all who hold the same.
    pub(super) fn powers(&self, surface: &Surface, held: Granted) -> Arc<Powers> {
        if let Some(powers) = self.powers.get(&held) {
            return powers;
        }
        let powers = Arc::new(surface.powers(held.clone()));
        self.powers.insert(held, Arc::clone(&powers));
        powers
    }

    pub(super) fn keep(&self, digest: Digest, identity: Arc<Identity>) {
        self.kept.insert(digest, identity);
    }

    pub(super) fn forget(&self, digest: &Digest) {
        self.kept.remove(digest);
    }

    pub(super) fn stranger(&self) -> Option<Arc<Identity>> {
        let kept = self.stranger.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        self.stands(&kept).then_some(kept)
    }

    pub(super) fn keep_stranger(&self, identity: Arc<Identity>) {
        *self.stranger.write().unwrap_or_else(PoisonError::into_inner) = Some(identity);
    }
}
