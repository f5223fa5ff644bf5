//! The SQL of the throttle: one row for each counter that is not empty.

use super::{Counter, Way};
use crate::error::Error;
use crate::secret::Digest;
use crate::storage::{Tx, params, sql};
use crate::world::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// How many empty counters a wrong try clears away at most: it makes three at most, so they never pile up.
const CLEARED: i64 = 20;
/// How many counters there are at most; beyond, those that would be empty soonest go first.
const KEPT: i64 = 200_000;
/// A wrong try in so many looks whether there are more: counting them takes a while.
const LOOKED_AFTER_EVERY: i64 = 1_000;

/// When these counters are empty. Those that are not there are.
pub(super) fn counted<'c>(
    tx: &mut Tx,
    counters: impl Iterator<Item = &'c Counter>,
) -> Result<HashMap<Digest, Timestamp>, Error> {
    let mut counted = HashMap::new();
    for counter in counters {
        let select = sql!("select empty_at from throttle where key = $1");
        if let Some(row) = tx.optional(select, params![counter.key.bytes()])? {
            counted.insert(counter.key, row.get(0)?);
        }
    }
    Ok(counted)
}

/// Counts a wrong try, and clears away what is empty. Answers whose counter is full now.
pub(super) fn count(tx: &mut Tx, way: &Way, now: Timestamp) -> Result<Vec<&'static str>, Error> {
    // In the order of their keys, so that two who write the same ones wait for each other, and never in a circle.
    let mut steps: BTreeMap<[u8; 32], Option<&Counter>> = BTreeMap::new();
    for key in empty(tx, now)?.into_iter().chain(surplus(tx, now)?) {
        steps.insert(key, None);
    }
    steps.extend(way.iter().map(|counter| (counter.key.bytes(), Some(counter))));
    let mut filled = Vec::new();
    for (key, counter) in steps {
        let Some(counter) = counter else {
            tx.execute(sql!("delete from throttle where key = $1"), params![key])?;
            continue;
        };
        if add(tx, counter, now)? > now.0 + counter.most() - counter.apart {
            filled.push(counter.whose);
        }
    }
    filled.sort_unstable();
    Ok(filled)
}

/// Adds one to a counter; when it is empty then.
fn add(tx: &mut Tx, counter: &Counter, now: Timestamp) -> Result<i64, Error> {
    let row = tx.one(
        sql!(
            "insert into throttle (key, empty_at) values ($1, $2)
             on conflict (key) do update set empty_at = case
               when throttle.empty_at <= $3 then excluded.empty_at
               when throttle.empty_at + $4 > $5 then $5
               else throttle.empty_at + $4 end
             returning empty_at"
        ),
        params![counter.key.bytes(), now.0 + counter.apart, now, counter.apart, now.0 + counter.most()],
    )?;
    row.get(0)
}

fn empty(tx: &mut Tx, now: Timestamp) -> Result<Vec<[u8; 32]>, Error> {
    let select = sql!("select key from throttle where empty_at <= $1 order by empty_at limit $2");
    tx.all(select, params![now, CLEARED])?.iter().map(|row| row.get(0)).collect()
}

/// Looked for by one try in many, whichever node it comes to: the clock draws the lot.
fn surplus(tx: &mut Tx, now: Timestamp) -> Result<Vec<[u8; 32]>, Error> {
    if now.0 % LOOKED_AFTER_EVERY != 0 {
        return Ok(Vec::new());
    }
    let surplus = tx.one(sql!("select count(*) from throttle"), params![])?.get::<i64>(0)? - KEPT;
    if surplus <= 0 {
        return Ok(Vec::new());
    }
    let select = sql!("select key from throttle order by empty_at limit $1");
    tx.all(select, params![surplus])?.iter().map(|row| row.get(0)).collect()
}
