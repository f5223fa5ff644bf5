//! Changing and deleting a role. Both concern whoever holds it: what the role opens, before and after, the caller has
//! to hold too.

use super::create::check_upstream_name;
use super::{ANONYMOUS, Holding, Role, find, read_grants, store};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::id::RoleId;
use crate::names;
use crate::permission::PinnedGrant;
use crate::storage::{Subject, Tx};
use std::sync::Arc;

/// What to change of a role; `None` keeps.
#[derive(Debug, Clone, Default)]
pub struct RoleChange {
    /// Its name.
    pub name: Option<String>,
    /// What it is for; `Some(None)`: nothing is said.
    pub description: Option<Option<String>>,
    /// Its grants anew, as written: the whole list is confirmed with this, on the schema as served now.
    pub permissions: Option<Vec<String>>,
    /// Grants to add, and to take out of the list; what stays keeps its moment.
    pub adjust: Adjustment,
    /// Whether its grants also open what the schema gains later.
    pub follow_new_fields: Option<bool>,
    /// The name under which the API behind is told of it; `Some(None)`: it is not told.
    pub upstream_name: Option<Option<String>>,
}

/// A change of a list of grants that leaves the rest of it alone.
#[derive(Debug, Clone, Default)]
pub struct Adjustment {
    /// What comes in, as written.
    pub add: Vec<String>,
    /// What goes, as it is shown or kept: also what names nothing any more.
    pub remove: Vec<String>,
}

/// The grants of a change, read.
struct Lists {
    anew: Option<Vec<PinnedGrant>>,
    add: Vec<PinnedGrant>,
}

/// Changes a role.
///
/// # Errors
/// A role that is not there or is built in, a name that is taken or not fit, a wrong grant; what the role opens before
/// or after and the caller does not hold; what only a super administrator may.
pub async fn update(cx: &Arc<Context>, caller: &Caller, id: RoleId, change: RoleChange) -> Result<Role, Error> {
    check(&change)?;
    let read = |field: &str, list: &[String]| read_grants(cx, caller, field, list);
    let lists = Lists {
        anew: change.permissions.as_deref().map(|list| read("applied_permissions", list)).transpose()?,
        add: read("add_permission", &change.adjust.add)?,
    };
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let role = numbered(tx, id)?;
            let new = changed(&context, &role, &change, lists)?;
            let fields = differing(&role, &new);
            if fields.is_empty() {
                return Ok(role);
            }
            judge(tx, &context, &caller, (&role, &new), &fields)?;
            store::update(tx, &new, context.world.now())?;
            if fields.contains(&"applied_permissions") {
                store::set_grants(tx, id, &new.grants)?;
            }
            let event = Event::on("role.update", "role", id.0, &role.name).with(told(&role, &new, &fields));
            audit::record(tx, &context.world, &caller, &event)?;
            tx.tell(Subject::Role(id.0))?;
            numbered(tx, id)
        })
        .await
}

/// Deletes a role: whoever holds it loses it at once.
///
/// # Errors
/// A role that is not there or is built in; what it opens and the caller does not hold.
pub async fn delete(cx: &Arc<Context>, caller: &Caller, id: RoleId) -> Result<(), Error> {
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let role = numbered(tx, id)?;
            if role.built_in {
                let message = format!("the built-in role `{}` cannot be deleted", role.name);
                return Err(Refusal::input("id", message).into());
            }
            let holding = Holding::of(tx, &context, &caller)?;
            holding.may_confer(&context, &role.granted(&context.surface))?;
            if role.upstream_name.is_some() {
                holding.must_be_super_admin("delete a role that the API is told of")?;
            }
            store::delete(tx, id)?;
            let details = format!("held by: {}", role.user_count);
            audit::record(
                tx,
                &context.world,
                &caller,
                &Event::on("role.delete", "role", id.0, &role.name).with(details),
            )?;
            tx.tell(Subject::Role(id.0))
        })
        .await
}

fn numbered(tx: &mut Tx, id: RoleId) -> Result<Role, Error> {
    let role = find(tx, id)?;
    Ok(role.ok_or_else(|| Refusal::input("id", format!("there is no role of the number {id}")))?)
}

