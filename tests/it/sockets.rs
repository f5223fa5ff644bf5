//! What a connection may come to: taken at the limit, refused past it, cut off when it is too slow.

use std::task::{Context, Waker};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use doorward::server::{self, Entrance, Timely};
use futures_util::stream;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

use crate::app::TestApp;
use crate::databases::Database;

/// A server that answers how long the body was.
async fn serves(connections: usize) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = |_, request: Request<Timely>| async {
        let body = request.into_body().collect().await;
        Response::new(Body::from(body.map_or_else(|error| error.to_string(), |body| body.to_bytes().len().to_string())))
    };
    tokio::spawn(server::serve(Entrance::plain(listener, connections), answer, std::future::pending()));
    address
}

/// All that comes until the connection is closed.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let _reset = stream.read_to_string(&mut text).await;
    text
}

/// A request whose head takes so many bytes.
fn head(bytes: usize) -> String {
    let start = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: ";
    format!("{start}{}\r\n\r\n", "x".repeat(bytes - start.len() - 4))
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[tokio::test]
async fn headers_may_take_16_kib_and_not_a_byte_more() {
    let address = serves(10).await;
    for (bytes, wanted) in [(200, "200"), (16_384, "200"), (16_385, "431"), (40_000, "431")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head(bytes).as_bytes()).await.unwrap();
        assert_eq!(status(&rest(stream).await), wanted, "{bytes}");
    }
}

#[tokio::test]
async fn there_may_be_a_hundred_headers_and_not_one_more() {
    let address = serves(10).await;
    for (headers, wanted) in [(100, "200"), (101, "431")] {
        let more: String = (2..headers).map(|n| format!("x-{n}: 1\r\n")).collect();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(status(&rest(stream).await), wanted, "{headers}");
    }
}

// The clock stands still but when everybody waits: then it is at the end of the wait at once.

