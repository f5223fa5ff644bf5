//! The clock and the source of randomness: the only place where the program reads either, so that a test can
//! hold both still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// A moment: microseconds since 1970-01-01T00:00:00Z, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and `seconds` more (fewer, when negative); stops at the ends of time.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// This moment and so many days of 24 hours.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(86_400))
    }
}

impl std::fmt::Display for Timestamp {
    /// RFC 3339 in UTC, to the second, or to the microsecond where there are some.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => moment.fmt(f),
            Err(_) => f.write_str("out of range"),
        }
    }
}

/// A moment for measuring what has passed since, in microseconds on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Since the machine started, time that it was suspended included: `Instant` stands still meanwhile.
    pub since_boot: i64,
    /// By the calendar: a virtual machine that was stopped hears of it by this clock alone.
    pub wall: i64,
}

/// Clock and randomness. Cheap to clone; clones share one clock.
#[derive(Debug, Clone)]
pub struct World(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Real,
    Fixed { now: AtomicI64, seed: AtomicU64 },
}

impl World {
    /// The machine's clock and the operating system's randomness.
    #[must_use]
    pub fn real() -> Self {
        Self(Arc::new(Kind::Real))
    }

    /// A clock that stands at `now` until it is moved, and bytes that follow from a counter: for tests, which
    /// then know every date and secret beforehand.
    #[must_use]
    pub fn fixed(now: Timestamp) -> Self {
        Self(Arc::new(Kind::Fixed { now: AtomicI64::new(now.0), seed: AtomicU64::new(0) }))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Kind::Real => Timestamp(since_1970()),
            Kind::Fixed { now, .. } => Timestamp(now.load(Ordering::SeqCst)),
        }
    }

    /// The moment now; in a world that stands still nothing passes.
    #[must_use]
    pub fn moment(&self) -> Moment {
        match &*self.0 {
            Kind::Real => Moment { since_boot: since_boot(), wall: self.now().0 },
            Kind::Fixed { .. } => Moment { since_boot: 0, wall: 0 },
        }
    }

    /// Moves a fixed clock on (back, when negative); a real one cannot be moved and is left alone.
    pub fn advance_seconds(&self, seconds: i64) {
        if let Kind::Fixed { now, .. } = &*self.0 {
            now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }

    /// Fills `bytes` with randomness.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: no secret may be made then.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
    pub fn fill(&self, bytes: &mut [u8]) {
        match &*self.0 {
            Kind::Real => getrandom::fill(bytes).expect("the operating system gives randomness"),
            Kind::Fixed { seed, .. } => {
                // SplitMix64 (Steele, Lea, Flood 2014): no two secrets of a test are alike.
                for byte in bytes {
                    let mut n = seed.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    *byte = (n ^ (n >> 31)) as u8;
                }
            }
        }
    }
}

/// Elsewhere than on Linux no clock that programs may read counts both; there the calendar counts suspended time alone.
#[cfg(any(target_os = "linux", target_os = "android"))]
const STEADY: rustix::time::ClockId = rustix::time::ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const STEADY: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

/// By the system's own figures: several times in each request, a calendar's checks are not for nothing.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn since_1970() -> i64 {
    let micros = |passed: Duration| i64::try_from(passed.as_micros()).unwrap_or(i64::MAX);
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or_else(|before| -micros(before.duration()), micros)
}

fn since_boot() -> i64 {
    let read = rustix::time::clock_gettime(STEADY);
    read.tv_sec.saturating_mul(1_000_000).saturating_add(read.tv_nsec / 1_000)
}
