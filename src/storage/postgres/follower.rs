//! Follows what other nodes have changed: woken by PostgreSQL where that works, and looking by itself in any
//! case. It connects anew for as long as it lives. Each time that it has heard of everything renews the lease of this
//! node.

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::Pool;

use futures_util::future::poll_fn;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Socket, tls::NoTlsStream};

use super::beat::Node;
use super::connect::single;
use super::statement::{decode, fault};
use crate::error::{Error, Fault};
use crate::storage::events::{self, Feed, TOO_FAR_BEHIND, no_revision};
use crate::storage::tx::Mode;

const DOING: &str = "following the changes of other nodes";
/// How often this node writes its beat, and looks whether it was told of or not.
const BEAT: Duration = Duration::from_millis(500);
/// Whoever is cut off hears nothing any more, not even that: the next connection may have more luck.
const PATIENCE: Duration = Duration::from_secs(2);
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_millis(300);

/// What follows, and writes the beat of a node that remembers.
pub(super) struct Follower {
    pub config: Config,
    pub feed: Arc<Feed>,
    pub pool: Pool,
    pub node: Option<Node>,
}

impl Follower {
    /// Follows until it is dropped.
    pub(super) async fn follow(self) {
        let mut retry = FIRST_RETRY;
        let mut is_first = true;
        loop {
            let mut connected = false;
            let error = match self.follow_connected(is_first, &mut connected).await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            if connected {
                retry = FIRST_RETRY;
                is_first = false;
            }
            tracing::warn!(error = error.words(), "changes by other nodes cannot be read; connecting anew");
            sleep(retry).await;
            retry = LAST_RETRY.min(retry * 2);
        }
    }

    async fn follow_connected(&self, is_first: bool, connected: &mut bool) -> Result<Never, Error> {
        let (client, connection) = single(&self.config, PATIENCE * servers(&self.config)).await?;
        let woken = Notify::new();
        let following = async {
            within("listen", client.batch_execute("listen doorward_events")).await?;
            if !is_first {
                self.begin_anew(&client).await?;
            }
            loop {
                let began = self.beat(&client).await?;
                *connected = true;
                while let Some(left) = BEAT.checked_sub(began.elapsed())
                    && timeout(left, woken.notified()).await.is_ok()
                {
                    look(&client, &self.feed, i64::MIN).await?;
                }
            }
        };
        tokio::select! {
            ended = following => ended,
            fault = drive(connection, &woken) => Err(fault.into()),
        }
    }

    /// Writes this node's beat and reads what was committed before it: where nothing of that is missed, the lease is
    /// renewed. Answers when it began.
    async fn beat(&self, client: &Client) -> Result<Instant, Error> {
        let (instant, moment) = (Instant::now(), self.feed.lease().moment());
        let told = self.feed.told();
        let revision = match &self.node {
            Some(node) => node.beat(client).await?,
            None => i64::MIN,
        };
        if self.node.is_some() && revision < told {
            self.feed.anew(told, revision);
        } else if revision != told && !look(client, &self.feed, revision).await? {
            tracing::warn!(revision, "changes are read from a standby that lags: the lease is not renewed");
            return Ok(instant);
        }
        self.feed.lease().renew(moment);
        Ok(instant)
    }

    /// After a connection was lost the database may be a standby that took over, and lack the last changes. The
    /// connections of the pool lead to where this one led.
    async fn begin_anew(&self, client: &Client) -> Result<(), Error> {
        self.pool.retain(|_, _| false);
        let told = self.feed.told();
        self.feed.anew(told, revision(client).await?);
        Ok(())
    }
}

/// How many servers the url names.
fn servers(config: &Config) -> u32 {
    u32::try_from(config.get_hosts().len()).unwrap_or(1).max(1)
}

/// Nothing ends the following but a failure.
enum Never {}

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

/// Reads the revision and the events up to it, in one statement: each from another server, behind a proxy, events could
/// be missed for good. What is older than the revision `at_least`, which the primary had, is not believed: `false` then.
async fn look(client: &Client, feed: &Feed, at_least: i64) -> Result<bool, Error> {
    // Before the reading, so that a lower revision can only mean an earlier state of the database.
    let told = feed.told();
    let select = "select events.id, events.subject, events.subject_id, revision.n
                  from revision left join events on events.id > $1 and revision.n <= $2
                  order by events.id";
    let nearest = told.saturating_add(TOO_FAR_BEHIND);
    let rows = within(select, client.query(select, &[&told, &nearest])).await?;
    let mut rows = rows.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
    let revision: i64 = rows.first().ok_or_else(no_revision)?.get(3)?;
    if revision < at_least {
        return Ok(false);
    }
    // Without events there is one row all the same, that of the revision.
    if rows.first().map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten().is_none() {
        rows.clear();
    }
    if revision > nearest {
        feed.skip_to(revision);
    } else if revision != told {
        feed.followed(told, revision, events::decode(&rows)?);
    }
    Ok(true)
}

/// The revision of the database.
pub(super) async fn revision(client: &Client) -> Result<i64, Error> {
    let select = "select n from revision";
    let row = within(select, client.query_opt(select, &[])).await?.ok_or_else(no_revision)?;
    decode(&row)?.get(0)
}

/// What a statement answers, if it does so in time.
pub(super) async fn within<T>(
    sql: &str,
    statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Fault> {
    match timeout(PATIENCE, statement).await {
        Ok(result) => result.map_err(|error| fault(DOING, Mode::Read, sql, &error)),
        Err(_) => Err(Fault::passing(DOING, format!("no answer within {} s; in: {sql}", PATIENCE.as_secs()))),
    }
}
