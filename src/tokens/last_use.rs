//! When credentials were last used: gathered in memory, written in batches, first uses at once.

use super::LastUsed;
use crate::caller::{Caller, Credential};
use crate::context::Context;
use crate::error::Error;
use crate::id::{SessionId, TokenId, UserId};
use crate::world::Timestamp;
use crate::{sessions, users};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// How long a use may go unnoted after one that was: with the pause between batches, well under a minute.
const NOTED_EVERY_SECONDS: i64 = 15;

/// The uses that are not written yet.
#[derive(Debug, Clone, Default)]
pub struct LastUses {
    waiting: Arc<Mutex<Waiting>>,
    first: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Waiting {
    tokens: HashMap<TokenId, LastUsed>,
    sessions: HashMap<SessionId, Timestamp>,
    users: HashMap<UserId, Timestamp>,
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
                waiting.sessions.insert(*session, now);
            }
            Credential::Nothing | Credential::Operator(_) => return,
        }
        waiting.users.insert(person.id, now);
        if never_before {
            self.first.notify_one();
        }
    }

    /// Writes what was noted.
    ///
    /// # Errors
    /// When the database fails; the notes are then lost, and the next use is noted anew.
    pub async fn write(&self, cx: &Context) -> Result<(), Error> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.users.is_empty() {
            return Ok(());
        }
        cx.storage
            .write(move |tx| {
                for (id, last) in &waiting.tokens {
                    super::used(tx, *id, last)?;
                }
                for (id, at) in &waiting.sessions {
                    sessions::used(tx, *id, *at)?;
                }
                waiting.users.iter().try_for_each(|(id, at)| users::seen(tx, *id, *at))
            })
            .await
    }

    /// Waits until there is a first use to write, which should not wait for the next batch.
    pub async fn first_use(&self) {
        self.first.notified().await;
    }
}
