//! The beat of this node: a row that it writes again and again. Reading shows how old a standby is to nobody; what can
//! be written to is the primary, and where commits wait for standbys, a primary that was cut off from them takes none.

use tokio_postgres::Client;

use super::follower::within;
use super::statement::decode;
use crate::error::Error;
use crate::storage::events::no_revision;
use crate::world::World;

/// Rows of nodes that have been silent for so long are taken away by the next that comes.
const FORGOTTEN_AFTER_SECONDS: i64 = 86_400;

/// One node's row.
#[derive(Clone)]
pub(super) struct Node {
    id: i64,
    world: World,
}

impl Node {
    /// Takes a number for this node.
    pub(super) async fn begin(client: &Client, world: &World) -> Result<Self, Error> {
        let now = world.now();
        let clear = "delete from nodes where beat_at < $1";
        within(clear, client.execute(clear, &[&now.plus_seconds(-FORGOTTEN_AFTER_SECONDS).0])).await?;
        let insert = "insert into nodes (began_at, beat_at) values ($1, $1) returning id";
        let row = within(insert, client.query_one(insert, &[&now.0])).await?;
        Ok(Self { id: row.get(0), world: world.clone() })
    }

    /// Writes its beat, and answers the revision that the primary had then. It is one statement, since a proxy may
    /// send what only reads to a standby that lags. The row may be gone: the clock of another node was ahead by a day, or
    /// the database went back.
    pub(super) async fn beat(&self, client: &Client) -> Result<i64, Error> {
        let upsert = "insert into nodes (id, began_at, beat_at) values ($1, $2, $2)
                      on conflict (id) do update set beat_at = excluded.beat_at
                      returning (select n from revision)";
        let row = within(upsert, client.query_one(upsert, &[&self.id, &self.world.now().0])).await?;
        decode(&row)?.get::<Option<i64>>(0)?.ok_or_else(|| no_revision().into())
    }
}
