//! How long transactions wait and take, counted.

use super::tx::Mode;
use crate::counts::Durations;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The transactions of this node.
#[derive(Debug, Default)]
pub struct Transactions {
    waiting: AtomicU64,
    /// From being asked for until it began.
    pub waits: Durations,
    reads: Durations,
    writes: Durations,
    changes: Durations,
}

impl Transactions {
    /// How many wait for their turn now.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// From being asked for until its end, by kind.
    #[must_use]
    pub const fn by_kind(&self) -> [(&'static str, &Durations); 3] {
        [("read", &self.reads), ("write", &self.writes), ("change", &self.changes)]
    }

    /// One is asked for.
    pub(super) fn asked(self: &Arc<Self>) -> Waiting {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting { all: Arc::clone(self), since: Instant::now() }
    }

    /// One that was asked for then has ended.
    pub(super) fn ended(&self, mode: Mode, since: Instant) {
        let durations = match mode {
            Mode::Read => &self.reads,
            Mode::Write => &self.writes,
            Mode::Change => &self.changes,
        };
        durations.add(since.elapsed());
    }
}

/// A transaction that waits, until this is dropped.
pub(super) struct Waiting {
    all: Arc<Transactions>,
    since: Instant,
}

impl Waiting {
    /// It begins.
    pub(super) fn begins(self) {
        self.all.waits.add(self.since.elapsed());
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.all.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
