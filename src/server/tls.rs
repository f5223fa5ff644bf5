//! TLS of the server's own: the certificate that it shows, read from its files again whenever it is told to. What is
//! under way goes on with the one it began with.

use super::writes::Impatient;
use crate::error::Refusal;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, InconsistentKeys, ServerConfig, crypto, version};
use tokio_rustls::server::TlsStream;

/// How long a client may take until it has shaken hands.
const SHAKEN_WITHIN: Duration = Duration::from_secs(10);

/// What a client is told that speaks HTTP where HTTPS is spoken.
const SPEAK_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 49\r\nconnection: close\r\n\r\nthis address speaks HTTPS: ask it with https://\r\n";

/// Bytes of such a request that are read to its end.
const LONGEST_READ: u64 = 64 * 1024;

/// A certificate and its key, and the files that they are read from.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    now: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads a certificate, with those that lead to its authority, and its key from PEM files.
    ///
    /// # Errors
    /// Says which file cannot be used, and why.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Self, Refusal> {
        let now = RwLock::new(read(&certificate, &key)?);
        Ok(Self { certificate, key, now })
    }

    /// Reads both files again, for connections that begin from now on.
    ///
    /// # Errors
    /// As [`open`](Self::open); what was read before is shown on then.
    pub fn reload(&self) -> Result<(), Refusal> {
        let read = read(&self.certificate, &self.key)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// Shakes hands with a client, which has to be quick about it.
    pub(super) async fn shake_hands(&self, stream: TcpStream) -> io::Result<TlsStream<Impatient>> {
        tokio::time::timeout(SHAKEN_WITHIN, self.shaken(stream)).await?
    }

    async fn shaken(&self, mut stream: TcpStream) -> io::Result<TlsStream<Impatient>> {
        let mut first = [0];
        // A method begins with a capital letter, TLS with a byte that is none.
        if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
            stream.write_all(SPEAK_TLS).await?;
            stream.shutdown().await?;
            // What is closed with something unread in it may reach the client as a reset, and take the answer along.
            let _read = tokio::io::copy(&mut stream.take(LONGEST_READ), &mut tokio::io::sink()).await?;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the client speaks HTTP without TLS"));
        }
        let now = Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(now).accept(Impatient::new(stream)).await
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, Refusal> {
    let wrong = |setting: &str, path: &Path, why: &dyn std::fmt::Display| {
        let message = format!("`{setting}` cannot be used: {}: {why}", path.display());
        Refusal::input(setting, message)
    };
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| wrong("tls.certificate", certificate, &in_words(&error)))?;
    if chain.is_empty() {
        return Err(wrong("tls.certificate", certificate, &"it holds no certificate in PEM"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| match error {
        pem::Error::NoItemsFound => wrong("tls.key", key, &"it holds no private key in PEM (an encrypted one is none)"),
        error => wrong("tls.key", key, &in_words(&error)),
    })?;
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .map_err(|error| wrong("tls.certificate", certificate, &error))?;
    let config = builder.with_no_client_auth().with_single_cert(chain, private);
    let mut config = config.map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            wrong("tls.key", key, &format!("it is not the key of the first certificate in {}", certificate.display()))
        }
        rustls::Error::InvalidCertificate(_) => wrong("tls.certificate", certificate, &error),
        error => wrong("tls.key", key, &error),
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// What is wrong with a file; nothing of what stands in it.
fn in_words(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        _ => "it is not PEM".into(),
    }
}
