//! How long this node may go on with what it remembers: it has heard of everything that was committed before the lease
//! began, and a lease is short. Past it, the node cannot know what was taken away and has to refuse.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::world::{Moment, Timestamp, World};

/// The lease of one node. It counts on the clock on which more has passed, so that neither suspending the machine nor
/// setting its clock makes it longer.
pub(super) struct Lease {
    world: World,
    /// In microseconds; `None`: this program remembers nothing, so it needs no lease.
    length: Option<i64>,
    boot_until: AtomicI64,
    wall_until: AtomicI64,
}

impl Lease {
    /// A lease that is over: nothing has been heard yet.
    pub(super) fn new(world: &World, length: Option<Duration>) -> Self {
        let length = length.map(|length| i64::try_from(length.as_micros()).unwrap_or(i64::MAX));
        let over = || AtomicI64::new(i64::MIN);
        Self { world: world.clone(), length, boot_until: over(), wall_until: over() }
    }

    /// The moment now: to be asked for before the database is.
    pub(super) fn moment(&self) -> Moment {
        self.world.moment()
    }

    /// The time now, by the calendar.
    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Everything that was committed before `began` has been told.
    pub(super) fn renew(&self, began: Moment) {
        let Some(length) = self.length else { return };
        self.boot_until.store(began.since_boot.saturating_add(length), Ordering::Release);
        self.wall_until.store(began.wall.saturating_add(length), Ordering::Release);
    }

    /// Whether it goes on.
    pub(super) fn holds(&self) -> bool {
        self.length.is_none() || self.holds_at(self.moment())
    }

    fn holds_at(&self, now: Moment) -> bool {
        // A renewal between the two reads does no harm: both ends were true.
        let boot_until = self.boot_until.load(Ordering::Acquire);
        let wall_until = self.wall_until.load(Ordering::Acquire);
        now.since_boot < boot_until && now.wall < wall_until
    }

    /// The length of a lease.
    pub(super) fn length(&self) -> Option<Duration> {
        self.length.and_then(|length| u64::try_from(length).ok()).map(Duration::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;
    const BEGAN: Moment = Moment { since_boot: 10 * HOUR, wall: 500_000 * HOUR };

    fn after(since_boot: i64, wall: i64) -> Moment {
        Moment { since_boot: BEGAN.since_boot + since_boot, wall: BEGAN.wall + wall }
    }

    fn lease() -> Lease {
        Lease::new(&World::real(), Some(Duration::from_secs(2)))
    }

    #[test]
    fn a_lease_lasts_for_its_length_from_before_the_database_was_asked() {
        let lease = lease();
        assert!(!lease.holds_at(BEGAN), "nothing was heard yet");
        lease.renew(BEGAN);
        assert!(lease.holds_at(after(1_999_999, 1_999_999)));
        assert!(!lease.holds_at(after(2_000_000, 1_999_999)));
        lease.renew(after(1_500_000, 1_500_000));
        assert!(lease.holds_at(after(3_499_999, 3_499_999)));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_lease_longer() {
        let lease = lease();
        lease.renew(BEGAN);
        assert!(lease.holds_at(after(1_000_000, -HOUR)));
        assert!(!lease.holds_at(after(2_000_000, 2_000_000 - HOUR)));
    }

    #[test]
    fn a_clock_that_jumps_ahead_ends_the_lease_until_the_database_is_asked_again() {
        let lease = lease();
        lease.renew(BEGAN);
        assert!(!lease.holds_at(after(1_000, HOUR)));
        lease.renew(after(500_000, HOUR));
        assert!(lease.holds_at(after(600_000, HOUR)));
    }

    #[test]
    fn a_machine_that_was_suspended_holds_no_lease_whichever_clock_says_so() {
        let lease = lease();
        lease.renew(BEGAN);
        assert!(!lease.holds_at(after(HOUR, 1_000)), "the clock of the machine counts what it slept");
        assert!(!lease.holds_at(after(1_000, HOUR)), "a virtual machine that was stopped learns it from the calendar");
    }

    #[test]
    fn who_remembers_nothing_needs_no_lease() {
        assert!(Lease::new(&World::real(), None).holds());
    }
}
