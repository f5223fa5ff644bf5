//! The SQL of coordinates.

use super::Key;
use crate::error::{Error, Fault};
use crate::permission::Source;
use crate::storage::{Row, Tx, params, sql};
use crate::world::Timestamp;
use std::collections::HashMap;

/// What some grant may not reach because it came later. At the first revision of each schema there was no grant that
/// speaks of it.
pub(super) fn newer(tx: &mut Tx) -> Result<Vec<Key>, Error> {
    let rows = tx.all(
        sql!(
            "select source, coordinate from coordinates
             where accepted_at is null and gone_revision is null and first_seen_revision >
                   (select min(id) from schema_revisions where schema_revisions.source = coordinates.source)
             order by source, coordinate"
        ),
        params![],
    )?;
    rows.iter().map(key).collect()
}

fn key(row: &Row) -> Result<Key, Error> {
    let source: String = row.get(0)?;
    let known = [Source::Own, Source::Api].into_iter().find(|known| known.as_str() == source);
    Ok((known.ok_or_else(|| Fault::new("reading a coordinate", "its source is unknown"))?, row.get(1)?))
}

pub(super) fn accept(tx: &mut Tx, (source, coordinate): &Key, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!("update coordinates set accepted_at = $3 where source = $1 and coordinate = $2"),
        params![source.as_str(), coordinate.as_str(), now],
    )?;
    Ok(())
}

/// Since when each of these is there, in their order; `None`: the database does not know it.
pub(super) fn first_seen(tx: &mut Tx, keys: &[Key]) -> Result<Vec<Option<Timestamp>>, Error> {
    let mut seen = HashMap::new();
    for source in [Source::Own, Source::Api] {
        let of = || keys.iter().filter(|key| key.0 == source).map(|key| key.1.as_str());
        // A page is a stretch of the sorted list, so what lies between is about the page itself.
        let (Some(first), Some(last)) = (of().min(), of().max()) else { continue };
        let rows = tx.all(
            sql!(
                "select coordinate, first_seen_at from coordinates
                 where source = $1 and coordinate >= $2 and coordinate <= $3"
            ),
            params![source.as_str(), first, last],
        )?;
        for row in rows {
            seen.insert((source, row.get::<String>(0)?), row.get(1)?);
        }
    }
    Ok(keys.iter().map(|key| seen.get(key).copied()).collect())
}
