//! Why a page is not shown.

use crate::error::{Code, Error};
use crate::graphql::AnsweredRefusal;

/// Why a page is not shown, or a form not taken.
#[derive(Debug)]
pub enum Stop {
    /// These permissions are missing.
    Missing(Vec<String>),
    /// There is no such thing.
    NotFound,
    /// The session has ended.
    SessionOver,
    /// The form did not come from a page of ours.
    NotOurs,
    /// Refused, for this reason.
    Refused(AnsweredRefusal),
    /// The server cannot answer, in these words.
    Failed(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Refusal(refusal) if !refusal.missing.is_empty() => Self::Missing(refusal.missing),
            Error::Refusal(refusal) => match refusal.code {
                Code::NotFound => Self::NotFound,
                Code::Unauthenticated => Self::SessionOver,
                _ => Self::Refused(AnsweredRefusal::of(&refusal)),
            },
            Error::Fault(fault) => {
                tracing::error!(%fault, "a page failed");
                Self::Failed("The server cannot answer now; try again in a moment.".into())
            }
        }
    }
}
