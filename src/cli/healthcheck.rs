//! `doorward healthcheck`: whether the server that is configured here can serve, for containers and supervisors.

use super::Settings;
use super::output::Output;
use super::serve::ServeFlags;
use crate::error::{Code, Error, Refusal};
use axum::http::{Request, header};
use bytes::Bytes;
use clap::Args;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::error::Error as StdError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{self, CryptoProvider};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, ClientConfig, DigitallySignedStruct, SignatureScheme};

/// How long a server may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(5);
/// No answer is longer.
const LONGEST: usize = 64 * 1024;

#[derive(Args)]
pub struct Healthcheck {
    #[command(flatten)]
    serve: ServeFlags,
}

/// What `/readyz` answered.
struct Answer {
    status: u16,
    text: String,
}

impl Healthcheck {
    pub async fn run(self, settings: &Settings, output: &Output) -> Result<ExitCode, Error> {
        let (config, _) = settings.config(self.serve.flags())?;
        let at = near(config.listen);
        if at.port() == 0 {
            let message = "with port 0 it is not known where the server listens: say so by --listen";
            return Err(Refusal::input("listen", message).into());
        }
        let asked = tokio::time::timeout(PATIENCE, ask(at, config.tls.certificate.is_some())).await;
        let why = match asked {
            Ok(Ok(Answer { status: 200, text })) => {
                output.answer(&text, json!({ "ready": true, "status": 200, "answer": text }))?;
                return Ok(ExitCode::SUCCESS);
            }
            Ok(Ok(Answer { status, text })) => format!("the server at {at} is not ready (status {status}): {text}"),
            Ok(Err(error)) => format!("no server answers at {at}: {error}"),
            Err(_) => format!("the server at {at} did not answer within {} s", PATIENCE.as_secs()),
        };
        Err(Refusal::new(Code::Unavailable, why).into())
    }
}

/// Takes every certificate: it is made out for the name that clients use, and not for this address. Nothing is told to
/// the server here but that somebody asks how it is.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        crypto::verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        crypto::verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The address by which this machine reaches a server that listens there: one that listens everywhere listens on
/// loopback, too.
pub(super) fn near(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, listen.port())
}

type Trouble = Box<dyn StdError + Send + Sync>;

async fn ask(at: SocketAddr, is_tls: bool) -> Result<Answer, Trouble> {
    let stream = TcpStream::connect(at).await?;
    if !is_tls {
        return asked(at, stream).await;
    }
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let anyone = Arc::new(Anyone(Arc::clone(&provider)));
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = tls.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth();
    asked(at, TlsConnector::from(Arc::new(tls)).connect(at.ip().into(), stream).await?).await
}

async fn asked(
    at: SocketAddr,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<Answer, Trouble> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driven = tokio::spawn(connection);
    let request = Request::get("/readyz").header(header::HOST, at.to_string()).body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), LONGEST).collect().await?.to_bytes();
    driven.abort();
    let text = String::from_utf8_lossy(&body).trim().to_owned();
    Ok(Answer { status, text })
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_loopback() {
        let near = |listen: &str| near(listen.parse().unwrap()).to_string();
        assert_eq!(near("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(near("[::]:8080"), "[::1]:8080");
        assert_eq!(near("192.0.2.1:80"), "192.0.2.1:80");
    }
}
