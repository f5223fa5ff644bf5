//! Connections to the API: made when there is none to spare, kept for a while when their answer is through. Knows
//! nothing of what is sent.

use super::failure::Failure;
use axum::http::{HeaderValue, Request, Response, Uri};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as _, Frame, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
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

/// What an answer's connection does, whatever it runs over.
type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// A connection. Whoever waits for something of it drives it in the same task: a task of its own would have to be woken
/// twice for each request, which costs more than all that Doorward decides.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// `None`: it has ended.
    driver: Option<Driver>,
    /// When whoever waits gives up. It stays with the connection: moving it on costs a fraction of setting one for each
    /// request.
    over: Pin<Box<Sleep>>,
}

impl Connection {
    /// Asks for something of the connection, lets it do what it can, and asks again: asking may be what it waits for.
    /// What is wanted comes of driving alone, so it wakes nobody: only the socket wakes the task that waits, and only
    /// once there is nothing to be had.
    pub fn poll<T>(&mut self, cx: &mut Context<'_>, mut wanted: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
        let mut nobody = Context::from_waker(Waker::noop());
        let before = wanted(&mut nobody);
        if before.is_ready() {
            return before;
        }
        self.drive(&mut nobody);
        let now = wanted(&mut nobody);
        if now.is_ready() {
            return now;
        }
        self.drive(cx);
        wanted(&mut nobody)
    }

    /// Whether what is waited for has taken too long; to be asked whenever nothing has come.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.over.as_mut().poll(cx)
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(driver) = &mut self.driver
            && let Poll::Ready(ended) = driver.as_mut().poll(cx)
        {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection to the API behind ended early");
            }
            self.driver = None;
        }
    }

    /// Whether a request can be sent on it at once. Nobody is woken by it until then.
    fn is_ready(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        self.driver.is_some() && self.sender.is_ready()
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
    /// The next piece of an answer's body.
    pub fn poll_body(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        self.connection.poll(cx, |cx| Pin::new(&mut *body).poll_frame(cx))
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
    pub fn give_back(self, now: Instant) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE && self.connection.driver.is_some() {
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
    /// was sent on the first. Where a new one has to be made, `stands` says whether the request may still be sent then.
    /// The answer has to begin within `patience` from `now`, and whatever is read of it after that.
    ///
    /// # Errors
    /// When the API cannot be reached, or the connection breaks before its answer begins.
    pub async fn send(
        self: &Arc<Self>,
        mut request: Request<Full<Bytes>>,
        repeatable: bool,
        stands: &(dyn Fn() -> bool + Sync),
        (now, patience): (Instant, Duration),
    ) -> Result<(Response<Incoming>, Lease), Failure> {
        let over = now + patience;
        if let Some(mut connection) = self.spare(now, repeatable) {
            connection.over.as_mut().reset(over);
            match send_on(&mut connection, request).await {
                Ok(response) => return Ok((response, Lease { pool: Arc::clone(self), connection })),
                Err(Unanswered::Late) => return Err(Failure::Timeout),
                Err(Unanswered::Broken(mut error)) => match error.take_message().filter(|_| repeatable) {
                    Some(unsent) => request = unsent,
                    None => return Err(broken(&error.into_error())),
                },
            }
        }
        let connected = Box::pin(tokio::time::timeout_at(over, self.connect(over)));
        let mut connection = connected.await.map_err(|_| Failure::Timeout)??;
        if !stands() {
            return Err(Failure::Ended);
        }
        let response = send_on(&mut connection, request).await.map_err(|unanswered| match unanswered {
            Unanswered::Late => Failure::Timeout,
            Unanswered::Broken(error) => broken(&error.into_error()),
        })?;
        Ok((response, Lease { pool: Arc::clone(self), connection }))
    }

    /// An idle connection that can be used at once: the one used last, so that others grow old and go. That the API has
    /// closed it meanwhile shows when it is driven, which what may be repeated need not have done beforehand.
    fn spare(&self, now: Instant, repeatable: bool) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Idle { mut connection, since } = idle.pop()?;
            if now.saturating_duration_since(since) > IDLE {
                // Those below it are older still.
                idle.clear();
                return None;
            }
            if repeatable && connection.sender.is_ready() || connection.is_ready() {
                return Some(connection);
            }
        }
    }

    async fn connect(&self, over: Instant) -> Result<Connection, Failure> {
        tokio::time::timeout(CONNECTS_WITHIN, self.connected(over))
            .await
            .map_err(|_| Failure::Unavailable("no connection came about in time".into()))?
    }

    async fn connected(&self, over: Instant) -> Result<Connection, Failure> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(|error| Failure::Unavailable(error.to_string()))?;
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => shake_hands(stream, over).await,
            Some((tls, name)) => {
                let stream = tls.connect(name.clone(), stream).await;
                shake_hands(stream.map_err(|error| Failure::Unavailable(format!("TLS: {error}")))?, over).await
            }
        }
    }
}

async fn shake_hands<S>(stream: S, over: Instant) -> Result<Connection, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    Ok(Connection { sender, driver: Some(Box::pin(driver)), over: Box::pin(tokio::time::sleep_until(over)) })
}

/// Why there is no answer.
enum Unanswered {
    /// In a box: the answer to every request would be as large otherwise.
    Broken(Box<TrySendError<Request<Full<Bytes>>>>),
    Late,
}

/// Sends a request and waits for the head of its answer.
async fn send_on(connection: &mut Connection, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Unanswered> {
    let mut answered = pin!(connection.sender.try_send_request(request));
    let mut sent = false;
    poll_fn(|cx| {
        let polled = if sent {
            connection.poll(cx, |cx| answered.as_mut().poll(cx))
        } else {
            // There is nothing to be had before it is sent.
            sent = true;
            connection.drive(cx);
            answered.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        };
        match polled {
            Poll::Ready(answer) => Poll::Ready(answer.map_err(|error| Unanswered::Broken(Box::new(error)))),
            Poll::Pending => connection.poll_over(cx).map(|()| Err(Unanswered::Late)),
        }
    })
    .await
}

fn broken(error: &hyper::Error) -> Failure {
    if error.is_parse() { Failure::Invalid("no HTTP".into()) } else { Failure::Unavailable(error.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn nothing_is_sent_on_a_new_connection_once_what_let_the_request_in_has_ended() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (pool, ..) = open(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let request = Request::new(Full::new(Bytes::from_static(b"{}")));
        // It would wait for an answer, had it sent anything.
        let sent = tokio::time::timeout(
            Duration::from_secs(10),
            pool.send(request, true, &|| false, (Instant::now(), Duration::from_secs(9))),
        )
        .await;
        assert!(matches!(sent, Ok(Err(Failure::Ended))));
        let mut reached = Vec::new();
        listener.accept().await.unwrap().0.read_to_end(&mut reached).await.unwrap();
        assert_eq!(reached, b"");
    }
}
