//! What a service manager is told, as systemd would hear it.

use super::Program;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

/// Hears what is told until a datagram has all of these lines, and answers it.
#[track_caller]
fn hears(manager: &UnixDatagram, lines: &[&str]) -> String {
    let since = Instant::now();
    let mut heard = Vec::new();
    while since.elapsed() < Duration::from_secs(30) {
        let mut datagram = [0; 1024];
        let length = manager.recv(&mut datagram).expect("it goes on telling");
        let told = String::from_utf8(datagram[..length].to_vec()).unwrap();
        if lines.iter().all(|line| told.lines().any(|said| said.starts_with(line))) {
            return told;
        }
        heard.push(told);
    }
    panic!("it never said {lines:?}, but {heard:?}");
}

#[test]
fn the_service_manager_is_told_when_it_can_answer_reloads_lives_and_stops() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let program = Program::new().with("NOTIFY_SOCKET", socket.to_str().unwrap()).with("WATCHDOG_USEC", "400000");
    let mut server = program.serve();
    let ready = hears(&manager, &["READY=1"]);
    assert!(ready.contains(&format!("STATUS=answers at {}", server.url())), "{ready}");
    assert_eq!(server.http.get("/readyz").status, 200);
    for _ in 0..3 {
        hears(&manager, &["WATCHDOG=1"]);
    }
    server.signal("-HUP");
    hears(&manager, &["RELOADING=1", "MONOTONIC_USEC="]);
    hears(&manager, &["READY=1"]);
    assert_eq!(server.http.get("/readyz").status, 200);
    server.terminate();
    hears(&manager, &["STOPPING=1"]);
    assert!(server.wait(Duration::from_secs(12)).success());
}

#[test]
fn a_manager_that_is_not_there_stops_nobody() {
    let program = Program::new().with("NOTIFY_SOCKET", "/nonexistent/notify");
    let server = program.serve();
    assert_eq!(server.http.get("/healthz").status, 200);
    server.said.wait_for("that it could not tell", |text| text.contains("could not be told").then_some(()));
    server.stop();
}
