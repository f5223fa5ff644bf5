//! What is served, read from the database: Doorward's own schema as this program has it, the API's as it was last seen.

use crate::config::Config;
use crate::counts::Cached;
use crate::error::{Code, Error, Fault, Refusal};
use crate::gateway::{self, Api, ApiSchema, Served};
use crate::permission::Source;
use crate::revisions::{self, Revision};
use crate::storage::Storage;
use crate::world::World;
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use std::sync::Arc;

/// What doors are made from, besides what the database says.
pub(super) struct Parts {
    /// Doorward's own schema.
    pub types: Valid<Schema>,
    /// The API behind, as it is reached.
    pub api: Option<Arc<Api>>,
    /// Whether this is the server. A command beside it goes by what the server has written down.
    pub serves: bool,
    /// How often a plan was there when it was asked for.
    pub plans: Arc<Cached>,
}

/// What is served now.
pub(super) struct Now {
    /// The schemas.
    pub served: Served,
    /// The API's, as it was read.
    pub api_schema: Option<Arc<ApiSchema>>,
    /// Whether there is an API whose schema is not known yet.
    pub awaits: bool,
    /// The latest revision of the schemas.
    pub revision: i64,
    /// Whether it is this program's own schema that the database knows.
    pub is_served: bool,
}

impl Parts {
    /// Reads it for the first time: the schema of this program may be a new one.
    pub async fn first(&self, storage: &Storage, world: &World, config: &Config) -> Result<Now, Error> {
        let revision = if self.serves {
            gateway::behind(storage, self.api.is_some()).await?;
            revisions::follow(storage, world, Source::Own, &self.types).await?
        } else {
            revisions::latest_of(storage, world, Source::Own, &self.types).await?
        };
        let now = self.at(revision, storage, config, None).await?;
        if self.serves {
            check_idle(storage, &now).await?;
            tell_clashes(&now);
        }
        Ok(now)
    }

    /// Reads it as it is written down now. What is still as in `before` is not worked out again.
    pub async fn read(&self, storage: &Storage, world: &World, config: &Config, before: &Now) -> Result<Now, Error> {
        // Another release may have written the latest revision: what it does not know counts as newer, and is closed.
        let revision = revisions::latest_of(storage, world, Source::Own, &self.types).await?;
        self.at(revision, storage, config, Some(before)).await
    }

    async fn at(
        &self,
        revision: Revision,
        storage: &Storage,
        config: &Config,
        before: Option<&Now>,
    ) -> Result<Now, Error> {
        let Revision { number, is_served, first_seen } = revision;
        let known = gateway::known(storage).await?;
        let is_behind = if self.serves { self.api.is_some() } else { self.api.is_some() || known.behind };
        let text = known.sdl.filter(|_| is_behind);
        let awaits = is_behind && text.is_none();
        let seen = if text.is_some() { first_seen.and(storage.read(revisions::of_api).await?) } else { first_seen };
        let same = before.and_then(|before| before.api_schema.clone());
        let same = same.filter(|schema| text.as_ref() == Some(&schema.text));
        let (types, gateway) = (self.types.clone(), config.gateway.clone());
        let made = tokio::task::spawn_blocking(move || {
            let api_schema = match (same, text) {
                (Some(same), _) => Some(same),
                (None, Some(text)) => Some(Arc::new(ApiSchema::read(text)?)),
                (None, None) => None,
            };
            let served = if awaits {
                gateway::awaiting(&types, &gateway, seen)
            } else {
                gateway::served(&types, api_schema.as_deref(), &gateway, seen)?
            };
            Ok::<_, String>((served, api_schema))
        });
        let made = made.await.map_err(|error| Fault::new("numbering the schema", error))?;
        let (served, api_schema) = made.map_err(|why| {
            Refusal::new(Code::BadUserInput, format!("the schema of the API behind cannot be served: {why}"))
        })?;
        Ok(Now { served, api_schema, awaits, revision: number, is_served })
    }
}

/// A setting that closes, and names what was never there, leaves open what was meant.
async fn check_idle(storage: &Storage, now: &Now) -> Result<(), Error> {
    if now.awaits {
        return Ok(());
    }
    for text in now.served.idle.clone() {
        let (sources, pattern) = match (text.strip_prefix("own:"), text.strip_prefix("api:")) {
            (Some(own), _) => (&[Source::Own][..], own),
            (None, Some(api)) => (&[Source::Api][..], api),
            (None, None) => (&[Source::Own, Source::Api][..], text.as_str()),
        };
        let pattern = pattern.to_owned();
        let was_there = storage.read(move |tx| {
            let mut was_there = false;
            for source in sources {
                was_there |= revisions::was_there(tx, *source, &pattern)?;
            }
            Ok(was_there)
        });
        if was_there.await? {
            tracing::warn!(setting = text, "a setting of `gateway` names what the API does not have any more");
        } else {
            return Err(gateway::names_nothing(&text).into());
        }
    }
    Ok(())
}

fn tell_clashes(now: &Now) {
    for clash in &now.served.clashes {
        tracing::info!("{clash}");
    }
}
