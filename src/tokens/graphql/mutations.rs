//! What changes tokens. `createPersonalAccessToken` keeps the form that its clients send.

use super::{IssuedPersonalAccessToken, TokenRole};
use crate::context::Call;
use crate::error::{Error, Refusal};
use crate::id::TokenId;
use crate::scalars::{Int64Bit, Permission, clearing, kept};
use crate::tokens::{self, Changes, Issued, NewToken, Revocation, Token};
use async_graphql::{Context, InputObject, MaybeUndefined, Object};

/// What to make a token from.
#[derive(Debug, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct IssuePersonalAccessTokenMutationInput {
    /// What it is called.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// Read-only, unless said otherwise.
    role: Option<TokenRole>,
    /// 1 to 365; 365, unless said otherwise.
    expires_in_days: Option<i32>,
    /// What it is narrowed to; absent or null: all that its user may do; an empty list: nothing.
    permissions: Option<Vec<Permission>>,
    /// The only documents that it may run; absent or null: any; an empty list: none.
    documents: Option<Vec<String>>,
    /// The only addresses that it may be used from (`203.0.113.0/24`, `2001:db8::1`); absent or null: any.
    ip_ranges: Option<Vec<String>>,
}

/// An absent field keeps, null clears. A token can only narrow itself.
#[derive(Debug, InputObject)]
#[graphql(rename_fields = "snake_case")]
pub struct UpdatePersonalAccessTokenMutationInput {
    /// What it is called.
    name: MaybeUndefined<String>,
    /// What it is for.
    description: MaybeUndefined<String>,
    /// What it is narrowed to; null: all that its user may do; an empty list: nothing.
    permissions: MaybeUndefined<Vec<Permission>>,
    /// The only documents that it may run; null: any; an empty list: none.
    documents: MaybeUndefined<Vec<String>>,
    /// The only addresses that it may be used from; null: any.
    ip_ranges: MaybeUndefined<Vec<String>>,
}

impl UpdatePersonalAccessTokenMutationInput {
    fn changes(self) -> Result<Changes, Refusal> {
        Ok(Changes {
            name: kept("name", self.name)?,
            description: clearing(self.description),
            permissions: clearing(self.permissions).map(|list| list.map(texts)),
            documents: clearing(self.documents),
            ip_ranges: clearing(self.ip_ranges),
        })
    }
}

/// How much work reading these is: a document is parsed and validated.
fn held_to(permissions: Option<&Vec<Permission>>, documents: Option<&Vec<String>>) -> usize {
    permissions.map_or(0, Vec::len) + 100 * documents.map_or(0, Vec::len)
}

fn texts(permissions: Vec<Permission>) -> Vec<String> {
    permissions.into_iter().map(|permission| permission.0).collect()
}

/// Mutations of tokens.
#[derive(Debug, Default)]
pub struct TokenMutation;

#[Object(rename_fields = "camelCase", rename_args = "camelCase")]
impl TokenMutation {
    /// Makes a token for the caller and answers it, this once: read-only unless `role` says otherwise.
    async fn create_personal_access_token(
        &self,
        ctx: &Context<'_>,
        name: String,
        description: Option<String>,
        role: Option<TokenRole>,
        #[graphql(default = 365)] expiry_in_days: i32,
    ) -> Result<String, Error> {
        let new = NewToken {
            name,
            description,
            read_only: role != Some(TokenRole::RoleReadWrite),
            lifetime_seconds: i64::from(expiry_in_days) * 86_400,
            lifetime_field: "expiryInDays",
            ..NewToken::default()
        };
        Ok(issue(ctx, new).await?.secret.expose().to_owned())
    }

