//! `User` in GraphQL. Its fields are the users' own but for one: their sessions, which users know nothing of.

use crate::context::Call;
use crate::error::Error;
use crate::roles::Role;
use crate::scalars::{DateTime, Int64Bit};
use crate::sessions::{self, Session};
use crate::users::User;
use async_graphql::{Context, Object};
use std::sync::Arc;

/// A person with an account.
#[Object(rename_fields = "snake_case")]
impl User {
    /// Their number.
    async fn id(&self) -> Int64Bit {
        Int64Bit(self.person.id.0)
    }

    /// The name they sign in with.
    async fn username(&self) -> &str {
        &self.person.username
    }

    /// Their full name.
    async fn name(&self) -> &str {
        &self.person.name
    }

    /// The name that others see.
    async fn public_name(&self) -> &str {
        &self.person.public_name
    }

    /// Where mail reaches them.
    async fn email_address(&self) -> Option<&str> {
        self.person.email_address.as_deref()
    }

    /// Whether they may sign in and their tokens work.
    async fn enabled(&self) -> bool {
        self.enabled
    }

    /// Whether they hold everything.
    async fn super_admin(&self) -> bool {
        self.person.super_admin_since.is_some()
    }

    /// The API's own id of this user, told to it.
    async fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    /// The roles they were given.
    #[graphql(name = "roles")]
    async fn their_roles(&self, ctx: &Context<'_>) -> Result<Vec<Arc<Role>>, Error> {
        self.roles(&Call::of(ctx).cx).await
    }

    /// Since when they have an account.
    async fn created_at(&self) -> DateTime {
        DateTime(self.person.created_at)
    }

    /// When anything of this was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.updated_at)
    }

    /// When they last made a request.
    async fn last_seen_at(&self) -> Option<DateTime> {
        self.last_seen_at.map(DateTime)
    }

    /// Their sessions; the newest 100.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>, Error> {
        let call = Call::of(ctx);
        // Not read for all of a list at once, so it is dear.
        call.spend(100)?;
        sessions::of(&call.cx, self.person.id).await
    }
}
