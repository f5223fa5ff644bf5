//! `throttle.*`: how many wrong passwords are too many.

use super::values::Span;
use crate::error::Refusal;
use serde::Deserialize;
use std::time::Duration;

/// How many wrong tries are let through in a window. Each is forgotten by and by: a tenth of the window after the tenth
/// of ten there is room for one more.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Throttle {
    /// Wrong tries at one account.
    pub account_tries: i64,
    /// Wrong tries from one address.
    pub address_tries: i64,
    /// Wrong tries from one network, /24 or /48.
    pub network_tries: i64,
    /// In how long.
    pub window: Span,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { account_tries: 10, address_tries: 60, network_tries: 200, window: Span(Duration::from_secs(900)) }
    }
}

impl Throttle {
    /// What no single value can show.
    ///
    /// # Errors
    /// Says which setting is at fault, and what it wants.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let tries = [
            ("throttle.account_tries", self.account_tries),
            ("throttle.address_tries", self.address_tries),
            ("throttle.network_tries", self.network_tries),
        ];
        if let Some((key, _)) = tries.iter().find(|(_, value)| !(1..=100_000).contains(value)) {
            return Err(Refusal::input(*key, format!("`{key}` must be 1 to 100000")));
        }
        if !(Duration::from_secs(60)..=Duration::from_secs(86_400)).contains(&self.window.0) {
            return Err(Refusal::input("throttle.window", "`throttle.window` must be 1m to 1d"));
        }
        Ok(())
    }
}
