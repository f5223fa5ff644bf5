//! TLS of the server's own: which certificate it shows and when, and who is turned away.

use super::running::Running;
use super::tls::{Authority, Signed};
use super::{Done, Program};
use base64::Engine as _;
use insta::assert_snapshot;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion, crypto,
    version,
};

const ALL: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];

fn write_pair(directory: &Path, (certificate, key): &Signed) {
    let pem = |label: &str, der: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
    };
    fs::write(directory.join("server.pem"), pem("CERTIFICATE", certificate)).unwrap();
    fs::write(directory.join("server.key"), pem("PRIVATE KEY", key.secret_der())).unwrap();
}

/// A program that is configured to serve with the pair that it is shown.
fn secured(pair: &Signed) -> Program {
    let program =
        Program::new().with("DOORWARD_TLS__CERTIFICATE", "server.pem").with("DOORWARD_TLS__KEY", "server.key");
    write_pair(program.directory(), pair);
    program
}

type Connection = StreamOwned<ClientConnection, TcpStream>;

/// A connection of somebody who trusts this authority, with its handshake done.
fn connect(
    server: &Running,
    trusted: &Authority,
    speaks: &[&'static SupportedProtocolVersion],
    alpn: &[&str],
) -> io::Result<Connection> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(speaks).unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), server.http.connect()?);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// Asks whether it lives, on a connection that stays.
#[track_caller]
fn lives(stream: &mut Connection) {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut read = Vec::new();
    let mut piece = [0; 1024];
    while !read.ends_with(b"\r\n\r\nok\n") {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "it hung up after {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&piece[..count]);
    }
    assert!(read.starts_with(b"HTTP/1.1 200 OK\r\n"));
}

fn shown(stream: &Connection) -> &CertificateDer<'static> {
    &stream.conn.peer_certificates().expect("it shows one")[0]
}

#[test]
fn it_speaks_https_with_the_pair_that_is_configured() {
    let authority = Authority::new("ours");
    let pair = authority.signs("localhost", |_| {});
    let program = secured(&pair);
    let server = program.serve();
    let said = server.said.wait_for("the link", |text| text.contains("/setup").then(|| text.to_owned()));
    let url = format!("https://{}", server.http.address());
    assert!(said.contains(&format!("listening on {url}\n")) && said.contains(&format!("open {url}/setup")), "{said}");
    for (speaks, expected) in [(ALL, ProtocolVersion::TLSv1_3), (&[&version::TLS12][..], ProtocolVersion::TLSv1_2)] {
        let mut stream = connect(&server, &authority, speaks, &["h2", "http/1.1"]).unwrap();
        lives(&mut stream);
        assert_eq!(stream.conn.protocol_version(), Some(expected));
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
        assert_eq!(shown(&stream), &pair.0);
        lives(&mut stream);
    }
    lives(&mut connect(&server, &authority, ALL, &[]).unwrap());
    assert!(connect(&server, &authority, ALL, &["h2"]).is_err(), "HTTP/2 is not spoken");
    server.stop();
}

#[test]
fn a_client_that_speaks_tls_1_1_is_turned_away() {
    let program = secured(&Authority::new("ours").signs("localhost", |_| {}));
    let server = program.serve();
    let answered = |minor: u8| {
        // A ClientHello (RFC 5246, section 7.4.1.2): no session, one cipher suite, groups, point format, signatures.
        let extensions =
            [&[0, 10, 0, 6, 0, 4, 0, 29, 0, 23][..], &[0, 11, 0, 2, 1, 0], &[0, 13, 0, 4, 0, 2, 4, 3]].concat();
        let suites = [0, 4, 0xc0, 0x2b, 0xc0, 0x09];
        let length = [0, u8::try_from(extensions.len()).unwrap()];
        let hello = [&[3, minor][..], &[7; 32], &[0], &suites, &[1, 0], &length, &extensions].concat();
        let length = u8::try_from(hello.len()).unwrap();
        let mut stream = server.http.connect().unwrap();
        stream.write_all(&[&[22, 3, 1, 0, length + 4, 1, 0, 0, length], &*hello].concat()).unwrap();
        let mut answered = [0; 7];
        stream.read_exact(&mut answered).unwrap();
        answered
    };
    assert_eq!(answered(3)[..3], [22, 3, 3], "TLS 1.2 is spoken");
    // A fatal alert: protocol_version.
    let alert = answered(2);
    assert_eq!((alert[0], &alert[5..]), (21, &[2, 70][..]), "{alert:?}");
}

#[test]
fn who_asks_without_tls_is_told_to_ask_with_it() {
    let program = secured(&Authority::new("ours").signs("localhost", |_| {}));
    let server = program.serve();
    let answer = server.http.get("/healthz");
    assert_eq!((answer.status, &*answer.body), (400, "this address speaks HTTPS: ask it with https://\r\n"));
}

#[test]
fn its_health_is_asked_over_tls_whatever_name_the_certificate_has() {
    let program = secured(&Authority::new("ours").signs("doorward.example.com", |_| {}));
    let server = program.serve();
    assert_eq!(program.does(["healthcheck", "--listen", server.http.address()]), "ready\n");
    let plain = Program::new().run(["healthcheck", "--listen", server.http.address()]);
    assert!(plain.status == 1 && plain.stderr.contains("speaks HTTPS"), "{}", plain.told());
}

