//! The last good schema of the API, in the database: taken in where it is another, and used when the API is away.

use super::diff::{self, Change};
use super::served::{self, ApiSchema};
use super::store::{self, Known};
use super::{Api, fetch, sdl};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Code, Error, Fault, Refusal};
use crate::permission::{FirstSeen, served_roots};
use crate::revisions;
use crate::storage::{Storage, Subject};
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use std::sync::Arc;

/// What came of fetching the API's schema.
#[derive(Debug)]
pub struct Pulled {
    /// Whether it is another than before.
    pub is_new: bool,
    /// Whether there was one before.
    pub is_first: bool,
    /// What differs; of the first, nothing.
    pub changes: Vec<Change>,
}

/// What the database knows of the API.
///
/// # Errors
/// When the database fails.
pub async fn known(storage: &Storage) -> Result<Known, Error> {
    storage.read(store::known).await
}

/// Writes down whether a server stands before an API, so that the command line settles grants as the server does.
///
/// # Errors
/// When the database fails.
pub async fn behind(storage: &Storage, behind: bool) -> Result<(), Error> {
    if known(storage).await?.behind == behind {
        return Ok(());
    }
    storage
        .change(move |tx| {
            store::stand(tx, behind)?;
            tx.tell(Subject::Schema)
        })
        .await
}

/// Fetches the API's schema and takes it in: by itself, or because somebody says so.
///
/// # Errors
/// When there is none that can be served; what was known before stays.
pub async fn pull(
    cx: &Arc<Context>,
    own: &Valid<Schema>,
    api: &Arc<Api>,
    by: Option<&Caller>,
) -> Result<Pulled, Error> {
    let (text, schema) = fetch(api).await.map_err(not_to_be_had)?;
    keep(cx, own, text, schema, by).await
}

/// The refusal of a schema that cannot be had.
pub(super) fn not_to_be_had(why: String) -> Refusal {
    Refusal::new(Code::UpstreamUnavailable, format!("the schema of the API behind cannot be had: {why}"))
}

/// The refusal of a setting that names what neither schema has.
#[must_use]
pub fn names_nothing(text: &str) -> Refusal {
    let message =
        format!("a setting of `gateway` names `{text}`, which is not in the schema: mend it, or leave it out");
    Refusal::input("gateway", message)
}

/// Takes in a schema of the API, if it is another than the one that is known.
///
/// # Errors
/// When it cannot be served together with Doorward's own; nothing was written then.
pub async fn keep(
    cx: &Arc<Context>,
    own: &Valid<Schema>,
    text: String,
    schema: Valid<Schema>,
    by: Option<&Caller>,
) -> Result<Pulled, Error> {
    let (storage, world) = (&cx.storage, &cx.world);
    let before = known(storage).await?;
    if before.behind && before.sdl.as_deref() == Some(&text) {
        let now = world.now();
        storage.write(move |tx| store::seen(tx, now)).await?;
        return Ok(Pulled { is_new: false, is_first: false, changes: Vec::new() });
    }
    let (own, config) = (own.clone(), cx.config.gateway.clone());
    let worked = tokio::task::spawn_blocking(move || {
        let old = before.sdl.as_deref().and_then(|text| sdl::read(text, "the schema that was known").ok());
        let changes = old.as_ref().map(|old| diff::changes(old, &schema)).unwrap_or_default();
        let schema = ApiSchema::new(text, schema);
        let served = served::served(&own, Some(&schema), &config, FirstSeen::new()).map_err(not_to_be_had)?;
        // A setting that closes and names nothing leaves open what was meant: with the first schema it is misspelt,
        // later the API may have dropped it.
        match served.idle.first().filter(|_| old.is_none()) {
            Some(idle) => Err(names_nothing(idle)),
            None => {
                let (roots, _) = served_roots(schema.schema.clone());
                Ok((schema, roots, old.is_none(), changes))
            }
        }
    });
    let worked = worked.await.map_err(|error| Fault::new("comparing schemas", error))?;
    let (schema, roots, is_first, changes) = worked?;
    let now = world.now();
    let (by, world) = (by.cloned(), world.clone());
    storage
        .change(move |tx| {
            if let Some(by) = &by {
                let event = Event {
                    action: "schema.pull",
                    subject_type: "schema",
                    subject_id: None,
                    subject: None,
                    details: None,
                    by: None,
                };
                audit::record(tx, &world, by, &event)?;
            }
            store::keep(tx, &schema.text, now)?;
            revisions::take_in_api(tx, &roots, now)?;
            tx.tell(Subject::Schema)
        })
        .await?;
    Ok(Pulled { is_new: true, is_first, changes })
}
