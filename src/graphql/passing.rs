//! The way on to the API behind: what is asked of it, and its answer passed on.

use super::answer::{self, Media};
use super::{Asked, Door};
use crate::caller::Caller;
use crate::error::Refusal;
use crate::gateway::{Answer, Api, ApiPart, Failure, Question, Who};
use crate::guard;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;

/// An answer longer than this is not put together with another half.
const LONGEST_HALF: usize = 16 << 20;

/// Asks the API for all of an operation, and passes its answer on as it comes.
pub(super) async fn on(door: &Door, caller: &Caller, part: &ApiPart, asked: &Asked) -> Response<Body> {
    let (api, answer) = match ask(door, caller, part, asked, accepts_gzip(&asked.headers)).await {
        Ok(answered) => answered,
        Err(refusal) => return answer::refusal(&refusal, asked.media),
    };
    let status = status(answer.status, asked.media);
    let (headers, body) = answer.into_parts(api);
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Asks the API for its half, and reads it whole.
pub(super) async fn whole(door: &Door, caller: &Caller, part: &ApiPart, asked: &Asked) -> Result<Bytes, Refusal> {
    let (api, answer) = ask(door, caller, part, asked, false).await?;
    let whole = answer.whole(api, LONGEST_HALF).await;
    whole.map_err(|failure| failed(door, &failure))
}

/// The refusal of an answer that is no GraphQL, which is noted as such.
pub(super) fn not_graphql(door: &Door, why: &str) -> Refusal {
    failed(door, &Failure::Invalid(why.to_owned()))
}

fn failed(door: &Door, failure: &Failure) -> Refusal {
    if let Some(api) = &door.api {
        api.failed(failure);
    }
    failure.refusal()
}

async fn ask<'d>(
    door: &'d Door,
    caller: &Caller,
    part: &ApiPart,
    asked: &Asked,
    gzip: bool,
) -> Result<(&'d Api, Answer), Refusal> {
    let Some(api) = &door.api else { return Err(Failure::Unavailable(String::new()).refusal()) };
    let who = caller.identity().told.as_ref().map(|told| Who {
        user_id: caller.identity().person.as_ref().map(|person| person.id.0),
        external_id: told.external_id.clone(),
        token_id: caller.token().map(|token| token.id.0),
        roles: told.roles.clone(),
    });
    // A stranger is told of too, as nobody.
    let who = who.or_else(|| door.tells_identity().then(Who::default));
    let stands = || guard::still_stands(&door.cx, &door.callers, caller);
    let question = Question {
        body: part.body(&asked.request.variables, &asked.request.variables_text),
        repeatable: part.repeatable,
        accept: accept(asked.media),
        gzip,
        client: &asked.headers,
        request_id: &caller.origin().request_id,
        who: who.as_ref(),
        stands: &stands,
    };
    match api.ask(question).await {
        Ok(answer) => Ok((api, answer)),
        Err(failure) => Err(failure.refusal()),
    }
}

const fn accept(media: Media) -> HeaderValue {
    match media {
        Media::Json => HeaderValue::from_static("application/json"),
        Media::GraphqlResponse => HeaderValue::from_static("application/graphql-response+json, application/json;q=0.9"),
    }
}

/// The API's status, where the media type lets it tell something (GraphQL over HTTP, section 6.4); when to come again is
/// told in any.
fn status(theirs: StatusCode, media: Media) -> StatusCode {
    let keep = media == Media::GraphqlResponse
        || matches!(theirs, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if keep { theirs } else { StatusCode::OK }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        named && !parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0)))
    })
}
