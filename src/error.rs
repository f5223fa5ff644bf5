//! What goes wrong, in two kinds: a [`Refusal`] is for whoever asked and may be shown word for word;
//! a [`Fault`] is ours, is logged once at the door, and is shown to nobody.

mod codes;

pub use codes::{Code, Reason, Taken};

use std::fmt;

/// A "no" with its reason, made for the eyes of whoever asked: says what is wrong and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code that programs read.
    pub code: Code,
    /// The sentence that people read. Never holds a secret.
    pub message: String,
    /// A finer code, for `UNAUTHENTICATED` and `FORBIDDEN`.
    pub reason: Option<Reason>,
    /// The argument or input field that is at fault, for `BAD_USER_INPUT`.
    pub field: Option<String>,
    /// The permissions that are not held, for `FORBIDDEN`.
    pub missing: Vec<String>,
    /// After how many seconds to try again, for `TOO_MANY_REQUESTS` and `UNAVAILABLE`.
    pub again_after: Option<i64>,
}

impl Refusal {
    /// A refusal with a code and a sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), reason: None, field: None, missing: Vec::new(), again_after: None }
    }

    /// An argument or input field that is not as it must be; `message` says what is allowed.
    pub fn input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(Code::BadUserInput, message) }
    }

    /// What was named does not exist, or is not the caller's to see.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// The same refusal with its finer code.
    #[must_use]
    pub const fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The same refusal, and after how many seconds to try again.
    #[must_use]
    pub const fn after(mut self, seconds: i64) -> Self {
        self.again_after = Some(seconds);
        self
    }

    /// The permissions in `missing` are not held.
    #[must_use]
    pub fn not_granted(missing: Vec<String>) -> Self {
        Self { missing: missing.clone(), ..Self::new(Code::Forbidden, format!("not granted: {}", missing.join(", "))) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Something of ours that failed: a database that is away, a disk that is full, a bug.
#[derive(Debug)]
pub struct Fault {
    /// What was being done, for the log.
    pub doing: &'static str,
    /// What came of it, for the log.
    pub cause: Box<dyn std::error::Error + Send + Sync>,
    /// Whether trying again later may help (the database is away), so that the answer is 503 and not 500.
    pub passing: bool,
}

impl Fault {
    /// A failure of ours while `doing`.
    pub fn new(doing: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { doing, cause: cause.into(), passing: false }
    }

    /// A failure that may pass by itself.
    pub fn passing(doing: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { passing: true, ..Self::new(doing, cause) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.cause)
    }
}

/// Either kind.
#[derive(Debug)]
pub enum Error {
    /// For whoever asked.
    Refusal(Box<Refusal>),
    /// For the log.
    Fault(Fault),
}

impl Error {
    /// What went wrong, with its cause: for the log, and for whoever runs the program.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Refusal(refusal) => refusal.to_string(),
            Self::Fault(fault) => fault.to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refusal(refusal) => refusal.fmt(f),
            // Whoever prints an error may be writing an answer: the cause goes to the log alone.
            Self::Fault(_) => f.write_str("internal error"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(Box::new(refusal))
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
