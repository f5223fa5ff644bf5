//! Sessions in GraphQL. The names of sign-in are those that its clients have always sent.

mod of_user;

use super::Session;
use crate::context::Call;
use crate::error::Error;
use crate::scalars::{DateTime, Int64Bit};
use async_graphql::{Context, InputObject, Object, SimpleObject};

/// Queries of sessions.
#[derive(Debug, Default)]
pub struct SessionQuery;

#[Object(rename_fields = "snake_case")]
impl SessionQuery {
    /// The caller's own sessions; the newest 100.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>, Error> {
        let call = Call::of(ctx);
        super::list(&call.cx, &call.caller).await
    }
}

/// Who signs in.
#[derive(InputObject)]
#[graphql(rename_fields = "camelCase")]
pub struct SignInCredentials {
    /// The user name or the email address.
    user_name: String,
    /// The password.
    password: String,
}

/// A session begun.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "camelCase")]
pub struct SignInPayload {
    /// Goes into the header `Authorization: Bearer …`.
    access_token: String,
    /// Gets new access tokens from `signInRefresh`, and goes on working.
    refresh_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How long the access token lasts, in seconds.
    expires_in: i32,
}

/// A session gone on.
#[derive(Debug, SimpleObject)]
#[graphql(rename_fields = "camelCase")]
pub struct SignInRefreshPayload {
    /// Goes into the header `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How long the access token lasts, in seconds.
    expires_in: i32,
}

/// Mutations of sessions.
#[derive(Debug, Default)]
pub struct SessionMutation;

#[Object(rename_fields = "camelCase", rename_args = "camelCase")]
impl SessionMutation {
    /// Begins a session: an access token for an hour, and a refresh token.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        credentials: SignInCredentials,
        #[graphql(
            default_with = "Some(false)",
            name = "useManagementflow",
            desc = "Taken for the sake of clients that send it; means nothing here."
        )]
        _use_managementflow: Option<bool>,
    ) -> Result<SignInPayload, Error> {
        let call = Call::of(ctx);
        let begun = super::sign_in(&call.cx, &call.caller, &credentials.user_name, credentials.password).await?;
        Ok(SignInPayload {
            access_token: begun.access_token.expose().to_owned(),
            refresh_token: begun.refresh_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: seconds(begun.expires_in),
        })
    }

    /// A new access token, by the refresh token of `signIn`, which stays valid.
    async fn sign_in_refresh(&self, ctx: &Context<'_>, refresh_token: String) -> Result<SignInRefreshPayload, Error> {
        let call = Call::of(ctx);
        let (token, expires_in) = super::refresh(&call.cx, &call.caller, &refresh_token).await?;
        Ok(SignInRefreshPayload {
            access_token: token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: seconds(expires_in),
        })
    }

    /// Ends the session of the presented access token, or all of the caller's.
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] everywhere: Option<bool>,
    ) -> Result<bool, Error> {
        let call = Call::of(ctx);
        super::sign_out(&call.cx, &call.caller, everywhere.unwrap_or(false)).await?;
        Ok(true)
    }

    /// Proves the session again, for what asks for it; answers until when.
    async fn prove_session(
        &self,
        ctx: &Context<'_>,
        password: Option<String>,
        code: Option<String>,
    ) -> Result<DateTime, Error> {
        let call = Call::of(ctx);
        Ok(DateTime(super::prove(&call.cx, &call.caller, password, code).await?))
    }

    /// Sets one's own password: ends every other session, and with it its refresh token.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "current_password")] current_password: String,
        #[graphql(name = "new_password")] new_password: String,
    ) -> Result<bool, Error> {
        let call = Call::of(ctx);
        super::change_password(&call.cx, &call.caller, current_password, new_password).await?;
        Ok(true)
    }
}

fn seconds(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A session of somebody's.
#[Object(rename_fields = "snake_case")]
impl Session {
    /// Its number.
    async fn id(&self) -> Int64Bit {
        Int64Bit(self.id.0)
    }

    /// When it was begun.
    async fn created_at(&self) -> DateTime {
        DateTime(self.created_at)
    }

    /// When it was last used.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.last_used_at.map(DateTime)
    }

    /// From where it was begun.
    async fn ip(&self) -> Option<&str> {
        self.ip.as_deref()
    }

    /// With what.
    async fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// Whether it is the one that makes this call.
    async fn current(&self, ctx: &Context<'_>) -> bool {
        Call::of(ctx).caller.session().is_ok_and(|session| session.id == self.id)
    }
}
