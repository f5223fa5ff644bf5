//! Revisions of the schemas that are served, Doorward's own and the API's: since when each coordinate is there. A
//! grant reaches what was there when it was made; what comes later stays closed to it. One count serves both schemas.

use crate::error::Error;
use crate::permission::{FirstSeen, Source};
use crate::storage::{Row, Storage, Subject, Tx, params, sql};
use crate::world::{Timestamp, World};
use apollo_compiler::Schema;
use apollo_compiler::ast::InputValueDefinition;
use apollo_compiler::schema::ExtendedType;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// The latest revision of a schema and what it remembers.
#[derive(Debug)]
pub struct Revision {
    /// The number of the latest, counting from 1.
    pub number: i64,
    /// Whether it is the schema that was compared with it. Otherwise another release wrote it.
    pub is_served: bool,
    /// When its coordinates were first seen.
    pub first_seen: FirstSeen,
}

/// Compares a schema with what was seen of it last; where it differs, that is a new revision. For whoever serves it:
/// what it does not hold is gone from then on.
///
/// # Errors
/// When the database fails.
pub async fn follow(storage: &Storage, world: &World, source: Source, schema: &Schema) -> Result<Revision, Error> {
    let now = world.now();
    let served = coordinates(schema);
    let digest = digest(&served);
    let known = storage.read(move |tx| latest(tx, source)).await?;
    let number = match known {
        Some((number, known)) if known == digest => number,
        _ => {
            storage
                .change(move |tx| {
                    let taken = take_in(tx, source, &served, &digest, now)?;
                    if taken.is_some() {
                        tx.tell(Subject::Everything)?;
                    }
                    latest_number(tx)
                })
                .await?
        }
    };
    let first_seen = storage.read(move |tx| first_seen(tx, source)).await?;
    Ok(Revision { number, is_served: true, first_seen })
}

/// The latest revision as it is, for whoever does not serve the schema and may be of another release than the server:
/// nothing is written, unless there is no revision yet. What differs from it counts as newer than it.
///
/// # Errors
/// When the database fails.
pub async fn latest_of(storage: &Storage, world: &World, source: Source, schema: &Schema) -> Result<Revision, Error> {
    let served = coordinates(schema);
    let served_digest = digest(&served);
    let found = storage.read(move |tx| {
        let Some((number, digest)) = latest(tx, source)? else { return Ok(None) };
        let known = known(tx, source)?;
        let mut first_seen = FirstSeen::new();
        for (coordinate, named_type) in served {
            let known = known.get(&coordinate).filter(|known| known.named_type == named_type);
            first_seen = match known {
                Some(known) => known.noted(first_seen, source, coordinate),
                None => first_seen.at(source, coordinate, number + 1),
            };
        }
        Ok(Some(Revision { number, is_served: digest == served_digest, first_seen }))
    });
    match found.await? {
        Some(revision) => Ok(revision),
        None => follow(storage, world, source, schema).await,
    }
}

