//! What is gathered for an answer besides its data: errors, and the status that tells of them where nothing was
//! answered.

use super::answer::{self, AnsweredError, Media};
use super::hidden;
use crate::error::{Code, Error, Fault, Refusal};
use async_graphql::{Response as OwnResponse, ServerError};
use async_graphql_value::ConstValue;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;

/// How many errors of one operation are told: a field of a long list can fail in each of its entities.
const ERRORS_TOLD: usize = 20;

/// One error of an answer: ours, or the API's as it came.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Told {
    Ours(AnsweredError),
    Theirs(Box<RawValue>),
}

/// What is gathered for the answer.
pub(super) struct Outcome<'a> {
    pub request_id: &'a str,
    /// Whether refusals go out without the names of what is not held.
    pub hides: bool,
    pub errors: Vec<Told>,
    /// What the API says besides.
    pub extensions: Option<Box<RawValue>>,
    /// The status, if nothing at all is answered.
    pub status: Option<StatusCode>,
    /// The code of what went wrong first, of what is ours to say.
    pub code: Option<Code>,
    /// When to come again, where that status says so.
    pub again_after: Option<i64>,
}

impl Outcome<'_> {
    /// Takes in what the executor of own fields answered.
    pub fn own(&mut self, own: OwnResponse) -> ConstValue {
        let before = self.errors.len();
        for error in own.errors.iter().take(ERRORS_TOLD) {
            self.error(error);
        }
        if own.data == ConstValue::Null {
            // As for the other half: what keeps a whole half away is told first.
            let ours = self.errors.split_off(before);
            self.errors.splice(0..0, ours);
        }
        own.data
    }

    /// Takes in an error of the executor. Only what is ours to show is shown: refusals, and what the executor says
    /// of a value that does not fit its scalar.
    fn error(&mut self, error: &ServerError) {
        let mut answered = match error.source::<Error>() {
            Some(Error::Refusal(refusal)) => {
                self.code.get_or_insert(refusal.code);
                if matches!(refusal.code, Code::TooManyRequests | Code::Unavailable) {
                    self.status = Some(answer::status(refusal.code, Media::Json));
                    self.again_after = refusal.again_after;
                }
                if self.hides {
                    AnsweredError::of(&hidden::hushed((**refusal).clone()))
                } else {
                    AnsweredError::of(refusal)
                }
            }
            Some(Error::Fault(fault)) => {
                self.fault(fault);
                return;
            }
            None if error.source.is_none() => {
                self.code.get_or_insert(Code::BadUserInput);
                AnsweredError::of(&Refusal::new(Code::BadUserInput, own_words(&error.message)))
            }
            None => {
                self.fault(&Fault::new("running an operation", error.message.clone()));
                return;
            }
        };
        answered.path = error.path.iter().filter_map(|segment| serde_json::to_value(segment).ok()).collect();
        self.errors.push(Told::Ours(answered));
    }

    /// Takes in a refusal that leaves these keys without an answer.
    pub fn refusal<'k>(&mut self, refusal: &Refusal, keys: impl Iterator<Item = &'k str>) {
        self.status = Some(answer::status(refusal.code, Media::Json));
        self.code.get_or_insert(refusal.code);
        let mut errors: Vec<Told> = keys
            .take(ERRORS_TOLD)
            .map(|key| Told::Ours(AnsweredError { path: vec![key.into()], ..AnsweredError::of(refusal) }))
            .collect();
        if errors.is_empty() {
            errors.push(Told::Ours(AnsweredError::of(refusal)));
        }
        // What keeps a whole half away is told first.
        self.errors.splice(0..0, errors);
    }

    /// Takes in a fault of ours.
    pub fn fault(&mut self, fault: &Fault) -> ConstValue {
        tracing::error!(request_id = self.request_id, %fault, "a request failed");
        let (error, code) = if fault.passing {
            (AnsweredError::unavailable(), Code::Unavailable)
        } else {
            (AnsweredError::internal(self.request_id), Code::Internal)
        };
        self.status = Some(answer::status(code, Media::Json));
        self.code.get_or_insert(code);
        self.errors.push(Told::Ours(error));
        ConstValue::Null
    }
}

/// What the executor says of a value that does not fit its scalar, without the value and without its own insides.
fn own_words(message: &str) -> String {
    let parsing = message.strip_prefix("Failed to parse \"").and_then(|rest| rest.split_once("\": "));
    if let Some((ty, said)) = parsing {
        let said = said.split(" (occurred while parsing").next().unwrap_or(said);
        return format!("a value of type {ty} {said}");
    }
    let expected = message.strip_prefix("Expected input type \"").and_then(|rest| rest.split_once("\", found "));
    match expected {
        Some((ty, found)) if found.starts_with("null") => format!("a value of type {ty} must not be null"),
        Some((ty, _)) => format!("what was given is not a value of type {ty}"),
        None => message.to_owned(),
    }
}
