//! Adding a user.

use super::{User, check_username, find, store};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::id::RoleId;
use crate::roles::{self, Holding, Role};
use crate::storage::{Subject, Tx};
use crate::{names, password};
use std::sync::Arc;

/// What a new user is made from.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// The name to sign in with.
    pub username: String,
    /// Their full name; the user name, where none is given.
    pub name: Option<String>,
    /// The name that others see; the full name, where none is given.
    pub public_name: Option<String>,
    /// Where mail reaches them.
    pub email_address: Option<String>,
    /// Without a password they cannot sign in until one is set.
    pub password: Option<String>,
    /// Whether they hold everything.
    pub super_admin: bool,
    /// The API's own id of them.
    pub external_id: Option<String>,
    /// The names of their roles.
    pub roles: Vec<String>,
    /// The numbers of their roles, for those who give them by number.
    pub role_ids: Vec<RoleId>,
}

impl NewUser {
    fn check(&self) -> Result<(), Refusal> {
        check_username(&self.username)?;
        if let Some(name) = &self.name {
            names::check("name", name, 200)?;
        }
        if let Some(name) = &self.public_name {
            names::check("public_name", name, 200)?;
        }
        if let Some(address) = &self.email_address {
            names::check_email("email_address", address)?;
        }
        if let Some(id) = &self.external_id {
            names::check("external_id", id, 200)?;
        }
        match &self.password {
            Some(new) => password::check_strength("password", new, &self.personal()),
            None => Ok(()),
        }
    }

    fn personal(&self) -> Vec<&str> {
        [Some(&self.username), self.name.as_ref(), self.public_name.as_ref(), self.email_address.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }
}

/// Adds a user.
///
/// # Errors
/// A name or address that is taken or not fit, a weak password; a role that does not exist or that opens more than the
/// caller holds; what only a super administrator may.
pub async fn add(cx: &Arc<Context>, caller: &Caller, new: NewUser) -> Result<User, Error> {
    new.check()?;
    if new.password.is_some() {
        // Hashing is dear: only for those who may.
        let (context, asking, wanted) = (Arc::clone(cx), caller.clone(), new.clone());
        cx.storage.read(move |tx| judge(tx, &context, &asking, &wanted)).await?;
    }
    let hash = hashed(cx, &new).await?;
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let roles = judge(tx, &context, &caller, &new)?;
            add_in(tx, &context, &caller, &new, &roles, hash.as_deref())
        })
        .await
}

/// Whether the caller may make such a user; answers the roles that they are to have.
fn judge(tx: &mut Tx, cx: &Context, caller: &Caller, new: &NewUser) -> Result<Vec<Role>, Error> {
    if new.password.is_some() {
        caller.may_set_passwords()?;
    }
    let holding = Holding::of(tx, cx, caller)?;
    if new.super_admin {
        holding.must_be_super_admin("make or change a super administrator")?;
        if !caller.is_operator() {
            caller.session()?;
        }
    }
    if new.external_id.is_some() {
        holding.must_be_super_admin("say who somebody is at the API")?;
    }
    let mut roles = roles::to_be_given(tx, &new.role_ids)?;
    for name in &new.roles {
        roles.push(roles::by_name(tx, name)?);
    }
    holding.may_give(cx, &roles)?;
    Ok(roles)
}

/// The hash of a new user's password, where there is one; everything that needs no database is checked first.
///
/// # Errors
/// What is not fit, in words.
pub async fn hash_for(cx: &Context, new: &NewUser) -> Result<Option<String>, Error> {
    new.check()?;
    hashed(cx, new).await
}

async fn hashed(cx: &Context, new: &NewUser) -> Result<Option<String>, Error> {
    match &new.password {
        Some(password) => Ok(Some(cx.passwords.hash(&cx.world, password.clone()).await?)),
        None => Ok(None),
    }
}

/// Adds a user as part of a larger change, which has seen to it that it may.
///
/// # Errors
/// A name or address that is taken, a role that is not given to users.
pub fn add_in(
    tx: &mut Tx,
    cx: &Context,
    caller: &Caller,
    new: &NewUser,
    roles: &[Role],
    hash: Option<&str>,
) -> Result<User, Error> {
    let now = cx.world.now();
    let id = store::insert(tx, new, now)?;
    if let Some(hash) = hash {
        store::set_password(tx, id, hash, now)?;
    }
    for role in roles {
        roles::assign(tx, id, role, now)?;
    }
    let mut event = Event::on("user.create", "user", id.0, &new.username);
    let mut details = Vec::new();
    if new.super_admin {
        details.push("super_admin".to_owned());
    }
    details.extend(roles.iter().map(|role| format!("+ role {}", role.name)));
    event.details = (!details.is_empty()).then(|| details.join(", "));
    audit::record(tx, &cx.world, caller, &event)?;
    tx.tell(Subject::User(id.0))?;
    find(tx, id)
}
