//! HTTP/1.1 as it is spoken to the API (RFC 9112), over one connection: a request goes out as it was written, the head
//! of its answer is read, and its body as far as it goes. Knows nothing of what is asked.

mod body;
mod head;

pub use body::Ends;
pub use head::Head;

use bytes::{Bytes, BytesMut};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncReadExt as _, AsyncWrite as _};
use tokio::net::TcpStream;
use tokio::task::coop;
use tokio_rustls::client::TlsStream;

/// How much is read at once, to begin with.
const READ_AT_ONCE: usize = 8 * 1024;
/// And where more comes each time.
const READ_AT_MOST: usize = 64 * 1024;
/// Bytes that a head may take, and the sizes between the chunks of a body.
const LONGEST_HEAD: usize = 64 * 1024;

/// What bytes go over.
#[derive(Debug)]
pub enum Stream {
    /// As they are.
    Plain(TcpStream),
    /// In TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What is wrong with a connection.
#[derive(Debug)]
pub enum Broken {
    /// Nothing of the request was sent.
    Unsent(io::Error),
    /// It broke.
    Io(io::Error),
    /// What comes is no HTTP.
    NoHttp,
}

/// One connection, for one request after the other. It holds what may be secret, so nothing shows it.
pub struct Wire {
    stream: Stream,
    /// The request on its way out, and how much of it has left; empty once all has.
    request: Vec<u8>,
    sent: usize,
    is_flushed: bool,
    /// What was read and not taken yet.
    read: BytesMut,
    /// How much is read at once: what the answers of this API need.
    at_once: usize,
    /// Where the body that is being read ends.
    ends: Ends,
    /// How many bytes were passed over since anything was taken: interim answers, and fields behind the last chunk.
    passed: usize,
    /// Whether a request may follow.
    is_kept: bool,
}

impl Wire {
    /// A connection that nothing was sent over.
    pub fn new(stream: Stream) -> Self {
        let (request, read, ends) = (Vec::new(), BytesMut::new(), Ends::Here);
        Self { stream, request, sent: 0, is_flushed: true, read, at_once: READ_AT_ONCE, ends, passed: 0, is_kept: true }
    }

    /// Whether it is through with a request and its answer, and both mean to go on.
    pub fn is_through(&self) -> bool {
        self.is_kept && self.is_flushed && self.ends.is_here() && self.read.is_empty()
    }

    /// Whether another request may be sent: it is through with the one before, nothing came since that nobody asked for,
    /// and the API has not closed it, as far as this machine has heard.
    pub fn is_ready(&mut self) -> bool {
        if !self.is_through() {
            return false;
        }
        // However much the task has done already: what it is not let look at would pass for nothing.
        let mut looked = pin!(coop::unconstrained(poll_fn(|cx| self.fill(cx))));
        looked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    /// Lets go of the room for long answers while nothing is asked.
    pub fn rest(&mut self) {
        if self.at_once > READ_AT_ONCE {
            self.read = BytesMut::new();
        }
    }

    /// Takes a whole request, head and body, to be sent as the head of its answer is asked for.
    pub fn begin(&mut self, request: Vec<u8>) {
        (self.request, self.sent, self.is_flushed, self.passed) = (request, 0, false, 0);
    }

    /// The request, where nothing of it was sent.
    pub fn unsent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.request)
    }

    /// The head of the answer. An API may answer before it has read all: the rest goes on being sent while its answer is
    /// read.
    pub fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Head, Broken>> {
        self.poll_send(cx)?;
        loop {
            let before = self.read.len();
            if let Some((head, ends)) = head::read(&mut self.read)? {
                self.is_kept &= head.keeps_connection;
                (self.ends, self.passed) = (ends, 0);
                return Poll::Ready(Ok(head));
            }
            self.pass_over(before)?;
            if ready!(self.fill(cx)).map_err(Broken::Io)? == 0 {
                return Poll::Ready(Err(Broken::Io(ErrorKind::UnexpectedEof.into())));
            }
        }
    }

