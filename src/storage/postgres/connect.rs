//! From a url to connections: what it may say, the pool, and single connections beside it.

use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config, Connection, NoTls, Socket, tls::NoTlsStream};

use super::statement::fault;
use crate::error::{Code, Error, Fault, Refusal};
use crate::storage::tx::Mode;

const DOING: &str = "connecting to PostgreSQL";
/// How long connecting may take in all, and how long with each of the servers that a url names: one that is not there
/// must leave time for the next.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
const PATIENCE_WITH_EACH: Duration = Duration::from_secs(2);
const MOST: usize = 16;

/// A node that stands still in the middle of a change must not keep all others from theirs.
const SETTINGS: &str = "set idle_in_transaction_session_timeout = 10000; set lock_timeout = 20000";

/// Reads the url. Its parser's own complaints are kept back: they may quote the password.
pub(super) fn config(url: &str) -> Result<Config, Error> {
    let refuse = |sentence: &str| Error::from(Refusal::new(Code::BadUserInput, sentence));
    if url.contains("sslmode=verify") || url.contains("sslmode=allow") {
        return Err(refuse(NO_TLS));
    }
    let mut config: Config = url
        .parse()
        .map_err(|_| refuse("the database url is not of the form postgres://user:password@host:port/database"))?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(refuse(NO_TLS));
    }
    config.connect_timeout(*config.get_connect_timeout().unwrap_or(&PATIENCE_WITH_EACH));
    config.tcp_user_timeout(*config.get_tcp_user_timeout().unwrap_or(&(2 * PATIENCE)));
    config.keepalives_idle(2 * PATIENCE);
    // A standby that lags would look like a database that has gone back.
    if config.get_hosts().len() > 1 && config.get_target_session_attrs() == TargetSessionAttrs::Any {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    if config.get_application_name().is_none() {
        config.application_name("doorward");
    }
    Ok(config)
}

const NO_TLS: &str = "connections to PostgreSQL over TLS are not supported yet: use sslmode=disable or leave it \
                      out, and reach the database over a private network or a local socket";

/// The pool for transactions.
pub(super) fn pool(config: Config) -> Result<Pool, Fault> {
    let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    let settings = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
    });
    Pool::builder(manager)
        .max_size(MOST)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .recycle_timeout(Some(PATIENCE))
        .post_create(settings)
        .build()
        .map_err(|error| Fault::new(DOING, error))
}

/// A connection beside the pool; its second half has to be driven.
pub(super) async fn single(
    config: &Config,
    patience: Duration,
) -> Result<(Client, Connection<Socket, NoTlsStream>), Fault> {
    match tokio::time::timeout(patience, config.connect(NoTls)).await {
        Ok(Ok(connected)) => Ok(connected),
        Ok(Err(error)) => Err(Fault { passing: true, ..fault(DOING, Mode::Write, "connect", &error) }),
        Err(_) => Err(Fault::passing(DOING, format!("no answer within {} s", patience.as_secs()))),
    }
}
