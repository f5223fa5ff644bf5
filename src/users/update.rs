//! Changing a user: by those who look after users, and by users themselves.

use super::state::{is_last_super_admin, last_super_admin};
use super::{User, by_name, check_username, may_act_on, numbered, replace_password, store, to_give};
use crate::audit::{self, Event};
use crate::caller::{Caller, Person};
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::id::{RoleId, UserId};
use crate::roles::{self, Holding, Role};
use crate::storage::{Subject, Tx};
use crate::{names, password};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What to change of a user; `None` keeps.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// The name to sign in with.
    pub username: Option<String>,
    /// Their full name.
    pub name: Option<String>,
    /// The name that others see.
    pub public_name: Option<String>,
    /// Where mail reaches them; `Some(None)`: nowhere.
    pub email_address: Option<Option<String>>,
    /// Another password, which ends their sessions.
    pub password: Option<String>,
    /// Whether they hold everything.
    pub super_admin: Option<bool>,
    /// The API's own id of them; `Some(None)`: it has none.
    pub external_id: Option<Option<String>>,
    /// Their roles anew, the whole list.
    pub roles: Option<Vec<RoleId>>,
}

/// What decides how one signs in and what one is: of oneself it takes a session that was proved lately.
const OF_ONESELF: [&str; 4] = ["username", "email_address", "password", "super_admin"];

/// What lets whoever changes it take the place of the user.
const TAKES_OVER: [&str; 6] = ["username", "email_address", "password", "super_admin", "external_id", "role_ids"];

/// What a change comes to, worked out on the user as they are.
struct Planned {
    user: User,
    new: User,
    given: Vec<Role>,
    taken: Vec<Role>,
    fields: Vec<&'static str>,
}

/// Changes a user. What is as it was does not count as changed.
///
/// # Errors
/// A user that does not exist, or who holds what the caller does not; a name or address that is taken or not fit, a
/// weak password; a role that opens more than the caller holds; what only a super administrator may, and of oneself
/// what takes a session that was proved lately.
pub async fn update(cx: &Arc<Context>, caller: &Caller, id: UserId, change: UserChange) -> Result<User, Error> {
    check(&change)?;
    let hash = hash_for(cx, caller, id, &change).await?;
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let planned = plan(tx, &context, &caller, id, &change)?;
            if planned.fields.is_empty() {
                return Ok(planned.user);
            }
            carry_out(tx, &context, &planned, hash.as_deref())?;
            let name = &planned.user.person.username;
            let event = Event::on("user.update", "user", id.0, name).with(told(&planned));
            audit::record(tx, &context.world, &caller, &event)?;
            tx.tell(Subject::User(id.0))?;
            numbered(tx, id)
        })
        .await
}

/// Sets a user's password and ends their sessions.
///
/// # Errors
/// As [`update`].
pub async fn set_password(cx: &Arc<Context>, caller: &Caller, username: &str, new: String) -> Result<User, Error> {
    let name = username.to_owned();
    let id = cx.storage.read(move |tx| Ok(by_name(tx, &name)?.person.id)).await?;
    update(cx, caller, id, UserChange { password: Some(new), ..UserChange::default() }).await
}

