//! Long answers on their way through, over a real socket: whole and to the letter, or broken off for the client too;
//! and compressed ones for whoever asks for them.

use super::broken::{Play, answer, chunks, head, json, says};
use super::{Behind, Broken, SHOP, before, packed};
use crate::app::TestApp;
use crate::databases::Database;
use doorward::config::Span;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const JSON: &str = "content-type: application/json";
const GZIP: [&str; 2] = ["content-type: application/json", "content-encoding: gzip"];

/// What came back over a socket.
#[derive(Debug)]
struct Came {
    head: String,
    body: Vec<u8>,
    /// Whether HTTP says that this is all of it.
    whole: bool,
}

impl Came {
    fn has(&self, line: &str) -> bool {
        self.head.lines().any(|other| other.eq_ignore_ascii_case(line))
    }

    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    fn read(bytes: &[u8]) -> Self {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Self { head: String::new(), body: Vec::new(), whole: false };
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let rest = &bytes[end + 4..];
        let mut came = Self { head, body: rest.to_vec(), whole: false };
        if came.has("transfer-encoding: chunked") {
            (came.body, came.whole) = joined(rest);
        } else {
            came.whole = came.has(&format!("content-length: {}", rest.len()));
        }
        came
    }
}

/// The body of chunks, and whether the last one is there.
fn joined(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else { return (body, false) };
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size else { return (body, false) };
        rest = &rest[end + 2..];
        if size == 0 {
            return (body, rest == b"\r\n");
        }
        if rest.len() < size + 2 {
            return (body, false);
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

/// A server on a socket, before a peer that answers what a test says, and someone who may ask it.
struct Stage {
    broken: Broken,
    app: TestApp,
    address: SocketAddr,
    secret: String,
}

impl Stage {
    async fn on(database: Database) -> Self {
        let (behind, broken) = (Behind::new(SHOP).await, Broken::new().await);
        let url = broken.url();
        let app = before(database, &behind, |config| {
            config.upstream.url = Some(url);
            config.upstream.timeout = Span(Duration::from_secs(1));
        })
        .await;
        let secret = app.admin().await.secret().to_owned();
        let address = app.listens().await;
        Self { broken, app, address, secret }
    }

    async fn begin(&self, query: &str, headers: &str) -> TcpStream {
        let body = serde_json::json!({ "query": query }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\n{headers}content-length: {}\r\n\r\n{body}",
            self.secret,
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn asks(&self, query: &str, headers: &str) -> Came {
        let mut stream = self.begin(query, headers).await;
        let mut bytes = Vec::new();
        // A reset tells the same as an end: what came counts.
        let _end_or_reset = stream.read_to_end(&mut bytes).await;
        Came::read(&bytes)
    }
}

/// An answer of about this length, which gzip makes not much shorter.
fn long(length: usize) -> String {
    let mut state = 88_172_645_463_325_252_u64;
    let mut text = String::with_capacity(length + 64);
    // What stands in a text closes nothing.
    text.push_str(r#"{"data":{"version":"]}]} \" {[ "#);
    while text.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x} é"));
    }
    text.push_str("\"}}\n");
    text
}

fn without_length(body: &[u8]) -> Vec<u8> {
    [&head("200 OK", &[JSON])[..], body].concat()
}

fn all_chunks(body: &[u8], size: usize) -> Vec<u8> {
    [chunks(body, size), b"0\r\n\r\n".to_vec()].concat()
}

on_both! {
    async fn a_long_answer_arrives_whole_and_to_the_letter(database: Database) {
        let stage = Stage::on(database).await;
        let text = long(30 << 20);
        let body = text.as_bytes();
        let plays = [
            ("with its length", says(json(body))),
            ("in chunks", says(all_chunks(body, 50_000))),
            ("to the end of the connection", says(without_length(body)).and_closes()),
        ];
        for (what, play) in plays {
            stage.broken.plays([play]);
            let came = stage.asks("{ version }", "").await;
            assert!(came.whole && came.status() == "200" && came.has(JSON), "{what}: {}", came.head);
            assert!(came.body == body, "{what}: {} bytes of {}", came.body.len(), body.len());
        }
    }

    async fn nobody_takes_a_part_for_the_whole(database: Database) {
        let stage = Stage::on(database).await;
        let text = long(100_000);
        let body = text.as_bytes();
        let (whole, half) = (json(body), &body[..50_000]);
        let part = whole[..50_000].to_vec();
        let gzip = packed(body);
        let packed_part = answer("200 OK", &GZIP, &gzip)[..gzip.len() / 2].to_vec();
        let plays: [(&str, Play, &str); 9] = [
            ("closed within the body", says(part.clone()).and_closes(), ""),
            ("closed within a chunk", says(chunks(body, 30_000)[..50_000].to_vec()).and_closes(), ""),
            ("closed before the last chunk", says(chunks(body, 30_000)).and_closes(), ""),
            ("a chunk of nonsense", says([chunks(half, 9_000), b"nonsense\r\n".to_vec()].concat()), ""),
            ("closed, without a length", says(without_length(half)).and_closes(), ""),
            ("closed, without a length, at the last brace", says(without_length(&body[..body.len() - 2])).and_closes(), ""),
            ("standing still", says(part).and_waits(), ""),
            ("standing still within chunks", says(chunks(half, 9_000)).and_waits(), ""),
            ("closed within what is compressed", says(packed_part).and_closes(), "accept-encoding: gzip\r\n"),
        ];
        for (what, play, headers) in plays {
            stage.broken.plays([play]);
            let begun = Instant::now();
            let came = stage.asks("{ version }", headers).await;
            // Its beginning was good, so the status is too; only the end tells.
            assert!(!came.whole, "{what}: {} {} bytes", came.head, came.body.len());
            assert!(came.status() == "200" || came.head.is_empty(), "{what}: {}", came.head);
            assert!(begun.elapsed() < Duration::from_secs(5), "{what}: {:?}", begun.elapsed());
        }
        stage.broken.plays([says(json(body))]);
        assert!(stage.asks("{ version }", "").await.whole);
    }

    async fn half_of_a_mixed_answer_that_breaks_off_leaves_the_other(database: Database) {
        let stage = Stage::on(database).await;
        let text = long(100_000);
        let ada = stage.app.admin().await;
        let mixed = "{ me { username } version }";
        let part = says(json(text.as_bytes())[..50_000].to_vec());
        let long = text.replace("\"}}", &format!("{}\"}}}}", "x".repeat(17 << 20)));
        let plays = [
            (part.clone().and_closes(), "UPSTREAM_UNAVAILABLE"),
            (part.and_waits(), "UPSTREAM_TIMEOUT"),
            (says(without_length(&text.as_bytes()[..50_000])).and_closes(), "UPSTREAM_INVALID"),
            // What has to be put together is kept whole, and that has an end.
            (says(json(long)), "UPSTREAM_INVALID"),
        ];
        for (play, code) in plays {
            stage.broken.plays([play]);
            let told = ada.gql(mixed).await;
            assert_eq!((told.status.as_u16(), told.code().as_str()), (200, code));
            assert_eq!(told.json()["data"].to_string(), r#"{"me":{"username":"ada"},"version":null}"#, "{code}");
        }
        stage.broken.plays([says(json(&text))]);
        let told = ada.gql(mixed).await;
        assert!(told.text() == format!(r#"{{"data":{{"me":{{"username":"ada"}},{}"#, text[9..].trim_end()), "to the letter");
    }

    async fn an_answer_that_the_client_does_not_wait_for_is_not_fetched_to_its_end(database: Database) {
        let stage = Stage::on(database).await;
        let text = long(30 << 20);
        stage.broken.plays([says(json(text.as_bytes()))]);
        let mut stream = stage.begin("{ version }", "").await;
        stream.read_exact(&mut [0; 10_000]).await.unwrap();
        drop(stream);
        let begun = Instant::now();
        while stage.broken.cut_short() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(10), "the API still talks");
            tokio::task::yield_now().await;
        }
    }

    async fn whoever_takes_gzip_gets_it_as_the_api_gave_it(database: Database) {
        let stage = Stage::on(database).await;
        for text in [r#"{"data":{"version":"9"}}"#.to_owned(), long(200_000)] {
            let gzip = packed(text.as_bytes());
            for asked in ["gzip", "br, GZIP;q=0.5", "deflate,gzip"] {
                stage.broken.plays([says(answer("200 OK", &GZIP, &gzip))]);
                let came = stage.asks("{ version }", &format!("accept-encoding: {asked}\r\n")).await;
                assert!(came.whole && came.has("content-encoding: gzip") && came.body == gzip, "{asked}: {}", came.head);
                let heard = stage.broken.heard().remove(0);
                assert_eq!(heard.header("accept-encoding"), Some("gzip"), "{asked}");
                // The API may leave it.
                stage.broken.plays([says(json(&text))]);
                let came = stage.asks("{ version }", &format!("accept-encoding: {asked}\r\n")).await;
                assert!(came.whole && !came.head.contains("content-encoding") && came.body == text.as_bytes(), "{asked}");
                stage.broken.heard();
            }
            for asked in ["", "accept-encoding: br\r\n", "accept-encoding: gzip;q=0\r\n", "accept-encoding: identity\r\n"] {
                stage.broken.plays([says(json(&text))]);
                let came = stage.asks("{ version }", asked).await;
                assert!(came.whole && !came.head.contains("content-encoding") && came.body == text.as_bytes(), "{asked}");
                assert_eq!(stage.broken.heard().remove(0).header("accept-encoding"), None, "{asked}");
                // What was not asked for would be read by nobody.
                stage.broken.plays([says(answer("200 OK", &GZIP, &gzip))]);
                let came = stage.asks("{ version }", asked).await;
                assert!(came.status() == "502" && came.whole, "{asked}: {}", came.head);
                stage.broken.heard();
            }
        }
        // What is put together is not compressed.
        stage.broken.plays([says(json(r#"{"data":{"version":"9"}}"#))]);
        let came = stage.asks("{ version me { username } }", "accept-encoding: gzip\r\n").await;
        assert_eq!(came.body, br#"{"data":{"version":"9","me":{"username":"ada"}}}"#);
        assert_eq!(stage.broken.heard().remove(0).header("accept-encoding"), None);
    }

    async fn what_is_compressed_is_looked_at_too(database: Database) {
        let stage = Stage::on(database).await;
        let good = packed(br#"{"data":{"version":"9"}}"#);
        let bodies = [
            ("none at all", br#"{"data":{"version":"9"}}"#.to_vec()),
            ("cut off", good[..good.len() - 4].to_vec()),
            ("a page", packed(b"<!doctype html>")),
            ("an array", packed(b"[1]")),
            ("JSON cut off", packed(br#"{"data":{"version":"9"}"#)),
            ("a long page", packed(long(100_000).replace('{', "<").as_bytes())),
            ("a bomb", packed(&vec![b' '; 64 << 20])),
        ];
        for (what, body) in bodies {
            stage.broken.plays([says(answer("200 OK", &GZIP, &body))]);
            let came = stage.asks("{ version }", "accept-encoding: gzip\r\n").await;
            assert!(came.whole && came.status() == "502", "{what}: {}", came.head);
            assert!(String::from_utf8_lossy(&came.body).contains("UPSTREAM_INVALID"), "{what}");
            assert!(!came.head.contains("content-encoding"), "{what}: {}", came.head);
        }
    }
}
