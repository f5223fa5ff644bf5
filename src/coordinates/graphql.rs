//! Coordinates in GraphQL.

use super::Info;
use crate::context::Call;
use crate::error::Error;
use crate::lists::{Page, PageInfo, Paginator, short};
use crate::scalars::DateTime;
use async_graphql::{Context, Object, SimpleObject};

/// Queries of coordinates.
#[derive(Debug, Default)]
pub struct CoordinateQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl CoordinateQuery {
    /// What the caller holds, coordinate by coordinate.
    async fn permissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Keeps those whose coordinate or description has this in it, in any case.")]
        general_search: Option<String>,
        paginator: Option<Paginator>,
    ) -> Result<PermissionConnection, Error> {
        let page = Page::of(paginator)?;
        let call = Call::of(ctx);
        // All that is held is looked through, whatever the page.
        call.spend(500)?;
        if let Some(text) = &general_search {
            short("general_search", text)?;
        }
        let (entities, total) = super::held(&call.cx, &call.caller, general_search.as_deref(), page).await?;
        Ok(PermissionConnection {
            entities: entities.into_iter().map(PermissionInfo).collect(),
            page_info: page.info(total),
        })
    }
}

/// A page of what the caller holds.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub struct PermissionConnection {
    /// The permissions of this page, sorted by coordinate.
    pub entities: Vec<PermissionInfo>,
    /// Where in the list they stand.
    pub page_info: PageInfo,
}

/// The right to use one field, one argument or one input field.
#[derive(Debug)]
pub struct PermissionInfo(Info);

/// The right to use one field, one argument or one input field.
#[Object(rename_fields = "snake_case")]
impl PermissionInfo {
    /// Where it stands in the schema: `User.name`, `Query.users(id:)`, `Paginator.page`. This is what grants spell.
    async fn coordinate(&self) -> &str {
        &self.0.coordinate
    }

    /// The type in it.
    async fn type_name(&self) -> &str {
        &self.0.type_name
    }

    /// The field in it; of an argument, the field that takes it.
    async fn field_name(&self) -> &str {
        &self.0.field_name
    }

    /// The type that the field answers, or that the argument or input field takes.
    async fn returns(&self) -> &str {
        &self.0.returns
    }

    /// What the schema says of it.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Whose it is: `own` is Doorward's.
    async fn source(&self) -> &'static str {
        self.0.source.as_str()
    }

    /// Since when it is there.
    async fn first_seen_at(&self) -> DateTime {
        DateTime(self.0.first_seen_at)
    }
}

/// Mutations of coordinates.
#[derive(Debug, Default)]
pub struct CoordinateMutation;

#[Object(rename_fields = "camelCase", rename_args = "camelCase")]
impl CoordinateMutation {
    /// Opens what the schema has gained to the grants that were made before, for everyone, and answers what that was.
    /// Only a super administrator may, whatever is granted.
    async fn accept_schema_coordinates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to accept; left out: all that is newer than some grant.")] coordinates: Option<
            Vec<String>,
        >,
    ) -> Result<Vec<String>, Error> {
        let call = Call::of(ctx);
        super::accept(&call.cx, &call.caller, coordinates.as_deref()).await
    }
}
