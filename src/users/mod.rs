//! Users: who has an account, under what names, with what password and roles. They are disabled, never deleted.

mod create;
mod export;
pub mod graphql;
mod held;
pub mod password_link;
pub mod set_up;
mod state;
mod store;
mod update;

pub use create::{NewUser, add, add_in, hash_for};
pub use export::note_export;
pub use held::held_by;
pub use state::{Which, set_enabled};
pub use update::{UserChange, personal, set_password, update};

use crate::caller::Person;
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::id::{RoleId, UserId};
use crate::lists::{Listing, Siblings, Wanted};
use crate::names;
use crate::roles::{self, Holding, Role};
use crate::storage::Tx;
use crate::world::Timestamp;
use std::sync::Arc;

/// A user as stored.
#[derive(Debug, Clone)]
pub struct User {
    /// What identifies them to themselves and in a caller.
    pub person: Person,
    /// Whether they may sign in and their tokens work.
    pub enabled: bool,
    /// The API's own id of this user.
    pub external_id: Option<String>,
    /// When anything of this was last changed.
    pub updated_at: Timestamp,
    /// When they last made a request.
    pub last_seen_at: Option<Timestamp>,
    /// Those of the same list, whose roles are read together.
    siblings: Siblings<UserId, Vec<Arc<Role>>>,
}

impl User {
    /// The roles they were given, read for all users of the same list at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roles(&self, cx: &Context) -> Result<Vec<Arc<Role>>, Error> {
        let read = |all| cx.storage.read(move |tx| roles::of_users(tx, all));
        Ok(self.siblings.get(self.person.id, read).await?.unwrap_or_default())
    }
}

/// What the audit trail calls those who are no users.
const RESERVED: [&str; 2] = ["nobody", "operator"];

/// Checks a name to sign in with.
fn check_username(name: &str) -> Result<(), Refusal> {
    names::check("username", name, 100)?;
    let folded = names::folded(name);
    let first = folded.split(' ').next().unwrap_or_default();
    if RESERVED.contains(&first) {
        return Err(Refusal::input("username", format!("`username` must not begin with the word `{first}`")));
    }
    Ok(())
}

/// How many super administrators are enabled.
///
/// # Errors
/// When the database fails.
pub fn super_admins(tx: &mut Tx) -> Result<i64, Error> {
    store::super_admins(tx)
}

/// Whether there is any user.
///
/// # Errors
/// When the database fails.
pub fn is_anyone_there(tx: &mut Tx) -> Result<bool, Error> {
    store::is_anyone_there(tx)
}

/// What the users can be searched and sorted by.
pub const LISTING: &Listing = &store::LISTING;

/// The users that are wanted, and how many there are of them in all.
///
/// # Errors
/// When the database fails.
pub async fn list(cx: &Context, wanted: Wanted) -> Result<(Vec<User>, i64), Error> {
    cx.storage.read(move |tx| store::list(tx, &wanted)).await
}

/// The users of these numbers.
///
/// # Errors
/// When the database fails.
pub fn of(tx: &mut Tx, ids: Vec<UserId>) -> Result<Vec<User>, Error> {
    store::of(tx, ids)
}

/// The user names of those who were given a role.
///
/// # Errors
/// When the database fails.
pub fn names_with(tx: &mut Tx, role: RoleId) -> Result<Vec<String>, Error> {
    store::names_with(tx, role)
}

/// Some user names that begin so, in the form that names are compared in.
///
/// # Errors
/// When the database fails.
pub fn names_beginning(tx: &mut Tx, folded: &str, most: i64) -> Result<Vec<String>, Error> {
    store::names_beginning(tx, folded, most)
}

/// The user of this number.
///
/// # Errors
/// Says so when there is none.
pub fn find(tx: &mut Tx, id: UserId) -> Result<User, Error> {
    Ok(store::find(tx, id)?.ok_or_else(|| Refusal::not_found("there is no such user"))?)
}

/// The same for whoever gives the number.
fn numbered(tx: &mut Tx, id: UserId) -> Result<User, Error> {
    let user = store::find(tx, id)?;
    Ok(user.ok_or_else(|| Refusal::input("id", format!("there is no user of the number {id}")))?)
}

/// Who a user is, without more than their roles' numbers: what is needed to judge a credential.
///
/// # Errors
/// Says so when there is none.
pub fn person(tx: &mut Tx, id: UserId) -> Result<Person, Error> {
    let mut person = store::find(tx, id)?.ok_or_else(|| Refusal::not_found("there is no such user"))?.person;
    person.roles = roles::of_user(tx, id)?;
    Ok(person)
}

/// The user of this name or address, however it is written.
///
/// # Errors
/// Says so when there is none.
pub fn by_name(tx: &mut Tx, name: &str) -> Result<User, Error> {
    match store::id_by_name(tx, name)? {
        Some(id) => find(tx, id),
        None => {
            let message = format!("there is no user named `{name}`; `doorward user list` shows those that there are");
            Err(Refusal { field: Some("user".into()), ..Refusal::not_found(message) }.into())
        }
    }
}

/// Whether whoever holds this may change another's password, addresses, names, roles or state: they must hold all that
/// the other holds, or they could take their place.
fn may_act_on(tx: &mut Tx, cx: &Context, holding: &Holding, user: &User) -> Result<(), Error> {
    if user.person.super_admin_since.is_some() {
        holding.must_be_super_admin("make or change a super administrator")?;
    }
    let ids = roles::of_user(tx, user.person.id)?;
    Ok(holding.may_act_on(cx, &roles::find_all(tx, &ids)?)?)
}

/// The roles of these numbers, which the caller wants to give.
fn to_give(tx: &mut Tx, cx: &Context, holding: &Holding, ids: &[RoleId]) -> Result<Vec<Role>, Error> {
    let roles = roles::to_be_given(tx, ids)?;
    holding.may_give(cx, &roles)?;
    Ok(roles)
}

/// What is needed to check a password and begin a session, read in one statement.
#[derive(Debug)]
pub struct Account {
    /// Who it is.
    pub id: UserId,
    /// The hash of their password, where they have one.
    pub hash: Option<String>,
    /// Whether they may sign in.
    pub enabled: bool,
    /// The generation of their sessions: those begun in an earlier one are over. Read together with the hash, so
    /// that a session begun with a password cannot outlive that password.
    pub session_generation: i64,
}

/// The account of this name or address, where there is one.
///
/// # Errors
/// When the database fails.
pub fn account(tx: &mut Tx, name: &str) -> Result<Option<Account>, Error> {
    store::account(tx, name)
}

/// The hash of a user's password, where they have one.
///
/// # Errors
/// When the database fails.
pub fn hash_of(tx: &mut Tx, id: UserId) -> Result<Option<String>, Error> {
    store::hash_of(tx, id)
}

/// Gives a user another password, which ends their sessions and a link to set one; answers the generation that sessions
/// are begun in now.
///
/// # Errors
/// When the database fails.
pub fn replace_password(tx: &mut Tx, id: UserId, hash: &str, now: Timestamp) -> Result<i64, Error> {
    store::set_password(tx, id, hash, now)?;
    password_link::end(tx, id)?;
    store::end_sessions(tx, id, now)
}

/// Notes that a user was there.
///
/// # Errors
/// When the database fails.
pub fn seen(tx: &mut Tx, id: UserId, at: Timestamp) -> Result<(), Error> {
    store::seen(tx, id, at)
}
