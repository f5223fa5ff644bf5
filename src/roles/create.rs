//! Making a role.

use super::{Holding, Role, find, read_grants, store};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::names;
use crate::permission::PinnedGrant;
use crate::storage::Subject;
use std::sync::Arc;

/// What a new role is made from.
#[derive(Debug, Clone, Default)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its grants, as written.
    pub permissions: Vec<String>,
    /// Whether its grants also open what the schema gains later.
    pub follow_new_fields: bool,
    /// The name under which the API behind is told of it.
    pub upstream_name: Option<String>,
}

/// Makes a role.
///
/// # Errors
/// A name that is taken or not fit, a wrong grant, or a grant of what the caller does not hold.
pub async fn create(cx: &Arc<Context>, caller: &Caller, new: NewRole) -> Result<Role, Error> {
    names::check("name", &new.name, 100)?;
    if let Some(description) = &new.description {
        names::check_text("description", description)?;
    }
    if let Some(name) = &new.upstream_name {
        check_upstream_name(name)?;
    }
    let grants = read_grants(cx, caller, "applied_permissions", &new.permissions)?;
    let conferred = cx.surface.compile(&grants, new.follow_new_fields);
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let holding = Holding::of(tx, &context, &caller)?;
            holding.may_confer(&context, &conferred)?;
            if new.follow_new_fields {
                holding.must_be_super_admin("let a role follow new fields")?;
            }
            if new.upstream_name.is_some() {
                holding.must_be_super_admin("name a role to the API")?;
            }
            let id = store::insert(tx, &new, false, context.world.now())?;
            store::set_grants(tx, id, &grants)?;
            let event = Event::on("role.create", "role", id.0, &new.name).with(told(&new, &grants));
            audit::record(tx, &context.world, &caller, &event)?;
            tx.tell(Subject::Role(id.0))?;
            find(tx, id)?.ok_or_else(|| Refusal::not_found("the role is gone").into())
        })
        .await
}

/// What was made, for the audit trail.
fn told(new: &NewRole, grants: &[PinnedGrant]) -> String {
    let grants: Vec<String> = grants.iter().map(|pinned| format!("+ {}", pinned.grant)).collect();
    let mut told = vec![format!("applied_permissions ({})", audit::some(&grants))];
    if new.follow_new_fields {
        told.push("follow_new_fields (now true)".to_owned());
    }
    told.extend(new.upstream_name.as_ref().map(|name| format!("upstream_name (now {name})")));
    told.join(", ")
}

/// The API gets these names in a header or a claim, among others: nothing in them can pass for a second one.
pub(super) fn check_upstream_name(name: &str) -> Result<(), Refusal> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    if (1..=100).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    let allowed = "`upstream_name` must be 1 to 100 characters of a to z, 0 to 9, `_` and `-`";
    Err(Refusal::input("upstream_name", allowed))
}
