//! Personal access tokens in GraphQL. `createPersonalAccessToken` keeps the form that its clients send.

use super::{Issued, NewToken, Of, Revocation, Token, TokenStatus};
use crate::context::Call;
use crate::error::{Error, Refusal};
use crate::id::{TokenId, UserId};
use crate::lists::{Page, PageInfo, Paginator};
use crate::roles::graphql::written;
use crate::scalars::{DateTime, Int64Bit, Permission};
use crate::users::{self, User};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use std::sync::Arc;

/// Whether a token may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum TokenRole {
    /// Runs no mutation.
    RoleReadOnly,
    /// Runs what its user may.
    RoleReadWrite,
}

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
}

/// Queries of tokens.
#[derive(Debug, Default)]
pub struct TokenQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl TokenQuery {
    /// The caller's own tokens; never a secret.
    #[graphql(name = "personal_access_tokens")]
    async fn personal_access_tokens(
        &self,
        ctx: &Context<'_>,
        id: Option<Int64Bit>,
        paginator: Option<Paginator>,
    ) -> Result<PersonalAccessTokenConnection, Error> {
        let user = Some(Call::of(ctx).caller.person()?.id);
        connection(ctx, Of { user, id: id.map(|id| TokenId(id.0)) }, paginator).await
    }

    /// The same, as a plain list.
    #[graphql(name = "viewPersonalAccessTokens")]
    async fn view_personal_access_tokens(&self, ctx: &Context<'_>) -> Result<Vec<Token>, Error> {
        let call = Call::of(ctx);
        let of = Of { user: Some(call.caller.person()?.id), id: None };
        let mut all = Vec::new();
        for page in Page::all() {
            let (tokens, total) = super::list(&call.cx, of, page).await?;
            let done = tokens.is_empty();
            all.extend(tokens);
            if done || all.len() as i64 >= total {
                break;
            }
        }
        Ok(all)
    }

    /// The token that makes this call; null for a session.
    async fn current_personal_access_token(&self, ctx: &Context<'_>) -> Result<Option<Token>, Error> {
        let call = Call::of(ctx);
        let Some(token) = call.caller.token() else { return Ok(None) };
        Ok(super::list(&call.cx, Of { user: None, id: Some(token.id) }, Page::default()).await?.0.pop())
    }

    /// Everyone's tokens.
    async fn all_personal_access_tokens(
        &self,
        ctx: &Context<'_>,
        id: Option<Int64Bit>,
        user_id: Option<Int64Bit>,
        paginator: Option<Paginator>,
    ) -> Result<PersonalAccessTokenConnection, Error> {
        let of = Of { user: user_id.map(|id| UserId(id.0)), id: id.map(|id| TokenId(id.0)) };
        connection(ctx, of, paginator).await
    }
}

async fn connection(
    ctx: &Context<'_>,
    of: Of,
    paginator: Option<Paginator>,
) -> Result<PersonalAccessTokenConnection, Error> {
    let page = Page::of(paginator)?;
    let (tokens, total) = super::list(&Call::of(ctx).cx, of, page).await?;
    Ok(PersonalAccessTokenConnection { entities: tokens, page_info: page.info(total) })
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
            permissions: None,
            lifetime_field: "expiryInDays",
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
        let longest = Call::of(ctx).cx.config.tokens.max_lifetime_days;
        let new = NewToken {
            name: input.name,
            description: input.description,
            read_only: input.role != Some(TokenRole::RoleReadWrite),
            lifetime_seconds: input.expires_in_days.map_or_else(|| longest.min(365), i64::from) * 86_400,
            permissions: input.permissions.map(|list| list.into_iter().map(|permission| permission.0).collect()),
            lifetime_field: "expires_in_days",
        };
        let issued = issue(ctx, new).await?;
        Ok(IssuedPersonalAccessToken { token: issued.secret.expose().to_owned(), personal_access_token: issued.token })
    }

    /// Revokes a token; compromised takes the descendants along.
    async fn revoke_personal_access_token(
        &self,
        ctx: &Context<'_>,
        id: Int64Bit,
        #[graphql(default_with = "Some(false)", name = "with_descendants")] with_descendants: Option<bool>,
        #[graphql(default_with = "Some(false)")] compromised: Option<bool>,
    ) -> Result<Token, Error> {
        let call = Call::of(ctx);
        let asked = Revocation {
            with_descendants: with_descendants.unwrap_or(false),
            compromised: compromised.unwrap_or(false),
            reason: None,
        };
        super::revoke(&call.cx, &call.caller, TokenId(id.0), asked).await
    }
}

async fn issue(ctx: &Context<'_>, new: NewToken) -> Result<Issued, Error> {
    let call = Call::of(ctx);
    super::create(&call.cx, &call.caller, call.caller.person()?.id, new).await
}

/// A token just made.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub struct IssuedPersonalAccessToken {
    /// The secret, this once.
    token: String,
    /// The token.
    personal_access_token: Token,
}

/// A page of tokens.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub struct PersonalAccessTokenConnection {
    /// The tokens of this page.
    entities: Vec<Token>,
    /// Where in the list they stand.
    page_info: PageInfo,
}

/// A named, expiring key of a user.
#[Object(name = "PersonalAccessToken", rename_fields = "snake_case")]
impl Token {
    /// Its number.
    async fn id(&self) -> Int64Bit {
        Int64Bit(self.id.0)
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.name
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Whether it may change anything.
    async fn role(&self) -> TokenRole {
        if self.read_only { TokenRole::RoleReadOnly } else { TokenRole::RoleReadWrite }
    }

    /// The prefix and last four characters, to recognise it by.
    async fn hint(&self) -> &str {
        &self.hint
    }

    /// What it was narrowed to; null means all that its user may do.
    async fn permissions(&self, ctx: &Context<'_>) -> Option<Vec<Permission>> {
        self.narrowing.as_deref().map(|grants| written(&Call::of(ctx).cx.surface, grants))
    }

    /// Whose it is.
    async fn user(&self, ctx: &Context<'_>) -> Result<Arc<User>, Error> {
        if let Some(owner) = &self.owner {
            return Ok(Arc::clone(owner));
        }
        let user = self.user;
        Ok(Arc::new(Call::of(ctx).cx.storage.read(move |tx| users::find(tx, user)).await?))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.created_at)
    }

    /// When a person last stood by it, or by the token that made it.
    async fn confirmed_at(&self) -> DateTime {
        DateTime(self.confirmed_at)
    }

    /// When it ends.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.expires_at)
    }

    /// When it was last used; at most a minute behind.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.last_used.as_ref().map(|last| DateTime(last.at))
    }

    /// From which address.
    async fn last_used_ip(&self) -> Option<&str> {
        self.last_used.as_ref()?.ip.as_deref()
    }

    /// With which client.
    async fn last_used_agent(&self) -> Option<&str> {
        self.last_used.as_ref()?.agent.as_deref()
    }

    /// How it stands.
    #[graphql(name = "status")]
    async fn status_now(&self, ctx: &Context<'_>) -> TokenStatus {
        self.status(Call::of(ctx).cx.world.now())
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.revoked_at.map(DateTime)
    }

    /// Why.
    async fn revoke_reason(&self) -> Option<&str> {
        self.revoke_reason.as_deref()
    }
}
