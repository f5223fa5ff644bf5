//! What every feature function is given besides its caller: storage, clock, configuration and the schema as served.

use crate::config::Config;
use crate::error::{Code, Refusal};
use crate::lists::{Asked, Listing, Wanted};
use crate::password::Passwords;
use crate::permission::{Source, Surface};
use crate::storage::Storage;
use crate::throttle::Throttle;
use crate::world::World;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Shared by everything that runs; made once, in `app`.
pub struct Context {
    /// The database.
    pub storage: Storage,
    /// Clock and randomness.
    pub world: World,
    /// The configuration.
    pub config: Config,
    /// The schema as served, indexed for permissions: Doorward's own coordinates and the API's.
    pub surface: Arc<Surface>,
    /// The revision of that schema: the moment that a grant written now is given.
    pub schema_revision: i64,
    /// The bounded pool that hashes passwords.
    pub passwords: Passwords,
    /// What limits guessing at them.
    pub throttle: Throttle,
}

/// How much work one operation may ask for: an entity that is read counts one, what takes longer as much more as it
/// does. A few thousand entities with all that belongs to them are within it.
const MOST_WORK: usize = 50_000;

/// What a resolver is given: the context and its caller.
pub struct Call {
    /// The context.
    pub cx: std::sync::Arc<Context>,
    /// Who calls.
    pub caller: crate::caller::Caller,
    done: AtomicUsize,
}

impl Call {
    /// A call that has asked for nothing yet.
    #[must_use]
    pub const fn new(cx: std::sync::Arc<Context>, caller: crate::caller::Caller) -> Self {
        Self { cx, caller, done: AtomicUsize::new(0) }
    }

    /// Counts work that is about to be done: aliases make a short operation ask for the same long list many times.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED`, when the operation has asked for too much.
    pub fn spend(&self, work: usize) -> Result<(), Refusal> {
        if self.done.fetch_add(work, Ordering::Relaxed).saturating_add(work) <= MOST_WORK {
            return Ok(());
        }
        let message = "this operation asks for too much at once: ask for fewer records, or for less of each";
        Err(Refusal::new(Code::LimitExceeded, message))
    }

    /// The call that a resolver runs in.
    ///
    /// # Panics
    /// Never: the one place that executes operations puts it there.
    #[must_use]
    pub fn of<'a>(resolver: &async_graphql::Context<'a>) -> &'a Self {
        resolver.data_unchecked::<Self>()
    }

    /// What was asked of a list, checked; of the list's attributes only those count that the caller may read.
    ///
    /// # Errors
    /// Names what is wrong and what is allowed.
    pub fn wanted(&self, listing: &Listing, asked: Asked) -> Result<Wanted, Refusal> {
        let open = self.caller.powers().open();
        self.spend(asked.work())?;
        listing.wanted(asked, |attribute| {
            let coordinate = format!("{}.{attribute}", listing.entity);
            self.cx.surface.permission(Source::Own, &coordinate).is_some_and(|read| read.is_subset(&open))
        })
    }
}
