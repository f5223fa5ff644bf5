//! Connections to the API: made when there is none to spare, kept for a while when their answer is through. Knows
//! nothing of what is sent.

use super::failure::Failure;
use axum::http::{HeaderValue, Request, Response, Uri};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// How long a connection may take to come about.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
/// How long an idle connection is used again. Servers close theirs after five seconds and more, and what is sent into
/// a closing one is lost.
const IDLE: Duration = Duration::from_secs(4);
/// How long one that carried an answer just now may take to be ready again. One whose request the API has not read to
/// its end never is.
const READY_WITHIN: Duration = Duration::from_millis(20);
/// How many idle connections are kept.
const MOST_IDLE: usize = 256;

/// A connection; it is closed with this.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // By itself it would wait for the API to read what is still to be written.
        self.task.abort();
    }
}

impl Connection {
    async fn is_ready(&mut self) -> bool {
        self.sender.is_ready()
            || tokio::time::timeout(READY_WITHIN, self.sender.ready()).await.is_ok_and(|ready| ready.is_ok())
    }
}

/// The connections to one address.
pub struct Pool {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

/// A connection that is in use; it goes when it is not given back.
pub struct Lease {
    pool: Arc<Pool>,
    connection: Connection,
}

impl Lease {
    /// Gives the connection back once its answer is through.
    pub fn give_back(self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE && !self.connection.sender.is_closed() {
            idle.push(Idle { connection: self.connection, since: Instant::now() });
        }
    }
}

/// Where a URL leads to: the pool of its connections, its `Host`, and what is asked for there.
///
/// # Errors
/// What is no `http` or `https` URL, or has a host that no certificate can name.
pub fn open(url: &str) -> Result<(Arc<Pool>, HeaderValue, Uri), String> {
    let uri: Uri = url.parse().map_err(|error| format!("{error}"))?;
    let authority = uri.authority().ok_or("it has no host")?;
    let is_tls = uri.scheme_str() == Some("https");
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let tls = if is_tls {
        let name = ServerName::try_from(host.clone()).map_err(|error| format!("{error}"))?;
        Some((connector()?, name))
    } else {
        None
    };
    let named = HeaderValue::from_str(authority.as_str()).map_err(|error| format!("{error}"))?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).parse().map_err(|error| format!("{error}"))?;
    Ok((Arc::new(Pool { host, port, tls, idle: Mutex::default() }), named, path))
}

/// TLS as the machine trusts: its own store of certificates, or what `SSL_CERT_FILE` names.
fn connector() -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(
            "this machine has no certificates to trust: install its ca-certificates, or set SSL_CERT_FILE".into()
        );
    }
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Pool {
    /// Sends a request. One that may be repeated is sent on another connection where it is certain that nothing of it
    /// was sent on the first.
    ///
    /// # Errors
    /// When the API cannot be reached, or the connection breaks before its answer begins.
    pub async fn send(
        self: &Arc<Self>,
        mut request: Request<Full<Bytes>>,
        repeatable: bool,
    ) -> Result<(Response<Incoming>, Lease), Failure> {
        if let Some(mut connection) = self.spare().await {
            match connection.sender.try_send_request(request).await {
                Ok(response) => return Ok((response, Lease { pool: Arc::clone(self), connection })),
                Err(mut error) => match error.take_message().filter(|_| repeatable) {
                    Some(unsent) => request = unsent,
                    None => return Err(broken(&error.into_error())),
                },
            }
        }
        let mut connection = self.connect().await?;
        let response = connection.sender.send_request(request).await.map_err(|error| broken(&error))?;
        Ok((response, Lease { pool: Arc::clone(self), connection }))
    }

    /// An idle connection that can be used at once: the one used last, so that others grow old and go.
    async fn spare(&self) -> Option<Connection> {
        loop {
            let Idle { mut connection, since } = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() > IDLE {
                // Those below it are older still.
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|idle| idle.since.elapsed() <= IDLE);
                continue;
            }
            if connection.is_ready().await {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        tokio::time::timeout(CONNECTS_WITHIN, self.connected())
            .await
            .map_err(|_| Failure::Unavailable("no connection came about in time".into()))?
    }

    async fn connected(&self) -> Result<Connection, Failure> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(|error| Failure::Unavailable(error.to_string()))?;
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => shake_hands(stream).await,
            Some((tls, name)) => {
                let stream = tls.connect(name.clone(), stream).await;
                shake_hands(stream.map_err(|error| Failure::Unavailable(format!("TLS: {error}")))?).await
            }
        }
    }
}

async fn shake_hands<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Result<Connection, Failure> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the API behind ended early");
        }
    });
    Ok(Connection { sender, task: task.abort_handle() })
}

fn broken(error: &hyper::Error) -> Failure {
    if error.is_parse() { Failure::Invalid("no HTTP".into()) } else { Failure::Unavailable(error.to_string()) }
}
