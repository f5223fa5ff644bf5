//! One request to the API and its answer: asked for, looked at as far as it must be, and passed on as it comes.

use super::body::Passing;
use super::check::{self, READ_WHOLE};
use super::failure::Failure;
use super::pool::Lease;
use super::wire::Head;
use super::{Api, told};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::{Bytes, BytesMut};
use std::future::poll_fn;
use std::task::Poll;
use tokio::time::Instant;

/// What is sent.
pub struct Question<'a> {
    /// The body, whole.
    pub body: String,
    /// Whether it may be sent again where nothing of it arrived.
    pub repeatable: bool,
    /// The media types that the answer may have.
    pub accept: HeaderValue,
    /// Whether the answer may be compressed with gzip.
    pub gzip: bool,
    /// The client's own headers.
    pub client: &'a HeaderMap,
    /// The number of the client's request.
    pub request_id: &'a str,
    /// Who calls, where the API is told of it.
    pub who: Option<&'a told::Who>,
    /// Whether what let the request in still stands: asked once more where making a connection may have taken long.
    pub stands: &'a (dyn Fn() -> bool + Sync),
}

/// An answer whose beginning is that of a GraphQL response.
pub struct Answer {
    /// The API's status.
    pub status: StatusCode,
    headers: HeaderMap,
    /// What was read of it already.
    beginning: Bytes,
    /// The connection on which the rest is still to come.
    rest: Option<Lease>,
    /// Its length, where the API said it.
    length: Option<u64>,
    /// Whether nothing of HTTP tells its end from a break, but the JSON does.
    ends_with_connection: bool,
}

impl Api {
    /// Asks, and looks at the answer: at all of a short one, of a longer one at its status, type and beginning.
    ///
    /// # Errors
    /// When there is no answer, or it is none of GraphQL's.
    pub async fn ask(&self, question: Question<'_>) -> Result<Answer, Failure> {
        let since = Instant::now();
        let answered = self.answered(question, since).await;
        let now = Instant::now();
        let answer = answered.map(|(answer, through)| {
            if let Some(lease) = through {
                lease.give_back(now);
            }
            answer
        });
        self.asked.note(answer.as_ref().map(|_| ()), now - since);
        if !matches!(answer, Err(Failure::Ended)) {
            self.state.note(answer.as_ref().map(|_| ()));
        }
        answer
    }

    /// The answer, and its connection once that is through with it.
    async fn answered(&self, question: Question<'_>, now: Instant) -> Result<(Answer, Option<Lease>), Failure> {
        let (repeatable, gzip, stands) = (question.repeatable, question.gzip, question.stands);
        let within = (now, self.timeout);
        let request = self.beginning.request(&question);
        let (head, lease) = self.pool.send(request, repeatable, stands, within).await?;
        looked_at(head, lease, gzip).await
    }
}

async fn looked_at(head: Head, mut lease: Lease, gzip: bool) -> Result<(Answer, Option<Lease>), Failure> {
    let status = head.status;
    match status.as_u16() {
        401 | 403 => return Err(Failure::Unauthorized(status.as_u16())),
        300..=399 => return Err(Failure::Invalid(format!("a redirect, status {}", status.as_u16()))),
        _ => {}
    }
    let invalid = |why: &str| Failure::Invalid(format!("status {}: {why}", status.as_u16()));
    let content_type = head
        .content_type
        .filter(|value| is_of(value, RESPONSES))
        .ok_or_else(|| invalid("its content type is not JSON in UTF-8"))?;
    let packed = match head.content_encoding.as_ref().map(HeaderValue::as_bytes) {
        None | Some(b"identity") => false,
        Some(coding) if gzip && coding.eq_ignore_ascii_case(b"gzip") => true,
        Some(_) => return Err(invalid("its coding was not asked for")),
    };
    let length = lease.ends().left();
    let ends_with_connection = lease.ends().with_connection() && !packed;
    let beginning = begin(&mut lease).await?;
    let ended = lease.ends().is_here();
    // A long answer may arrive in one piece; it is a long one all the same.
    let short = ended && beginning.len() <= READ_WHOLE;
    let looked = if short { check::whole(&beginning, packed) } else { check::beginning(&beginning, packed) };
    looked.map_err(invalid)?;
    if !short && !status.is_success() {
        return Err(invalid("an error that is too long to be looked at"));
    }
    // Room for those that every answer gets, and no more: what is larger than a kilobyte is not to be had quickly.
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert(header::CONTENT_TYPE, content_type);
    if packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(trace) = head.trace {
        headers.insert(told::TRACE_BACK, trace);
    }
    let (rest, through) = if ended { (None, Some(lease)) } else { (Some(lease), None) };
    Ok((Answer { status, headers, beginning, rest, length, ends_with_connection }, through))
}

