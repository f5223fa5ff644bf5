//! Roles: named lists of grants. Knows which users hold one by number only.

mod built_in;
mod create;
pub mod graphql;
mod holding;
mod presets;
mod store;
mod update;

pub use built_in::{ANONYMOUS, MEMBER, member_grants, sign_in_grants};
pub use create::{NewRole, create};
pub use holding::{Holding, of_roles};
pub use presets::Preset;
pub use update::{Adjustment, RoleChange, delete, update};

use crate::caller::Caller;
use crate::config::HiddenFields;
use crate::context::Context;
use crate::error::{Error, Fault, Refusal};
use crate::id::{RoleId, UserId};
use crate::lists::{Listing, Wanted};
use crate::permission::{Grant, GrantError, Granted, NamedGrants, PinnedGrant, Surface};
use crate::storage::{Row, Tx};
use crate::world::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A role as it is stored.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its number.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is one of Doorward's own.
    pub built_in: bool,
    /// Whether its grants also open what the schema gains later.
    pub follow_new_fields: bool,
    /// The name under which the API behind is told of it; `None`: it is not told.
    pub upstream_name: Option<String>,
    /// Its grants, in the order written.
    pub grants: Vec<PinnedGrant>,
    /// How many users hold it.
    pub user_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Role {
    /// What its grants come to on the schema as served.
    #[must_use]
    pub fn granted(&self, surface: &Surface) -> Granted {
        surface.compile(&self.grants, self.follow_new_fields)
    }

    /// Whether it is the one that every user has.
    #[must_use]
    pub fn is_everyones(&self) -> bool {
        self.built_in && self.name == MEMBER
    }
}

/// Bytes of one grant.
const LONGEST_GRANT: usize = 300;

/// Reads grants as written, each pinned to the schema as served now.
///
/// # Errors
/// The first that does not parse or names what the schema does not have; with the nearest name that the caller may see.
pub fn read_grants(
    cx: &Context,
    caller: &Caller,
    field: &str,
    permissions: &[String],
) -> Result<Vec<PinnedGrant>, Refusal> {
    if permissions.len() > 1_000 {
        return Err(Refusal::input(field, format!("`{field}` has too many grants: at most 1000")));
    }
    let read = |text: &String| {
        // Looking for the nearest name of something very long takes long, and it names nothing anyway.
        if text.len() > LONGEST_GRANT {
            return Err(Refusal::input(
                field,
                format!("a grant in `{field}` is too long: at most {LONGEST_GRANT} bytes"),
            ));
        }
        let grant = match cx.config.errors.hidden_fields {
            HiddenFields::Name => cx.surface.accept(text).map_err(|error| as_seen(cx, caller, error)),
            HiddenFields::Hide => cx.surface.accept_as_seen(text, caller.powers()),
        };
        let grant = grant.map_err(|error| Refusal::input(field, error.to_string()))?;
        Ok(PinnedGrant { grant, as_of: cx.schema_revision })
    };
    permissions.iter().map(read).collect()
}

/// A grant as it is stored, in the columns `permission` and `as_of_revision`. It was checked when it was written.
///
/// # Errors
/// A fault, if it cannot be read.
pub fn stored_grant(row: &Row) -> Result<PinnedGrant, Error> {
    let text: String = row.get(0)?;
    let grant = Grant::parse(&text).map_err(|error| Fault::new("reading a stored grant", error.to_string()))?;
    Ok(PinnedGrant { grant, as_of: row.get(1)? })
}

/// The same refusal of a grant with no name in it that its writer is not shown.
fn as_seen(cx: &Context, caller: &Caller, error: GrantError) -> GrantError {
    let seen = |text: &str| cx.surface.accept_as_seen(text, caller.powers());
    let nearest = match &error.nearest {
        Some(nearest) if seen(nearest).is_err() => seen(&error.text).err().and_then(|seen| seen.nearest),
        nearest => nearest.clone(),
    };
    GrantError { nearest, ..error }
}

/// Nobody gives away what they do not hold; the operator, who may read the database, holds everything.
///
/// # Errors
/// Names what the caller lacks.
pub fn may_confer(cx: &Context, caller: &Caller, conferred: &Granted) -> Result<(), Refusal> {
    if caller.is_operator() || conferred.is_subset(caller.powers().held()) {
        return Ok(());
    }
    Err(Refusal::not_granted(cx.surface.lacking(conferred, caller.powers().held())))
}

/// What the roles can be searched and sorted by.
pub const LISTING: &Listing = &store::LISTING;

/// The roles that are wanted, and how many there are of them in all.
///
/// # Errors
/// When the database fails.
pub async fn list(cx: &Context, wanted: Wanted) -> Result<(Vec<Role>, i64), Error> {
    cx.storage.read(move |tx| store::list(tx, &wanted)).await
}

/// The role of this number.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut Tx, id: RoleId) -> Result<Option<Role>, Error> {
    store::find(tx, id)
}