#[tokio::test(start_paused = true)]
async fn slow_headers_are_cut_off() {
    let address = serves(10).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let began = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    assert_eq!(rest(stream).await, "");
    assert_eq!(began.elapsed().as_secs(), 10);
    // So is a connection on which nothing is asked.
    let began = Instant::now();
    assert_eq!(rest(TcpStream::connect(address).await.unwrap()).await, "");
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn each_head_has_its_time_however_many_came_before() {
    let address = serves(10).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut answer = [0; 400];
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_secs(6)).await;
        stream.write_all(request).await.unwrap();
        let read = stream.read(&mut answer).await.unwrap();
        assert_eq!(status(&String::from_utf8_lossy(&answer[..read])), "200");
    }
    stream.write_all(&request[..20]).await.unwrap();
    let began = Instant::now();
    assert_eq!(rest(stream).await, "");
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_server_that_stops_closes_what_is_idle_and_finishes_what_is_under_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (began, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let answer = move |_, request: Request<Timely>| {
        began.send(()).unwrap();
        async { Response::new(Body::from(request.into_body().collect().await.unwrap().to_bytes())) }
    };
    let stopped = async { stopped.await.unwrap_or_default() };
    let serving = tokio::spawn(server::serve(Entrance::plain(listener, 10), answer, stopped));
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    begun.recv().await.unwrap();
    let mut under_way = TcpStream::connect(address).await.unwrap();
    under_way.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nso").await.unwrap();
    begun.recv().await.unwrap();
    stop.send(()).unwrap();
    assert_eq!(status(&rest(idle).await), "200", "and then it is closed");
    assert!(!serving.is_finished());
    under_way.write_all(b"on").await.unwrap();
    assert!(rest(under_way).await.ends_with("soon"));
    timeout(Duration::from_secs(5), serving).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_is_cut_off_however_it_trickles() {
    let address = serves(10).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let began = Instant::now();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n").await.unwrap();
    let mut sent = 0;
    let answer = loop {
        let mut answer = [0; 400];
        match timeout(Duration::from_secs(1), stream.read(&mut answer)).await {
            Ok(read) => break String::from_utf8_lossy(&answer[..read.unwrap()]).into_owned(),
            Err(_) => stream.write_all(b"x").await.unwrap(),
        }
        sent += 1;
        assert!(sent < 100, "it is taken without end");
    };
    assert!(answer.ends_with("the body came too slowly"), "{answer}");
    assert!((20..=21).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn more_connections_wait_until_one_is_closed() {
    let address = serves(2).await;
    let held = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(head(200).as_bytes()).await.unwrap();
    let mut first = [0; 1];
    assert!(timeout(Duration::from_secs(5), third.read(&mut first)).await.is_err(), "it is not served");
    drop(held);
    assert_eq!(status(&format!(" {}", rest(third).await)), "HTTP/1.1");
}

on_both! {
    async fn so_many_requests_are_under_way_at_once_and_more_are_sent_away(database: Database) {
        let app = TestApp::with(database, |config| config.limits.requests = 2).await;
        let mia = app.member().await;
        let ask = || async { mia.gql("{ me { username } }").await };
        {
            // Bodies that never end.
            let held = || app.send(mia.post("/graphql").body(Body::from_stream(stream::pending::<Result<bytes::Bytes, std::io::Error>>())).unwrap());
            let mut held = [Box::pin(held()), Box::pin(held())];
            for held in &mut held {
                assert!(held.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
            let answer = ask().await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str(), answer.header("retry-after")), (503, "UNAVAILABLE", Some("1")));
            assert_eq!(answer.message(), "too many requests are under way at once; try again in a second");
            assert_eq!(answer.header("cache-control"), Some("private, no-store"));
            assert_eq!(app.anonymous().get("/schema.graphql").await.status, 503);
            for open in ["/healthz", "/readyz", "/sign-in"] {
                assert_eq!(app.anonymous().get(open).await.status, 200, "{open} wants no credential");
            }
        }
        ask().await.data();
    }

    async fn bodies_of_strangers_that_never_end_leave_places_to_those_who_are_known(database: Database) {
        let app = TestApp::with(database, |config| config.limits.requests = 4).await;
        let (mia, stranger) = (app.member().await, app.anonymous());
        let endless = || {
            let body = Body::from_stream(stream::pending::<Result<bytes::Bytes, std::io::Error>>());
            app.send(stranger.post("/graphql").body(body).unwrap())
        };
        let mut held = Box::pin(endless());
        assert!(held.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(endless().await.status, 503);
        mia.gql("{ me { username } }").await.data();
    }

    async fn a_body_may_take_so_many_bytes_and_not_one_more(database: Database) {
        let app = TestApp::with(database, |config| config.limits.body_bytes = 1_000).await;
        let mia = app.member().await;
        let of = |bytes: usize| {
            let start = json!({"query": "{ me { username } }", "x": ""}).to_string();
            json!({"query": "{ me { username } }", "x": "x".repeat(bytes - start.len())}).to_string()
        };
        assert_eq!(mia.posts(of(1_000)).await.code(), "");
        let answer = mia.posts(of(1_001)).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "LIMIT_EXCEEDED"));
    }

    async fn a_stranger_sends_64_kib_at_most(app: TestApp) {
        app.member().await;
        let sign_in = |bytes: usize| {
            let query = crate::app::SIGN_IN;
            let variables = json!({"name": "mia", "password": crate::app::PASSWORD});
            let bare = json!({"query": query, "variables": variables, "x": ""}).to_string();
            json!({"query": query, "variables": variables, "x": "x".repeat(bytes - bare.len())}).to_string()
        };
        assert_eq!(app.anonymous().posts(sign_in(64 * 1024)).await.code(), "");
        assert_eq!(app.anonymous().posts(sign_in(64 * 1024 + 1)).await.code(), "LIMIT_EXCEEDED");
    }
}
