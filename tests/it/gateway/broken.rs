//! A peer that speaks bytes instead of HTTP: it answers each request as a test says, whole, in part or not at all, and
//! remembers what it was sent.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What it does with one request.
#[derive(Debug, Clone)]
pub struct Play {
    takes: Takes,
    says: Vec<u8>,
    then: Then,
}

/// How much it reads before it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Head,
    All,
}

/// What comes after it has spoken.
#[derive(Debug, Clone)]
enum Then {
    /// The next request on the same connection.
    GoesOn,
    Closes,
    /// Nothing, with the connection open.
    Waits,
    /// These bytes, one every few milliseconds.
    Drips(Vec<u8>),
}

/// It takes the request, says this, and is ready for the next on the same connection.
pub fn says(bytes: impl Into<Vec<u8>>) -> Play {
    Play { takes: Takes::All, says: bytes.into(), then: Then::GoesOn }
}

impl Play {
    /// It takes the connection and closes it before anything was read.
    pub fn closes_at_once() -> Self {
        Self { takes: Takes::Nothing, says: Vec::new(), then: Then::Closes }
    }

    pub fn and_closes(self) -> Self {
        Self { then: Then::Closes, ..self }
    }

    pub fn and_waits(self) -> Self {
        Self { then: Then::Waits, ..self }
    }

    /// The rest comes in drops, for as long as there is something of it.
    pub fn and_drips(self, rest: impl Into<Vec<u8>>) -> Self {
        Self { then: Then::Drips(rest.into()), ..self }
    }

    /// It speaks without having read more than the headers.
    pub fn before_the_body(self) -> Self {
        Self { takes: Takes::Head, ..self }
    }
}

/// A whole answer with its length; `headers` are lines.
pub fn answer(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = format!("content-length: {}", body.len());
    [&head(status, &[headers, &[&length]].concat())[..], body].concat()
}

/// A whole answer of JSON.
pub fn json(body: impl AsRef<[u8]>) -> Vec<u8> {
    answer("200 OK", &["content-type: application/json"], body)
}

/// The beginning of an answer, to the empty line.
pub fn head(status: &str, headers: &[&str]) -> Vec<u8> {
    let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{lines}\r\n").into_bytes()
}

/// An answer of JSON that comes in chunks, without the last one.
pub fn chunks(body: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = head("200 OK", &["content-type: application/json", "transfer-encoding: chunked"]);
    for chunk in body.chunks(size) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes
}

/// A request that was read.
#[derive(Debug, Clone)]
pub struct Heard {
    pub head: String,
    pub body: String,
}

impl Heard {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// The peer.
pub struct Broken {
    port: u16,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    plays: Mutex<VecDeque<Play>>,
    heard: Mutex<Vec<Heard>>,
    met: AtomicUsize,
    cut_short: AtomicUsize,
}

impl Broken {
    /// One that waits for ever, until it is told something else.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let inner = Arc::<Inner>::default();
        let broken = Self { port, inner: Arc::clone(&inner) };
        broken.plays([says("").and_waits()]);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                inner.met.fetch_add(1, Ordering::SeqCst);
                let inner = Arc::clone(&inner);
                tokio::spawn(async move { inner.meet(stream).await });
            }
        });
        broken
    }

    /// What it does with the next requests; the last of them with all that follow too.
    pub fn plays(&self, plays: impl IntoIterator<Item = Play>) {
        *self.inner.plays.lock().expect("no test panics here") = plays.into_iter().collect();
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/graphql", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it was sent, which it forgets then.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.inner.heard.lock().expect("no test panics here"))
    }

    /// How many connections there have been.
    pub fn met(&self) -> usize {
        self.inner.met.load(Ordering::SeqCst)
    }

    /// How many of its answers were not taken to their end.
    pub fn cut_short(&self) -> usize {
        self.inner.cut_short.load(Ordering::SeqCst)
    }
}

impl Inner {
    fn next(&self) -> Play {
        let mut plays = self.plays.lock().expect("no test panics here");
        let last = if plays.len() > 1 { plays.pop_front() } else { plays.front().cloned() };
        last.expect("there is always something to play")
    }

    fn takes(&self) -> Takes {
        self.plays.lock().expect("no test panics here").front().expect("there is something to play").takes
    }

    async fn meet(&self, mut stream: TcpStream) {
        loop {
            if self.takes() == Takes::Nothing {
                self.next();
                return;
            }
            let Some(heard) = self.hear(&mut stream).await else { return };
            self.heard.lock().expect("no test panics here").push(heard);
            let Play { says, then, .. } = self.next();
            if stream.write_all(&says).await.is_err() {
                self.cut_short.fetch_add(1, Ordering::SeqCst);
                return;
            }
            match then {
                Then::GoesOn => {}
                Then::Closes => {
                    let _closed_already = stream.shutdown().await;
                    return;
                }
                Then::Waits => return std::future::pending().await,
                Then::Drips(rest) => {
                    let mut drops = tokio::time::interval(Duration::from_millis(20));
                    for byte in rest {
                        drops.tick().await;
                        if stream.write_all(&[byte]).await.is_err() {
                            return;
                        }
                    }
                }
            }
        }
    }

    /// Reads a request, as far as the play wants it; `None`: there is none any more.
    async fn hear(&self, stream: &mut TcpStream) -> Option<Heard> {
        let mut read = Vec::new();
        let mut piece = [0; 16 * 1024];
        let end = loop {
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => read.extend_from_slice(&piece[..count]),
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let mut heard = Heard { head, body: String::new() };
        let length: usize = heard.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
        while self.takes() == Takes::All && read.len() < end + length {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => read.extend_from_slice(&piece[..count]),
            }
        }
        heard.body = String::from_utf8_lossy(&read[end..]).into_owned();
        Some(heard)
    }
}
