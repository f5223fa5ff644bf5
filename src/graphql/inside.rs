//! Operations that the console's pages run: the same plan and the same gate as any client's, so that arguments and input
//! fields are judged too, and what a page shows as its API call is what really ran.

use super::answer::Media;
use super::{Asked, Door, GraphqlRequest, to_caller};
use crate::caller::Caller;
use crate::error::{Code, Reason, Refusal};
use crate::guard;
use axum::http::HeaderMap;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What an operation answered.
#[derive(Debug, Default, Deserialize)]
pub struct Answered {
    /// The data; null where nothing was run.
    #[serde(default)]
    pub data: Value,
    /// What went wrong.
    #[serde(default)]
    pub errors: Vec<AnsweredRefusal>,
}

/// One error, as clients read it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct AnsweredRefusal {
    /// For people.
    pub message: String,
    /// For programs.
    #[serde(default)]
    pub extensions: Told,
}

impl AnsweredRefusal {
    /// A refusal, as clients read it.
    #[must_use]
    pub fn of(refusal: &Refusal) -> Self {
        let told = Told {
            code: refusal.code.as_str().into(),
            reason: refusal.reason.map(|reason| reason.as_str().into()),
            field: refusal.field.clone(),
            missing: refusal.missing.clone(),
        };
        Self { message: refusal.message.clone(), extensions: told }
    }

    /// Whether this is its code.
    #[must_use]
    pub fn is(&self, code: Code) -> bool {
        self.extensions.code == code.as_str()
    }

    /// Whether this is its reason.
    #[must_use]
    pub fn is_because(&self, reason: Reason) -> bool {
        self.extensions.reason.as_deref() == Some(reason.as_str())
    }

    /// Whether it is about this argument or input field, or one within it.
    #[must_use]
    pub fn is_about(&self, field: &str) -> bool {
        let about = self.extensions.field.as_deref().unwrap_or_default();
        about == field || about.rsplit('.').next() == Some(field)
    }
}

/// What an error says to programs.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Told {
    /// The code.
    #[serde(default)]
    pub code: String,
    /// A finer one.
    pub reason: Option<String>,
    /// The argument or input field at fault.
    pub field: Option<String>,
    /// The permissions that are not held.
    #[serde(default)]
    pub missing: Vec<String>,
}

/// Runs an operation for a caller who has been let in, as if it had come over HTTP.
pub async fn run_inside(door: &Door, caller: &Caller, document: &str, variables: &Map<String, Value>) -> Answered {
    let text = serde_json::to_string(variables).unwrap_or_default();
    let request = GraphqlRequest {
        query: document.to_owned(),
        operation_name: None,
        variables: serde_json::from_str(&text).unwrap_or_default(),
        variables_text: text,
    };
    let asked = Asked { request, get: false, media: Media::Json, headers: HeaderMap::new() };
    let response = Box::pin(to_caller(door, caller, caller.shared_origin(), Ok(&asked), Media::Json)).await;
    let body = response.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_else(|error| {
        tracing::error!(request_id = caller.origin().request_id, %error, "an answer to a page could not be read");
        let told = Told { code: Code::Internal.as_str().into(), ..Told::default() };
        let error = AnsweredRefusal { message: "internal error".into(), extensions: told };
        Answered { data: Value::Null, errors: vec![error] }
    })
}

/// What a caller lacks for an operation, its variables left out of account: empty, if they may run it. A page offers
/// what its visitor may do, and names what is missing where they come by themselves.
#[must_use]
pub fn missing(door: &Door, caller: &Caller, document: &str) -> Vec<String> {
    let plan = match door.plans.of(&door.surface, &door.cx.config.limits, document, None) {
        Ok(plan) => plan,
        Err(_) => return vec![document.to_owned()],
    };
    let nothing = serde_json_bytes::Map::new();
    let judged = guard::authorise(&door.surface, &door.powers(caller), &plan.needs, &nothing, None);
    judged.err().map(|refusal| refusal.missing).unwrap_or_default()
}
