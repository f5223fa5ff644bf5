//! How the API behind is doing, by what came of the last request: told when it changes, and shown to whoever asks.

use super::failure::Failure;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is known of the API.
#[derive(Debug, Default)]
pub struct State {
    /// Whether the last request went well: read with each answer, so that well-being costs no lock.
    well: AtomicBool,
    last: Mutex<Option<Last>>,
}

#[derive(Debug)]
struct Last {
    /// What failed, in words for the log and in words for everybody; `None`: nothing.
    failure: Option<(String, &'static str)>,
    since: Instant,
}

impl State {
    /// Notes what came of a request. The log is told of changes alone.
    pub fn note(&self, came: Result<(), &Failure>) {
        match came {
            Ok(()) if self.well.load(Ordering::Relaxed) => {}
            Ok(()) => {
                let before = self.change(None);
                self.well.store(true, Ordering::Relaxed);
                if before.is_some_and(|last| last.failure.is_some()) {
                    tracing::info!("the API behind answers again");
                }
            }
            Err(failure) => {
                self.well.store(false, Ordering::Relaxed);
                let words = failure.words();
                let known = self
                    .lock()
                    .as_ref()
                    .is_some_and(|last| last.failure.as_ref().is_some_and(|(known, _)| *known == words));
                if !known {
                    tracing::warn!(failure = %words, "the API behind does not answer as it should");
                    self.change(Some((words, failure.brief())));
                }
            }
        }
    }

    /// In words, with how long it has been so.
    #[must_use]
    pub fn words(&self) -> String {
        match &*self.lock() {
            None => "not asked yet".into(),
            Some(Last { failure: None, since }) => format!("answers, for {}", length(since.elapsed())),
            Some(Last { failure: Some((_, words)), since }) => format!("{words}, for {}", length(since.elapsed())),
        }
    }

    fn change(&self, failure: Option<(String, &'static str)>) -> Option<Last> {
        self.lock().replace(Last { failure, since: Instant::now() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Last>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn length(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
