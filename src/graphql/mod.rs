//! The GraphQL door: GraphQL over HTTP in, GraphQL over HTTP out. It decides nothing of its own: `guard` says who
//! calls and whether the operation may run.

pub mod answer;
mod attributes;
mod halves;
mod hidden;
mod inside;
pub mod introspection;
mod limits;
mod literals;
mod mixed;
mod one_of;
mod outcome;
mod outline;
mod own_part;
mod passing;
pub mod plan;
mod request;
mod run;
pub mod schema;
mod sdl;
mod strangers;
mod strict_json;
pub mod variables;

pub use inside::{Answered, AnsweredRefusal, missing, run_inside};
pub use introspection::{Shaped, Shapes};
pub use request::{GraphqlRequest, refuse_token_in_url};
pub use sdl::{serve_sdl, shown};

use crate::caller::{Caller, Origin};
use crate::config::Identity;
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::gateway::{self, Api};
use crate::guard::{self, Callers, Presented, Standing};
use crate::permission::{Part, Powers, Surface};
use crate::tokens::LastUses;
use answer::{AnsweredError, Media};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use plan::{NoPlan, Plan, Plans};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::{Semaphore, SemaphorePermit};

/// When the personal access token ends that was sent.
const EXPIRES_AT: HeaderName = HeaderName::from_static("doorward-token-expires-at");
/// Bytes of the body of a request without a live credential: sign-in needs no more, and strangers are many.
const STRANGERS_BODY: usize = 64 * 1024;

/// What the door needs.
pub struct Door {
    /// What features are given.
    pub cx: Arc<Context>,
    /// The schema that is served here.
    pub surface: Arc<Surface>,
    /// How it stands to the one that powers are held on; `None`: it is that one.
    pub part: Option<Arc<Part>>,
    /// The API behind.
    pub api: Option<Arc<Api>>,
    /// The cache of verified credentials.
    pub callers: Callers,
    /// The cache of plans.
    pub plans: Arc<Plans>,
    /// The cache of shaped schemas.
    pub shapes: Arc<Shapes>,
    /// The executor of own fields.
    pub own: schema::Own,
    /// Where the use of credentials is noted.
    pub uses: LastUses,
    /// The places of requests without a live credential.
    pub strangers: Semaphore,
}

impl Door {
    /// The places of strangers, where so many requests may be under way: a quarter.
    #[must_use]
    pub fn strangers_places(requests: usize) -> Semaphore {
        Semaphore::new((requests / 4).max(1))
    }

    /// What a caller may do of what is served here.
    fn powers(&self, caller: &Caller) -> Arc<Powers> {
        match &self.part {
            None => Arc::clone(&caller.identity().powers),
            Some(part) => part.powers(&self.surface, caller.powers()),
        }
    }

    /// Whether the API behind is told who calls.
    fn tells_identity(&self) -> bool {
        self.cx.config.upstream.identity != Identity::None
    }
}

/// A request, as far as it has been read.
struct Asked {
    request: GraphqlRequest,
    /// Whether it came by GET or HEAD.
    get: bool,
    media: Media,
    /// The client's headers.
    headers: HeaderMap,
}

/// Refuses a request before it is looked at.
#[must_use]
pub fn refuse(headers: &HeaderMap, refusal: &Refusal) -> Response<Body> {
    kept_by_nobody(answer::refusal(refusal, Media::accepted(headers)))
}

/// No cache may keep an answer to a credential for others.
fn kept_by_nobody(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Authorization, Cookie, Origin"));
    response
}

/// Answers a request to a GraphQL endpoint.
pub async fn serve(door: Arc<Door>, origin: Arc<Origin>, request: Request<Body>) -> Response<Body> {
    let media = Media::accepted(request.headers());
    let answered = answer(&door, origin, request, media).await.unwrap_or_else(|stop| stop.response(media));
    let mut response = kept_by_nobody(answered);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("GET, POST");
        response.headers_mut().entry(header::ALLOW).or_insert(allowed);
    }
    response
}

/// Why nothing was run.
enum Stop {
    Refusal(Refusal),
    Errors(Code, Vec<AnsweredError>),
}