/// Waits until a new connection is shown this certificate.
#[track_caller]
fn comes_to_show(server: &Running, trusted: &Authority, certificate: &CertificateDer<'_>) {
    let since = Instant::now();
    while !connect(server, trusted, ALL, &[]).is_ok_and(|stream| shown(&stream) == certificate) {
        assert!(since.elapsed() < Duration::from_secs(20), "it never did, but said {}", server.said.so_far());
    }
}

#[test]
fn a_new_certificate_is_shown_after_a_hangup_and_nobody_is_cut_off() {
    let authority = Authority::new("ours");
    let (old, new, newest) = (
        authority.signs("localhost", |_| {}),
        authority.signs("localhost", |_| {}),
        authority.signs("localhost", |_| {}),
    );
    let program = secured(&old);
    let server = program.serve();
    let mut before = connect(&server, &authority, ALL, &[]).unwrap();
    lives(&mut before);

    write_pair(program.directory(), &new);
    assert_eq!(shown(&connect(&server, &authority, ALL, &[]).unwrap()), &old.0, "nobody has told it to read");
    server.signal("-HUP");
    comes_to_show(&server, &authority, &new.0);
    lives(&mut before);

    // Of two files one is new: what a renewal looks like that was broken off.
    fs::write(program.directory().join("server.pem"), authority.pem()).unwrap();
    server.signal("-HUP");
    let said =
        server.said.wait_for("why", |text| text.lines().find(|line| line.contains("shown on")).map(str::to_owned));
    assert!(said.contains("`tls.key` cannot be used: server.key: it is not the key"), "{said}");
    lives(&mut connect(&server, &authority, ALL, &[]).unwrap());
    assert_eq!(shown(&connect(&server, &authority, ALL, &[]).unwrap()), &new.0);

    write_pair(program.directory(), &newest);
    server.signal("-HUP");
    comes_to_show(&server, &authority, &newest.0);
    lives(&mut before);
    server.stop();
}

#[test]
fn whoever_does_not_shake_hands_keeps_nobody_waiting_and_is_cut_off() {
    let authority = Authority::new("ours");
    let program = secured(&authority.signs("localhost", |_| {}));
    let server = program.serve();
    let begun = Instant::now();
    let silent: Vec<_> = (0..50).map(|_| server.http.connect().unwrap()).collect();
    let mut half = server.http.connect().unwrap();
    half.write_all(&[22, 3, 1, 0, 200, 1]).unwrap();
    lives(&mut connect(&server, &authority, ALL, &[]).unwrap());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for mut stream in silent.into_iter().chain([half]) {
        let _end_or_reset = stream.read_to_end(&mut Vec::new());
    }
    let took = begun.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(15)).contains(&took), "{took:?}");
}

#[test]
fn a_stop_waits_for_nobody_who_has_not_shaken_hands() {
    let authority = Authority::new("ours");
    let program = secured(&authority.signs("localhost", |_| {}));
    let mut server = program.serve();
    let _silent = server.http.connect().unwrap();
    lives(&mut connect(&server, &authority, ALL, &[]).unwrap());
    server.terminate();
    assert!(server.wait(Duration::from_secs(3)).success());
}

#[test]
fn half_a_pair_or_a_wrong_one_stops_the_start() {
    let authority = Authority::new("ours");
    let pair = authority.signs("localhost", |_| {});
    let other = authority.signs("localhost", |_| {});
    let refused = |change: &dyn Fn(&Path), leave_out: Option<&str>| -> Done {
        let mut program = secured(&pair);
        program.environment.retain(|(name, _)| Some(name.as_str()) != leave_out);
        change(program.directory());
        program.run(["serve", "--listen", "127.0.0.1:0"])
    };
    let nothing = |_: &Path| {};
    let told = [
        refused(&nothing, Some("DOORWARD_TLS__KEY")),
        refused(&nothing, Some("DOORWARD_TLS__CERTIFICATE")),
        refused(&|directory| fs::remove_file(directory.join("server.pem")).unwrap(), None),
        refused(&|directory| fs::write(directory.join("server.pem"), "").unwrap(), None),
        refused(&|directory| fs::write(directory.join("server.key"), "otter").unwrap(), None),
        refused(
            &|directory| {
                let _bytes = fs::copy(directory.join("server.key"), directory.join("server.pem")).unwrap();
            },
            None,
        ),
        refused(
            &|directory| {
                let key = fs::read(directory.join("server.key")).unwrap();
                write_pair(directory, &other);
                fs::write(directory.join("server.key"), key).unwrap();
            },
            None,
        ),
    ];
    let told: Vec<String> = told.iter().map(Done::told).collect();
    assert_snapshot!(told.concat(), @"
    exit 1
    err  doorward: DOORWARD_TLS__CERTIFICATE: `tls.certificate` is set and `tls.key` is not: TLS takes both; without either, HTTP is spoken
    exit 1
    err  doorward: DOORWARD_TLS__KEY: `tls.key` is set and `tls.certificate` is not: TLS takes both; without either, HTTP is spoken
    exit 1
    err  doorward: `tls.certificate` cannot be used: server.pem: No such file or directory (os error 2)
    exit 1
    err  doorward: `tls.certificate` cannot be used: server.pem: it holds no certificate in PEM
    exit 1
    err  doorward: `tls.key` cannot be used: server.key: it holds no private key in PEM (an encrypted one is none)
    exit 1
    err  doorward: `tls.certificate` cannot be used: server.pem: it holds no certificate in PEM
    exit 1
    err  doorward: `tls.key` cannot be used: server.key: it is not the key of the first certificate in server.pem
    ");
}
