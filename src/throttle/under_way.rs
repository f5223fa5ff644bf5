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
    /// How many have left that may have been written down as wrong.
    wrong: u64,
    /// By the first byte of a key: which of those was the last under such keys. Few enough that none is ever cleared
    /// away; who merely shares the byte looks once too often.
    last_wrong: HashMap<u8, u64>,
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
    /// A wrong one has left since its counters were read: they are fuller by now.
    LookAgain,
    /// There is room, and others are under way who may need it: resolves when one of them has left.
    Behind(OwnedNotified),
}

impl UnderWay {
    /// How many wrong ones have left so far: to be asked before the counters are read.
    pub fn wrong(&self) -> u64 {
        self.lock().wrong
    }

    /// Goes by the first way that has room beside those under way. `as_of`: how many wrong ones had left before the
    /// room was read. Others that left change no counter, and those under other keys none of these: whoever looked again
    /// for them too would, in a flood, read the database for each of the others.
    pub fn enter(&self, as_of: u64, ways: &[Way], room: &[Room]) -> Entered {
        let mut tries = self.lock();
        if ways.iter().flatten().any(|counter| tries.last_wrong_under(&counter.key) > as_of) {
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
                    return Entered::Through(at, Places { tries: self.clone(), keys, may_be_counted: false });
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

impl Tries {
    fn last_wrong_under(&self, key: &Digest) -> u64 {
        self.last_wrong.get(&slot(key)).copied().unwrap_or(0)
    }
}

const fn slot(key: &Digest) -> u8 {
    key.bytes()[0]
}

/// A try under way: it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Places {
    tries: UnderWay,
    keys: Vec<Digest>,
    may_be_counted: bool,
}

impl Places {
    /// It may be written down as wrong from now on, even if nobody waits for that any more.
    pub const fn may_be_counted(&mut self) {
        self.may_be_counted = true;
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        let mut tries = self.tries.lock();
        if self.may_be_counted {
            tries.wrong += 1;
            let last = tries.wrong;
            tries.last_wrong.extend(self.keys.iter().map(|key| (slot(key), last)));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::throttle::{Counters, counter};
    use crate::world::Timestamp;

    /// Goes by the account of this number alone, of which nothing was counted when it was read.
    fn enter(tries: &UnderWay, as_of: u64, who: &str) -> Entered {
        let way: Way = vec![Counters::new(&config::Throttle::default()).account(who)];
        let room = vec![counter::room(&way, &HashMap::new(), Timestamp(1_000_000_000_000))];
        tries.enter(as_of, &[way], &room)
    }

    fn through(tries: &UnderWay, who: &str) -> Places {
        match enter(tries, tries.wrong(), who) {
            Entered::Through(_, places) => places,
            _ => panic!("it is not let through"),
        }
    }

    /// Another number whose key begins with another byte.
    fn another() -> String {
        let counters = Counters::new(&config::Throttle::default());
        let first = slot(&counters.account("1").key);
        (2..100).map(|number: i32| number.to_string()).find(|who| slot(&counters.account(who).key) != first).unwrap()
    }

    #[test]
    fn only_a_wrong_try_makes_others_look_again_and_only_those_of_its_keys() {
        let tries = UnderWay::default();
        let as_of = tries.wrong();
        drop(through(&tries, "1"));
        assert!(matches!(enter(&tries, as_of, "1"), Entered::Through(..)), "that one was never counted");
        let mut wrong = through(&tries, "1");
        wrong.may_be_counted();
        drop(wrong);
        assert!(matches!(enter(&tries, as_of, "1"), Entered::LookAgain));
        assert!(matches!(enter(&tries, as_of, &another()), Entered::Through(..)));
        assert!(matches!(enter(&tries, tries.wrong(), "1"), Entered::Through(..)), "it has looked again");
    }

    #[test]
    fn whoever_finds_no_room_beside_those_under_way_waits_for_them() {
        let tries = UnderWay::default();
        let under_way: Vec<Places> = (0..10).map(|_| through(&tries, "1")).collect();
        assert!(matches!(enter(&tries, 0, "1"), Entered::Behind(_)));
        drop(under_way);
        assert!(matches!(enter(&tries, 0, "1"), Entered::Through(..)));
    }
}
