//! Roles in GraphQL.

mod change;

pub use change::RoleMutation;

use super::Role;
use crate::context::Call;
use crate::error::Error;
use crate::lists::{Asked, PageInfo, Paginator, Search, Sorter};
use crate::permission::{Granted, PinnedGrant};
use crate::scalars::{DateTime, Int64Bit, Permission};
use async_graphql::{Context, Object, SimpleObject};

/// How many permissions `effective_permissions` lists.
pub const EFFECTIVE_LISTED: usize = 1_000;

/// Grants as people read them.
///
/// # Errors
/// When the operation asks for too much.
pub fn written(call: &Call, grants: &[PinnedGrant]) -> Result<Vec<Permission>, Error> {
    call.spend(grants.len())?;
    Ok(grants.iter().map(|pinned| Permission(call.cx.surface.print(&pinned.grant))).collect())
}

/// What a list of grants or a token comes to, the first [`EFFECTIVE_LISTED`] of it.
///
/// # Errors
/// When the operation asks for too much.
pub fn effective(call: &Call, granted: &Granted) -> Result<Vec<String>, Error> {
    call.spend(20 + granted.count() / 10)?;
    Ok(call.cx.surface.coordinates(granted).take(EFFECTIVE_LISTED).collect())
}

/// Queries of roles.
#[derive(Debug, Default)]
pub struct RoleQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl RoleQuery {
    /// The roles: named lists of grants.
    async fn roles(
        &self,
        ctx: &Context<'_>,
        id: Option<Int64Bit>,
        paginator: Option<Paginator>,
        sorter: Option<Vec<Sorter>>,
        search: Option<Vec<Search>>,
        general_search: Option<String>,
    ) -> Result<RoleConnection, Error> {
        let call = Call::of(ctx);
        let wanted = call.wanted(super::LISTING, Asked { id, paginator, sorter, search, general_search })?;
        let page = wanted.page;
        let (roles, total) = super::list(&call.cx, wanted).await?;
        Ok(RoleConnection { entities: roles, page_info: page.info(total) })
    }
}

/// A page of roles.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub struct RoleConnection {
    /// The roles of this page.
    pub entities: Vec<Role>,
    /// Where in the list they stand.
    pub page_info: PageInfo,
}

/// A named list of grants that users hold.
#[Object(rename_fields = "snake_case")]
impl Role {
    /// Its number.
    async fn id(&self) -> Int64Bit {
        Int64Bit(self.id.0)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Whether it is one of Doorward's own.
    async fn built_in(&self) -> bool {
        self.built_in
    }

    /// Its grants, as written.
    async fn applied_permissions(&self, ctx: &Context<'_>) -> Result<Vec<Permission>, Error> {
        written(Call::of(ctx), &self.grants)
    }

    /// Whether its grants also open what the schema gains later.
    async fn follow_new_fields(&self) -> bool {
        self.follow_new_fields
    }

    /// The name under which the API behind is told of this role; null: it is not told.
    async fn upstream_name(&self) -> Option<&str> {
        self.upstream_name.as_deref()
    }

    /// What the grants come to on the schema served now; at most 1 000.
    async fn effective_permissions(&self, ctx: &Context<'_>) -> Result<Vec<String>, Error> {
        let call = Call::of(ctx);
        call.spend(self.grants.len())?;
        effective(call, &self.granted(&call.cx.surface))
    }

    /// How many they are in all.
    async fn effective_permission_count(&self, ctx: &Context<'_>) -> i32 {
        i32::try_from(self.granted(&Call::of(ctx).cx.surface).count()).unwrap_or(i32::MAX)
    }

    /// How many users hold it.
    async fn user_count(&self) -> i32 {
        i32::try_from(self.user_count).unwrap_or(i32::MAX)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.updated_at)
    }
}
