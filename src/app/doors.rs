//! The GraphQL doors that stand open now, at `/graphql` and for Doorward's own schema, and new ones in their place once
//! something of what is served has changed. What was made for one surface means nothing on another, so the doors are
//! changed whole, between two requests.

use super::served::{Now, Parts};
use crate::context::Context;
use crate::error::Error;
use crate::gateway::Served;
use crate::graphql::{Door, Shapes, plan::Plans, schema::Own};
use crate::guard::Callers;
use crate::tokens::LastUses;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the old doors go on without another try, after new ones could not be made.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The doors of one moment.
#[derive(Clone)]
pub(super) struct Pair {
    /// At `/graphql`.
    pub whole: Arc<Door>,
    /// Doorward's own schema, whatever the API brings.
    pub own: Arc<Door>,
    /// What is served there.
    pub now: Arc<Now>,
}

impl Pair {
    /// Doors on what is served now.
    pub fn new(cx: Arc<Context>, callers: &Callers, own: &Own, uses: &LastUses, parts: &Parts, now: Arc<Now>) -> Self {
        let Served { surface, own: own_surface, part, .. } = &now.served;
        let requests = cx.config.limits.requests;
        let whole = Arc::new(Door {
            cx: Arc::clone(&cx),
            surface: Arc::clone(surface),
            part: None,
            api: parts.api.clone(),
            callers: callers.anew(),
            plans: Arc::new(Plans::counted(Arc::clone(&parts.plans))),
            shapes: Arc::new(Shapes::default()),
            own: own.clone(),
            uses: uses.clone(),
            strangers: Door::strangers_places(requests),
        });
        let own = match part {
            None => Arc::clone(&whole),
            Some(part) => Arc::new(Door {
                cx,
                surface: Arc::clone(own_surface),
                part: Some(Arc::clone(part)),
                api: None,
                callers: whole.callers.clone(),
                plans: Arc::new(Plans::counted(Arc::clone(&parts.plans))),
                shapes: Arc::new(Shapes::default()),
                own: own.clone(),
                uses: uses.clone(),
                strangers: Door::strangers_places(requests),
            }),
        };
        Self { whole, own, now }
    }
}

/// Doors, and how many changes of the schema this node had heard of before what they were made from was read.
#[derive(Clone)]
struct Made {
    pair: Pair,
    as_of: u64,
}

/// The doors that stand open now.
pub(super) struct Doors {
    parts: Parts,
    made: RwLock<Made>,
    /// How many changes of the schema this node has heard of.
    told: Arc<AtomicU64>,
    /// Held by the one who makes new doors; until when nobody tries again.
    making: Mutex<Option<Instant>>,
}

impl Doors {
    pub fn new(parts: Parts, pair: Pair, told: Arc<AtomicU64>) -> Self {
        Self { parts, made: RwLock::new(Made { pair, as_of: 0 }), told, making: Mutex::new(None) }
    }

    /// What doors are made from.
    pub const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The doors as they were made last, whatever was heard since.
    pub fn latest(&self) -> Pair {
        self.made().pair
    }

    /// The doors for a request that begins now. One request makes new ones where that is due; others go on with the
    /// old ones meanwhile, on which what is new is not there yet.
    pub async fn current(&self) -> Pair {
        if let Some(pair) = self.fresh() {
            return pair;
        }
        Box::pin(self.made_anew()).await
    }

    async fn made_anew(&self) -> Pair {
        let Ok(mut not_before) = self.making.try_lock() else { return self.latest() };
        // Whoever held the lock until now may have been done.
        if let Some(pair) = self.fresh() {
            return pair;
        }
        if not_before.is_some_and(|moment| Instant::now() < moment) {
            return self.latest();
        }
        let as_of = self.told.load(Ordering::Acquire);
        match self.renewed(self.latest()).await {
            Ok(pair) => {
                *not_before = None;
                *self.made.write().unwrap_or_else(PoisonError::into_inner) = Made { pair: pair.clone(), as_of };
                pair
            }
            Err(error) => {
                tracing::warn!(
                    ?error,
                    "what changed of the schema could not be read; what is new stays closed for now"
                );
                *not_before = Some(Instant::now() + TRIED_AGAIN_AFTER);
                self.latest()
            }
        }
    }

    fn fresh(&self) -> Option<Pair> {
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        (made.as_of == self.told.load(Ordering::Acquire)).then(|| made.pair.clone())
    }

    fn made(&self) -> Made {
        self.made.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The doors on the schemas as they are written down now: the old ones, where nothing came of the change.
    async fn renewed(&self, old: Pair) -> Result<Pair, Error> {
        let Context { storage, world, config, schema_revision, passwords, throttle, .. } = &*old.whole.cx;
        let now = self.parts.read(storage, world, config, &old.now).await?;
        // A grant made here is not of a revision that this node does not serve: its writer has not seen that one.
        let schema_revision = if now.is_served { now.revision } else { *schema_revision };
        if now.served.surface.is_like(&old.whole.surface) && schema_revision == old.whole.cx.schema_revision {
            return Ok(old);
        }
        let cx = Context {
            storage: storage.clone(),
            world: world.clone(),
            config: config.clone(),
            surface: Arc::clone(&now.served.surface),
            schema_revision,
            passwords: passwords.clone(),
            throttle: throttle.clone(),
        };
        let Door { callers, own, uses, .. } = &*old.whole;
        Ok(Pair::new(Arc::new(cx), callers, own, uses, &self.parts, Arc::new(now)))
    }
}