impl Stop {
    fn response(self, media: Media) -> Response<Body> {
        match self {
            Self::Refusal(refusal) => answer::refusal(&refusal, media),
            Self::Errors(code, errors) => answer::errors(code, media, &errors),
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<NoPlan> for Stop {
    fn from(none: NoPlan) -> Self {
        match none {
            NoPlan::Refusal(refusal) => Self::Refusal(refusal),
            NoPlan::Errors(code, errors) => {
                Self::Errors(code, errors.iter().map(|error| AnsweredError::found(code, error)).collect())
            }
        }
    }
}

fn stop(error: Error, request_id: &str) -> Stop {
    match error {
        Error::Refusal(refusal) => Stop::Refusal(*refusal),
        Error::Fault(fault) => {
            tracing::error!(request_id, %fault, "a request failed");
            if fault.passing {
                Stop::Refusal(Refusal::new(Code::Unavailable, "the server cannot answer now; try again in a moment"))
            } else {
                Stop::Errors(Code::Internal, vec![AnsweredError::internal(request_id)])
            }
        }
    }
}

/// Notes whether something was waited for.
fn noted<T>(waited: &mut bool, polled: Poll<T>) -> Poll<T> {
    *waited |= polled.is_pending();
    polled
}

async fn answer(
    door: &Door,
    origin: Arc<Origin>,
    request: Request<Body>,
    media: Media,
) -> Result<Response<Body>, Stop> {
    let (head, body) = request.into_parts();
    let presented = presented(door, &head.headers, head.method != Method::POST);
    let mut waited = false;
    let standing = {
        let mut identified = pin!(guard::identify(&door.cx, &door.callers, &presented, Arc::clone(&origin)));
        poll_fn(|cx| noted(&mut waited, identified.as_mut().poll(cx))).await
    };
    let standing = standing.map_err(|error| stop(error, &origin.request_id))?;
    let longest = door.cx.config.limits.body_bytes;
    match standing {
        Standing::Live(caller) => {
            let caller = acting(door, &head.headers, caller).await?;
            // As what they act was looked up.
            waited |= caller.identity().credential.is_cookie();
            let asked = {
                let mut read = pin!(read(door, head, body, longest, media));
                poll_fn(|cx| noted(&mut waited, read.as_mut().poll(cx))).await
            };
            match &asked {
                // The body may have been long in coming, or the lookup. Where neither was waited for, the caller was let in
                // a moment ago by what would be asked again, and whatever is revoked from now on could as well be revoked
                // right after a second question. Where the way on takes long, that is asked there once more.
                Ok(asked) if waited && !guard::still_stands(&door.cx, &door.callers, &caller) => {
                    Box::pin(asked_again(door, &origin, asked, media)).await
                }
                _ => Ok(to_caller(door, &caller, &origin, asked.as_ref().map_err(Clone::clone), media).await),
            }
        }
        Standing::Barred(caller, refusal) => {
            let _place = strangers_place(door)?;
            let answered = match read(door, head, body, longest.min(STRANGERS_BODY), media).await {
                Ok(asked) => Box::pin(strangers_sign_in(door, &origin, &asked, refusal)).await,
                Err(_) => Err(refusal.into()),
            };
            Ok(with_expiry(answered.unwrap_or_else(|stop| stop.response(media)), &caller))
        }
        Standing::Dead(refusal) => {
            let _place = strangers_place(door)?;
            let asked = read(door, head, body, longest.min(STRANGERS_BODY), media).await?;
            Box::pin(strangers(door, &origin, &asked, refusal)).await
        }
    }
}

/// As whom a caller asks: by the console's cookie it may be as a token or a role that they look after.
async fn acting(door: &Door, headers: &HeaderMap, caller: Caller) -> Result<Caller, Stop> {
    if !caller.identity().credential.is_cookie() {
        // Whoever sends it wants to be held to something, and would not be.
        return if headers.contains_key(guard::ACT_AS) { Err(guard::acts_by_cookie().into()) } else { Ok(caller) };
    }
    let request_id = caller.origin().request_id.clone();
    let acting = Box::pin(guard::acting(&door.cx, &door.callers, headers, caller));
    acting.await.map_err(|error| stop(error, &request_id))
}

/// A cookie counts for a POST alone, and from a page of our own.
fn presented<'a>(door: &Door, headers: &'a HeaderMap, get: bool) -> Presented<'a> {
    match door.cx.config.public_url.as_deref() {
        Some(public_url) if !get => Presented::read_from_own_page(headers, public_url),
        _ => Presented::read(headers),
    }
}

/// The answer to somebody whose credential held when they began to send, and may not hold any more.
async fn asked_again(door: &Door, origin: &Arc<Origin>, asked: &Asked, media: Media) -> Result<Response<Body>, Stop> {
    let presented = presented(door, &asked.headers, asked.get);
    let standing = guard::identify(&door.cx, &door.callers, &presented, Arc::clone(origin)).await;
    match standing.map_err(|error| stop(error, &origin.request_id))? {
        Standing::Live(caller) => {
            let caller = acting(door, &asked.headers, caller).await?;
            Ok(to_caller(door, &caller, origin, Ok(asked), media).await)
        }
        Standing::Barred(caller, refusal) => Ok(with_expiry(Stop::from(refusal).response(media), &caller)),
        Standing::Dead(refusal) => strangers(door, origin, asked, refusal).await,
    }
}

async fn to_caller(
    door: &Door,
    caller: &Caller,
    origin: &Arc<Origin>,
    asked: Result<&Asked, Refusal>,
    media: Media,
) -> Response<Body> {
    let answered = match asked {
        Ok(asked) => callers_answer(door, caller, origin, asked).await,
        Err(refusal) => Err(refusal.into()),
    };
    let answered = answered.unwrap_or_else(|stop| match stop {
        Stop::Refusal(refusal) if hidden::is_on(&door.cx) => answer::refusal(&hidden::hushed(refusal), media),
        stop => stop.response(media),
    });
    with_expiry(answered, caller)
}

/// What somebody without a live credential asks.
async fn strangers(door: &Door, origin: &Arc<Origin>, asked: &Asked, refusal: Refusal) -> Result<Response<Body>, Stop> {
    let (stranger, plan) = strangers_plan(door, origin, &asked.request, refusal).await?;
    judge_and_run(door, &stranger, &plan, asked).await
}

/// Sign-in, whoever sends it.
async fn strangers_answer(
    door: &Door,
    origin: &Arc<Origin>,
    plan: &Arc<Plan>,
    asked: &Asked,
) -> Result<Response<Body>, Stop> {
    judge_and_run(door, &stranger(door, origin).await?, plan, asked).await
}

async fn callers_answer(
    door: &Door,
    caller: &Caller,
    origin: &Arc<Origin>,
    asked: &Asked,
) -> Result<Response<Body>, Stop> {
    let limits = &door.cx.config.limits;
    let plan = if hidden::is_on(&door.cx) {
        Box::pin(hidden::plan(door, caller, &asked.request)).await?
    } else {
        door.plans.of(&door.surface, limits, &asked.request.query, asked.request.operation_name.as_deref())?
    };
    if plan.signs_in {
        return Box::pin(strangers_answer(door, origin, &plan, asked)).await;
    }
    judge_and_run(door, caller, &plan, asked).await
}

/// Reads the request proper: method, media type, size, form.
async fn read(
    door: &Door,
    head: axum::http::request::Parts,
    body: Body,
    longest: usize,
    media: Media,
) -> Result<Asked, Refusal> {
    let get = head.method != Method::POST;
    let prefix = &door.cx.config.tokens.prefix;
    let query = head.uri.query().unwrap_or_default();
    match head.method {
        Method::GET | Method::HEAD => {
            let request = GraphqlRequest::from_url(query, prefix)?;
            return Ok(Asked { request, get, media, headers: head.headers });
        }
        Method::POST => refuse_token_in_url(query, prefix)?,
        _ => return Err(Refusal::new(Code::MethodNotAllowed, "this path takes GET and POST")),
    }
    let content_type = head.headers.get(header::CONTENT_TYPE);
    if !content_type.is_some_and(|value| gateway::is_of(value, &["application/json"])) {
        return Err(Refusal::new(
            Code::UnsupportedMediaType,
            "send the request as `Content-Type: application/json`, in UTF-8",
        ));
    }
    let request = GraphqlRequest::from_json(&whole(body, longest).await?)?;
    Ok(Asked { request, get, media, headers: head.headers })
}

/// A body to its end. Most come in one piece, which is taken as it is.
async fn whole(mut body: Body, longest: usize) -> Result<Bytes, Refusal> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::new(Code::BadRequest, "the body did not arrive whole"))?;
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > longest - first.len() - rest.len() {
            return Err(limits::passed("body_bytes"));
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
        if body.is_end_stream() {
            break;
        }
    }
    if rest.is_empty() { Ok(first) } else { Ok([first, rest.freeze()].concat().into()) }
}

