//! Whom a change of the API's schema concerns: the grants that lead to what changes, by role and token. Changes
//! nothing.

use super::diff::{self, Change};
use super::served::{ApiSchema, Served, served};
use super::{Api, fetch, keep};
use crate::context::Context;
use crate::coordinates;
use crate::error::{Error, Fault};
use crate::permission::{FirstSeen, Granted, NamedGrants, Source, Surface};
use crate::{roles, tokens};
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is different between the API's schema as it is known and as it is now, and whom that concerns.
#[derive(Debug)]
pub struct Diff {
    /// Whether anything was known to compare with.
    pub is_known: bool,
    /// What differs.
    pub changes: Vec<Change>,
    /// The grants that it concerns.
    pub concerns: Vec<Concern>,
    /// What is known already and closed to grants from before, until it is accepted.
    pub waiting: Vec<String>,
    /// The grants that would open it.
    pub waiting_for: Vec<Concern>,
}

/// A grant that a change concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// What changes.
    pub coordinate: String,
    /// What becomes of it: `added`, `removed`, `changed`, `waiting`.
    pub what: &'static str,
    /// The grant.
    pub grant: String,
    /// `role` or `token`.
    pub of: &'static str,
    /// Of a token its number and name.
    pub name: String,
}

/// Compares the API's schema with what is known of it.
///
/// # Errors
/// When it cannot be had, or cannot be served.
pub async fn compare(
    cx: &Arc<Context>,
    own: &Valid<Schema>,
    known: Option<Arc<ApiSchema>>,
    api: &Arc<Api>,
) -> Result<Diff, Error> {
    let (text, schema) = fetch(api).await.map_err(keep::not_to_be_had)?;
    let now = cx.world.now();
    let lists = cx.storage.read(move |tx| {
        let waiting = coordinates::waiting(tx)?;
        Ok((roles::all_grants(tx)?, tokens::narrowings(tx, now)?, waiting))
    });
    let (roles, tokens, waiting) = lists.await?;
    let (surface, own, config) = (Arc::clone(&cx.surface), own.clone(), cx.config.gateway.clone());
    let compared = tokio::task::spawn_blocking(move || {
        let schema = ApiSchema::new(text, schema);
        let next = served(&own, Some(&schema), &config, FirstSeen::new())?;
        let is_known = known.is_some();
        let changes = known.map(|known| diff::changes(&known.schema, &schema.schema)).unwrap_or_default();
        let lists = [("role", roles), ("token", tokens)];
        Ok::<_, String>(Diff { is_known, changes, ..compared(&surface, &next, &lists, &waiting) })
    });
    let compared = compared.await.map_err(|error| Fault::new("comparing schemas", error))?;
    Ok(compared.map_err(keep::not_to_be_had)?)
}

/// What waits to be accepted, as grants spell it, and the grants that accepting it would open it to.
///
/// # Errors
/// When the database fails.
pub async fn waiting(cx: &Arc<Context>) -> Result<(Vec<String>, Vec<Concern>), Error> {
    let now = cx.world.now();
    let lists = cx.storage.read(move |tx| {
        let waiting = coordinates::waiting(tx)?;
        Ok((roles::all_grants(tx)?, tokens::narrowings(tx, now)?, waiting))
    });
    let (roles, tokens, waiting) = lists.await?;
    let surface = Arc::clone(&cx.surface);
    let found =
        tokio::task::spawn_blocking(move || found_waiting(&surface, &[("role", roles), ("token", tokens)], &waiting));
    Ok(found.await.map_err(|error| Fault::new("looking for what waits", error))?)
}

fn found_waiting(
    surface: &Surface,
    lists: &[(&'static str, Vec<NamedGrants>)],
    waiting: &[coordinates::Key],
) -> (Vec<String>, Vec<Concern>) {
    let names = waiting.iter().filter_map(|(source, coordinate)| surface.printed(*source, coordinate));
    let all = waiting.iter().map(|(source, coordinate)| (*source, coordinate));
    (names.map(str::to_owned).collect(), openers(surface, "waiting", all, lists))
}

fn compared(
    surface: &Surface,
    next: &Served,
    lists: &[(&'static str, Vec<NamedGrants>)],
    waiting: &[coordinates::Key],
) -> Diff {
    let (before, after) = (catalogue(surface), catalogue(&next.surface));
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    let come = after.keys().filter(|key| !before.contains_key(*key));
    let other = before.iter().filter(|(key, ty)| after.get(*key).is_some_and(|now| now != *ty)).map(|(key, _)| key);
    let mut concerns = openers(surface, "removed", gone.map(theirs), lists);
    concerns.extend(openers(surface, "changed", other.map(theirs), lists));
    concerns.extend(openers(&next.surface, "added", come.map(theirs), lists));
    let (waiting, waiting_for) = found_waiting(surface, lists, waiting);
    Diff { is_known: true, changes: Vec::new(), concerns, waiting, waiting_for }
}

/// The API's coordinates with what they lead to.
fn catalogue(surface: &Surface) -> BTreeMap<String, String> {
    let theirs = surface.catalogue().filter(|known| known.source == Source::Api);
    theirs.map(|known| (known.coordinate.to_owned(), known.named_type.to_owned())).collect()
}

const fn theirs(coordinate: &String) -> (Source, &String) {
    (Source::Api, coordinate)
}

/// The grants that lead to these coordinates, whenever they were made.
fn openers<'k>(
    surface: &Surface,
    what: &'static str,
    coordinates: impl Iterator<Item = (Source, &'k String)>,
    lists: &[(&'static str, Vec<NamedGrants>)],
) -> Vec<Concern> {
    let mut needed: Granted = surface.nothing();
    for (source, coordinate) in coordinates {
        if let Some(permission) = surface.permission(source, coordinate) {
            needed.union_with(&permission);
        }
    }
    let mut concerns = Vec::new();
    for (of, named) in lists {
        let always: Vec<NamedGrants> =
            named.iter().map(|list| NamedGrants { follow_new_fields: true, ..list.clone() }).collect();
        concerns.extend(surface.openers(&needed, &always).into_iter().map(|opener| Concern {
            coordinate: opener.coordinate,
            what,
            grant: opener.grant,
            of,
            name: opener.list.to_owned(),
        }));
    }
    concerns
}
