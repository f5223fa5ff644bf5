//! What every feature function is given besides its caller: storage, clock, configuration and the schema as served.

use crate::config::Config;
use crate::error::Refusal;
use crate::lists::{Asked, Listing, Wanted};
use crate::password::Passwords;
use crate::permission::{Source, Surface};
use crate::storage::Storage;
use crate::world::World;

/// Shared by everything that runs; made once, in `app`.
pub struct Context {
    /// The database.
    pub storage: Storage,
    /// Clock and randomness.
    pub world: World,
    /// The configuration.
    pub config: Config,
    /// The schema as served, indexed for permissions.
    pub surface: Surface,
    /// The revision of that schema: the moment that a grant written now is given.
    pub schema_revision: i64,
    /// The bounded pool that hashes passwords.
    pub passwords: Passwords,
}

/// What a resolver is given: the context and its caller.
#[derive(Clone)]
pub struct Call {
    /// The context.
    pub cx: std::sync::Arc<Context>,
    /// Who calls.
    pub caller: crate::caller::Caller,
}

impl Call {
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
        listing.wanted(asked, |attribute| {
            let coordinate = format!("{}.{attribute}", listing.entity);
            self.cx.surface.permission(Source::Own, &coordinate).is_some_and(|read| read.is_subset(&open))
        })
    }
}
