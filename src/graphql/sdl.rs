//! `/schema.graphql`: the schema as text, as the presented credential sees it.

use super::answer::{self, Media};
use super::introspection::Shaped;
use super::{Door, kept_by_nobody, refuse_token_in_url, stop, with_expiry};
use crate::caller::{Caller, Origin};
use crate::error::{Code, Error, Fault, Refusal};
use crate::guard::{self, Presented, Standing};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use std::sync::Arc;

/// Answers `/schema.graphql`: the schema as the presented credential sees it.
pub async fn serve_sdl(door: Arc<Door>, origin: Arc<Origin>, request: Request<Body>) -> Response<Body> {
    let presented = Presented::read(request.headers());
    let standing = guard::identify(&door.cx, &door.callers, &presented, Arc::clone(&origin)).await;
    let takes = takes_sdl(&door, &request);
    let answered = match (standing, takes) {
        (Ok(Standing::Live(caller)), Ok(())) => with_expiry(sdl(&door, &caller).await, &caller),
        (Ok(Standing::Barred(caller, refusal)), _) => with_expiry(answer::refusal(&refusal, Media::Json), &caller),
        (Ok(Standing::Live(caller)), Err(refusal)) => with_expiry(answer::refusal(&refusal, Media::Json), &caller),
        (Ok(Standing::Dead(_)), Err(refusal)) | (Ok(Standing::Dead(refusal)), Ok(())) => {
            answer::refusal(&refusal, Media::Json)
        }
        (Err(error), _) => stop(error, &origin.request_id).response(Media::Json),
    };
    let mut response = kept_by_nobody(answered);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

fn takes_sdl(door: &Door, request: &Request<Body>) -> Result<(), Refusal> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Refusal::new(Code::MethodNotAllowed, "this path takes GET"));
    }
    refuse_token_in_url(request.uri().query().unwrap_or_default(), &door.cx.config.tokens.prefix)
}

async fn sdl(door: &Door, caller: &Caller) -> Response<Body> {
    if let Err(refusal) = guard::may_see_schema(caller) {
        let mut response = answer::refusal(&refusal, Media::Json);
        *response.status_mut() = StatusCode::FORBIDDEN;
        return response;
    }
    let sdl = match shown(door, caller, Shaped::sdl).await {
        Ok(sdl) => sdl,
        Err(error) => return stop(error, &caller.origin().request_id).response(Media::Json),
    };
    door.uses.note(&door.cx, caller);
    let mut response = Response::new(Body::from(sdl));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// What is made of the schema as a caller sees it, on a blocking thread: a large one takes time.
///
/// # Errors
/// Whoever may not see the schema is refused.
pub async fn shown<T: Send + 'static>(
    door: &Door,
    caller: &Caller,
    made: impl FnOnce(&Shaped) -> T + Send + 'static,
) -> Result<T, Error> {
    guard::may_see_schema(caller)?;
    let (shapes, surface, powers) = (Arc::clone(&door.shapes), Arc::clone(&door.surface), door.powers(caller));
    let shown = tokio::task::spawn_blocking(move || made(&shapes.of(&surface, &powers))).await;
    Ok(shown.map_err(|error| Fault::new("showing the schema", error))?)
}