/// The words that a password must not be made of.
#[must_use]
pub fn personal(person: &Person) -> Vec<&str> {
    [Some(&person.username), Some(&person.name), Some(&person.public_name), person.email_address.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect()
}

fn check(change: &UserChange) -> Result<(), Refusal> {
    if let Some(name) = &change.username {
        check_username(name)?;
    }
    if let Some(name) = &change.name {
        names::check("name", name, 200)?;
    }
    if let Some(name) = &change.public_name {
        names::check("public_name", name, 200)?;
    }
    if let Some(Some(address)) = &change.email_address {
        names::check_email("email_address", address)?;
    }
    match &change.external_id {
        Some(Some(id)) => names::check("external_id", id, 200),
        _ => Ok(()),
    }
}

/// The hash of the new password. Hashing is dear: only for those who may change it.
async fn hash_for(
    cx: &Arc<Context>,
    caller: &Caller,
    id: UserId,
    change: &UserChange,
) -> Result<Option<String>, Error> {
    let Some(password) = change.password.clone() else { return Ok(None) };
    let (context, caller, change) = (Arc::clone(cx), caller.clone(), change.clone());
    let planned = cx.storage.read(move |tx| plan(tx, &context, &caller, id, &change)).await?;
    let words = [personal(&planned.user.person), personal(&planned.new.person)].concat();
    password::check_strength("password", &password, &words)?;
    Ok(Some(cx.passwords.hash(&cx.world, password).await?))
}

/// Works out what changes, and whether the caller may.
fn plan(tx: &mut Tx, cx: &Context, caller: &Caller, id: UserId, change: &UserChange) -> Result<Planned, Error> {
    let user = numbered(tx, id)?;
    let new = changed(cx, &user, change);
    let held = roles::of_user(tx, id)?;
    let wanted: BTreeSet<RoleId> = change.roles.as_ref().unwrap_or(&held).iter().copied().collect();
    let come: Vec<RoleId> = wanted.iter().copied().filter(|role| !held.contains(role)).collect();
    let gone: Vec<RoleId> = held.into_iter().filter(|role| !wanted.contains(role)).collect();
    let mut fields = differing(&user, &new);
    if change.password.is_some() {
        fields.push("password");
    }
    if !come.is_empty() || !gone.is_empty() {
        fields.push("role_ids");
    }
    let mut planned = Planned { user, new, given: Vec::new(), taken: roles::find_all(tx, &gone)?, fields };
    let holding = Holding::of(tx, cx, caller)?;
    judge(tx, cx, caller, &holding, &planned)?;
    planned.given = to_give(tx, cx, &holding, &come)?;
    Ok(planned)
}

/// The user as they are to be, their password and roles apart.
fn changed(cx: &Context, user: &User, change: &UserChange) -> User {
    let mut new = user.clone();
    let person = &mut new.person;
    person.username = change.username.clone().unwrap_or_else(|| user.person.username.clone());
    person.name = change.name.clone().unwrap_or_else(|| user.person.name.clone());
    person.public_name = change.public_name.clone().unwrap_or_else(|| user.person.public_name.clone());
    person.email_address = change.email_address.clone().unwrap_or_else(|| user.person.email_address.clone());
    person.super_admin_since = match change.super_admin {
        Some(true) => user.person.super_admin_since.or_else(|| Some(cx.world.now())),
        Some(false) => None,
        None => user.person.super_admin_since,
    };
    new.external_id = change.external_id.clone().unwrap_or_else(|| user.external_id.clone());
    new
}

fn differing(user: &User, new: &User) -> Vec<&'static str> {
    let (before, after) = (&user.person, &new.person);
    let fields = [
        ("username", before.username != after.username),
        ("name", before.name != after.name),
        ("public_name", before.public_name != after.public_name),
        ("email_address", before.email_address != after.email_address),
        ("super_admin", before.super_admin_since.is_some() != after.super_admin_since.is_some()),
        ("external_id", user.external_id != new.external_id),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

fn judge(tx: &mut Tx, cx: &Context, caller: &Caller, holding: &Holding, planned: &Planned) -> Result<(), Error> {
    let any = |of: &[&str]| planned.fields.iter().any(|field| of.contains(field));
    if any(&["password"]) {
        caller.may_set_passwords()?;
    }
    let oneself = caller.identity().person.as_ref().is_some_and(|person| person.id == planned.user.person.id);
    if oneself && any(&OF_ONESELF) {
        caller.proved_session(cx.world.now())?;
    }
    // To set how a super administrator signs in is as good as being made one.
    let of_super_admin = planned.user.person.super_admin_since.is_some() && any(&OF_ONESELF);
    if (of_super_admin || any(&["super_admin"])) && !caller.is_operator() {
        holding.must_be_super_admin("make or change a super administrator")?;
        caller.session()?;
    }
    if any(&["super_admin"]) && is_last_super_admin(tx, &planned.user)? {
        return Err(last_super_admin("super_admin", &planned.user).into());
    }
    if any(&["external_id"]) {
        holding.must_be_super_admin("say who somebody is at the API")?;
    }
    if any(&TAKES_OVER) {
        may_act_on(tx, cx, holding, &planned.user)?;
    }
    Ok(())
}

/// Whether the caller may set this user's password, or have somebody set it.
///
/// # Errors
/// As [`update`].
pub(super) fn may_set_password(tx: &mut Tx, cx: &Context, caller: &Caller, user: User) -> Result<User, Error> {
    let holding = Holding::of(tx, cx, caller)?;
    let (given, taken, fields) = (Vec::new(), Vec::new(), vec!["password"]);
    let planned = Planned { new: user.clone(), user, given, taken, fields };
    judge(tx, cx, caller, &holding, &planned)?;
    Ok(planned.user)
}

fn carry_out(tx: &mut Tx, cx: &Context, planned: &Planned, hash: Option<&str>) -> Result<(), Error> {
    let (id, person, now) = (planned.user.person.id, &planned.new.person, cx.world.now());
    store::update(tx, &planned.new, now)?;
    if planned.fields.iter().any(|field| ["username", "email_address"].contains(field)) {
        store::replace_names(tx, id, &person.username, person.email_address.as_deref())?;
    }
    if let Some(hash) = hash {
        replace_password(tx, id, hash, now)?;
    }
    for role in &planned.given {
        roles::assign(tx, id, role, now)?;
    }
    for role in &planned.taken {
        roles::unassign(tx, id, role.id)?;
    }
    Ok(())
}

/// What changed, for the audit trail: which fields, and of those that others know the new value.
fn told(planned: &Planned) -> String {
    let told = |field: &&str| match *field {
        "username" => format!("username (now {})", planned.new.person.username),
        "super_admin" => format!("super_admin (now {})", planned.new.person.super_admin_since.is_some()),
        "external_id" => format!("external_id (now {})", planned.new.external_id.as_deref().unwrap_or("none")),
        "role_ids" => {
            let given = planned.given.iter().map(|role| format!("+ {}", role.name));
            let taken = planned.taken.iter().map(|role| format!("- {}", role.name));
            format!("roles ({})", given.chain(taken).collect::<Vec<_>>().join(", "))
        }
        other => other.to_owned(),
    };
    planned.fields.iter().map(told).collect::<Vec<_>>().join(", ")
}
