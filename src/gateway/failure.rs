//! What goes wrong with the API behind, in words for whoever asked and in words for the log.

use crate::error::{Code, Refusal};

/// Why the API gave no answer that can be passed on. The detail is for the log; whoever asked is told less.
#[derive(Debug)]
pub enum Failure {
    /// No connection, or it broke.
    Unavailable(String),
    /// Nothing came for too long.
    Timeout,
    /// What came is no GraphQL.
    Invalid(String),
    /// It does not take the credential that Doorward presents.
    Unauthorized(u16),
    /// Nothing was sent: what let the request in may have ended while a connection was made.
    Ended,
}

impl Failure {
    /// As whoever asked is told of it. Where the API is stays between us and the log.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Unavailable(_) => Refusal::new(
                Code::UpstreamUnavailable,
                "the API behind cannot be reached, or broke the connection; try again in a moment",
            ),
            Self::Timeout => Refusal::new(Code::UpstreamTimeout, "the API behind did not answer in time"),
            Self::Invalid(_) => Refusal::new(Code::UpstreamInvalid, "what the API behind answered is not GraphQL"),
            Self::Unauthorized(_) => Refusal::new(
                Code::UpstreamUnauthorized,
                "the API behind refuses the credential that Doorward presents: whoever runs Doorward has to mend that",
            ),
            Self::Ended => Refusal::new(
                Code::Unavailable,
                "what let this request in may have ended before it could be sent on; send it again",
            ),
        }
    }

    /// As `/readyz?verbose` tells everybody of it: what the machine or a certificate says may name addresses.
    #[must_use]
    pub const fn brief(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "cannot be reached",
            Self::Timeout => "does not answer in time",
            Self::Invalid(_) => "does not answer with GraphQL",
            Self::Unauthorized(_) => "refuses the credential that is presented",
            Self::Ended => "was not asked",
        }
    }

    /// As the log tells of it. Nothing of any body is in it.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Unavailable(why) => format!("it cannot be reached: {why}"),
            Self::Timeout => "it did not answer in time".into(),
            Self::Invalid(why) => format!("what it answered is not GraphQL: {why}"),
            Self::Unauthorized(status) => format!("it refused the credential that was presented, with status {status}"),
            Self::Ended => "it was not asked: what let the request in ended meanwhile".into(),
        }
    }
}
