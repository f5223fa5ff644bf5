//! The audit trail in GraphQL.

use super::Entry;
use crate::context::Call;
use crate::error::Error;
use crate::lists::{Asked, PageInfo, Paginator, Search, Sorter};
use crate::scalars::{DateTime, Int64Bit};
use async_graphql::{Context, Object, SimpleObject};

/// Queries of the audit trail.
#[derive(Debug, Default)]
pub struct AuditQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl AuditQuery {
    /// What was done, by whom, through which credential.
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        paginator: Option<Paginator>,
        sorter: Option<Vec<Sorter>>,
        search: Option<Vec<Search>>,
        general_search: Option<String>,
    ) -> Result<AuditEventConnection, Error> {
        let call = Call::of(ctx);
        let wanted = call.wanted(super::LISTING, Asked { id: None, paginator, sorter, search, general_search })?;
        let page = wanted.page;
        let (entries, total) = super::list(&call.cx, wanted).await?;
        Ok(AuditEventConnection { entities: entries, page_info: page.info(total) })
    }
}

/// A page of the audit trail.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub struct AuditEventConnection {
    /// The events of this page.
    entities: Vec<Entry>,
    /// Where in the list they stand.
    page_info: PageInfo,
}

/// Who did it (actor), through which credential, to whose or what (subject); names are copied in, so that the row
/// still reads when they are gone.
#[Object(name = "AuditEvent", rename_fields = "snake_case")]
impl Entry {
    /// Its number.
    async fn id(&self) -> Int64Bit {
        Int64Bit(self.id)
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.at)
    }

    /// What was done: `token.create`, `user.disable`, `session.begin`, …
    async fn action(&self) -> &str {
        &self.action
    }

    /// Who did it: a user name, `operator` and the operating system's user, or `nobody`.
    async fn actor(&self) -> &str {
        &self.actor
    }

    /// The user who did it; null for the command line and for strangers.
    async fn actor_user_id(&self) -> Option<Int64Bit> {
        self.actor_user_id.map(Int64Bit)
    }

    /// Through what: a session, a token by its name, the command line, or none.
    async fn credential(&self) -> &str {
        &self.credential
    }

    /// The token it was done through.
    async fn credential_token_id(&self) -> Option<Int64Bit> {
        self.credential_token_id.map(Int64Bit)
    }

    /// The name of what it was done to.
    async fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Of what kind that is: `user`, `role`, `token`, …
    async fn subject_type(&self) -> Option<&str> {
        self.subject_type.as_deref()
    }

    /// Its number.
    async fn subject_id(&self) -> Option<Int64Bit> {
        self.subject_id.map(Int64Bit)
    }

    /// From which address.
    async fn ip(&self) -> Option<&str> {
        self.ip.as_deref()
    }

    /// In which request, as in the log and in the header `x-request-id`.
    async fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What else is worth knowing.
    async fn details(&self) -> Option<&str> {
        self.details.as_deref()
    }
}