fn check(change: &RoleChange) -> Result<(), Refusal> {
    if let Some(name) = &change.name {
        names::check("name", name, 100)?;
    }
    if let Some(Some(description)) = &change.description {
        names::check_text("description", description)?;
    }
    match &change.upstream_name {
        Some(Some(name)) => check_upstream_name(name),
        _ => Ok(()),
    }
}

/// The role as it is to be.
fn changed(cx: &Context, role: &Role, change: &RoleChange, lists: Lists) -> Result<Role, Refusal> {
    let mut new = role.clone();
    new.name = change.name.clone().unwrap_or(new.name);
    new.description = change.description.clone().unwrap_or(new.description);
    new.follow_new_fields = change.follow_new_fields.unwrap_or(new.follow_new_fields);
    new.upstream_name = change.upstream_name.clone().unwrap_or(new.upstream_name);
    new.grants = lists.anew.unwrap_or(new.grants);
    for gone in &change.adjust.remove {
        let before = new.grants.len();
        new.grants.retain(|pinned| cx.surface.print(&pinned.grant) != *gone && pinned.grant.to_string() != *gone);
        if new.grants.len() == before {
            let message = format!("the role `{}` has no grant `{gone}`", role.name);
            return Err(Refusal::input("remove_permission", message));
        }
    }
    for come in lists.add {
        new.grants.retain(|pinned| pinned.grant != come.grant);
        new.grants.push(come);
    }
    Ok(new)
}

fn differing(role: &Role, new: &Role) -> Vec<&'static str> {
    let fields = [
        ("name", role.name != new.name),
        ("description", role.description != new.description),
        ("applied_permissions", role.grants != new.grants),
        ("follow_new_fields", role.follow_new_fields != new.follow_new_fields),
        ("upstream_name", role.upstream_name != new.upstream_name),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

fn judge(
    tx: &mut Tx,
    cx: &Context,
    caller: &Caller,
    (role, new): (&Role, &Role),
    fields: &[&str],
) -> Result<(), Error> {
    if role.is_everyones() {
        return Err(Refusal::input("id", format!("the built-in role `{}` cannot be changed", role.name)).into());
    }
    let named = |field: &&&str| ["name", "description", "upstream_name"].contains(*field);
    if let Some(field) = fields.iter().find(named).filter(|_| role.built_in) {
        let message = format!("of the built-in role `{ANONYMOUS}` only the grants can be changed");
        return Err(Refusal::input(*field, message).into());
    }
    let holding = Holding::of(tx, cx, caller)?;
    if role.built_in {
        holding.must_be_super_admin("say what strangers may do")?;
    }
    if fields.contains(&"follow_new_fields") {
        holding.must_be_super_admin("let a role follow new fields, or stop it")?;
    }
    if role.follow_new_fields && fields.contains(&"applied_permissions") {
        holding.must_be_super_admin("change the grants of a role that follows new fields")?;
    }
    if fields.contains(&"upstream_name") {
        holding.must_be_super_admin("name a role to the API")?;
    }
    holding.may_confer(cx, &role.granted(&cx.surface))?;
    Ok(holding.may_confer(cx, &new.granted(&cx.surface))?)
}

/// What changed, for the audit trail.
fn told(role: &Role, new: &Role, fields: &[&str]) -> String {
    let told = |field: &&str| match *field {
        "name" => format!("name (now {})", new.name),
        "applied_permissions" => format!("applied_permissions ({})", grants_told(role, new)),
        "follow_new_fields" => format!("follow_new_fields (now {})", new.follow_new_fields),
        "upstream_name" => format!("upstream_name (now {})", new.upstream_name.as_deref().unwrap_or("none")),
        other => other.to_owned(),
    };
    fields.iter().map(told).collect::<Vec<_>>().join(", ")
}

fn grants_told(role: &Role, new: &Role) -> String {
    let lacks = |list: &[PinnedGrant], one: &PinnedGrant| !list.iter().any(|other| other.grant == one.grant);
    let given = new.grants.iter().filter(|one| lacks(&role.grants, one)).map(|one| format!("+ {}", one.grant));
    let taken = role.grants.iter().filter(|one| lacks(&new.grants, one)).map(|one| format!("- {}", one.grant));
    let all: Vec<String> = given.chain(taken).collect();
    if all.is_empty() { "confirmed".to_owned() } else { audit::some(&all) }
}
