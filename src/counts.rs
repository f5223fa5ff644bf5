//! Numbers that are counted while the server runs. Counting costs an addition or two that wait for nobody: no lock, no
//! allocation. What the numbers are called stands where they are shown (`app/metrics.rs`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often something happened.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Once more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often a cache held what was looked for, and how often not.
#[derive(Debug, Default)]
pub struct Cached {
    /// It did.
    pub hits: Count,
    /// It did not.
    pub misses: Count,
}

/// The upper ends of the buckets of [`Durations`], in microseconds.
const ENDS: [u64; 15] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000,
];

/// How long something took, each time, in buckets.
#[derive(Debug, Default)]
pub struct Durations {
    /// One for each end, and one for what took longer.
    buckets: [AtomicU64; ENDS.len() + 1],
    nanoseconds: AtomicU64,
}

/// What [`Durations`] has come to.
#[derive(Debug, PartialEq)]
pub struct Measured {
    /// All of it together, in seconds.
    pub sum: f64,
    /// How many there were.
    pub count: u64,
    /// The upper end of each bucket in seconds, and how many ended in it and in none before.
    pub buckets: Vec<(f64, u64)>,
}

impl Durations {
    /// It took so long once more.
    pub fn add(&self, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = ENDS.iter().take_while(|end| microseconds > **end).count();
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// What it has come to.
    #[must_use]
    pub fn measured(&self) -> Measured {
        let ends = ENDS.iter().map(|end| *end as f64 / 1e6).chain([f64::INFINITY]);
        let counts = self.buckets.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = ends.zip(counts).collect();
        Measured {
            sum: self.nanoseconds.load(Ordering::Relaxed) as f64 / 1e9,
            count: buckets.iter().map(|(_, count)| count).sum(),
            buckets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_as_long_as_a_bucket_goes_is_in_it() {
        let durations = Durations::default();
        for microseconds in [0, 50, 51, 1_000, 30_000_000, 30_000_001, u64::MAX / 2] {
            durations.add(Duration::from_micros(microseconds));
        }
        let measured = durations.measured();
        let filled: Vec<_> = measured.buckets.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(0.000_05, 2), (0.000_1, 1), (0.001, 1), (30.0, 1), (f64::INFINITY, 2)]);
        assert_eq!(measured.count, 7);
    }
}
