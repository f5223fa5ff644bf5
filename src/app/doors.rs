//! The GraphQL door that stands open now, and a new one in its place once something of the schema has been accepted.
//! What was made for one surface means nothing on another, so the whole door is changed, between two requests.

use crate::context::Context;
use crate::error::{Error, Fault};
use crate::graphql::{Door, Shapes, plan::Plans};
use crate::permission::{FirstSeen, Origins, Source, Surface, SurfaceSettings};
use crate::revisions;
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the old door goes on without another try, after a new one could not be made.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Doorward's own schema as it is served.
pub(super) fn surface(types: Valid<Schema>, seen: FirstSeen) -> Surface {
    Surface::new(types, Origins::all(Source::Own), SurfaceSettings::default(), seen)
}

/// A door, and how many changes of the schema this node had heard of before what it was made from was read.
#[derive(Clone)]
struct Made {
    door: Arc<Door>,
    as_of: u64,
}

/// The door that stands open now.
pub(super) struct Doors {
    made: RwLock<Made>,
    /// How many changes of the schema this node has heard of.
    told: Arc<AtomicU64>,
    /// Held by the one who makes a new door; until when nobody tries again.
    making: Mutex<Option<Instant>>,
}

impl Doors {
    pub fn new(door: Door, told: Arc<AtomicU64>) -> Self {
        Self { made: RwLock::new(Made { door: Arc::new(door), as_of: 0 }), told, making: Mutex::new(None) }
    }

    /// The door as it was made last, whatever was heard since.
    pub fn latest(&self) -> Arc<Door> {
        self.made().door
    }

    /// The door for a request that begins now. One request makes a new one where that is due; others go on with the
    /// old one meanwhile, which is more closed.
    pub async fn current(&self) -> Arc<Door> {
        if let Some(door) = self.fresh() {
            return door;
        }
        let Ok(mut not_before) = self.making.try_lock() else { return self.latest() };
        // Whoever held the lock until now may have been done.
        if let Some(door) = self.fresh() {
            return door;
        }
        if not_before.is_some_and(|moment| Instant::now() < moment) {
            return self.latest();
        }
        let as_of = self.told.load(Ordering::Acquire);
        match renewed(self.latest()).await {
            Ok(door) => {
                *not_before = None;
                *self.made.write().unwrap_or_else(PoisonError::into_inner) = Made { door: Arc::clone(&door), as_of };
                door
            }
            Err(error) => {
                tracing::warn!(?error, "what was accepted of the schema could not be read; it stays closed for now");
                *not_before = Some(Instant::now() + TRIED_AGAIN_AFTER);
                self.latest()
            }
        }
    }

    fn fresh(&self) -> Option<Arc<Door>> {
        let made = self.made();
        (made.as_of == self.told.load(Ordering::Acquire)).then_some(made.door)
    }

    fn made(&self) -> Made {
        self.made.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The door on the schema as it is written down now: the old one, where nothing came of the change.
async fn renewed(old: Arc<Door>) -> Result<Arc<Door>, Error> {
    let Context { storage, world, config, surface: before, schema_revision, passwords } = &*old.cx;
    // Another release may have written the latest revision: what it does not know counts as newer, and is closed.
    let revision = revisions::latest_of(storage, world, Source::Own, before.schema()).await?;
    // A grant made here is not of a revision that this node does not serve: its writer has not seen that one.
    let schema_revision = if revision.is_served { revision.number } else { *schema_revision };
    let types = before.schema().clone();
    let numbered = tokio::task::spawn_blocking(move || surface(types, revision.first_seen)).await;
    let surface = numbered.map_err(|error| Fault::new("numbering the schema", error))?;
    if surface.is_like(before) && schema_revision == old.cx.schema_revision {
        return Ok(old);
    }
    let cx = Context {
        storage: storage.clone(),
        world: world.clone(),
        config: config.clone(),
        surface,
        schema_revision,
        passwords: passwords.clone(),
    };
    Ok(Arc::new(Door {
        cx: Arc::new(cx),
        callers: old.callers.anew(),
        plans: Arc::new(Plans::default()),
        shapes: Arc::new(Shapes::default()),
        own: old.own.clone(),
        uses: old.uses.clone(),
    }))
}