/// Reads until it is known whether the answer is a short one.
async fn begin(lease: &mut Lease) -> Result<Bytes, Failure> {
    poll_fn(|cx| lease.poll_filled(cx, READ_WHOLE + 1)).await;
    let first = next(lease).await?.unwrap_or_default();
    if first.len() > READ_WHOLE || lease.ends().is_here() {
        return Ok(first);
    }
    let mut read = BytesMut::from(first);
    while let Some(more) = next(lease).await? {
        read.extend_from_slice(&more);
        if read.len() > READ_WHOLE {
            break;
        }
    }
    Ok(read.freeze())
}

async fn next(lease: &mut Lease) -> Result<Option<Bytes>, Failure> {
    poll_fn(|cx| match lease.poll_piece(cx) {
        Poll::Ready(piece) => Poll::Ready(piece.transpose()),
        Poll::Pending => lease.poll_over(cx).map(|()| Err(Failure::Timeout)),
    })
    .await
}

/// What an API's answers may be.
const RESPONSES: &[&str] = &["application/json", "application/graphql-response+json", "application/graphql+json"];

/// Whether a content type is one of these, in UTF-8.
#[must_use]
pub fn is_of(value: &HeaderValue, types: &[&str]) -> bool {
    // As nearly everybody writes it.
    let plain = value.as_bytes().strip_suffix(b"; charset=utf-8").unwrap_or(value.as_bytes());
    if types.iter().any(|known| plain == known.as_bytes()) {
        return true;
    }
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    types.iter().any(|known| media.eq_ignore_ascii_case(known))
        && parts.all(|part| {
            let (name, set) = part.split_once('=').unwrap_or_default();
            let set = set.trim_matches('"');
            !name.eq_ignore_ascii_case("charset")
                || set.eq_ignore_ascii_case("utf-8")
                || set.eq_ignore_ascii_case("utf8")
        })
}

impl Answer {
    /// The headers that go back, and the body as it comes.
    pub fn into_parts(self, api: &Api) -> (HeaderMap, Body) {
        let body = match self.rest {
            None => Body::from(self.beginning),
            Some(lease) => {
                let passing = Passing::new(self.beginning, lease, self.length, api.timeout);
                Body::new(if self.ends_with_connection { passing.until_closed() } else { passing })
            }
        };
        (self.headers, body)
    }

    /// Whether the body is compressed.
    #[must_use]
    pub fn is_packed(&self) -> bool {
        self.headers.contains_key(header::CONTENT_ENCODING)
    }

    /// The whole body, for an answer that has to be put together with another.
    ///
    /// # Errors
    /// When it breaks off, comes too slowly, or has more bytes than `longest`.
    pub async fn whole(self, api: &Api, longest: usize) -> Result<Bytes, Failure> {
        let Some(mut lease) = self.rest else { return Ok(self.beginning) };
        let mut read = BytesMut::from(self.beginning);
        loop {
            lease.wait_for(api.timeout);
            match next(&mut lease).await? {
                Some(more) => read.extend_from_slice(&more),
                None => {
                    lease.give_back(Instant::now());
                    return Ok(read.freeze());
                }
            }
            if read.len() > longest {
                return Err(Failure::Invalid("it is too long to be read whole".into()));
            }
        }
    }
}
