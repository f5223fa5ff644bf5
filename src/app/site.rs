//! What answers requests: gives each its number, each answer the headers that all answers have, and the log its line.
//! It knows no page.

use super::{Access, App, At, Route};
use crate::caller::Origin;
use crate::console;
use crate::error::Code;
use crate::graphql;
use crate::proxies::{self, From};
use crate::world::World;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use futures_util::FutureExt as _;
use serde_json::json;
use std::any::Any;
use std::net::IpAddr;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tower::ServiceExt as _;

/// Digits of numbers in base 16.
const DIGITS: &[u8; 16] = b"0123456789abcdef";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Numbers for requests: a beginning drawn by lot for each process, and counting from there.
#[derive(Debug)]
pub(super) struct RequestNumbers {
    process: u64,
    next: AtomicU64,
}

impl RequestNumbers {
    pub(super) fn new(world: &World) -> Self {
        let mut bytes = [0; 8];
        world.fill(&mut bytes);
        Self { process: u64::from_le_bytes(bytes), next: AtomicU64::new(1) }
    }

    fn take(&self) -> String {
        let beginning = self.process & 0xffff_ffff_0000_0000;
        let number = beginning.wrapping_add(self.next.fetch_add(1, Ordering::Relaxed));
        let mut text = String::with_capacity(16);
        for place in (0..16).rev() {
            text.push(char::from(DIGITS[(number >> (place * 4) & 15) as usize]));
        }
        text
    }
}

/// The route of a request, where there is one, and its method if the log may know it: others may hold a secret that
/// somebody pasted there by mistake.
fn known(request: &Request<Body>) -> (&'static str, Option<&'static Route>) {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = METHODS.into_iter().find(|method| *method == request.method().as_str());
    (method.unwrap_or("another"), Route::of(request.uri().path()))
}

/// What answers requests.
pub struct Site {
    app: App,
    pages: Router,
}

impl Site {
    pub(super) fn new(app: App, pages: Router) -> Self {
        Self { app, pages }
    }

