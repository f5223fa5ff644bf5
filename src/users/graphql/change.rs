//! Mutations of users, and of oneself.

use super::Me;
use crate::context::Call;
use crate::error::{Error, Refusal};
use crate::id::{RoleId, UserId};
use crate::scalars::{DateTime, Int64Bit, clearing, kept};
use crate::users::{self, NewUser, User, UserChange, password_link};
use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

/// What to make a user from.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct CreateUserMutationInput {
    /// The name to sign in with. User names and email addresses differ from all others of both.
    username: String,
    /// Their full name; the user name, unless said otherwise.
    name: Option<String>,
    /// The name that others see; the full name, unless said otherwise.
    public_name: Option<String>,
    /// Where mail reaches them; they may sign in with it too.
    email_address: Option<String>,
    /// Without one they cannot sign in until one is set.
    password: Option<String>,
    /// Whether they hold everything. Super administrators only, by a session.
    super_admin: Option<bool>,
    /// The API's own id of this user, told to it. Super administrators only.
    external_id: Option<String>,
    /// Their roles; the caller must hold all that these open.
    role_ids: Option<Vec<Int64Bit>>,
}

/// What to change of oneself. An absent field keeps, null clears.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct UpdateMeMutationInput {
    /// One's full name.
    name: MaybeUndefined<String>,
    /// The name that others see.
    public_name: MaybeUndefined<String>,
    /// Where mail reaches one. By a session that was proved in the last 10 minutes.
    email_address: MaybeUndefined<String>,
}

/// What to change of a user. An absent field keeps, null clears.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct UpdateUserMutationInput {
    /// The name to sign in with.
    username: MaybeUndefined<String>,
    /// Their full name.
    name: MaybeUndefined<String>,
    /// The name that others see.
    public_name: MaybeUndefined<String>,
    /// Where mail reaches them.
    email_address: MaybeUndefined<String>,
    /// Another password: ends their sessions.
    password: MaybeUndefined<String>,
    /// Whether they hold everything. Super administrators only, by a session.
    super_admin: MaybeUndefined<bool>,
    /// The API's own id of this user. Super administrators only.
    external_id: MaybeUndefined<String>,
    /// Their roles, the whole list; the caller must hold all that those open which are new.
    role_ids: MaybeUndefined<Vec<Int64Bit>>,
}

/// A link by which a user sets their own password.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub struct PasswordLink {
    /// Where they set it. It is a secret, and answered this once.
    url: String,
    /// Until when it works.
    expires_at: DateTime,
}

/// Mutations of users.
#[derive(Debug, Default)]
pub struct UserMutation;

#[Object(rename_fields = "camelCase", rename_args = "snake_case")]
impl UserMutation {
    /// Changes what is one's own: names by any credential that may change something, the email address by a session
    /// that was proved in the last 10 minutes.
    async fn update_me(&self, ctx: &Context<'_>, input: Option<UpdateMeMutationInput>) -> Result<Me, Error> {
        let call = Call::of(ctx);
        let input = input.ok_or_else(nothing_to_change)?;
        let change = UserChange {
            name: kept("name", input.name)?,
            public_name: kept("public_name", input.public_name)?,
            email_address: clearing(input.email_address),
            ..UserChange::default()
        };
        let id = call.caller.person()?.id;
        users::update(&call.cx, &call.caller, id, change).await?;
        let person = call.cx.storage.read(move |tx| users::person(tx, id)).await?;
        Ok(Me { caller: call.caller.clone(), changed: Some(person) })
    }

    /// Adds a user.
    async fn create_user(&self, ctx: &Context<'_>, input: Option<CreateUserMutationInput>) -> Result<User, Error> {
        let call = Call::of(ctx);
        let input =
            input.ok_or_else(|| Refusal::input("input", "`input` must be given, with a `username` at least"))?;
        call.spend(password_work(input.password.as_ref()))?;
        let new = NewUser {
            username: input.username,
            name: input.name,
            public_name: input.public_name,
            email_address: input.email_address,
            password: input.password,
            super_admin: input.super_admin.unwrap_or(false),
            external_id: input.external_id,
            roles: Vec::new(),
            role_ids: ids(input.role_ids.unwrap_or_default())?,
        };
        users::add(&call.cx, &call.caller, new).await
    }

    /// Changes a user.
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        id: Int64Bit,
        input: Option<UpdateUserMutationInput>,
    ) -> Result<User, Error> {
        let call = Call::of(ctx);
        let input = input.ok_or_else(nothing_to_change)?;
        call.spend(password_work(input.password.value()))?;
        let change = UserChange {
            username: kept("username", input.username)?,
            name: kept("name", input.name)?,
            public_name: kept("public_name", input.public_name)?,
            email_address: clearing(input.email_address),
            password: kept("password", input.password)?,
            super_admin: kept("super_admin", input.super_admin)?,
            external_id: clearing(input.external_id),
            roles: clearing(input.role_ids).map(|list| ids(list.unwrap_or_default())).transpose()?,
        };
        users::update(&call.cx, &call.caller, UserId(id.0), change).await
    }

    /// Makes a link by which a user sets their own password: once, within 24 hours. It replaces the one before.
    async fn create_password_link(&self, ctx: &Context<'_>, id: Int64Bit) -> Result<PasswordLink, Error> {
        let call = Call::of(ctx);
        let made = password_link::make(&call.cx, &call.caller, UserId(id.0)).await?;
        Ok(PasswordLink { url: made.url, expires_at: DateTime(made.ends) })
    }

    /// Users are disabled, never deleted: ends their sessions and tokens at once.
    async fn disable_user(&self, ctx: &Context<'_>, id: Int64Bit) -> Result<User, Error> {
        let call = Call::of(ctx);
        users::set_enabled(&call.cx, &call.caller, UserId(id.0), false).await
    }

    /// Lets a user sign in again; those of their tokens that were not revoked work again.
    async fn enable_user(&self, ctx: &Context<'_>, id: Int64Bit) -> Result<User, Error> {
        let call = Call::of(ctx);
        users::set_enabled(&call.cx, &call.caller, UserId(id.0), true).await
    }
}

fn nothing_to_change() -> Refusal {
    Refusal::input("input", "`input` must be given: what is to change")
}

/// How many roles a user can be given at once.
const MOST_ROLES: usize = 1_000;

fn ids(numbers: Vec<Int64Bit>) -> Result<Vec<RoleId>, Refusal> {
    if numbers.len() > MOST_ROLES {
        return Err(Refusal::input("role_ids", format!("`role_ids` has too many roles: at most {MOST_ROLES}")));
    }
    Ok(numbers.into_iter().map(|id| RoleId(id.0)).collect())
}

/// Hashing a password is made to be dear.
const fn password_work(password: Option<&String>) -> usize {
    if password.is_some() { 8_000 } else { 0 }
}
