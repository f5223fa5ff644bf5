//! Connections to the API: made when there is none to spare, kept for a while when their answer is through. Knows
//! nothing of what is sent.

use super::failure::Failure;
use super::wire::{Broken, Ends, Head, Stream, Wire};
use axum::http::{HeaderValue, Uri};
use bytes::Bytes;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::coop;
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// How long a connection may take to come about.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
/// How long an idle connection is used again. Servers close theirs after five seconds and more, and what is sent into
/// a closing one is lost.
const IDLE: Duration = Duration::from_secs(4);
/// How many idle connections are kept.
const MOST_IDLE: usize = 256;

/// A connection. Whoever waits for something of it reads it in their own task: a task of its own would have to be woken
/// twice for each request, which costs more than all that Doorward decides. It lies in a box for as long as it lives: it
/// goes from hand to hand some ten times in each request, and is not small.
struct Connection {
    wire: Wire,
    /// When whoever waits gives up. It stays with the connection: moving it on costs a fraction of setting one for each
    /// request.
    over: Pin<Box<Sleep>>,
}

impl Connection {
    /// However much the task has done already: a peer that always has more must not put it off.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        pin!(coop::unconstrained(self.over.as_mut())).poll(cx)
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
    connection: Box<Connection>,
    since: Instant,
}

/// A connection that is in use; it goes when it is not given back.
pub struct Lease {
    pool: Arc<Pool>,
    connection: Box<Connection>,
}

impl Lease {
    /// The next piece of an answer's body; `None`: that was all.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        let polled = self.connection.wire.poll_piece(cx);
        polled.map(|piece| piece.map(|piece| piece.map_err(|broken| in_mid_answer(&broken))))
    }

    /// Reads on until so many bytes of the body are there, where it says how many there are; or fewer, where more would
    /// take too long.
    pub fn poll_filled(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        match self.connection.wire.poll_filled(cx, bytes) {
            Poll::Pending => self.poll_over(cx),
            ready => ready,
        }
    }

    /// Where the body ends.
    pub const fn ends(&self) -> &Ends {
        self.connection.wire.ends()
    }

    /// What is waited for from now on may take so long.
    pub fn wait_for(&mut self, patience: Duration) {
        self.connection.over.as_mut().reset(Instant::now() + patience);
    }

    /// Whether what is waited for has taken too long; to be asked whenever nothing has come.
    pub fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.connection.poll_over(cx)
    }

    /// Gives the connection back, now that its answer is through.
    pub fn give_back(mut self, now: Instant) {
        if !self.connection.wire.is_through() {
            return;
        }
        self.connection.wire.rest();
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push(Idle { connection: self.connection, since: now });
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
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = format!("{}{query}", uri.path()).parse().map_err(|error| format!("{error}"))?;
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
    /// Sends a request and waits for the head of its answer. One that may be repeated is sent on another connection
    /// where it is certain that nothing of it was sent on the first. Where a new one has to be made, `stands` says
    /// whether the request may still be sent then. The answer has to begin within `patience` from `now`, and whatever is
    /// read of it after that.
    ///
    /// # Errors
    /// When the API cannot be reached, or the connection breaks before its answer begins.
    pub async fn send(
        self: &Arc<Self>,
        mut request: Vec<u8>,
        repeatable: bool,
        stands: &(dyn Fn() -> bool + Sync),
        (now, patience): (Instant, Duration),
    ) -> Result<(Head, Lease), Failure> {
        let over = now + patience;
        if let Some(mut connection) = self.spare(now) {
            connection.over.as_mut().reset(over);
            match send_on(&mut connection, request).await {
                Ok(head) => return Ok((head, Lease { pool: Arc::clone(self), connection })),
                Err(Unanswered::Broken(Broken::Unsent(_))) if repeatable => request = connection.wire.unsent(),
                Err(unanswered) => return Err(unanswered.into()),
            }
        }
        let connected = Box::pin(tokio::time::timeout_at(over, self.connect(over)));
        let mut connection = connected.await.map_err(|_| Failure::Timeout)??;
        if !stands() {
            return Err(Failure::Ended);
        }
        let head = send_on(&mut connection, request).await?;
        Ok((head, Lease { pool: Arc::clone(self), connection }))
    }

    /// An idle connection that can be used at once: the one used last, so that others grow old and go.
    fn spare(&self, now: Instant) -> Option<Box<Connection>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Idle { mut connection, since } = idle.pop()?;
            if now.saturating_duration_since(since) > IDLE {
                // Those below it are older still.
                idle.clear();
                return None;
            }
            if connection.wire.is_ready() {
                return Some(connection);
            }
        }
    }

    async fn connect(&self, over: Instant) -> Result<Box<Connection>, Failure> {
        let wire = tokio::time::timeout(CONNECTS_WITHIN, self.connected()).await;
        let wire = wire.map_err(|_| Failure::Unavailable("no connection came about in time".into()))??;
        Ok(Box::new(Connection { wire, over: Box::pin(tokio::time::sleep_until(over)) }))
    }

    async fn connected(&self) -> Result<Wire, Failure> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(|error| Failure::Unavailable(error.to_string()))?;
        let _ = stream.set_nodelay(true);
        let Some((tls, name)) = &self.tls else { return Ok(Wire::new(Stream::Plain(stream))) };
        let stream = tls.connect(name.clone(), stream).await;
        let stream = stream.map_err(|error| Failure::Unavailable(format!("TLS: {error}")))?;
        Ok(Wire::new(Stream::Tls(Box::new(stream))))
    }
}

