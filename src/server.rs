//! Sockets: accepts connections, holds them to their limits, and stops gracefully.

mod seats;
mod tls;
mod writes;

pub use tls::Tls;

use axum::http::{Request, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use seats::Seats;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::Sleep;
use writes::Impatient;

/// How long a client may take to send its headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// How long a client may take to send a body.
const BODY_WITHIN: Duration = Duration::from_secs(20);
/// Bytes that the headers of a request may take.
const HEADER_BYTES: usize = 16 * 1024;
/// How long requests under way may take to finish once the server stops.
const STOPS_WITHIN: Duration = Duration::from_secs(9);

/// The places of connections that are served at once.
#[derive(Debug, Clone)]
pub struct Places {
    all: usize,
    free: Arc<Semaphore>,
}

impl Places {
    /// So many places; more connections wait to be accepted.
    #[must_use]
    pub fn new(all: usize) -> Self {
        Self { all, free: Arc::new(Semaphore::new(all)) }
    }

    /// How many are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        // The next connection that is waited for has its place already.
        (self.all - self.free.available_permits()).saturating_sub(1)
    }
}

/// What connections are taken from, and how they are served.
pub struct Entrance {
    /// Where they come in.
    pub listener: TcpListener,
    /// The certificate that is shown; `None`: plain HTTP is spoken.
    pub tls: Option<Arc<Tls>>,
    /// Where they are served.
    pub places: Places,
}

impl Entrance {
    /// One where plain HTTP is spoken, with so many places of its own.
    #[must_use]
    pub fn plain(listener: TcpListener, places: usize) -> Self {
        Self { listener, tls: None, places: Places::new(places) }
    }
}

/// Serves until `stop` resolves, then lets what is under way finish. `answer` is told from where a request comes.
pub async fn serve<A, F>(entrance: Entrance, answer: A, stop: impl Future<Output = ()>)
where
    A: Fn(IpAddr, Request<Timely>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<axum::body::Body>> + Send + 'static,
{
    let Entrance { listener, tls, places: Places { free: places, .. } } = entrance;
    let seats = Seats::new(HEADERS_WITHIN);
    let hurrying = tokio::spawn(Arc::clone(&seats).hurry());
    let (stopping, stopped) = watch::channel(());
    let mut http = hyper::server::conn::http1::Builder::new();
    http.max_header_size(HEADER_BYTES).max_buf_size(HEADER_BYTES);
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: a pause lets some be given back.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let answer = answer.clone();
        // Not an async block: that would hold the future a second time, and it is moved about for each request.
        let service = service_fn(move |request: Request<Incoming>| {
            answer(peer.ip(), request.map(|body| Timely { body, over: None })).map(Ok::<_, Infallible>)
        });
        let seat = seats.take();
        let http = seat.settings(&http);
        let Some(tls) = &tls else {
            let served = seat.serve(http.serve_connection(TokioIo::new(Impatient::new(stream)), service));
            tokio::spawn(async move {
                let _place = place;
                told(served.await);
            });
            continue;
        };
        // Whoever takes their time to shake hands keeps nobody waiting.
        let (tls, mut stopped) = (Arc::clone(tls), stopped.clone());
        tokio::spawn(async move {
            let _place = place;
            let shaken = tokio::select! {
                shaken = tls.shake_hands(stream) => shaken,
                _ = stopped.changed() => return,
            };
            match shaken {
                Ok(stream) => told(seat.serve(http.serve_connection(TokioIo::new(stream), service)).await),
                Err(error) => tracing::debug!(%error, "a client did not shake hands"),
            }
        });
    }
    drop((listener, stopping));
    if tokio::time::timeout(STOPS_WITHIN, seats.end()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
    hurrying.abort();
}

fn told(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A body that has to arrive before its time is over.
pub struct Timely {
    body: Incoming,
    /// Set once the body is waited for: most are there with their headers.
    over: Option<Pin<Box<Sleep>>>,
}

impl Body for Timely {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let over = this.over.get_or_insert_with(|| Box::pin(tokio::time::sleep(BODY_WITHIN)));
        over.as_mut().poll(cx).map(|()| Some(Err("the body came too slowly".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
