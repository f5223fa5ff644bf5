//! Follows what other nodes have changed: woken by PostgreSQL where that works, and looking by itself in any
//! case. It connects anew for as long as it lives.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::poll_fn;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket, tls::NoTlsStream};

use super::connect::single;
use super::statement::{decode, fault};
use crate::error::{Error, Fault};
use crate::storage::events::{self, Feed, TOO_FAR_BEHIND, no_revision};
use crate::storage::tx::Mode;

const DOING: &str = "following the changes of other nodes";
const LOOK_AGAIN: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_millis(300);

/// Follows until it is dropped.
pub(super) async fn follow(config: Config, feed: Arc<Feed>) {
    let mut retry = FIRST_RETRY;
    loop {
        let mut connected = false;
        let error = match follow_connected(&config, &feed, &mut connected).await {
            Ok(never) => match never {},
            Err(error) => error,
        };
        if connected {
            retry = FIRST_RETRY;
        }
        tracing::warn!(?error, "changes by other nodes cannot be read; connecting anew");
        sleep(retry).await;
        retry = LAST_RETRY.min(retry * 2);
    }
}

/// Nothing ends the following but a failure.
enum Never {}

async fn follow_connected(config: &Config, feed: &Feed, connected: &mut bool) -> Result<Never, Error> {
    let (client, connection) = single(config).await?;
    let woken = Notify::new();
    let following = async {
        within("listen", client.batch_execute("listen doorward_events")).await?;
        loop {
            look(&client, feed).await?;
            *connected = true;
            // Either way it is time to look again.
            let _timely = timeout(LOOK_AGAIN, woken.notified()).await;
        }
    };
    tokio::select! {
        ended = following => ended,
        fault = drive(connection, &woken) => Err(fault.into()),
    }
}

/// Keeps the connection going and passes on what the server says unasked.
async fn drive(mut connection: Connection<Socket, NoTlsStream>, woken: &Notify) -> Fault {
    loop {
        match poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notification(_))) => woken.notify_one(),
            Some(Ok(_)) => {}
            Some(Err(error)) => return fault(DOING, Mode::Read, "listen", &error),
            None => return Fault::passing(DOING, "the connection was closed"),
        }
    }
}

async fn look(client: &Client, feed: &Feed) -> Result<(), Error> {
    // Before the reading, so that a lower revision can only mean an earlier state of the database.
    let told = feed.told();
    let revision = revision(client).await?;
    if revision > told + TOO_FAR_BEHIND {
        feed.skip_to(revision);
    } else if revision != told {
        let select = "select id, subject, subject_id from events where id > $1 order by id";
        let rows = within(select, client.query(select, &[&told])).await?;
        let rows = rows.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
        feed.followed(told, revision, events::decode(&rows)?);
    }
    Ok(())
}

/// The revision of the database.
pub(super) async fn revision(client: &Client) -> Result<i64, Error> {
    let select = "select n from revision";
    let row = within(select, client.query_opt(select, &[])).await?.ok_or_else(no_revision)?;
    decode(&row)?.get(0)
}

async fn within<T>(sql: &str, statement: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Fault> {
    match timeout(PATIENCE, statement).await {
        Ok(result) => result.map_err(|error| fault(DOING, Mode::Read, sql, &error)),
        Err(_) => Err(Fault::passing(DOING, format!("no answer within {} s; in: {sql}", PATIENCE.as_secs()))),
    }
}
