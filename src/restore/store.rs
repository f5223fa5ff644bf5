//! The SQL of a restore that is no one feature's.

use super::AT_ONCE;
use crate::error::Error;
use crate::storage::{Row, Sql, Storage, Tx, params, sql};
use crate::world::Timestamp;

/// The newest revision of the schema that a database knows.
pub(super) async fn newest_schema(storage: &Storage) -> Result<i64, Error> {
    let newest = |tx: &mut Tx<'_>| tx.one(sql!("select coalesce(max(id), 0) from schema_revisions"), &[])?.get(0);
    storage.read(newest).await
}

/// The counters of changes and of restores.
pub(super) fn counters(tx: &mut Tx<'_>) -> Result<(i64, i64), Error> {
    let row = tx.one(sql!("select (select n from revision), (select n from epoch)"), &[])?;
    Ok((row.get(0)?, row.get(1)?))
}

pub(super) fn raise_counters(tx: &mut Tx<'_>, (revision, epoch): (i64, i64)) -> Result<(), Error> {
    tx.execute(sql!("update revision set n = $1 where n < $1"), params![revision])?;
    tx.execute(sql!("update epoch set n = $1 where n < $1"), params![epoch])?;
    tx.execute(sql!("update epoch set n = n + 1"), &[])?;
    Ok(())
}

/// Sessions of an earlier epoch are over; those that were open are ended in their rows too, so that lists say so.
pub(super) fn end_sessions(tx: &mut Tx<'_>, now: Timestamp) -> Result<i64, Error> {
    let open = tx.one(sql!("select count(*) from sessions where ended_at is null"), &[])?.get(0)?;
    tx.execute(sql!("update sessions set ended_at = $1 where ended_at is null"), params![now])?;
    Ok(open)
}

/// Takes out what was for that moment alone.
pub(super) fn clear(tx: &mut Tx<'_>, forget_key: bool) -> Result<(), Error> {
    tx.execute(sql!("delete from set_up_link"), &[])?;
    tx.execute(sql!("delete from password_links"), &[])?;
    tx.execute(sql!("delete from nodes"), &[])?;
    if forget_key {
        tx.execute(sql!("delete from sealing_key"), &[])?;
    }
    Ok(())
}

/// Some rows of a table after a number, and all that the other database has in the same range; the last page goes on to
/// the end. `select` has the rows after `$1` and up to `$2`, at most `$3`; the number comes first in each row.
pub(super) async fn page(restored: &Storage, replaced: &Storage, after: i64, select: Sql) -> Result<Page, Error> {
    let first = select.clone();
    let here = restored.read(move |tx| tx.all(first, params![after, i64::MAX, AT_ONCE])).await?;
    let is_last = i64::try_from(here.len()).unwrap_or(i64::MAX) < AT_ONCE;
    let until = match here.last() {
        Some(row) if !is_last => row.get(0)?,
        _ => i64::MAX,
    };
    let there = replaced.read(move |tx| tx.all(select, params![after, until, i64::MAX])).await?;
    Ok(Page { here, there, until, is_last })
}

/// Rows of both databases whose numbers are in one range.
pub(super) struct Page {
    pub here: Vec<Row>,
    pub there: Vec<Row>,
    pub until: i64,
    pub is_last: bool,
}
