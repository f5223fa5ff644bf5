//! Users in GraphQL: oneself (`Me`) and other people (`User`) are different types, so that seeing one's own
//! details grants nothing about others. `User` itself is put together in `sessions`, which knows its sessions.

mod change;

pub use change::UserMutation;

use super::User;
use crate::caller::{Caller, Person};
use crate::context::Call;
use crate::error::Error;
use crate::lists::{Asked, PageInfo, Paginator, Search, Sorter};
use crate::roles::{self, Role, graphql::effective};
use crate::scalars::{DateTime, Int64Bit};
use async_graphql::{Context, Object, SimpleObject};

/// Queries of users.
#[derive(Debug, Default)]
pub struct UserQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl UserQuery {
    /// Who is calling. Its own type, so that seeing one's own details grants nothing about other people's.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me, Error> {
        let caller = &Call::of(ctx).caller;
        caller.person()?;
        Ok(Me { caller: caller.clone(), changed: None })
    }

    /// The users: everyone with an account, enabled or not.
    async fn users(
        &self,
        ctx: &Context<'_>,
        id: Option<Int64Bit>,
        paginator: Option<Paginator>,
        sorter: Option<Vec<Sorter>>,
        search: Option<Vec<Search>>,
        general_search: Option<String>,
    ) -> Result<UserConnection, Error> {
        let call = Call::of(ctx);
        let wanted = call.wanted(super::LISTING, Asked { id, paginator, sorter, search, general_search })?;
        let page = wanted.page;
        let (users, total) = super::list(&call.cx, wanted).await?;
        Ok(UserConnection { entities: users, page_info: page.info(total) })
    }
}

/// Who is calling.
#[derive(Debug)]
pub struct Me {
    caller: Caller,
    /// As they are since they changed themselves in this call.
    changed: Option<Person>,
}

impl Me {
    fn person(&self) -> Result<&Person, Error> {
        self.changed.as_ref().map_or_else(|| self.caller.person(), Ok)
    }
}

/// Who is calling.
#[Object(rename_fields = "snake_case")]
impl Me {
    /// One's number.
    async fn id(&self) -> Result<Int64Bit, Error> {
        Ok(Int64Bit(self.person()?.id.0))
    }

    /// The name one signs in with.
    async fn username(&self) -> Result<&str, Error> {
        Ok(&self.person()?.username)
    }

    /// One's full name.
    async fn name(&self) -> Result<&str, Error> {
        Ok(&self.person()?.name)
    }

    /// The name that others see.
    async fn public_name(&self) -> Result<&str, Error> {
        Ok(&self.person()?.public_name)
    }

    /// Where mail reaches one.
    async fn email_address(&self) -> Result<Option<&str>, Error> {
        Ok(self.person()?.email_address.as_deref())
    }

    /// Whether one holds everything.
    async fn super_admin(&self) -> Result<bool, Error> {
        Ok(self.person()?.super_admin_since.is_some())
    }

    /// The roles that one was given.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<Role>, Error> {
        let ids = self.person()?.roles.clone();
        Call::of(ctx).cx.storage.read(move |tx| roles::find_all(tx, &ids)).await
    }

    /// What the credential that makes this call may do; at most 1 000.
    async fn effective_permissions(&self, ctx: &Context<'_>) -> Result<Vec<String>, Error> {
        effective(Call::of(ctx), self.caller.powers().held())
    }

    /// Since when one has an account.
    async fn created_at(&self) -> Result<DateTime, Error> {
        Ok(DateTime(self.person()?.created_at))
    }
}

/// A page of users.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub struct UserConnection {
    /// The users of this page.
    pub entities: Vec<User>,
    /// Where in the list they stand.
    pub page_info: PageInfo,
}
