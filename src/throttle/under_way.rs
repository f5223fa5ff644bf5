//! Tries that were let through on this node and whose outcome is not written down yet.

use super::Way;
use super::counter::Room;
use crate::secret::Digest;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

/// All tries under way.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<Mutex<Tries>>);

#[derive(Debug, Default)]
struct Tries {
    /// How many have been and gone.
    left: u64,
    by_key: HashMap<Digest, Of>,
}

/// Those that count under one key.
#[derive(Debug, Default)]
struct Of {
    tries: i64,
    one_left: Arc<Notify>,
}

/// What became of a try that wanted in.
pub(super) enum Entered {
    /// It is under way, by the way of this number.
    Through(usize, Places),
    /// One has left since its counters were read: what came of that one may be counted by now.
    LookAgain,
    /// There is room, and others are under way who may need it: resolves when one of them has left.
    Behind(OwnedNotified),
}

impl UnderWay {
    /// How many have left so far: to be asked before the counters are read.
    pub fn left(&self) -> u64 {
        self.lock().left
    }

    /// Goes by the first way that has room beside those under way. `as_of`: how many had left when the room was read.
    pub fn enter(&self, as_of: u64, ways: &[Way], room: &[Room]) -> Entered {
        let mut tries = self.lock();
        if tries.left != as_of {
            return Entered::LookAgain;
        }
        let mut behind = None;
        for (at, (way, room)) in ways.iter().zip(room).enumerate() {
            if room.opens_after() > 0 {
                continue;
            }
            let taken = |key: &Digest| tries.by_key.get(key).map_or(0, |of| of.tries);
            let full = way.iter().zip(&room.tries).find(|(counter, left)| taken(&counter.key) >= **left);
            match full {
                None => {
                    let keys: Vec<Digest> = way.iter().map(|counter| counter.key).collect();
                    for key in &keys {
                        tries.by_key.entry(*key).or_default().tries += 1;
                    }
                    return Entered::Through(at, Places { tries: self.clone(), keys });
                }
                Some((counter, _)) => behind = behind.or(Some(counter.key)),
            }
        }
        let of = behind.and_then(|key| tries.by_key.get(&key));
        of.map_or(Entered::LookAgain, |of| Entered::Behind(Arc::clone(&of.one_left).notified_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, Tries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A try under way: it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Places {
    tries: UnderWay,
    keys: Vec<Digest>,
}

impl Drop for Places {
    fn drop(&mut self) {
        let mut tries = self.tries.lock();
        tries.left += 1;
        for key in &self.keys {
            let Some(of) = tries.by_key.get_mut(key) else { continue };
            of.tries -= 1;
            of.one_left.notify_waiters();
            if of.tries == 0 {
                tries.by_key.remove(key);
            }
        }
    }
}