/// A place among those without a live credential: the bodies of strangers may be long in coming, and are not to take up
/// all the places.
fn strangers_place(door: &Door) -> Result<SemaphorePermit<'_>, Refusal> {
    door.strangers.try_acquire().map_err(|_| too_many())
}

/// The refusal where more requests are under way than may be.
#[must_use]
pub fn too_many() -> Refusal {
    Refusal::new(Code::Unavailable, "too many requests are under way at once; try again in a second").after(1)
}

async fn stranger(door: &Door, origin: &Arc<Origin>) -> Result<Caller, Stop> {
    guard::stranger(&door.cx, &door.callers, Arc::clone(origin)).await.map_err(|error| stop(error, &origin.request_id))
}

/// The plan of what a stranger asks: sign-in, or what `anonymous` holds. Anything else is answered with what is
/// wrong with the credential, whether or not the document would be valid.
async fn strangers_plan(
    door: &Door,
    origin: &Arc<Origin>,
    asked: &GraphqlRequest,
    dead: Refusal,
) -> Result<(Caller, Arc<Plan>), Stop> {
    let limits = &door.cx.config.limits;
    let operation = asked.operation_name.as_deref();
    let stranger = stranger(door, origin).await?;
    let signs_in = signs_in(door, asked);
    let plan = if signs_in || guard::may_more_than_sign_in(&door.cx, &stranger) {
        plan::make(&door.surface, limits, &asked.query, operation)
    } else {
        return Err(dead.into());
    };
    let plan = if signs_in { plan? } else { plan.map_err(|_| dead.clone())? };
    if !signs_in && !strangers_may(door, &stranger, &plan, asked) {
        return Err(dead.into());
    }
    Ok((stranger, Arc::new(plan)))
}

