//! `limits.*`: what one request may come to, and how many there may be at once.

use crate::error::Refusal;
use serde::Deserialize;

/// More than any machine serves.
const MOST_AT_ONCE: usize = 1_000_000;

/// Files that are open for anything but the connections of clients and of requests to the API behind: the database's,
/// the listeners, the metrics, some that are opened for a moment.
const OTHER_FILES: usize = 256;

/// What one request may come to is counted before anything is parsed into a tree, but for the fields
/// at the root and the tokens with every fragment written out: these are counted before anything runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// How deep selection sets and values may be nested.
    pub depth: usize,
    /// Lexical tokens of a document.
    pub tokens: usize,
    /// Aliases in a document.
    pub aliases: usize,
    /// Fields at the root of an operation.
    pub root_fields: usize,
    /// Directives in a document.
    pub directives: usize,
    /// Fragment definitions in a document.
    pub fragments: usize,
    /// Variables that a document declares.
    pub variables: usize,
    /// Requests with a credential, or that want one, under way at once.
    pub requests: usize,
    /// Connections at once.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            depth: 20,
            tokens: 10_000,
            aliases: 100,
            root_fields: 50,
            directives: 100,
            fragments: 100,
            variables: 100,
            requests: 2_048,
            connections: 10_000,
        }
    }
}

impl Limits {
    /// How many files may be open at once where the limits are used up: each connection is one, and each request under
    /// way may have another to the API behind.
    #[must_use]
    pub const fn files(&self) -> u64 {
        self.connections.saturating_add(self.requests).saturating_add(OTHER_FILES) as u64
    }

    /// What no single value can show.
    ///
    /// # Errors
    /// Names a limit that would let nothing through.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let limits = [
            ("limits.body_bytes", self.body_bytes),
            ("limits.depth", self.depth),
            ("limits.tokens", self.tokens),
            ("limits.root_fields", self.root_fields),
            ("limits.requests", self.requests),
            ("limits.connections", self.connections),
        ];
        match limits.iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => {
                Err(Refusal::input(*key, format!("`{key}` must be 1 or more: with 0 nothing could be asked")))
            }
            None if self.requests.max(self.connections) > MOST_AT_ONCE => {
                let message = format!("`limits.requests` and `limits.connections` must be {MOST_AT_ONCE} at most");
                Err(Refusal::input("limits.connections", message))
            }
            None => Ok(()),
        }
    }
}
