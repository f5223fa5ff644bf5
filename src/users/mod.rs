//! Users: who has an account, under what names, with what password and roles. They are disabled, never deleted.

pub mod graphql;
mod held;
pub mod set_up;
mod store;

pub use held::{has_everything, held_by};

use crate::audit::{self, Event};
use crate::caller::{Caller, Person};
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::id::UserId;
use crate::lists::{Listing, Siblings, Wanted};
use crate::roles::{self, Role};
use crate::storage::{Subject, Tx};
use crate::world::Timestamp;
use crate::{names, password};
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
    siblings: Siblings<UserId, Vec<Role>>,
}

impl User {
    /// The roles they were given, read for all users of the same list at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roles(&self, cx: &Context) -> Result<Vec<Role>, Error> {
        let read = |all| cx.storage.read(move |tx| roles::of_users(tx, all));
        Ok(self.siblings.get(self.person.id, read).await?.unwrap_or_default())
    }
}

/// What a new user is made from.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The name to sign in with.
    pub username: String,
    /// Their full name; the user name, where none is given.
    pub name: Option<String>,
    /// Where mail reaches them.
    pub email_address: Option<String>,
    /// Without a password they cannot sign in until one is set.
    pub password: Option<String>,
    /// Whether they hold everything.
    pub super_admin: bool,
    /// The names of their roles.
    pub roles: Vec<String>,
}

impl NewUser {
    fn check(&self) -> Result<(), Refusal> {
        names::check("username", &self.username, 100)?;
        if let Some(name) = &self.name {
            names::check("name", name, 200)?;
        }
        if let Some(address) = &self.email_address {
            names::check_email("email_address", address)?;
        }
        match &self.password {
            Some(new) => password::check_strength("password", new, &self.personal()),
            None => Ok(()),
        }
    }

    fn personal(&self) -> Vec<&str> {
        [Some(&self.username), self.name.as_ref(), self.email_address.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }
}

/// Adds a user. Only the operator and the set-up link reach this so far, and they may make anyone.
///
/// # Errors
/// A name or address that is taken or not fit, a weak password, a role that does not exist.
pub async fn add(cx: &Arc<Context>, caller: &Caller, new: NewUser) -> Result<User, Error> {
    let hash = hash_for(cx, &new).await?;
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage.change(move |tx| add_in(tx, &context, &caller, &new, hash.as_deref())).await
}

/// The hash of a new user's password, where there is one; everything that needs no database is checked first.
///
/// # Errors
/// What is not fit, in words.
pub async fn hash_for(cx: &Context, new: &NewUser) -> Result<Option<String>, Error> {
    new.check()?;
    match &new.password {
        Some(password) => Ok(Some(cx.passwords.hash(&cx.world, password.clone()).await?)),
        None => Ok(None),
    }
}

/// Adds a user as part of a larger change.
///
/// # Errors
/// A name or address that is taken, a role that does not exist.
pub fn add_in(tx: &mut Tx, cx: &Context, caller: &Caller, new: &NewUser, hash: Option<&str>) -> Result<User, Error> {
    let now = cx.world.now();
    let roles = new.roles.iter().map(|name| roles::by_name(tx, name)).collect::<Result<Vec<_>, _>>()?;
    let id = store::insert(tx, new, now)?;
    if let Some(hash) = hash {
        store::set_password(tx, id, hash, now)?;
    }
    for role in &roles {
        roles::assign(tx, id, role, now)?;
    }
    audit::record(tx, &cx.world, caller, &Event::on("user.create", "user", id.0, &new.username))?;
    tx.tell(Subject::User(id.0))?;
    find(tx, id)
}

/// Sets a user's password and ends their sessions.
///
/// # Errors
/// A user that does not exist, a weak password.
pub async fn set_password(cx: &Arc<Context>, caller: &Caller, username: &str, new: String) -> Result<User, Error> {
    let name = username.to_owned();
    let user = cx.storage.read(move |tx| by_name(tx, &name)).await?;
    let person = &user.person;
    let personal: Vec<&str> = [Some(&person.username), Some(&person.name), person.email_address.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    password::check_strength("password", &new, &personal)?;
    let hash = cx.passwords.hash(&cx.world, new).await?;
    let (context, caller, id) = (Arc::clone(cx), caller.clone(), person.id);
    cx.storage
        .change(move |tx| {
            let now = context.world.now();
            store::set_password(tx, id, &hash, now)?;
            store::end_sessions(tx, id, now)?;
            let user = find(tx, id)?;
            audit::record(
                tx,
                &context.world,
                &caller,
                &Event::on("user.set_password", "user", id.0, &user.person.username),
            )?;
            tx.tell(Subject::User(id.0))?;
            Ok(user)
        })
        .await
}

/// Disables or enables a user. Disabling ends their sessions and stops their tokens at once; enabling brings back
/// those tokens that were not revoked meanwhile, and no session.
///
/// # Errors
/// A user that does not exist; the last super administrator who is enabled.
pub async fn set_enabled(cx: &Arc<Context>, caller: &Caller, username: &str, enabled: bool) -> Result<User, Error> {
    let (context, caller, name) = (Arc::clone(cx), caller.clone(), username.to_owned());
    cx.storage
        .change(move |tx| {
            let user = by_name(tx, &name)?;
            if user.enabled == enabled {
                return Ok(user);
            }
            let (id, now) = (user.person.id, context.world.now());
            let last = !enabled && user.person.super_admin_since.is_some() && store::super_admins(tx)? == 1;
            if last {
                return Err(Refusal::input(
                    "username",
                    format!("`{name}` is the last super administrator who is enabled; make another first"),
                )
                .into());
            }
            store::set_enabled(tx, id, enabled, now)?;
            store::end_sessions(tx, id, now)?;
            let action = if enabled { "user.enable" } else { "user.disable" };
            audit::record(tx, &context.world, &caller, &Event::on(action, "user", id.0, &user.person.username))?;
            tx.tell(Subject::User(id.0))?;
            find(tx, id)
        })
        .await
}

/// How many super administrators are enabled.
///
/// # Errors
/// When the database fails.
pub fn super_admins(tx: &mut Tx) -> Result<i64, Error> {
    store::super_admins(tx)
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

/// The user of this number.
///
/// # Errors
/// Says so when there is none.
pub fn find(tx: &mut Tx, id: UserId) -> Result<User, Error> {
    Ok(store::find(tx, id)?.ok_or_else(|| Refusal::not_found("there is no such user"))?)
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

/// Notes that a user was there.
///
/// # Errors
/// When the database fails.
pub fn seen(tx: &mut Tx, id: UserId, at: Timestamp) -> Result<(), Error> {
    store::seen(tx, id, at)
}
