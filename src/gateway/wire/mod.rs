//! HTTP/1.1 as it is spoken to the API (RFC 9112), over one connection: a request goes out as it was written, the head
//! of its answer is read, and its body as far as it goes. Knows nothing of what is asked.

mod body;
mod head;

pub use body::Ends;
pub use head::Head;

use bytes::{Bytes, BytesMut};
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncReadExt as _, AsyncWrite as _};
use tokio::net::TcpStream;
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

/// One connection, for one request after the other.
#[derive(Debug)]
pub struct Wire {
    stream: Stream,
    /// What was read and not taken yet.
    read: BytesMut,
    /// How much is read at once: what the answers of this API need.
    at_once: usize,
    /// Where the body that is being read ends.
    ends: Ends,
    /// Whether a request may follow.
    is_kept: bool,
}

/// A request on its way out.
#[derive(Debug)]
pub struct Sending<'a> {
    left: &'a [u8],
    is_begun: bool,
    is_flushed: bool,
}

impl<'a> Sending<'a> {
    /// A whole request: its head and its body.
    pub const fn new(request: &'a [u8]) -> Self {
        Self { left: request, is_begun: false, is_flushed: false }
    }
}

impl Wire {
    /// A connection that nothing was sent over.
    pub fn new(stream: Stream) -> Self {
        Self { stream, read: BytesMut::new(), at_once: READ_AT_ONCE, ends: Ends::Here, is_kept: true }
    }

    /// Whether another request may be sent: nothing of an answer is left, nothing came that nobody asked for, and the
    /// API has not closed it, as far as this machine has heard.
    pub fn is_ready(&mut self) -> bool {
        let ready = self.is_kept && self.ends.is_here() && self.read.is_empty();
        ready && self.fill(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    /// Sends what is left of a request, and reads the head of its answer. An API may answer before it has read all.
    pub fn poll_head(&mut self, cx: &mut Context<'_>, sending: &mut Sending<'_>) -> Poll<Result<Head, Broken>> {
        self.poll_send(cx, sending)?;
        loop {
            match head::read(&mut self.read)? {
                Some((head, ends)) => {
                    self.is_kept = head.keeps_connection && sending.is_flushed;
                    self.ends = ends;
                    return Poll::Ready(Ok(head));
                }
                None if self.read.len() > LONGEST_HEAD => return Poll::Ready(Err(Broken::NoHttp)),
                None => {}
            }
            if ready!(self.fill(cx)).map_err(Broken::Io)? == 0 {
                return Poll::Ready(Err(Broken::Io(ErrorKind::UnexpectedEof.into())));
            }
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, sending: &mut Sending<'_>) -> Result<(), Broken> {
        while !sending.left.is_empty() {
            match self.stream.poll_write(cx, sending.left) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Ok(sent @ 1..)) => {
                    sending.is_begun = true;
                    sending.left = sending.left.get(sent..).unwrap_or_default();
                }
                // Over TLS a part may have left in a record that broke off.
                Poll::Ready(Err(error)) if !sending.is_begun && matches!(self.stream, Stream::Plain(_)) => {
                    return Err(Broken::Unsent(error));
                }
                // It closes before it has read all, and may have said why.
                Poll::Ready(_) => {
                    sending.left = &[];
                    self.is_kept = false;
                    return Ok(());
                }
            }
        }
        if !sending.is_flushed && self.is_kept {
            sending.is_flushed = matches!(self.stream.poll_flush(cx), Poll::Ready(Ok(())));
        }
        Ok(())
    }

    /// The next piece of an answer's body; `None`: that was all.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            match self.ends.take(&mut self.read) {
                Err(broken) => return Poll::Ready(Some(Err(broken))),
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(None) if self.ends.is_here() => return Poll::Ready(None),
                Ok(None) if self.read.len() > LONGEST_HEAD => return Poll::Ready(Some(Err(Broken::NoHttp))),
                Ok(None) => {}
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
        while let Some(left) = self.ends.left()
            && (self.read.len() as u64) < left.min(bytes as u64)
        {
            // What is wrong shows again when a piece is asked for.
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

    /// Reads what has come; 0: nothing will come any more.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
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