    /// Answers a request.
    pub async fn answer<B>(self: Arc<Self>, peer: impl Into<Option<IpAddr>>, request: Request<B>) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let since = Instant::now();
        let mut request = request.map(Body::new);
        let ip = self.client(peer.into(), &request);
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        // A header that can be text is ASCII.
        let agent = agent.map(|agent| agent.get(..200).unwrap_or(agent).to_owned());
        let origin = Arc::new(Origin { ip, agent, request_id: self.app.numbers.take() });
        let (method, route) = known(&request);
        let path = route.map_or("elsewhere", |route| route.path);
        let trace = self.app.traces.as_ref();
        let trace = trace.map(|traces| traces.request(method, path, &origin.request_id, request.headers_mut()));
        let mut response = caught(&origin.request_id, self.admitted(route, Arc::clone(&origin), request)).await;
        let (status, id) = (response.status(), &origin.request_id);
        // Most refusals have status 200, as GraphQL over HTTP wants it of `application/json`.
        let code = response.extensions().get::<Code>().map(|code| code.as_str());
        if (status.is_success() || status.is_redirection()) && code.is_none() {
            tracing::debug!(request_id = id, method, path, status = status.as_u16(), "answered");
        } else {
            let code = code.unwrap_or_default();
            tracing::info!(request_id = id, method, path, status = status.as_u16(), code, "refused");
        }
        self.app.requests.note(route.map(|route| route.at), &response, since.elapsed());
        if let Some(trace) = trace {
            trace.answered(status, response.extensions().get().copied());
        }
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }

    /// The address of whoever asks, through the proxies that are trusted.
    fn client(&self, peer: Option<IpAddr>, request: &Request<Body>) -> Option<IpAddr> {
        match self.app.proxies.origin(peer, request.headers()) {
            From::Client(ip) => ip,
            From::Stranger(stranger) => {
                let cx = self.app.cx();
                if self.app.proxies.is_to_be_told(cx.world.now()) {
                    tracing::warn!(
                        address = %stranger,
                        "X-Forwarded-For comes from an address that is not in `trusted_proxies`: it is ignored, and that \
                         address counts as the client's. Add the address, if it is a proxy of yours"
                    );
                    tokio::spawn(async move {
                        if let Err(error) = proxies::remember(&cx.storage, &cx.world, stranger).await {
                            tracing::warn!(?error, "a proxy that is not trusted could not be remembered");
                        }
                    });
                }
                Some(stranger)
            }
        }
    }

    /// Gives a request that wants a credential its place, for as long as it is answered, and its page's browser what it
    /// asks for.
    async fn admitted(&self, route: Option<&Route>, origin: Arc<Origin>, request: Request<Body>) -> Response<Body> {
        let guarded = route.is_some_and(|route| route.access == Access::Guarded);
        let place = if guarded { self.app.places.try_acquire().ok() } else { None };
        if guarded && place.is_none() {
            return graphql::refuse(request.headers(), &graphql::too_many());
        }
        let read_by_others = guarded && route.is_some_and(|route| route.at != At::Console);
        if let Some(browsers) = self.app.browsers.as_ref().filter(|_| read_by_others)
            && request.headers().contains_key(header::ORIGIN)
        {
            return Box::pin(browsers.answer(request, |request| self.routed(route, origin, request))).await;
        }
        self.routed(route, origin, request).await
    }

    /// GraphQL goes straight to its door: the router's way there, through its boxes and copies of handlers, would cost
    /// a tenth of a small query.
    async fn routed(&self, route: Option<&Route>, origin: Arc<Origin>, mut request: Request<Body>) -> Response<Body> {
        let door = match route.map(|route| route.at) {
            Some(At::Graphql) => Some(self.app.door().await),
            Some(At::OwnGraphql) => Some(self.app.own_door().await),
            _ => None,
        };
        if door.is_some() && console::is_looked_at(request.method(), request.headers()) {
            return console::ide(&self.app.console_doors().await, &request);
        }
        if let Some(door) = door {
            let head_only = *request.method() == Method::HEAD;
            let response = graphql::serve(door, origin, request).await;
            return if head_only { head_of(response) } else { response };
        }
        if route.is_none_or(|route| route.at == At::Console) {
            let head_only = *request.method() == Method::HEAD;
            let response = Box::pin(self.app.console(route, origin, request)).await;
            return if head_only { head_of(response) } else { response };
        }
        request.extensions_mut().insert(origin);
        match Box::pin(self.pages.clone().oneshot(request)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// The answer, also where making it panics: the others on the connection are not to suffer from it. Not an async
/// function: that would hold the future a second time.
fn caught(request_id: &str, answered: impl Future<Output = Response<Body>>) -> impl Future<Output = Response<Body>> {
    AssertUnwindSafe(answered)
        .catch_unwind()
        .map(move |answered| answered.unwrap_or_else(|panic| panicked(request_id, &*panic)))
}

fn panicked(request_id: &str, panic: &(dyn Any + Send)) -> Response<Body> {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word");
    tracing::error!(request_id, panic = said, "answering panicked");
    let extensions = json!({ "code": Code::Internal.as_str(), "request_id": request_id });
    let errors = json!({ "errors": [{ "message": "internal error", "extensions": extensions }] });
    let mut response = Response::new(Body::from(errors.to_string()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.extensions_mut().insert(Code::Internal);
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The answer to a HEAD: that to a GET without its body, but with its length (RFC 9110, section 9.3.2).
fn head_of(mut response: Response<Body>) -> Response<Body> {
    let length = response.body().size_hint().exact();
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    *response.body_mut() = Body::empty();
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    #[tokio::test]
    async fn a_panic_is_answered_with_the_number_under_which_the_log_tells_of_it() {
        let response = caught("7", async { panic!("on purpose") }).await;
        assert_eq!(response.status(), 500);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["errors"][0]["extensions"], json!({"code": "INTERNAL", "request_id": "7"}));
        assert!(body.get("data").is_none());
    }
}
