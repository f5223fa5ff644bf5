//! Mutations of roles.

use crate::context::Call;
use crate::error::{Error, Refusal};
use crate::id::RoleId;
use crate::roles::{self, Adjustment, NewRole, Role, RoleChange};
use crate::scalars::{Int64Bit, Permission, clearing, kept};
use async_graphql::{Context, InputObject, MaybeUndefined, Object};

/// What to make a role from.
#[derive(Debug, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct CreateRoleMutationInput {
    /// What it is called; names of roles differ from one another.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// Its grants; the caller must hold all that they open.
    applied_permissions: Option<Vec<Permission>>,
    /// Whether its grants also open what the schema gains later. Super administrators only.
    follow_new_fields: Option<bool>,
    /// The name under which the API behind is told of it: a to z, 0 to 9, `_` and `-`. Super administrators only.
    upstream_name: Option<String>,
}

/// What to change of a role. An absent field keeps, null clears.
#[derive(Debug, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct UpdateRoleMutationInput {
    /// What it is called.
    name: MaybeUndefined<String>,
    /// What it is for.
    description: MaybeUndefined<String>,
    /// Its grants, the whole list: it is confirmed on the schema as served now.
    applied_permissions: MaybeUndefined<Vec<Permission>>,
    /// Whether its grants also open what the schema gains later. Super administrators only.
    follow_new_fields: MaybeUndefined<bool>,
    /// The name under which the API behind is told of it. Super administrators only.
    upstream_name: MaybeUndefined<String>,
}

/// Mutations of roles.
#[derive(Debug, Default)]
pub struct RoleMutation;

#[Object(rename_fields = "camelCase", rename_args = "snake_case")]
impl RoleMutation {
    /// Makes a role: a named list of grants.
    async fn create_role(&self, ctx: &Context<'_>, input: Option<CreateRoleMutationInput>) -> Result<Role, Error> {
        let call = Call::of(ctx);
        let input = input.ok_or_else(|| Refusal::input("input", "`input` must be given, with a `name` at least"))?;
        let new = NewRole {
            name: input.name,
            description: input.description,
            permissions: texts(input.applied_permissions.unwrap_or_default()),
            follow_new_fields: input.follow_new_fields.unwrap_or(false),
            upstream_name: input.upstream_name,
        };
        roles::create(&call.cx, &call.caller, new).await
    }

    /// Changes a role, for all who hold it.
    async fn update_role(
        &self,
        ctx: &Context<'_>,
        id: Int64Bit,
        input: Option<UpdateRoleMutationInput>,
    ) -> Result<Role, Error> {
        let call = Call::of(ctx);
        let input = input.ok_or_else(|| Refusal::input("input", "`input` must be given: what is to change"))?;
        let change = RoleChange {
            name: kept("name", input.name)?,
            description: clearing(input.description),
            permissions: clearing(input.applied_permissions).map(|list| texts(list.unwrap_or_default())),
            adjust: Adjustment::default(),
            follow_new_fields: kept("follow_new_fields", input.follow_new_fields)?,
            upstream_name: clearing(input.upstream_name),
        };
        roles::update(&call.cx, &call.caller, RoleId(id.0), change).await
    }

    /// Deletes a role: those who hold it lose it at once.
    async fn delete_role(&self, ctx: &Context<'_>, id: Int64Bit) -> Result<bool, Error> {
        let call = Call::of(ctx);
        roles::delete(&call.cx, &call.caller, RoleId(id.0)).await?;
        Ok(true)
    }
}

fn texts(permissions: Vec<Permission>) -> Vec<String> {
    permissions.into_iter().map(|permission| permission.0).collect()
}
