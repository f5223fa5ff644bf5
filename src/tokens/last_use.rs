//! When credentials were last used: gathered in memory, written in batches, first uses at once.

use super::LastUsed;
use crate::caller::{Caller, Credential};
use crate::context::Context;
use crate::error::Error;
use crate::id::{SessionId, TokenId, UserId};
use crate::world::Timestamp;
use crate::{sessions, users};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// How long a use may go unnoted after one that was: with the pause between batches, well under a minute.
const NOTED_EVERY_SECONDS: i64 = 15;

/// How many uses one transaction writes.
const WRITTEN_AT_ONCE: usize = 200;

/// The uses that are not written yet.
#[derive(Debug, Clone, Default)]
pub struct LastUses {
    waiting: Arc<Mutex<Waiting>>,
    first: Arc<Notify>,
}

/// In the order of their numbers, sessions before users before tokens, as whoever changes a token holds them: those who
/// write the same rows then wait for each other, and never in a circle.
#[derive(Debug, Default)]
struct Waiting {
    tokens: BTreeMap<TokenId, LastUsed>,
    /// And whether the session came as its cookie.
    sessions: BTreeMap<SessionId, (Timestamp, bool)>,
    users: BTreeMap<UserId, Timestamp>,
}

/// One use to write.
#[derive(Debug, Clone)]
enum Use {
    Token(TokenId, LastUsed),
    Session(SessionId, (Timestamp, bool)),
    User(UserId, Timestamp),
}

impl Waiting {
    fn take(&mut self) -> Vec<Use> {
        let waiting = std::mem::take(self);
        let tokens = waiting.tokens.into_iter().map(|(id, last)| Use::Token(id, last));
        let sessions = waiting.sessions.into_iter().map(|(id, at)| Use::Session(id, at));
        let users = waiting.users.into_iter().map(|(id, at)| Use::User(id, at));
        sessions.chain(users).chain(tokens).collect()
    }

    /// Takes back what could not be written, unless there is newer by now.
    fn put_back(&mut self, uses: &[Use]) {
        for one in uses.iter().cloned() {
            match one {
                Use::Token(id, last) => drop(self.tokens.entry(id).or_insert(last)),
                Use::Session(id, at) => drop(self.sessions.entry(id).or_insert(at)),
                Use::User(id, at) => drop(self.users.entry(id).or_insert(at)),
            }
        }
    }
}

impl LastUses {
    /// Notes that a caller's operation was let through. A call that is refused is no use.
    pub fn note(&self, cx: &Context, caller: &Caller) {
        let now = cx.world.now();
        let Ok(person) = caller.person() else { return };
        let never_before = caller.identity().noted_at.load(std::sync::atomic::Ordering::Relaxed) < 0;
        if !caller.due_for_noting(now, NOTED_EVERY_SECONDS) {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match &caller.identity().credential {
            Credential::Token(token) => {
                let origin = caller.origin();
                let last = LastUsed { at: now, ip: origin.ip.map(|ip| ip.to_string()), agent: origin.agent.clone() };
                waiting.tokens.insert(token.id, last);
            }
            Credential::Session(session) => {
                waiting.sessions.insert(session.id, (now, session.by_cookie));
            }
            Credential::Nothing | Credential::Operator(_) => return,
        }
        waiting.users.insert(person.id, now);
        if never_before {
            self.first.notify_one();
        }
    }

    /// Writes what was noted, in small steps.
    ///
    /// # Errors
    /// When the database fails; what could not be written waits for the next time.
    pub async fn write(&self, cx: &Context) -> Result<(), Error> {
        let uses = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        for (step, part) in uses.chunks(WRITTEN_AT_ONCE).enumerate() {
            let part = part.to_vec();
            let written = cx.storage.write(move |tx| {
                part.iter().try_for_each(|one| match one {
                    Use::Token(id, last) => super::used(tx, *id, last),
                    Use::Session(id, (at, by_cookie)) => sessions::used(tx, *id, *at, *by_cookie),
                    Use::User(id, at) => users::seen(tx, *id, *at),
                })
            });
            if let Err(error) = written.await {
                let left = &uses[step * WRITTEN_AT_ONCE..];
                self.waiting.lock().unwrap_or_else(PoisonError::into_inner).put_back(left);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Waits until there is a first use to write, which should not wait for the next batch.
    pub async fn first_use(&self) {
        self.first.notified().await;
    }
}