fn signs_in(door: &Door, asked: &GraphqlRequest) -> bool {
    let (limits, operation) = (&door.cx.config.limits, asked.operation_name.as_deref());
    asked.query.contains(strangers::SIGN_IN_BEGINS)
        && plan::parse(limits, &asked.query)
            .is_ok_and(|document| strangers::signs_in_alone(&door.surface, &document, operation))
}

/// What is left to a credential that does not hold where it is used: whoever signs in does so as a stranger.
async fn strangers_sign_in(
    door: &Door,
    origin: &Arc<Origin>,
    asked: &Asked,
    barred: Refusal,
) -> Result<Response<Body>, Stop> {
    if !signs_in(door, &asked.request) {
        return Err(barred.into());
    }
    strangers(door, origin, asked, barred).await
}

fn strangers_may(door: &Door, stranger: &Caller, plan: &Plan, asked: &GraphqlRequest) -> bool {
    let surface = &door.surface;
    let Ok(variables) = variables::coerce(surface.schema(), &plan.operation, &asked.variables) else { return false };
    let also = plan.attributes.needed(surface, &variables);
    guard::authorise(surface, &door.powers(stranger), &plan.needs, &asked.variables, also.as_ref()).is_ok()
}

async fn judge_and_run(door: &Door, caller: &Caller, plan: &Arc<Plan>, asked: &Asked) -> Result<Response<Body>, Stop> {
    if asked.get && plan.is_mutation() {
        return Err(Refusal::new(Code::MethodNotAllowed, "a GET runs queries only: send mutations by POST").into());
    }
    // Whoever acts as a token that is held to documents may look at the schema that they see: it is theirs to look after.
    if caller.token().is_some() || !plan.only_introspects() {
        guard::holds_to(caller, || plan.digest())?;
    }
    let surface = &door.surface;
    let given = &asked.request.variables;
    let variables = variables::coerce(surface.schema(), &plan.operation, given)?;
    one_of::check_variables(surface.schema(), &plan.operation, &plan.one_of, given)?;
    // An attribute that is hidden is refused by its list, in the words for one that is not there.
    let also = plan.attributes.needed(surface, &variables).filter(|_| !hidden::is_on(&door.cx));
    guard::authorise(surface, &door.powers(caller), &plan.needs, given, also.as_ref())?;
    if plan.is_subscription() {
        let message = "subscriptions are not taken over HTTP; over WebSocket they are not built yet";
        return Err(Refusal::new(Code::BadRequest, message).into());
    }
    door.uses.note(&door.cx, caller);
    Ok(run::run(door, caller, plan, variables, asked).await)
}

/// Every answer to a personal access token says when it ends, so that scripts can renew in time.
fn with_expiry(mut response: Response<Body>, caller: &Caller) -> Response<Body> {
    if let Some(token) = caller.token() {
        response.headers_mut().insert(EXPIRES_AT, token.expires_at_header.clone());
    }
    response
}
