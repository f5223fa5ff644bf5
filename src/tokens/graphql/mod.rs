//! Personal access tokens in GraphQL: what is asked of them. What changes them is in `mutations`.

mod mutations;

pub use mutations::{IssuePersonalAccessTokenMutationInput, TokenMutation, UpdatePersonalAccessTokenMutationInput};

use super::{LISTING, Token, TokenStatus};
use crate::context::Call;
use crate::error::Error;
use crate::id::UserId;
use crate::lists::{Asked, Page, PageInfo, Paginator, Search, Sorter, Wanted};
use crate::roles::graphql::{effective, written};
use crate::scalars::{DateTime, Int64Bit, Permission};
use crate::users::User;
use async_graphql::{Context, Enum, Object, SimpleObject};
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
        sorter: Option<Vec<Sorter>>,
        search: Option<Vec<Search>>,
        general_search: Option<String>,
    ) -> Result<PersonalAccessTokenConnection, Error> {
        let user = Call::of(ctx).caller.person()?.id;
        connection(ctx, Some(user), Asked { id, paginator, sorter, search, general_search }).await
    }

    /// The same, as a plain list.
    #[graphql(name = "viewPersonalAccessTokens")]
    async fn view_personal_access_tokens(&self, ctx: &Context<'_>) -> Result<Vec<Token>, Error> {
        let call = Call::of(ctx);
        let user = call.caller.person()?.id;
        let mut all = Vec::new();
        for page in Page::all() {
            let (tokens, total) = super::list(&call.cx, Some(user), Wanted::page(LISTING, page)).await?;
            let done = tokens.is_empty();
            call.spend(tokens.len())?;
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
        let id = token.id;
        call.cx.storage.read(move |tx| super::find(tx, id)).await.map(Some)
    }

    /// Everyone's tokens.
    #[expect(clippy::too_many_arguments, reason = "the arguments are those of the schema")]
    async fn all_personal_access_tokens(
        &self,
        ctx: &Context<'_>,
        id: Option<Int64Bit>,
        user_id: Option<Int64Bit>,
        paginator: Option<Paginator>,
        sorter: Option<Vec<Sorter>>,
        search: Option<Vec<Search>>,
        general_search: Option<String>,
    ) -> Result<PersonalAccessTokenConnection, Error> {
        let user = user_id.map(|id| UserId(id.0));
        connection(ctx, user, Asked { id, paginator, sorter, search, general_search }).await
    }
}

async fn connection(
    ctx: &Context<'_>,
    user: Option<UserId>,
    asked: Asked,
) -> Result<PersonalAccessTokenConnection, Error> {
    let call = Call::of(ctx);
    let wanted = call.wanted(LISTING, asked)?;
    let page = wanted.page;
    let (tokens, total) = super::list(&call.cx, user, wanted).await?;
    Ok(PersonalAccessTokenConnection { entities: tokens, page_info: page.info(total) })
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
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Permission>>, Error> {
        self.narrowing.as_deref().map(|grants| written(Call::of(ctx), grants)).transpose()
    }

    /// The only documents that it may run; null means any.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Option<Vec<String>>, Error> {
        let call = Call::of(ctx);
        let documents = self.allowed_documents(&call.cx).await?;
        call.spend(documents.as_ref().map_or(0, |documents| documents.iter().map(String::len).sum::<usize>() / 100))?;
        Ok(documents)
    }

    /// What it comes to now, with its user's roles and what it and those that it descends from leave of them; at most
    /// 1 000.
    async fn effective_permissions(&self, ctx: &Context<'_>) -> Result<Vec<String>, Error> {
        let call = Call::of(ctx);
        call.spend(self.narrowing.as_ref().map_or(0, Vec::len))?;
        effective(call, &*self.effective(&call.cx).await?)
    }

    /// Whose it is.
    async fn user(&self, ctx: &Context<'_>) -> Result<Arc<User>, Error> {
        let call = Call::of(ctx);
        call.spend(1)?;
        self.owner(&call.cx).await
    }

    /// The token that made it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Arc<Token>>, Error> {
        let call = Call::of(ctx);
        call.spend(1)?;
        self.made_by(&call.cx).await
    }

    /// The tokens that it made.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Arc<Token>>, Error> {
        let call = Call::of(ctx);
        let made = self.made(&call.cx).await?;
        call.spend(1 + made.len())?;
        Ok(made)
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

    /// Until when the secret before the last rotation works.
    async fn previous_secret_until(&self) -> Option<DateTime> {
        self.previous_until.map(DateTime)
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

    /// The only addresses that it may be used from; null means any.
    async fn ip_ranges(&self) -> Option<Vec<String>> {
        self.ip_ranges.as_ref().map(|ranges| ranges.written().collect())
    }
}
