//! Coordinates of the schema that were closed again to grants from before: what went and came back, or leads to another
//! type now.

use super::{Plan, done};
use crate::error::Error;
use crate::storage::{Row, Storage, Tx, params, sql};
use std::collections::{BTreeMap, HashMap};

/// A coordinate: of which schema, and its name.
type Key = (String, String);

struct Known {
    first_seen_revision: i64,
    is_gone: bool,
    is_accepted: bool,
}

impl Known {
    /// Whether grants that reached it in an earlier state do not any more.
    const fn is_closed_since(&self, then: &Self) -> bool {
        let came_again = self.first_seen_revision > then.first_seen_revision;
        self.is_gone || !self.is_accepted && (then.is_accepted || came_again)
    }
}

async fn read(storage: &Storage) -> Result<HashMap<Key, Known>, Error> {
    let all = |tx: &mut Tx<'_>| {
        let select =
            sql!("select source, coordinate, first_seen_revision, gone_revision, accepted_at from coordinates");
        tx.all(select, &[])
    };
    let known = |row: &Row| {
        let known = Known {
            first_seen_revision: row.get(2)?,
            is_gone: row.get::<Option<i64>>(3)?.is_some(),
            is_accepted: row.get::<Option<i64>>(4)?.is_some(),
        };
        Ok(((row.get(0)?, row.get(1)?), known))
    };
    storage.read(all).await?.iter().map(known).collect()
}

/// Plans to close what was closed since. It is as if it had come with one more revision of its schema, which is otherwise
/// as it was.
pub(super) async fn compare(plan: &mut Plan, restored: &Storage, replaced: &Storage) -> Result<(), Error> {
    let (here, there) = (read(restored).await?, read(replaced).await?);
    let mut closed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, then) in here.into_iter().filter(|(_, then)| !then.is_gone) {
        if there.get(&key).is_some_and(|now| now.is_closed_since(&then)) {
            closed.entry(key.0).or_default().push(key.1);
        }
    }
    for (source, mut coordinates) in closed {
        coordinates.sort_unstable();
        for coordinate in &coordinates {
            let what = "stays closed to the grants of then, until `doorward schema accept`";
            plan.say_of_name("coordinate", &format!("{source}:{coordinate}"), what);
        }
        plan.act(move |tx| close(tx, &source, &coordinates));
    }
    Ok(())
}

fn close(tx: &mut Tx<'_>, source: &str, coordinates: &[String]) -> Result<(), Error> {
    let insert = sql!(
        "insert into schema_revisions (id, digest, made_at, source)
         select (select max(id) + 1 from schema_revisions), digest, made_at, source from schema_revisions
         where source = $1 order by id desc limit 1"
    );
    tx.execute(insert, params![source])?;
    for coordinate in coordinates {
        let update = sql!(
            "update coordinates
             set first_seen_revision = (select max(id) from schema_revisions), accepted_at = null
             where source = $1 and coordinate = $2"
        );
        done(tx.execute(update, params![source, coordinate.as_str()]))?;
    }
    Ok(())
}
