//! What browsers are told of who may read answers (the Fetch standard's CORS protocol): pages of the configured origins,
//! with a token of their own, never with cookies.

use crate::config::Cors;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, header};
use std::convert::Infallible;
use std::time::Duration;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer, Vary};

/// What a page may read of an answer's headers.
const EXPOSED: [HeaderName; 2] =
    [HeaderName::from_static("doorward-token-expires-at"), HeaderName::from_static("x-request-id")];

/// For how long a browser need not ask again whether it may.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(600);

/// The rules.
#[derive(Debug, Clone)]
pub(super) struct Browsers {
    rules: CorsLayer,
}

impl Browsers {
    /// The rules of a configuration; `None`: no page may read anything.
    pub fn new(cors: &Cors) -> Option<Self> {
        let origins: Vec<_> = cors.origins.0.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
        let rules = CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins.clone()))
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
            .expose_headers(EXPOSED)
            .max_age(ASKED_AGAIN_AFTER)
            // Answers say themselves what they vary by.
            .vary(Vary::list([]));
        (!origins.is_empty()).then_some(Self { rules })
    }

    /// Answers a page's request: whether it may be sent, or what it asks with whether it may be read.
    pub async fn answer<F>(&self, request: Request<Body>, answer: impl FnOnce(Request<Body>) -> F) -> Response<Body>
    where
        F: Future<Output = Response<Body>>,
    {
        let mut answer = Some(answer);
        let service = service_fn(move |request| {
            let answered = answer.take().map(|answer| answer(request));
            async move {
                let answered = answered.expect("a service that is called once");
                Ok::<_, Infallible>(answered.await)
            }
        });
        match self.rules.layer(service).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
