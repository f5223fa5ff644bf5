//! Puts load on a server: some keep-alive connections, each with one request under way at a time, the same request
//! always, for a fixed time or a fixed number of answers. Every answer must have status 200 and hold a given text.
//! `TOKEN` may be `@FILE` with one token a line: then each request takes the next of them.
//!
//! `load ADDRESS PATH TOKEN CONNECTIONS SECONDS EXPECTED < BODY` prints one JSON object; with `SECONDS` written as
//! `5000x` it asks for 5 000 answers and stops.

use std::cell::Cell;
use std::io::Read as _;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// When to stop, and how many were answered until then.
struct Course {
    ends: Option<Instant>,
    left: Cell<u64>,
}

impl Course {
    /// Whether another request is to be sent.
    fn goes_on(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0 && self.ends.is_none_or(|end| Instant::now() < end)
    }
}

/// What is sent: one request again and again, or one after the other.
struct Requests {
    all: Vec<Rc<[u8]>>,
    next: Cell<usize>,
}

impl Requests {
    fn next(&self) -> Rc<[u8]> {
        let next = self.next.get();
        self.next.set((next + 1) % self.all.len());
        Rc::clone(&self.all[next])
    }
}

/// One connection; the microseconds that each answer took.
async fn ask(address: String, requests: Rc<Requests>, expected: Rc<[u8]>, course: Rc<Course>) -> Fallible<Vec<u32>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut took, mut buffer) = (Vec::new(), Vec::with_capacity(16 * 1024));
    while course.goes_on() {
        let sent = Instant::now();
        let request = requests.next();
        stream.write_all(&request).await?;
        buffer.clear();
        let whole = loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the server hung up".into());
            }
            if let Some(whole) = length(&buffer)? {
                break whole;
            }
        };
        while buffer.len() < whole {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the server hung up".into());
            }
        }
        took.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        if !buffer.starts_with(b"HTTP/1.1 200 ") || find(&buffer, &expected).is_none() {
            return Err(format!("not the answer that was expected: {}", String::from_utf8_lossy(&buffer)).into());
        }
    }
    Ok(took)
}

/// How long the answer is, once its head is there.
fn length(buffer: &[u8]) -> Fallible<Option<usize>> {
    let Some(head) = find(buffer, b"\r\n\r\n") else { return Ok(None) };
    let named = |line: &&[u8]| line.len() > 15 && line[..15].eq_ignore_ascii_case(b"content-length:");
    let line = buffer[..head].split(|byte| *byte == b'\n').find(named).ok_or("an answer without a length")?;
    Ok(Some(head + 4 + std::str::from_utf8(&line[15..])?.trim().parse::<usize>()?))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, token, connections, how_long, expected] = arguments.as_slice() else {
        return Err("usage: load ADDRESS PATH TOKEN CONNECTIONS SECONDS EXPECTED < BODY".into());
    };
    let mut body = String::new();
    std::io::stdin().read_to_string(&mut body)?;
    let request = |token: &str| {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\naccept: application/json\r\n\
             content-type: application/json\r\nuser-agent: load\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Rc::from(request.into_bytes())
    };
    let all: Vec<Rc<[u8]>> = match token.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file)?.lines().map(request).collect(),
        None => vec![request(token)],
    };
    let requests = Rc::new(Requests { all, next: Cell::new(0) });
    let expected: Rc<[u8]> = expected.as_bytes().into();
    let began = Instant::now();
    let course = Rc::new(match how_long.strip_suffix('x') {
        Some(count) => Course { ends: None, left: Cell::new(count.parse()?) },
        None => Course { ends: Some(began + Duration::from_secs_f64(how_long.parse()?)), left: Cell::new(u64::MAX) },
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut took = LocalSet::new().block_on(&runtime, async {
        let asks = (0..connections.parse()?).map(|_| {
            tokio::task::spawn_local(ask(
                address.clone(),
                Rc::clone(&requests),
                Rc::clone(&expected),
                Rc::clone(&course),
            ))
        });
        let mut all = Vec::new();
        for asked in asks.collect::<Vec<_>>() {
            all.extend(asked.await??);
        }
        Fallible::Ok(all)
    })?;
    let seconds = began.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
    let (answers, median, p99) = (took.len(), at(0.5), at(0.99));
    println!(r#"{{"answers":{answers},"seconds":{seconds},"median_us":{median},"p99_us":{p99}}}"#);
    Ok(())
}
