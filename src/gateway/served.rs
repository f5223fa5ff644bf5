//! What is served: the schema at `/graphql` and Doorward's own beside it, numbered for permissions.

use super::compose::{Clash, alone, compose};
use super::sdl;
use crate::config;
use crate::permission::{FirstSeen, Origins, Part, Source, Surface, SurfaceSettings, suspects};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};
use std::sync::Arc;

/// The API's schema, read.
#[derive(Debug)]
pub struct ApiSchema {
    /// As it came.
    pub text: String,
    /// What it says.
    pub schema: Valid<Schema>,
}

impl ApiSchema {
    /// What was read from this text.
    #[must_use]
    pub const fn new(text: String, schema: Valid<Schema>) -> Self {
        Self { text, schema }
    }

    /// Reads a text that was read before.
    ///
    /// # Errors
    /// When this release does not take it any more.
    pub fn read(text: String) -> Result<Self, String> {
        let schema = sdl::read(&text, "the API's schema, as it was last seen,")?;
        Ok(Self { text, schema })
    }
}

/// What is served.
#[derive(Debug)]
pub struct Served {
    /// At `/graphql`.
    pub surface: Arc<Surface>,
    /// Doorward's own, at its own path.
    pub own: Arc<Surface>,
    /// How the second stands to the first; `None`: they are the same.
    pub part: Option<Arc<Part>>,
    /// What both schemas have.
    pub clashes: Vec<Clash>,
    /// Types that only hold what is not served at `/graphql`.
    pub elsewhere: Vec<Name>,
    /// Entries of the configuration that name nothing.
    pub idle: Vec<String>,
}

/// Puts together what is served. Without the API's schema, but with an API behind, `awaited` tells.
///
/// # Errors
/// When the two schemas do not go together.
pub fn served(
    own: &Valid<Schema>,
    api: Option<&ApiSchema>,
    config: &config::Gateway,
    seen: FirstSeen,
) -> Result<Served, String> {
    put_together(own, api, config, seen, false)
}

/// The same while the API's schema is not known.
#[must_use]
pub fn awaiting(own: &Valid<Schema>, config: &config::Gateway, seen: FirstSeen) -> Served {
    put_together(own, None, config, seen, true).expect("Doorward's own schema goes together with nothing")
}

fn put_together(
    own: &Valid<Schema>,
    api: Option<&ApiSchema>,
    config: &config::Gateway,
    seen: FirstSeen,
    awaits_api: bool,
) -> Result<Served, String> {
    let composed = match api {
        Some(api) => compose(own, &api.schema, config.on_conflict)?,
        None => alone(own),
    };
    let by_default = || suspects(&composed.schema, &composed.origins);
    let settings = SurfaceSettings {
        by_name_only: config.by_name_only.as_ref().map_or_else(by_default, |list| list.0.clone()),
        never: config.never.0.clone(),
        treat_as_mutation: config.treat_as_mutation.0.clone(),
        directives: config.directives.0.clone(),
        awaits_api,
    };
    let surface = Surface::new(composed.schema, composed.origins, settings, seen);
    let configured = [config.by_name_only.as_ref(), Some(&config.never), Some(&config.treat_as_mutation)];
    let configured: Vec<&String> = configured.into_iter().flatten().flat_map(|list| &list.0).collect();
    let idle = surface.idle_settings().iter().filter(|text| configured.contains(text)).cloned().collect();
    let (own, part) = if api.is_some() {
        let mut own =
            Surface::new(own.clone(), Origins::all(Source::Own), SurfaceSettings::default(), FirstSeen::new());
        let part = surface.part(&mut own);
        (Some(own), Some(Arc::new(part)))
    } else {
        (None, None)
    };
    let surface = Arc::new(surface);
    let own = own.map_or_else(|| Arc::clone(&surface), Arc::new);
    Ok(Served { surface, own, part, clashes: composed.clashes, elsewhere: composed.elsewhere, idle })
}