/// The roles of these numbers.
///
/// # Errors
/// When the database fails.
pub fn find_all(tx: &mut Tx, ids: &[RoleId]) -> Result<Vec<Role>, Error> {
    store::of(tx, ids)
}

/// Every role's grants, by the role's name.
///
/// # Errors
/// When the database fails.
pub fn all_grants(tx: &mut Tx) -> Result<Vec<NamedGrants>, Error> {
    store::all_grants(tx)
}

/// Some names of roles that begin so, in the form that names are compared in.
///
/// # Errors
/// When the database fails.
pub fn names_beginning(tx: &mut Tx, folded: &str, most: i64) -> Result<Vec<String>, Error> {
    store::names_beginning(tx, folded, most)
}

/// The role of this name, however it is written.
///
/// # Errors
/// Says so when there is none.
pub fn by_name(tx: &mut Tx, name: &str) -> Result<Role, Error> {
    let id = store::id_by_name(tx, name)?.ok_or_else(|| Refusal {
        field: Some("role".into()),
        ..Refusal::not_found(format!(
            "there is no role named `{name}`; `doorward role list` shows those that there are"
        ))
    })?;
    find(tx, id)?.ok_or_else(|| Refusal::not_found("the role is gone").into())
}

/// What a user holds by their roles and by the one that everybody has: each list counts for itself, what they open is
/// added up.
///
/// # Errors
/// When the database fails.
pub fn held(tx: &mut Tx, surface: &Surface, user: UserId) -> Result<Granted, Error> {
    let mut held = surface.compile(&member_grants(), true);
    for (_, follow_new_fields, list) in store::lists_of(tx, user)? {
        held.union_with(&surface.compile(&list, follow_new_fields));
    }
    Ok(held)
}

/// The roles that a user was given, by number.
///
/// # Errors
/// When the database fails.
pub fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<RoleId>, Error> {
    store::of_user(tx, user)
}

/// The roles of each of these users.
///
/// # Errors
/// When the database fails.
pub fn of_users(tx: &mut Tx, users: Vec<UserId>) -> Result<HashMap<UserId, Vec<Arc<Role>>>, Error> {
    let given = store::of_users(tx, users)?;
    let ids: BTreeSet<RoleId> = given.iter().map(|(_, role)| *role).collect();
    let found = find_all(tx, &Vec::from_iter(ids))?.into_iter();
    let roles: HashMap<RoleId, Arc<Role>> = found.map(|role| (role.id, Arc::new(role))).collect();
    let mut of: HashMap<UserId, Vec<Arc<Role>>> = HashMap::new();
    for (user, role) in given {
        of.entry(user).or_default().extend(roles.get(&role).cloned());
    }
    Ok(of)
}

/// Gives a user a role.
///
/// # Errors
/// A built-in role is not given: everybody has `member`, and `anonymous` is for strangers.
pub fn assign(tx: &mut Tx, user: UserId, role: &Role, now: Timestamp) -> Result<(), Error> {
    if role.built_in {
        return Err(Refusal::input("role", format!("the built-in role `{}` is not given to users", role.name)).into());
    }
    store::assign(tx, user, role.id, now)
}

/// Takes a role from a user.
///
/// # Errors
/// When the database fails.
pub fn unassign(tx: &mut Tx, user: UserId, role: RoleId) -> Result<(), Error> {
    store::unassign(tx, user, role)
}

/// The roles of these numbers, which are to be given to a user.
///
/// # Errors
/// Names the first that is not there, or is not given to users.
pub fn to_be_given(tx: &mut Tx, ids: &[RoleId]) -> Result<Vec<Role>, Error> {
    let roles = find_all(tx, ids)?;
    if let Some(id) = ids.iter().find(|id| !roles.iter().any(|role| role.id == **id)) {
        return Err(Refusal::input("role_ids", format!("there is no role of the number {id}")).into());
    }
    match roles.iter().find(|role| role.built_in) {
        Some(role) => {
            let message = format!("the built-in role `{}` is not given to users", role.name);
            Err(Refusal::input("role_ids", message).into())
        }
        None => Ok(roles),
    }
}

/// Makes sure that the built-in roles are there.
///
/// # Errors
/// When the database fails.
pub async fn ensure_built_in(cx: &Arc<Context>) -> Result<(), Error> {
    // Nothing is written where nothing is missing: a command comes here, too, on a disk that is full.
    let there = |tx: &mut Tx| {
        built_in::ALL.iter().try_fold(true, |there, (name, _)| Ok(there && store::id_by_name(tx, name)?.is_some()))
    };
    if cx.storage.read(there).await? {
        return Ok(());
    }
    let context = Arc::clone(cx);
    cx.storage
        .write(move |tx| {
            for (name, description) in built_in::ALL {
                if store::id_by_name(tx, name)?.is_none() {
                    let description = Some(description.into());
                    let new = NewRole { name: name.into(), description, ..NewRole::default() };
                    store::insert(tx, &new, true, context.world.now())?;
                }
            }
            Ok(())
        })
        .await
}