    /// As createPersonalAccessToken, with narrowing, and answering an object.
    async fn issue_personal_access_token(
        &self,
        ctx: &Context<'_>,
        input: Option<IssuePersonalAccessTokenMutationInput>,
    ) -> Result<IssuedPersonalAccessToken, Error> {
        let input = input.ok_or_else(|| Refusal::input("input", "`input` must be given, with a `name` at least"))?;
        let call = Call::of(ctx);
        call.spend(held_to(input.permissions.as_ref(), input.documents.as_ref()))?;
        let longest = call.cx.config.tokens.max_lifetime_days;
        let new = NewToken {
            name: input.name,
            description: input.description,
            read_only: input.role != Some(TokenRole::RoleReadWrite),
            lifetime_seconds: input.expires_in_days.map_or_else(|| longest.min(365), i64::from) * 86_400,
            permissions: input.permissions.map(texts),
            documents: input.documents,
            ip_ranges: input.ip_ranges,
            lifetime_field: "expires_in_days",
        };
        Ok(issue(ctx, new).await?.into())
    }

    /// Changes a token: a session any of its user's, a token itself, and only so that less is left to it.
    async fn update_personal_access_token(
        &self,
        ctx: &Context<'_>,
        id: Int64Bit,
        input: Option<UpdatePersonalAccessTokenMutationInput>,
    ) -> Result<Token, Error> {
        let input = input.ok_or_else(|| Refusal::input("input", "`input` must be given: it says what to change"))?;
        let call = Call::of(ctx);
        let documents = input.documents.value();
        call.spend(held_to(input.permissions.value(), documents))?;
        tokens::update(&call.cx, &call.caller, TokenId(id.0), input.changes()?).await
    }

    /// Without an id: the token that makes the call. The old secret works until the overlap ends.
    async fn rotate_personal_access_token(
        &self,
        ctx: &Context<'_>,
        id: Option<Int64Bit>,
        #[graphql(default_with = "Some(24)", name = "overlap_hours")] overlap_hours: Option<i32>,
    ) -> Result<IssuedPersonalAccessToken, Error> {
        let call = Call::of(ctx);
        let id = id.map(|id| TokenId(id.0));
        Ok(tokens::rotate(&call.cx, &call.caller, id, overlap_hours.unwrap_or(24)).await?.into())
    }

    /// A person stands by this token again: renews its chain, and lets `super_admin` reach it. By a session only.
    async fn confirm_personal_access_token(&self, ctx: &Context<'_>, id: Int64Bit) -> Result<Token, Error> {
        let call = Call::of(ctx);
        tokens::confirm(&call.cx, &call.caller, TokenId(id.0)).await
    }

    /// Compromised takes the descendants along.
    async fn revoke_personal_access_token(
        &self,
        ctx: &Context<'_>,
        id: Int64Bit,
        #[graphql(default_with = "Some(false)", name = "with_descendants")] with_descendants: Option<bool>,
        #[graphql(default_with = "Some(false)")] compromised: Option<bool>,
    ) -> Result<Token, Error> {
        let call = Call::of(ctx);
        let asked = revocation(with_descendants, compromised, None);
        tokens::revoke(&call.cx, &call.caller, TokenId(id.0), asked).await
    }

    /// The same for anyone's token.
    async fn revoke_any_personal_access_token(
        &self,
        ctx: &Context<'_>,
        id: Int64Bit,
        #[graphql(default_with = "Some(false)", name = "with_descendants")] with_descendants: Option<bool>,
        #[graphql(default_with = "Some(false)")] compromised: Option<bool>,
        reason: Option<String>,
    ) -> Result<Token, Error> {
        let call = Call::of(ctx);
        let asked = revocation(with_descendants, compromised, reason);
        tokens::revoke_any(&call.cx, &call.caller, TokenId(id.0), asked).await
    }
}

async fn issue(ctx: &Context<'_>, new: NewToken) -> Result<Issued, Error> {
    let call = Call::of(ctx);
    tokens::create(&call.cx, &call.caller, call.caller.person()?.id, new).await
}

fn revocation(with_descendants: Option<bool>, compromised: Option<bool>, reason: Option<String>) -> Revocation {
    let (with_descendants, compromised) = (with_descendants.unwrap_or(false), compromised.unwrap_or(false));
    Revocation { with_descendants, compromised, reason }
}

impl From<Issued> for IssuedPersonalAccessToken {
    fn from(issued: Issued) -> Self {
        Self { token: issued.secret.expose().to_owned(), personal_access_token: issued.token }
    }
}
