//! A database that can be read and not written: what is said of it.

use crate::world::Timestamp;
use std::fmt;

/// Since when, and why, nothing can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unwritten {
    /// Since when this node knows it.
    pub since: Timestamp,
    /// Why.
    pub why: Why,
}

/// Why nothing can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no room on the disk. What changes powers is still written, into room that was kept for it.
    Full,
    /// The file system is closed against writing, by whoever runs the machine or by itself.
    ReadOnly,
    /// The disk takes nothing.
    Failing,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the disk is full: nothing is written but what changes powers",
            Self::ReadOnly => {
                "nothing can be written to the database, since its file system is read-only: credentials are verified, \
                 but none can be revoked"
            }
            Self::Failing => {
                "nothing can be written to the database, since its disk fails: credentials are verified, but none can \
                 be revoked"
            }
        })
    }
}
