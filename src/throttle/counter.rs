//! Counters of wrong tries. Each runs empty with time: after so many wrong tries at once there is one more for each
//! part of the window, so that a counter is one moment, that at which it is empty.

use crate::addresses;
use crate::config;
use crate::secret::Digest;
use crate::world::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;

/// One counter: under which key it is kept, and how many tries it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// The digest of whose it is: names that nobody has are not kept in clear, since people type passwords there.
    pub(super) key: Digest,
    /// Whose it is, in a word.
    pub(super) whose: &'static str,
    /// How many wrong tries it takes at once.
    pub(super) tries: i64,
    /// After how many microseconds it takes one more.
    pub(super) apart: i64,
}

/// Counters that all must have room for a try, and all count it.
pub type Way = Vec<Counter>;

impl Counter {
    /// How many microseconds after now it is empty, when it is full.
    pub(super) const fn most(&self) -> i64 {
        self.tries * self.apart
    }

    /// How full it is: in how many microseconds it is empty. It cannot be fuller than full, but by a little where
    /// clocks differ; by more, the clock was set back or the window shortened, and it says nothing.
    const fn level(&self, empty_at: Timestamp, now: Timestamp) -> i64 {
        let level = empty_at.0.saturating_sub(now.0);
        if level < 0 || level > 2 * self.most() {
            0
        } else if level > self.most() {
            self.most()
        } else {
            level
        }
    }
}

/// The room in the counters of one way.
#[derive(Debug, Clone)]
pub(super) struct Room {
    /// How many more tries each takes.
    pub tries: Vec<i64>,
    opens_after: i64,
}

impl Room {
    /// After how many seconds it takes a try; 0: now.
    pub const fn opens_after(&self) -> i64 {
        self.opens_after
    }
}

/// The room that is left in a way, by what is counted: the moment at which each counter is empty.
pub(super) fn room(way: &Way, counted: &HashMap<Digest, Timestamp>, now: Timestamp) -> Room {
    let mut room = Room { tries: Vec::with_capacity(way.len()), opens_after: 0 };
    for counter in way {
        let level = counted.get(&counter.key).map_or(0, |empty_at| counter.level(*empty_at, now));
        let left = counter.most() - level;
        room.tries.push(left / counter.apart);
        let microseconds = (counter.apart - left).max(0);
        room.opens_after = room.opens_after.max((microseconds + 999_999) / 1_000_000);
    }
    room
}

/// Makes counters, each with its limit.
#[derive(Debug, Clone, Copy)]
pub struct Counters {
    window: i64,
    account: i64,
    address: i64,
    network: i64,
}

impl Counters {
    pub(super) fn new(limits: &config::Throttle) -> Self {
        let window = i64::try_from(limits.window.0.as_micros()).unwrap_or(i64::MAX / 4);
        Self { window, account: limits.account_tries, address: limits.address_tries, network: limits.network_tries }
    }

    /// Of an account, from wherever: `who` is its number, or a name that nobody has.
    #[must_use]
    pub fn account(&self, who: &str) -> Counter {
        self.counter("the account", who, self.account)
    }

    /// Of an account, from one place alone: where somebody signed in as that user before.
    #[must_use]
    pub fn account_from(&self, who: &str, place: &str) -> Counter {
        self.counter("the account from there", &format!("{who}\0{place}"), self.account)
    }

    /// Of an account, from one browser alone: in which somebody signed in as that user before.
    #[must_use]
    pub fn account_in(&self, who: &str, browser: Digest) -> Counter {
        let browser: String = browser.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        self.counter("the account in that browser", &format!("{who}\0{browser}"), self.account)
    }

    /// Of a session, whose user is asked for the password again.
    #[must_use]
    pub fn session(&self, id: &str) -> Counter {
        self.counter("the session", id, self.account)
    }

    /// Of an address and of its network, whoever is tried; of an address that is not known, none.
    #[must_use]
    pub fn origin(&self, ip: Option<IpAddr>) -> Way {
        let Some(ip) = ip else { return Vec::new() };
        let address = self.counter("the address", &addresses::place(ip), self.address);
        vec![address, self.counter("the network", &addresses::network(ip), self.network)]
    }

    fn counter(&self, whose: &'static str, who: &str, tries: i64) -> Counter {
        let key = Digest::of(&format!("throttle\0{whose}\0{who}"));
        Counter { key, whose, tries, apart: (self.window / tries).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    fn counter() -> Counter {
        Counters::new(&config::Throttle::default()).account("1")
    }

    fn left(level: i64) -> (i64, i64) {
        let counted = HashMap::from([(counter().key, Timestamp(NOW.0 + level))]);
        let room = room(&vec![counter()], &counted, NOW);
        (room.tries[0], room.opens_after())
    }

    #[test]
    fn a_full_counter_takes_one_more_after_its_part_of_the_window() {
        let Counter { tries, apart, .. } = counter();
        assert_eq!((tries, apart), (10, 90_000_000));
        assert_eq!(room(&vec![counter()], &HashMap::new(), NOW).tries, [10]);
        assert_eq!(left(0), (10, 0));
        assert_eq!(left(9 * apart), (1, 0));
        assert_eq!(left(9 * apart + 1), (0, 1));
        assert_eq!(left(10 * apart), (0, 90));
        assert_eq!(left(-apart), (10, 0), "it is never emptier than empty");
    }

    #[test]
    fn clocks_that_differ_open_nothing_and_one_that_was_set_back_shuts_nobody_out() {
        let Counter { tries, apart, .. } = counter();
        assert_eq!(left(tries * apart + 5_000_000), (0, 90));
        assert_eq!(left(2 * tries * apart), (0, 90));
        assert_eq!(left(2 * tries * apart + 1), (10, 0));
    }

    #[test]
    fn counters_of_different_things_are_different() {
        let counters = Counters::new(&config::Throttle::default());
        let mut origin = counters.origin("192.0.2.1".parse().ok());
        origin.extend(counters.origin("192.0.2.0".parse().ok()));
        let all = [
            counters.account("1"),
            counters.session("1"),
            counters.account_from("1", "192.0.2.1"),
            counters.account_in("1", Digest::of("192.0.2.1")),
            origin[0],
            origin[1],
            origin[2],
        ];
        let keys: std::collections::HashSet<_> = all.iter().map(|counter| counter.key).collect();
        assert_eq!(keys.len(), all.len());
        assert_eq!(origin[1], origin[3], "two addresses of one network");
    }
}
