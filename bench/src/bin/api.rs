//! The API behind the gateways: hyper reads the request, its body too, and answers as many users as it was started for,
//! whatever was asked. Only an introspection query gets the schema, so that a gateway can learn it.
//!
//! `api ADDRESS SIZE`, where `SIZE` is `1k`, `50k`, `100m` (sent piece by piece, its length not told beforehand), or
//! `nothing`: 204 for a request with a bearer's token and 401 for others, which is the least that an auth server does.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const INTROSPECTION: &[u8] = include_bytes!("../introspection.json");

/// Users in an answer of 1 KB, in one of 50 KB, and in each piece of the one of 100 MB.
const FEW: usize = 11;
const MANY: usize = 560;
const PIECES: usize = 2_000;

/// What is answered to everything but introspection.
#[derive(Clone)]
enum Answer {
    Nothing,
    Whole(Bytes),
    Pieces(Bytes),
}

/// A long answer: `{"data":{"users":[`, the same users again and again, `]}}`.
struct Pieces {
    users: Bytes,
    next: usize,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.next {
            0 => Bytes::from_static(br#"{"data":{"users":["#),
            // Each piece but the first begins with the comma that parts it from the one before.
            1 => self.users.slice(1..),
            2..=PIECES => self.users.clone(),
            _ if self.next == PIECES + 1 => Bytes::from_static(b"]}}"),
            _ => return Poll::Ready(None),
        };
        self.next += 1;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

/// So many users, each with a comma before it.
fn users(count: usize) -> String {
    let mut users = String::new();
    for number in 0..count {
        let _ = write!(
            users,
            r#",{{"id":"{number:05}","name":"Ada Lovelace","email":"ada{number:05}@example.org","username":"ada{number:05}"}}"#
        );
    }
    users
}

fn whole(count: usize) -> Answer {
    Answer::Whole(format!(r#"{{"data":{{"users":[{}]}}}}"#, &users(count)[1..]).into())
}

async fn answered(
    request: Request<Incoming>,
    answer: Answer,
) -> Result<Response<Either<Full<Bytes>, Pieces>>, hyper::Error> {
    let known = request.headers().get(AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"Bearer "));
    let body = request.into_body().collect().await?.to_bytes();
    let mut status = StatusCode::OK;
    let said = match answer {
        Answer::Nothing => {
            status = if known { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED };
            Either::Left(Full::default())
        }
        _ if asks_for_schema(&body) => Either::Left(Full::new(Bytes::from_static(INTROSPECTION))),
        Answer::Whole(users) => Either::Left(Full::new(users)),
        Answer::Pieces(users) => Either::Right(Pieces { users, next: 0 }),
    };
    let mut response = Response::new(said);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn asks_for_schema(body: &[u8]) -> bool {
    body.windows(8).any(|window| window == b"__schema")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (address, size) = arguments.next().zip(arguments.next()).expect("usage: api ADDRESS SIZE");
    let answer = match size.as_str() {
        "1k" => whole(FEW),
        "50k" => whole(MANY),
        "100m" => Answer::Pieces(users(MANY).into()),
        "nothing" => Answer::Nothing,
        _ => panic!("SIZE is 1k, 50k, 100m or nothing"),
    };
    let listener = tokio::net::TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = answer.clone();
        let service = service_fn(move |request| answered(request, answer.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
