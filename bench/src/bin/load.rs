//! Puts load on a server: some keep-alive connections, each with one request under way at a time, the same request
//! always, for a fixed time or a fixed number of answers. Every answer must have status 200 and hold a given text, unless
//! that text is `-`: then any will do, and it is counted how many had that status.
//! `TOKEN` may be `@FILE` with one token a line: then each request takes the next of them. Each `%d` in the body becomes
//! the number of the request, so that no two are alike.
//!
//! `load ADDRESS PATH TOKEN CONNECTIONS SECONDS EXPECTED [PAUSE] < BODY` prints one JSON object; with `SECONDS` written as
//! `5000x` it asks for 5 000 answers and stops. With `PAUSE` each connection rests for so many milliseconds between two
//! requests.

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
    pause: Option<Duration>,
    /// How many were answered with status 200.
    good: Cell<u64>,
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
    /// All but the length of the body, the empty line and the body; one for each token.
    heads: Vec<String>,
    /// What stands between the marks for the number.
    body: Vec<String>,
    /// The requests as they are sent, where their body is always the same.
    ready: Vec<Rc<[u8]>>,
    sent: Cell<usize>,
}

impl Requests {
    fn new(heads: Vec<String>, body: &str) -> Self {
        let body: Vec<String> = body.split("%d").map(String::from).collect();
        let ready = match body.as_slice() {
            [always] => heads.iter().map(|head| request(head, always)).collect(),
            _ => Vec::new(),
        };
        Self { heads, body, ready, sent: Cell::new(0) }
    }

    fn next(&self) -> Rc<[u8]> {
        let sent = self.sent.get();
        self.sent.set(sent + 1);
        match self.ready.as_slice() {
            [] => request(&self.heads[sent % self.heads.len()], &self.body.join(&sent.to_string())),
            ready => Rc::clone(&ready[sent % ready.len()]),
        }
    }
}

fn request(head: &str, body: &str) -> Rc<[u8]> {
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes().into()
}

/// How it is known that an answer is whole.
enum End {
    At(usize),
    /// Its length was not told beforehand: it ends with an empty chunk.
    EmptyChunk,
}

impl End {
    /// What the head says, once it is there.
    fn told(buffer: &[u8]) -> Fallible<Option<Self>> {
        let Some(head) = find(buffer, b"\r\n\r\n") else { return Ok(None) };
        let field = |name: &str| {
            let named =
                |line: &&[u8]| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()));
            let line = buffer[..head].split(|byte| *byte == b'\n').find(named)?;
            std::str::from_utf8(&line[name.len()..]).ok().map(str::trim)
        };
        match (field("content-length:"), field("transfer-encoding:")) {
            (Some(length), _) => Ok(Some(Self::At(head + 4 + length.parse::<usize>()?))),
            (None, Some("chunked")) => Ok(Some(Self::EmptyChunk)),
            _ => Err("an answer without a length".into()),
        }
    }

    /// Whether this is all of it. No answer here holds line breaks of its own that could look like its end.
    fn reached(&self, buffer: &[u8]) -> bool {
        match self {
            Self::At(length) => buffer.len() >= *length,
            Self::EmptyChunk => buffer.ends_with(b"\r\n0\r\n\r\n"),
        }
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
        let mut end = None;
        while !end.as_ref().is_some_and(|end: &End| end.reached(&buffer)) {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the server hung up".into());
            }
            if end.is_none() {
                end = End::told(&buffer)?;
            }
        }
        took.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        let good = buffer.starts_with(b"HTTP/1.1 200 ");
        course.good.set(course.good.get() + u64::from(good));
        if &*expected != b"-" && !(good && find(&buffer, &expected).is_some()) {
            return Err(format!("not the answer that was expected: {}", String::from_utf8_lossy(&buffer)).into());
        }
        if let Some(pause) = course.pause {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(took)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, token, connections, how_long, expected, rest @ ..] = arguments.as_slice() else {
        return Err("usage: load ADDRESS PATH TOKEN CONNECTIONS SECONDS EXPECTED [PAUSE] < BODY".into());
    };
    let pause = rest.first().map(|pause| pause.parse().map(Duration::from_millis)).transpose()?;
    let good = Cell::new(0);
    let mut body = String::new();
    std::io::stdin().read_to_string(&mut body)?;
    let head = |token: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\naccept: application/json\r\n\
             content-type: application/json\r\nuser-agent: load\r\n"
        )
    };
    let heads = match token.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file)?.lines().map(head).collect(),
        None => vec![head(token)],
    };
    let requests = Rc::new(Requests::new(heads, &body));
    let expected: Rc<[u8]> = expected.as_bytes().into();
    let began = Instant::now();
    let course = Rc::new(match how_long.strip_suffix('x') {
        Some(count) => Course { ends: None, left: Cell::new(count.parse()?), pause, good },
        None => {
            let ends = Some(began + Duration::from_secs_f64(how_long.parse()?));
            Course { ends, left: Cell::new(u64::MAX), pause, good }
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
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
    let good = course.good.get();
    println!(r#"{{"answers":{answers},"good":{good},"seconds":{seconds},"median_us":{median},"p99_us":{p99}}}"#);
    Ok(())
}
