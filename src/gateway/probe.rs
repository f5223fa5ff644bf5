//! A question to the API that asks for nothing, to see whether it answers: with the credential that Doorward presents,
//! and without it.

use super::{Api, Failure, Question};
use crate::config::{Config, Headers, Identity};
use crate::error::Refusal;
use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::sync::Arc;

/// What came of the question.
#[derive(Debug, PartialEq, Eq)]
pub enum Probed {
    /// It answered with data.
    Answers,
    /// It refused to.
    Refuses,
    /// There was no answer of GraphQL's, and why.
    Away(String),
}

/// Whether anything is configured that shows the API who asks.
#[must_use]
pub fn has_credential(config: &Config) -> bool {
    config.upstream.secret.is_some() || config.upstream.headers.pairs().next().is_some()
}

/// Asks the API as Doorward does; `None`: there is none.
///
/// # Errors
/// When its URL cannot be used.
pub async fn probe(config: &Config) -> Result<Option<Probed>, Refusal> {
    match Api::open(config)? {
        Some(api) => Ok(Some(asked(&api).await)),
        None => Ok(None),
    }
}

/// The same as somebody would who walks round the door.
///
/// # Errors
/// As [`probe`].
pub async fn probe_without_credential(config: &Config) -> Result<Option<Probed>, Refusal> {
    let mut bare = config.clone();
    bare.upstream.headers = Headers::default();
    bare.upstream.identity = Identity::None;
    bare.upstream.secret = None;
    probe(&bare).await
}

async fn asked(api: &Arc<Api>) -> Probed {
    let question = Question {
        body: json!({ "query": "{ __typename }" }).to_string(),
        repeatable: true,
        accept: HeaderValue::from_static("application/json"),
        gzip: false,
        client: &HeaderMap::new(),
        request_id: "",
        who: None,
        stands: &|| true,
    };
    let answered = match api.ask(question).await {
        Ok(answer) => answer.whole(api, super::check::READ_WHOLE).await,
        Err(failure) => Err(failure),
    };
    match answered {
        Ok(body) => {
            let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            if answer["data"]["__typename"].is_string() { Probed::Answers } else { Probed::Refuses }
        }
        Err(Failure::Unauthorized(_)) => Probed::Refuses,
        Err(failure) => Probed::Away(failure.words()),
    }
}
