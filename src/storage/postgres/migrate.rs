//! Brings the tables of a PostgreSQL database up to date, one node at a time.

use tokio_postgres::{Client, Config, Connection, Socket, tls::NoTlsStream};

use super::beat::Node;
use super::connect::{PATIENCE, single};
use super::follower::revision;
use super::statement::fault;
use crate::error::{Code, Error, Fault, Refusal};
use crate::storage::migrations::{self, Migration};
use crate::storage::tx::Mode;
use crate::storage::{Look, Opening};
use crate::world::{Moment, World};

const DOING: &str = "bringing the PostgreSQL database up to date";

/// The number of the lock: "doorward" in ASCII, so that no other program's falls on it.
const LOCK: i64 = i64::from_be_bytes(*b"doorward");

/// What was found, once nothing was left to be done.
pub(super) struct Migrated {
    /// A moment before the revision was read.
    pub began: Moment,
    /// The revision of the database.
    pub revision: i64,
    /// The row of this node, where it needs one.
    pub node: Option<Node>,
}

/// Does what is still to be done.
pub(super) async fn migrate(config: &Config, world: &World, how: Opening) -> Result<Migrated, Error> {
    // A connection of its own: the lock belongs to it and goes with it, whatever happens.
    let (mut client, connection) = single(config, PATIENCE).await?;
    let work = async {
        check_encoding(&client).await?;
        client.execute("select pg_advisory_lock($1)", &[&LOCK]).await.map_err(failed)?;
        if !how.as_it_is {
            apply(&mut client, world, how).await?;
        }
        let began = world.moment();
        let node = if how.lease.is_some() { Some(Node::begin(&client, world).await?) } else { None };
        Ok(Migrated { began, revision: revision(&client).await?, node })
    };
    driven(connection, work).await
}

/// Looks at the tables as they are: the database's revision, where they are up to date.
pub(super) async fn look(config: &Config) -> Result<Result<i64, Look>, Error> {
    let (client, connection) = single(config, PATIENCE).await?;
    let work = async {
        let there = client.query_one("select to_regclass('migrations') is not null", &[]).await.map_err(failed)?;
        if !there.get::<_, bool>(0) {
            return Ok(Err(Look::Absent));
        }
        if migrations::pending(newest(&client).await?)?.next().is_some() {
            return Ok(Err(Look::Older));
        }
        revision(&client).await.map(Ok)
    };
    driven(connection, work).await
}

/// Does the work while its connection is kept going.
async fn driven<T>(
    connection: Connection<Socket, NoTlsStream>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::pin!(connection);
    tokio::select! {
        done = work => done,
        ended = connection => match ended {
            Ok(()) => Err(Fault::passing(DOING, "the connection was closed").into()),
            Err(error) => Err(failed(error).into()),
        },
    }
}

async fn apply(client: &mut Client, world: &World, how: Opening) -> Result<(), Error> {
    let there = "select to_regclass('migrations') is not null";
    if how.expect_data && !client.query_one(there, &[]).await.map_err(failed)?.get::<_, bool>(0) {
        return Err(migrations::no_data().into());
    }
    let table = "create table if not exists migrations
                 (version bigint primary key, name text not null, applied_at bigint not null)";
    client.batch_execute(table).await.map_err(failed)?;
    for Migration { version, name, postgres, .. } in migrations::pending(newest(client).await?)? {
        let transaction = client.transaction().await.map_err(failed)?;
        transaction.batch_execute(postgres).await.map_err(failed)?;
        let done = "insert into migrations (version, name, applied_at) values ($1, $2, $3)";
        transaction.execute(done, &[version, name, &world.now().0]).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
    }
    Ok(())
}

/// The newest step that the tables have.
async fn newest(client: &Client) -> Result<Option<(i64, String)>, Fault> {
    let newest = "select version, name from migrations order by version desc limit 1";
    Ok(client.query_opt(newest, &[]).await.map_err(failed)?.map(|row| (row.get(0), row.get(1))))
}

/// In any other encoding the two databases would disagree on what a text is.
async fn check_encoding(client: &Client) -> Result<(), Error> {
    let row = client.query_one("show server_encoding", &[]).await.map_err(failed)?;
    let encoding: String = row.get(0);
    if encoding == "UTF8" {
        return Ok(());
    }
    let sentence = format!("the PostgreSQL database is encoded in {encoding}: make one with encoding UTF8");
    Err(Refusal::new(Code::BadUserInput, sentence).into())
}

fn failed(error: tokio_postgres::Error) -> Fault {
    fault(DOING, Mode::Write, "migrations", &error)
}