    /// Sends what can be sent, and needs not be asked for again: it wakes whoever waits for the answer.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Result<(), Broken> {
        while let Some(left) = self.request.get(self.sent..).filter(|left| !left.is_empty()) {
            match self.stream.poll_write(cx, left) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(sent @ 1..)) => self.sent += sent,
                // Over TLS a part may have left in a record that broke off.
                Poll::Ready(Err(error)) if self.sent == 0 && matches!(self.stream, Stream::Plain(_)) => {
                    return Err(Broken::Unsent(error));
                }
                // It closes before it has read all, and may have said why.
                Poll::Ready(_) => {
                    (self.request, self.sent, self.is_flushed, self.is_kept) = (Vec::new(), 0, true, false);
                    return Ok(());
                }
            }
        }
        if !self.is_flushed
            && let Poll::Ready(flushed) = self.stream.poll_flush(cx)
        {
            (self.request, self.sent, self.is_flushed) = (Vec::new(), 0, true);
            self.is_kept &= flushed.is_ok();
        }
        Ok(())
    }

    /// Counts what was taken off and is nothing of an answer's, since `before` bytes were there: nobody sends much of it.
    fn pass_over(&mut self, before: usize) -> Result<(), Broken> {
        self.passed += before - self.read.len();
        if self.passed + self.read.len() > LONGEST_HEAD { Err(Broken::NoHttp) } else { Ok(()) }
    }

    /// The next piece of an answer's body; `None`: that was all.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        self.poll_send(cx)?;
        loop {
            let before = self.read.len();
            match self.ends.take(&mut self.read)? {
                Some(piece) => {
                    self.passed = 0;
                    return Poll::Ready(Some(Ok(piece)));
                }
                None if self.ends.is_here() => return Poll::Ready(None),
                None => self.pass_over(before)?,
            }
            match ready!(self.fill(cx)) {
                Ok(0) if self.ends.with_connection() => {
                    self.ends = Ends::Here;
                    self.is_kept = false;
                }
                Ok(0) => return Poll::Ready(Some(Err(Broken::Io(ErrorKind::UnexpectedEof.into())))),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Some(Err(Broken::Io(error)))),
            }
        }
    }

    /// Reads on until so much of a body whose length is known is there, or all of it: so that it comes in few pieces.
    pub fn poll_filled(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        // What is wrong shows again when a piece is asked for.
        let _ = self.poll_send(cx);
        while let Some(left) = self.ends.left()
            && (self.read.len() as u64) < left.min(bytes as u64)
        {
            if !matches!(ready!(self.fill(cx)), Ok(1..)) {
                break;
            }
        }
        Poll::Ready(())
    }

    /// Where the body that is being read ends.
    pub const fn ends(&self) -> &Ends {
        &self.ends
    }

    /// Reads what has come; 0: nothing will come any more. Room is made once something is there: were it made by all that
    /// wait, it would not fit into the processor's cache, and each answer would be written through it twice. Of TLS only
    /// reading tells whether something is there: it may have been unpacked already.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let Stream::Plain(stream) = &self.stream {
            ready!(stream.poll_read_ready(cx))?;
        }
        if self.read.capacity() - self.read.len() < self.at_once / 4 {
            self.read.reserve(self.at_once);
        }
        let room = self.read.capacity() - self.read.len();
        let came = match &mut self.stream {
            Stream::Plain(stream) => ready!(pin!(stream.read_buf(&mut self.read)).poll(cx)),
            Stream::Tls(stream) => ready!(pin!(stream.read_buf(&mut self.read)).poll(cx)),
        };
        if came.as_ref().is_ok_and(|came| *came == room) {
            self.at_once = (self.at_once * 2).min(READ_AT_MOST);
        }
        Poll::Ready(came)
    }
}

impl Stream {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }
}

#[cfg(test)]
mod tests;