/// The number of the latest revision of all, and the digest of the latest of this schema.
fn latest(tx: &mut Tx, source: Source) -> Result<Option<(i64, Vec<u8>)>, Error> {
    let row = tx.optional(
        sql!(
            "select (select max(id) from schema_revisions), digest from schema_revisions
             where source = $1 order by id desc limit 1"
        ),
        params![source.as_str()],
    )?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

fn latest_number(tx: &mut Tx) -> Result<i64, Error> {
    let row = tx.one(sql!("select max(id) from schema_revisions"), params![])?;
    Ok(row.get::<Option<i64>>(0)?.unwrap_or(0))
}

/// Takes in the schema of the API behind as it is seen now: part of whatever change it comes with. Says whether
/// anything of it is new.
///
/// # Errors
/// When the database fails.
pub fn take_in_api(tx: &mut Tx, schema: &Schema, now: Timestamp) -> Result<bool, Error> {
    let served = coordinates(schema);
    let digest = digest(&served);
    Ok(take_in(tx, Source::Api, &served, &digest, now)?.is_some())
}

/// When the coordinates of the API's schema were first seen, as far as they are written down.
///
/// # Errors
/// When the database fails.
pub fn of_api(tx: &mut Tx) -> Result<FirstSeen, Error> {
    first_seen(tx, Source::Api)
}

/// Some coordinates that are there now and begin so.
///
/// # Errors
/// When the database fails.
pub fn beginning(tx: &mut Tx, text: &str, most: i64) -> Result<Vec<String>, Error> {
    let rows = tx.all(
        sql!(
            "select distinct coordinate from coordinates
             where gone_revision is null and substr(coordinate, 1, length($1)) = $1
             order by coordinate limit $2"
        ),
        params![text, most],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Whether this coordinate of a schema was ever there; where it ends in a star, whether one that begins so was.
///
/// # Errors
/// When the database fails.
pub fn was_there(tx: &mut Tx, source: Source, pattern: &str) -> Result<bool, Error> {
    let (found, text) = match pattern.strip_suffix('*') {
        Some(beginning) => (
            sql!("select count(*) from coordinates where source = $1 and substr(coordinate, 1, length($2)) = $2"),
            beginning,
        ),
        None => (sql!("select count(*) from coordinates where source = $1 and coordinate = $2"), pattern),
    };
    Ok(tx.one(found, params![source.as_str(), text])?.get::<i64>(0)? > 0)
}

/// Writes a new revision: what is new, what is gone, and what leads to another type than before. `None`: there is
/// nothing to write.
fn take_in(
    tx: &mut Tx,
    source: Source,
    served: &[(String, String)],
    digest: &[u8],
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    // Another node may have been quicker.
    if latest(tx, source)?.is_some_and(|(_, known)| known == digest) {
        return Ok(None);
    }
    let number = latest_number(tx)? + 1;
    tx.execute(
        sql!("insert into schema_revisions (id, digest, made_at, source) values ($1, $2, $3, $4)"),
        params![number, digest.to_vec(), now, source.as_str()],
    )?;
    let mut before = known(tx, source)?;
    for (coordinate, named_type) in served {
        if before.remove(coordinate).is_none_or(|known| known.named_type != *named_type) {
            tx.execute(
                sql!(
                    "insert into coordinates (source, coordinate, named_type, first_seen_revision, first_seen_at)
                     values ($1, $2, $3, $4, $5)
                     on conflict (source, coordinate) do update
                     set named_type = excluded.named_type, first_seen_revision = excluded.first_seen_revision,
                         first_seen_at = excluded.first_seen_at, gone_revision = null, accepted_at = null"
                ),
                params![source.as_str(), coordinate.as_str(), named_type.as_str(), number, now],
            )?;
        }
    }
    for gone in before.keys() {
        tx.execute(
            sql!("update coordinates set gone_revision = $3 where source = $1 and coordinate = $2"),
            params![source.as_str(), gone.as_str(), number],
        )?;
    }
    Ok(Some(number))
}

fn first_seen(tx: &mut Tx, source: Source) -> Result<FirstSeen, Error> {
    let known = known(tx, source)?.into_iter();
    Ok(known.fold(FirstSeen::new(), |seen, (coordinate, known)| known.noted(seen, source, coordinate)))
}

/// What is written down of a coordinate.
struct Known {
    /// The type that it leads to.
    named_type: String,
    /// The revision that brought it.
    since: i64,
    accepted: bool,
}

impl Known {
    fn read(row: &Row) -> Result<Self, Error> {
        let accepted_at: Option<i64> = row.get(3)?;
        Ok(Self { named_type: row.get(1)?, since: row.get(2)?, accepted: accepted_at.is_some() })
    }

    fn noted(&self, seen: FirstSeen, source: Source, coordinate: String) -> FirstSeen {
        let seen = if self.accepted { seen.accepted(source, &*coordinate) } else { seen };
        seen.at(source, coordinate, self.since)
    }
}

/// What the latest revision holds.
fn known(tx: &mut Tx, source: Source) -> Result<HashMap<String, Known>, Error> {
    let rows = tx.all(
        sql!(
            "select coordinate, named_type, first_seen_revision, accepted_at from coordinates
             where source = $1 and gone_revision is null"
        ),
        params![source.as_str()],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, Known::read(row)?))).collect()
}

/// Every coordinate of object types and input object types, with the name of the type that it leads to, sorted.
fn coordinates(schema: &Schema) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let input = |at: String, value: &InputValueDefinition| (at, value.ty.inner_named_type().to_string());
    for (name, definition) in schema.types.iter().filter(|(name, _)| !name.starts_with("__")) {
        match definition {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    all.push((format!("{name}.{field}"), definition.ty.inner_named_type().to_string()));
                    let arguments = definition.arguments.iter();
                    all.extend(
                        arguments.map(|argument| input(format!("{name}.{field}({}:)", argument.name), argument)),
                    );
                }
            }
            ExtendedType::InputObject(object) => {
                all.extend(object.fields.iter().map(|(field, value)| input(format!("{name}.{field}"), value)));
            }
            _ => {}
        }
    }
    all.sort_unstable();
    all
}

fn digest(coordinates: &[(String, String)]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for (coordinate, named_type) in coordinates {
        hasher.update(coordinate);
        hasher.update([0]);
        hasher.update(named_type);
        hasher.update([0]);
    }
    hasher.finalize().to_vec()
}
