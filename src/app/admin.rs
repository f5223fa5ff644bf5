//! What is answered at the admin address: the numbers, and whether this node lives and can serve. Nothing else is there,
//! and it asks nobody who they are: the address is for the operator's own network.

use super::{App, metrics, ready};
use crate::server::Places;
use axum::Router;
use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::routing::get;
use tower::ServiceExt as _;

/// What answers there.
#[derive(Clone)]
pub struct Admin(Router);

impl Admin {
    /// For this app, whose connections have these places.
    #[must_use]
    pub fn new(app: &App, places: Places) -> Self {
        let (shown, asked) = (app.clone(), app.clone());
        let router = Router::new()
            .route("/metrics", get(move || async move { metrics::answer(&shown, places.taken()).await }))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(move |query: RawQuery| ready::answer(asked.clone(), query)))
            .fallback(|| async { (StatusCode::NOT_FOUND, "/metrics, /healthz and /readyz are here\n") });
        Self(router)
    }

    /// Answers a request.
    pub async fn answer<B>(self, request: Request<B>) -> Response<Body>
    where
        B: axum::body::HttpBody<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let Ok(mut response) = self.0.oneshot(request.map(Body::new)).await;
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}
