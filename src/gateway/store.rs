//! The SQL of the API's schema.

use crate::error::Error;
use crate::storage::{Tx, params, sql};
use crate::world::Timestamp;

/// What the database knows of the API behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Its schema, as it was last seen.
    pub sdl: Option<String>,
    /// Whether a server stands before it.
    pub behind: bool,
    /// When it was seen to be so.
    pub seen_at: Option<Timestamp>,
}

pub(super) fn known(tx: &mut Tx) -> Result<Known, Error> {
    let row = tx.optional(sql!("select sdl, behind, seen_at from api_schema where id = 1"), params![])?;
    match row {
        Some(row) => Ok(Known { sdl: row.get(0)?, behind: row.get(1)?, seen_at: row.get(2)? }),
        None => Ok(Known::default()),
    }
}

/// Says whether a server stands before an API.
pub(super) fn stand(tx: &mut Tx, behind: bool) -> Result<(), Error> {
    tx.execute(
        sql!(
            "insert into api_schema (id, behind) values (1, $1)
             on conflict (id) do update set behind = excluded.behind"
        ),
        params![behind],
    )?;
    Ok(())
}

pub(super) fn keep(tx: &mut Tx, sdl: &str, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!(
            "insert into api_schema (id, sdl, behind, seen_at) values (1, $1, 1, $2)
             on conflict (id) do update set sdl = excluded.sdl, behind = 1, seen_at = excluded.seen_at"
        ),
        params![sdl, now],
    )?;
    Ok(())
}

/// Notes that the schema is still as it was.
pub(super) fn seen(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    tx.execute(sql!("update api_schema set seen_at = $1 where id = 1"), params![now])?;
    Ok(())
}
