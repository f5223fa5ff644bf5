//! One connection to an API against a peer of our own.

use super::*;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

/// Both ends of a connection.
async fn pair() -> (Wire, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (Wire::new(Stream::Plain(ours)), listener.accept().await.unwrap().0)
}

/// A whole answer's body, which has to be there soon.
async fn whole(wire: &mut Wire) -> Result<Vec<u8>, Broken> {
    tokio::time::timeout(Duration::from_secs(20), read(wire)).await.unwrap()
}

async fn read(wire: &mut Wire) -> Result<Vec<u8>, Broken> {
    poll_fn(|cx| wire.poll_head(cx)).await?;
    let mut body = Vec::new();
    while let Some(piece) = poll_fn(|cx| wire.poll_piece(cx)).await {
        body.extend_from_slice(&piece?);
    }
    Ok(body)
}

#[tokio::test]
async fn a_connection_that_was_closed_is_of_no_use_however_much_its_task_has_done() {
    let (mut wire, peer) = pair().await;
    assert!(wire.is_ready());
    drop(peer);
    if let Stream::Plain(stream) = &wire.stream {
        stream.readable().await.unwrap();
    }
    while coop::has_budget_remaining() {
        coop::consume_budget().await;
    }
    assert!(!wire.is_ready());
}

#[tokio::test]
async fn an_answer_that_begins_before_all_was_read_does_not_keep_the_rest_back() {
    let (mut wire, mut peer) = pair().await;
    let length = 32 << 20;
    let api = tokio::spawn(async move {
        peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await.unwrap();
        let mut request = vec![0; length];
        peer.read_exact(&mut request).await.unwrap();
        peer.write_all(b"{}").await.unwrap();
        peer
    });
    wire.begin(vec![b'x'; length]);
    assert_eq!(whole(&mut wire).await.unwrap(), b"{}");
    let _peer = api.await.unwrap();
    assert!(wire.is_ready(), "all was sent and all was read");
}

#[tokio::test]
async fn what_is_nothing_of_an_answers_has_an_end() {
    for (begins, endless) in [
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "a: b\r\n"),
    ] {
        let (mut wire, mut peer) = pair().await;
        wire.begin(b"x".to_vec());
        let api = tokio::spawn(async move {
            peer.write_all(begins.as_bytes()).await.unwrap();
            while peer.write_all(endless.repeat(100).as_bytes()).await.is_ok() {}
        });
        assert!(matches!(whole(&mut wire).await, Err(Broken::NoHttp)), "{endless}");
        drop(wire);
        api.await.unwrap();
    }
}

#[tokio::test]
async fn whoever_waits_has_no_room_for_a_long_answer_yet_and_whoever_rests_has_none_any_more() {
    let (mut wire, mut peer) = pair().await;
    let long = "x".repeat(READ_AT_MOST);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{long}", long.len());
    for round in 0..8 {
        wire.begin(b"x".to_vec());
        let waits = poll_fn(|cx| Poll::Ready(wire.poll_head(cx).is_pending())).await;
        assert!(waits && wire.read.capacity() == 0, "round {round}: {} bytes", wire.read.capacity());
        let sent = tokio::join!(peer.write_all(answer.as_bytes()), whole(&mut wire));
        assert_eq!((sent.0.unwrap(), sent.1.unwrap().len()), ((), long.len()));
        wire.rest();
    }
    assert!(wire.at_once > READ_AT_ONCE && wire.is_ready());
}
