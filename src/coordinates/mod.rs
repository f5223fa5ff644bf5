//! The coordinates of the schema as people deal with them: what one holds, and accepting what is new. What they mean
//! is for `permission` to say, and since when they are there for `revisions`.

pub mod graphql;
mod store;

use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Code, Error, Reason, Refusal};
use crate::lists::Page;
use crate::permission::{Described, Pattern, Source};
use crate::standing;
use crate::storage::{Subject, Tx};
use crate::world::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many coordinates are accepted by name at once, and how long each may be.
const AT_ONCE: usize = 1_000;
const LONGEST: usize = 300;

/// A coordinate: its source, and its name in that source's own schema.
pub type Key = (Source, String);

/// What one may do at one place of the schema.
#[derive(Debug, Clone)]
pub struct Info {
    /// The coordinate, as grants and refusals spell it.
    pub coordinate: String,
    /// The type that it stands on.
    pub type_name: String,
    /// Its field or input field.
    pub field_name: String,
    /// The type of the field, argument or input field.
    pub returns: String,
    /// What the schema says of it.
    pub description: Option<String>,
    /// Whose it is.
    pub source: Source,
    /// Since when it is there.
    pub first_seen_at: Timestamp,
}

fn not_theirs() -> Refusal {
    Refusal::new(Code::Forbidden, "only a super administrator accepts what is new").because(Reason::SuperAdminRequired)
}

/// Whether somebody accepts what is new: only then is what waits theirs to see.
///
/// # Errors
/// Whoever is no super administrator is refused.
pub fn may_accept(caller: &Caller) -> Result<(), Refusal> {
    if caller.is_super_admin() { Ok(()) } else { Err(not_theirs()) }
}

/// Opens what is new to the grants from before, for everyone: what is named, or without names all that some grant
/// does not reach because it came later. Answers what was closed until now.
///
/// # Errors
/// Whoever is no super administrator is refused, and so is a name that is not there.
pub async fn accept(cx: &Arc<Context>, caller: &Caller, named: Option<&[String]>) -> Result<Vec<String>, Error> {
    may_accept(caller)?;
    let named = named.map(|named| read(cx, caller, named)).transpose()?;
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let now = context.world.now();
            if standing::check(tx, &caller, now)?.is_none() && !caller.is_operator() {
                return Err(not_theirs().into());
            }
            let mut newer = store::newer(tx)?;
            newer.retain(|key| named.as_ref().is_none_or(|named| named.contains(key)));
            if newer.is_empty() {
                return Ok(Vec::new());
            }
            may_open(&context, &caller, &newer)?;
            newer.iter().try_for_each(|key| store::accept(tx, key, now))?;
            let mut accepted: Vec<String> = newer.iter().map(|key| printed(&context, key)).collect();
            accepted.sort_unstable();
            let event = Event {
                action: "schema.accept",
                subject_type: "schema",
                subject_id: None,
                subject: None,
                details: Some(audit::some(&accepted)),
                by: None,
            };
            audit::record(tx, &context.world, &caller, &event)?;
            tx.tell(Subject::Schema)?;
            Ok(accepted)
        })
        .await
}

/// What came later than some grant and has not been accepted: it is closed to that grant.
///
/// # Errors
/// When the database fails.
pub fn waiting(tx: &mut Tx) -> Result<Vec<Key>, Error> {
    store::newer(tx)
}

/// The coordinates that somebody names. What they are not shown is not there for them.
fn read(cx: &Context, caller: &Caller, named: &[String]) -> Result<BTreeSet<Key>, Refusal> {
    let refused = |message: String| Refusal::input("coordinates", message);
    if named.len() > AT_ONCE {
        return Err(refused(format!("`coordinates` has too many entries: at most {AT_ONCE}; leave it out for all")));
    }
    let read = |text: &String| {
        if text.len() > LONGEST {
            return Err(refused(format!("a coordinate in `coordinates` is too long: at most {LONGEST} bytes")));
        }
        let grant = cx.surface.accept_as_seen(text, caller.powers()).map_err(|error| refused(error.to_string()))?;
        let spelt = !grant.exclude && matches!(grant.pattern, Pattern::Field(..) | Pattern::Argument(..));
        let key = (grant.source, grant.pattern.to_string());
        if !spelt || cx.surface.permission(key.0, &key.1).is_none() {
            return Err(refused(format!(
                "`{text}` is not one coordinate: name fields of object types, arguments and input fields one by one"
            )));
        }
        Ok(key)
    };
    named.iter().map(read).collect()
}

/// Nobody gives away what they do not hold. (A super administrator's token may be narrowed.)
fn may_open(cx: &Context, caller: &Caller, keys: &[Key]) -> Result<(), Refusal> {
    let held = caller.powers().held();
    let lacks = |(source, coordinate): &&Key| {
        cx.surface.permission(*source, coordinate).is_some_and(|permission| !permission.is_subset(held))
    };
    let mut lacking: Vec<String> = keys.iter().filter(lacks).map(|key| printed(cx, key)).collect();
    lacking.sort_unstable();
    if lacking.is_empty() { Ok(()) } else { Err(Refusal::not_granted(lacking)) }
}

/// As grants and refusals spell it; with its source where this release does not serve it.
fn printed(cx: &Context, (source, coordinate): &Key) -> String {
    cx.surface.printed(*source, coordinate).map_or_else(|| format!("{source}:{coordinate}"), str::to_owned)
}

/// A page of what the caller holds, sorted, and how much it is in all. `search` looks in coordinates and
/// descriptions, as far as the caller may read them.
///
/// # Errors
/// When the database fails.
pub async fn held(
    cx: &Arc<Context>,
    caller: &Caller,
    search: Option<&str>,
    page: Page,
) -> Result<(Vec<Info>, i64), Error> {
    let may_read = |field: &str| {
        let open = caller.powers().open();
        cx.surface.permission(Source::Own, field).is_some_and(|permission| permission.is_subset(&open))
    };
    let reads = (may_read("PermissionInfo.coordinate"), may_read("PermissionInfo.description"));
    let mut all = cx.surface.describe(caller.powers().held());
    if let Some(search) = search.map(str::to_lowercase) {
        let found = |text: &str| text.to_lowercase().contains(&search);
        all.retain(|one| (reads.0 && found(one.coordinate)) || (reads.1 && one.description.is_some_and(found)));
    }
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let first = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let many = usize::try_from(page.limit()).unwrap_or_default();
    let mut entities: Vec<Info> = all.iter().skip(first).take(many).map(|one| info(cx, one)).collect();
    let keys: Vec<Key> =
        all.iter().skip(first).take(many).map(|one| (one.source, one.own_coordinate.to_owned())).collect();
    let seen = cx.storage.read(move |tx| store::first_seen(tx, &keys)).await?;
    for (entity, seen) in entities.iter_mut().zip(seen) {
        entity.first_seen_at = seen.unwrap_or(entity.first_seen_at);
    }
    Ok((entities, total))
}

/// Without the moment at which it came, which the database knows; what it does not know is new now.
fn info(cx: &Context, one: &Described<'_>) -> Info {
    Info {
        coordinate: one.coordinate.to_owned(),
        type_name: one.type_name.to_string(),
        field_name: one.field_name.to_string(),
        returns: one.returns.to_string(),
        description: one.description.map(str::to_owned),
        source: one.source,
        first_seen_at: cx.world.now(),
    }
}