/// Why there is no answer.
enum Unanswered {
    Broken(Broken),
    Late,
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Broken(Broken::Unsent(error) | Broken::Io(error)) => Self::Unavailable(error.to_string()),
            Unanswered::Broken(Broken::NoHttp) => Self::Invalid("no HTTP".into()),
            Unanswered::Late => Self::Timeout,
        }
    }
}

/// Sends a request and waits for the head of its answer.
async fn send_on(connection: &mut Connection, request: Vec<u8>) -> Result<Head, Unanswered> {
    connection.wire.begin(request);
    poll_fn(|cx| match connection.wire.poll_head(cx) {
        Poll::Ready(answered) => Poll::Ready(answered.map_err(Unanswered::Broken)),
        Poll::Pending => connection.poll_over(cx).map(|()| Err(Unanswered::Late)),
    })
    .await
}

fn in_mid_answer(broken: &Broken) -> Failure {
    match broken {
        Broken::Unsent(error) | Broken::Io(error) => Failure::Unavailable(format!("the answer broke off: {error}")),
        Broken::NoHttp => Failure::Invalid("the answer broke off: what came is no HTTP".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    #[test]
    fn a_url_leads_to_a_path() {
        let path = |url: &str| open(url).ok().unwrap().2.to_string();
        assert_eq!(path("http://api.example"), "/");
        assert_eq!(path("http://api.example?key=1"), "/?key=1");
        assert_eq!(path("http://api.example/graphql?key=1"), "/graphql?key=1");
    }

    #[tokio::test]
    async fn nothing_is_sent_on_a_new_connection_once_what_let_the_request_in_has_ended() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (pool, ..) = open(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        // It would wait for an answer, had it sent anything.
        let sent = tokio::time::timeout(
            Duration::from_secs(10),
            pool.send(b"POST / HTTP/1.1\r\n\r\n".to_vec(), true, &|| false, (Instant::now(), Duration::from_secs(9))),
        )
        .await;
        assert!(matches!(sent, Ok(Err(Failure::Ended))));
        let mut reached = Vec::new();
        listener.accept().await.unwrap().0.read_to_end(&mut reached).await.unwrap();
        assert_eq!(reached, b"");
    }
}
