//! The body of a long answer on its way through: each piece as it comes, none kept. One that breaks off or stands still
//! breaks off for the client too, so that nobody takes a part for the whole.

use super::check::Nesting;
use super::pool::Lease;
use axum::BoxError;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// A body that is passed on.
pub struct Passing {
    beginning: Option<Bytes>,
    lease: Option<Lease>,
    /// How much is left, where the API said how much there is.
    left: Option<u64>,
    /// What is open, where nothing but the end of the connection says that this is the end.
    open: Option<Nesting>,
    /// How long the next piece may take.
    patience: Duration,
    /// Whether one is waited for.
    waits: bool,
}

impl Passing {
    pub const fn new(beginning: Bytes, lease: Lease, length: Option<u64>, patience: Duration) -> Self {
        Self { beginning: Some(beginning), lease: Some(lease), left: length, open: None, patience, waits: false }
    }

    /// The same where the end of the connection could as well be a break: then the JSON itself has to tell.
    pub fn until_closed(self) -> Self {
        Self { open: Some(Nesting::default()), ..self }
    }

    fn count(&mut self, bytes: &Bytes) {
        if let Some(open) = &mut self.open {
            open.follow(bytes);
        }
        self.left = self.left.map(|left| left.saturating_sub(bytes.len() as u64));
    }

    fn end(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back(Instant::now());
        }
    }
}

impl Body for Passing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Some(beginning) = this.beginning.take() {
            this.count(&beginning);
            return Poll::Ready(Some(Ok(Frame::data(beginning))));
        }
        let polled = match &mut this.lease {
            Some(lease) => lease.poll_piece(cx),
            // It was given back with the last piece.
            None => Poll::Ready(None),
        };
        match polled {
            Poll::Ready(Some(Ok(data))) => {
                this.waits = false;
                this.count(&data);
                if this.lease.as_ref().is_some_and(|lease| lease.ends().is_here()) {
                    this.end();
                }
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Poll::Ready(Some(Err(failure))) => {
                tracing::warn!(failure = %failure.words(), "an answer of the API behind broke off on its way through");
                Poll::Ready(Some(Err("the API behind broke off in mid-answer".into())))
            }
            Poll::Ready(None) if this.open.as_ref().is_some_and(|open| !open.is_closed()) => {
                tracing::warn!("an answer of the API behind ended before its JSON did");
                Poll::Ready(Some(Err("the API behind broke off in mid-answer".into())))
            }
            Poll::Ready(None) => {
                this.end();
                Poll::Ready(None)
            }
            Poll::Pending => {
                let Some(lease) = &mut this.lease else { return Poll::Pending };
                if !this.waits {
                    this.waits = true;
                    lease.wait_for(this.patience);
                }
                lease.poll_over(cx).map(|()| {
                    tracing::warn!("an answer of the API behind stood still on its way through");
                    Some(Err("the API behind stopped in mid-answer".into()))
                })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.beginning.is_none() && self.lease.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
