//! TLS to the API behind: who it is has to be shown by a certificate that this machine trusts, or nothing is sent.

use super::Program;
use super::running::Running;
use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{
    ProtocolVersion, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion, crypto, version,
};

const KEY: &str = "Bearer a key that only the API may see";

/// Who signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate as a file has it.
    pub fn pem(&self) -> String {
        let text = base64::engine::general_purpose::STANDARD.encode(self.0.der());
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    /// A certificate for this name.
    pub fn signs(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Signed {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }
}

/// A certificate and its key.
pub type Signed = (CertificateDer<'static>, PrivateKeyDer<'static>);

/// An API that speaks TLS.
struct Api {
    port: u16,
    /// How many requests it has read.
    heard: Arc<AtomicUsize>,
    spoken: Arc<Mutex<Option<ProtocolVersion>>>,
}

impl Api {
    fn start((certificate, key): Signed, versions: &[&'static SupportedProtocolVersion]) -> Self {
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
        let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, spoken) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Option<ProtocolVersion>>>::default());
        let api = Self { port, heard: Arc::clone(&heard), spoken: Arc::clone(&spoken) };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (config, heard, spoken) = (Arc::clone(&config), Arc::clone(&heard), Arc::clone(&spoken));
                thread::spawn(move || talk(config, stream, &heard, &spoken));
            }
        });
        api
    }
}

fn talk(config: Arc<ServerConfig>, stream: TcpStream, heard: &AtomicUsize, spoken: &Mutex<Option<ProtocolVersion>>) {
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        // Whoever does not trust us goes away here.
        let Ok(count) = stream.read(&mut piece) else { return };
        if count == 0 {
            return;
        }
        read.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() < length.parse().unwrap() {
            continue;
        }
        assert!(head.contains(&format!("authorization: {KEY}")), "{head}");
        heard.fetch_add(1, Ordering::SeqCst);
        *spoken.lock().unwrap() = stream.conn.protocol_version();
        let answer = r#"{"data":{"version":"9"}}"#;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}", answer.len());
        if write!(stream, "{head}\r\n\r\n{answer}").is_err() {
            return;
        }
        read.clear();
    }
}

/// A server before what is at this URL, which trusts this authority.
fn before(url: &str, trusted: &Authority) -> (Program, Running, String) {
    let program = Program::new().with("DOORWARD_UPSTREAM__HEADERS", &format!("authorization: {KEY}"));
    let file = program.directory().join("trusted.pem");
    fs::write(&file, trusted.pem()).unwrap();
    fs::write(program.directory().join("api.graphql"), "type Query { version: String! }").unwrap();
    let program = program
        .with("SSL_CERT_FILE", file.to_str().unwrap())
        .with("DOORWARD_UPSTREAM__URL", url)
        .with("DOORWARD_UPSTREAM__SDL", "api.graphql");
    program.add_user("ada", &["--super-admin"]);
    let token = program.make_token("ada", &[]);
    let server = program.serve();
    (program, server, token)
}

fn asks(server: &Running, token: &str) -> (u16, Value) {
    let answer = server.http.graphql(token, "{ version }", &Value::Null).unwrap();
    (answer.status, answer.json())
}

/// A certificate that is not taken: the client is told that the API cannot be reached, the log why.
#[track_caller]
fn is_refused(what: &str, url: &str, trusted: &Authority, heard: &AtomicUsize, why: &str) {
    let (_program, server, token) = before(url, trusted);
    let (status, answer) = asks(&server, &token);
    assert_eq!(status, 502, "{what}: {answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE", "{what}: {answer}");
    assert!(!answer.to_string().contains("TLS") && !answer.to_string().contains("localhost"), "{what}: {answer}");
    server.said.wait_for(&format!("{what}: TLS and {why}"), |text| {
        text.lines().any(|line| line.contains("TLS: ") && line.contains(why)).then_some(())
    });
    // Certificates name hosts, and anybody may ask here.
    let told = server.http.get("/readyz?verbose").body;
    assert!(told.contains("api: cannot be reached") && !told.contains("TLS"), "{what}: {told}");
    assert_eq!(heard.load(Ordering::SeqCst), 0, "{what}: it was sent something");
    assert_eq!(server.http.standing(&token).unwrap(), "ada", "{what}");
}

#[test]
fn an_api_is_trusted_that_the_machine_trusts() {
    let authority = Authority::new("ours");
    for (name, versions, expected) in [
        ("localhost", &[&version::TLS13][..], ProtocolVersion::TLSv1_3),
        ("localhost", &[&version::TLS12], ProtocolVersion::TLSv1_2),
        ("127.0.0.1", &[&version::TLS13, &version::TLS12], ProtocolVersion::TLSv1_3),
    ] {
        let api = Api::start(authority.signs(name, |_| {}), versions);
        let url = format!("https://{name}:{}/graphql", api.port);
        let (_program, server, token) = before(&url, &authority);
        for _ in 0..3 {
            assert_eq!(asks(&server, &token), (200, json!({"data": {"version": "9"}})), "{name}");
        }
        assert_eq!(api.heard.load(Ordering::SeqCst), 3);
        assert_eq!(*api.spoken.lock().unwrap(), Some(expected));
        server.stop();
    }
}

#[test]
fn an_api_that_shows_no_certificate_to_be_trusted_is_sent_nothing() {
    let (authority, other) = (Authority::new("ours"), Authority::new("another"));
    let all = [&version::TLS13, &version::TLS12];
    let localhost = |api: &Api| format!("https://localhost:{}/graphql", api.port);

    let api = Api::start(authority.signs("localhost", |_| {}), &all);
    is_refused("another authority", &localhost(&api), &other, &api.heard, "UnknownIssuer");

    let api = Api::start(authority.signs("api.example.com", |_| {}), &all);
    is_refused("another name", &localhost(&api), &authority, &api.heard, "not valid for name");
    is_refused("an address", &format!("https://127.0.0.1:{}/", api.port), &authority, &api.heard, "not valid for name");

    let expired = authority.signs("localhost", |params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    let api = Api::start(expired, &all);
    is_refused("an expired one", &localhost(&api), &authority, &api.heard, "expired");

    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let signed = params.self_signed(&key).unwrap().der().clone();
    let api = Api::start((signed, PrivateKeyDer::try_from(key.serialize_der()).unwrap()), &all);
    is_refused("a self-signed one", &localhost(&api), &authority, &api.heard, "UnknownIssuer");
}

#[test]
fn an_api_that_speaks_no_tls_is_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::<Mutex<Vec<u8>>>::default();
    let hears = Arc::clone(&heard);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).unwrap_or_default();
            hears.lock().unwrap().extend_from_slice(&piece[..count]);
            let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let url = format!("https://localhost:{port}/graphql");
    is_refused("plain HTTP", &url, &Authority::new("ours"), &AtomicUsize::new(0), "");
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
    assert!(!heard.is_empty() && !heard.contains("a key that only the API may see"), "{heard}");
}

#[test]
fn without_any_certificate_to_trust_nothing_is_served() {
    let program = Program::new().with("SSL_CERT_FILE", "empty.pem");
    fs::write(program.directory().join("empty.pem"), "").unwrap();
    let done = program.run(["serve", "--listen", "127.0.0.1:0", "--upstream", "https://api.example.com/graphql"]);
    assert_eq!(done.status, 1, "{}", done.told());
    assert!(done.stderr.contains("SSL_CERT_FILE") && done.stderr.contains("`upstream.url`"), "{}", done.stderr);
}
