//! Answers over HTTP: which media type, which status, which headers, and how a refusal reads.

use crate::error::{Code, Reason, Refusal};
use apollo_compiler::response::GraphQLError;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The two media types of GraphQL over HTTP, section 4.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/json`: well-formed requests are answered with 200, whatever came of them.
    Json,
    /// `application/graphql-response+json`: the status tells.
    GraphqlResponse,
}

impl Media {
    /// What the client would rather have; `application/json` where it does not say.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::ACCEPT).iter();
        if let (Some(only), None) = (values.next(), values.next())
            && only == "application/json"
        {
            return Self::Json;
        }
        let mut best = (Self::Json, 0.0f32);
        for value in headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
            for range in value.split(',') {
                let mut parts = range.split(';').map(str::trim);
                let name = parts.next().unwrap_or_default();
                let media = if name.eq_ignore_ascii_case("application/json") {
                    Self::Json
                } else if name.eq_ignore_ascii_case("application/graphql-response+json") {
                    Self::GraphqlResponse
                } else {
                    continue;
                };
                let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
                if quality > best.1 {
                    best = (media, quality);
                }
            }
        }
        best.0
    }

    const fn header(self) -> HeaderValue {
        match self {
            Self::Json => HeaderValue::from_static("application/json; charset=utf-8"),
            Self::GraphqlResponse => HeaderValue::from_static("application/graphql-response+json; charset=utf-8"),
        }
    }
}

/// One error of an answer (GraphQL, section 7.1.2).
#[derive(Debug, Clone, Serialize)]
pub struct AnsweredError {
    /// For people.
    pub message: String,
    /// Where in the document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Value>,
    /// Where in the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Value>,
    /// For programs.
    pub extensions: Map<String, Value>,
}

impl AnsweredError {
    /// A refusal as an error of an answer.
    #[must_use]
    pub fn of(refusal: &Refusal) -> Self {
        let mut extensions = Map::new();
        // On the wire a thing that does not exist is a bad argument; only the command line tells them apart.
        let code = if refusal.code == Code::NotFound { Code::BadUserInput } else { refusal.code };
        extensions.insert("code".into(), code.as_str().into());
        if let Some(reason) = refusal.reason {
            extensions.insert("reason".into(), reason.as_str().into());
        }
        if let Some(field) = &refusal.field {
            extensions.insert("field".into(), field.as_str().into());
        }
        if !refusal.missing.is_empty() {
            extensions.insert("missing".into(), refusal.missing.clone().into());
        }
        Self { message: refusal.message.clone(), locations: Vec::new(), path: Vec::new(), extensions }
    }

    /// What the parser or the validation found, with its code.
    #[must_use]
    pub fn found(code: Code, error: &GraphQLError) -> Self {
        let locations = error.locations.iter().map(|at| json!({"line": at.line, "column": at.column})).collect();
        let mut extensions = Map::new();
        extensions.insert("code".into(), code.as_str().into());
        Self { message: error.message.clone(), locations, path: Vec::new(), extensions }
    }

    /// Our own fault: nothing but the number under which the log tells more.
    #[must_use]
    pub fn internal(request_id: &str) -> Self {
        let mut extensions = Map::new();
        extensions.insert("code".into(), Code::Internal.as_str().into());
        extensions.insert("request_id".into(), request_id.into());
        Self { message: "internal error".into(), locations: Vec::new(), path: Vec::new(), extensions }
    }

    /// A fault that may pass by itself.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::of(&Refusal::new(Code::Unavailable, "the server cannot answer now; try again in a moment"))
    }
}

/// The status of an answer without data.
#[must_use]
pub const fn status(code: Code, media: Media) -> StatusCode {
    match (code, media) {
        (Code::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (Code::BadRequest | Code::LimitExceeded, _) => StatusCode::BAD_REQUEST,
        (Code::MethodNotAllowed, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Code::UnsupportedMediaType, _) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        (Code::TooManyRequests, _) => StatusCode::TOO_MANY_REQUESTS,
        (Code::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (Code::UpstreamTimeout, _) => StatusCode::GATEWAY_TIMEOUT,
        (Code::UpstreamUnavailable | Code::UpstreamInvalid | Code::UpstreamUnauthorized, _) => StatusCode::BAD_GATEWAY,
        (Code::Internal, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (Code::Forbidden, Media::GraphqlResponse) => StatusCode::FORBIDDEN,
        (Code::ParseFailed | Code::ValidationFailed, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

/// An answer with this status and body. Whoever is sent away for now is told when to come again: after so many seconds,
/// or after one.
#[must_use]
pub fn with(status: StatusCode, media: Media, body: Vec<u8>, again_after: Option<i64>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media.header());
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(header::RETRY_AFTER, again_after.unwrap_or(1).into());
    }
    response
}

/// An answer of errors alone: the request was not run, so there is no `data` key.
#[must_use]
pub fn errors(code: Code, media: Media, errors: &[AnsweredError]) -> Response<Body> {
    let body = serde_json::to_vec(&json!({ "errors": errors })).unwrap_or_default();
    let mut response = with(status(code, media), media, body, None);
    noted(&mut response, code);
    response
}

/// Notes beside a response what its first error is, for whoever counts them.
pub fn noted(response: &mut Response<Body>, code: Code) {
    response.extensions_mut().insert(code);
}

/// A refusal as an answer, with the headers that its status asks for (RFC 9110, RFC 6750).
#[must_use]
pub fn refusal(refusal: &Refusal, media: Media) -> Response<Body> {
    let mut response = errors(refusal.code, media, &[AnsweredError::of(refusal)]);
    if refusal.reason == Some(Reason::AddressNotAllowed) {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    if let (Some(seconds), Some(told)) = (refusal.again_after, response.headers_mut().get_mut(header::RETRY_AFTER)) {
        *told = seconds.into();
    }
    if refusal.code == Code::Unauthenticated {
        let challenge = match refusal.reason {
            None | Some(Reason::TokenMissing) => HeaderValue::from_static("Bearer realm=\"doorward\""),
            Some(_) => HeaderValue::from_static("Bearer realm=\"doorward\", error=\"invalid_token\""),
        };
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_is_the_one_that_the_client_would_rather_have() {
        let accepted = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(value));
            Media::accepted(&headers)
        };
        assert_eq!(Media::accepted(&HeaderMap::new()), Media::Json);
        for json in
            ["*/*", "application/json", "application/json, application/graphql-response+json;q=0.9", "text/html", ""]
        {
            assert_eq!(accepted(json), Media::Json, "{json}");
        }
        for graphql in [
            "application/graphql-response+json",
            "application/graphql-response+json, application/json;q=0.9",
            "application/json;q=0.5,application/graphql-response+json; charset=utf-8",
        ] {
            assert_eq!(accepted(graphql), Media::GraphqlResponse, "{graphql}");
        }
    }
}
