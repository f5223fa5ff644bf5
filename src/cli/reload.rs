//! What is read again while the server runs, when it is told to (SIGHUP): the certificate. The schema of the API is
//! fetched anew by then too, which `follow` sees to.

use super::service;
use crate::config::Config;
use crate::error::{Fault, Refusal};
use crate::server::Tls;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The certificate and key that are configured.
///
/// # Errors
/// Says which file cannot be used, and why.
pub fn tls(config: &Config) -> Result<Option<Arc<Tls>>, Refusal> {
    match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => Ok(Some(Arc::new(Tls::open(certificate.clone(), key.clone())?))),
        _ => Ok(None),
    }
}

/// The signal that says that something is to be read again. Once listened for, it does not end the program.
///
/// # Errors
/// When it cannot be listened for.
pub fn hangups() -> Result<Signal, Fault> {
    signal(SignalKind::hangup()).map_err(|error| Fault::new("listening for signals", error))
}

/// Reads the certificate again each time. `url` is where the server answers.
pub async fn follow(mut hangups: Signal, tls: Option<Arc<Tls>>, url: String) {
    while hangups.recv().await.is_some() {
        service::reloading();
        match tls.as_ref().map(|tls| tls.reload()) {
            Some(Ok(())) => tracing::info!("the certificate was read again; connections that begin now are shown it"),
            Some(Err(refusal)) => tracing::error!("{refusal}; the certificate from before is shown on"),
            None => {}
        }
        service::ready(&url);
    }
}
