//! What came of the requests to the API, counted.

use super::failure::Failure;
use crate::counts::{Count, Durations};
use std::time::Duration;

/// What came of requests.
#[derive(Debug, Default)]
pub struct Asked {
    answered: Count,
    unavailable: Count,
    timeout: Count,
    invalid: Count,
    unauthorized: Count,
    /// How long each took until its answer began.
    pub durations: Durations,
}

impl Asked {
    /// How many came to what.
    #[must_use]
    pub fn by_outcome(&self) -> [(&'static str, u64); 5] {
        [
            ("answered", self.answered.get()),
            ("unavailable", self.unavailable.get()),
            ("timeout", self.timeout.get()),
            ("invalid", self.invalid.get()),
            ("unauthorized", self.unauthorized.get()),
        ]
    }

    pub(super) fn note(&self, came: Result<(), &Failure>, took: Duration) {
        let count = match came {
            Err(Failure::Ended) => return,
            Ok(()) => &self.answered,
            Err(Failure::Unavailable(_)) => &self.unavailable,
            Err(Failure::Timeout) => &self.timeout,
            Err(Failure::Invalid(_)) => &self.invalid,
            Err(Failure::Unauthorized(_)) => &self.unauthorized,
        };
        count.add();
        self.durations.add(took);
    }
}
