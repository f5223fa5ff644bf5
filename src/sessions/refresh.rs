//! A session goes on: another access token by its refresh token.

use super::{KEPT_DAYS, issue_access_token, store};
use crate::audit::{self, Doer, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Code, Error, Reason, Refusal};
use crate::secret::{Digest, Kind, Secret};
use crate::storage::Tx;
use crate::users;
use crate::world::Timestamp;
use std::sync::Arc;

/// A new access token for a session, by its refresh token, which goes on working: clients keep and reuse it. Answers
/// it, and for how many seconds it lasts.
///
/// # Errors
/// `UNAUTHENTICATED` with the reason why the refresh token is dead.
pub async fn refresh(cx: &Arc<Context>, caller: &Caller, refresh_token: &str) -> Result<(Secret, i64), Error> {
    if Secret::kind_of(refresh_token, &cx.config.tokens.prefix) != Some(Kind::RefreshToken) {
        return Err(dead(Reason::TokenUnknown, "this is not a refresh token of ours; sign in again").into());
    }
    let (context, caller, digest) = (Arc::clone(cx), caller.clone(), Digest::of(refresh_token));
    let refreshed = cx.storage.write(move |tx| {
        let now = context.world.now();
        let unknown = || dead(Reason::TokenUnknown, "this refresh token is not known; sign in again");
        let found = store::refresh_token(tx, digest)?.ok_or_else(unknown)?;
        let person = users::person(tx, found.user)?;
        let told = |action, details| Event::on(action, "user", found.user.0, &person.username).with(details);
        if let Err(refusal) = holds(&context, &found, now) {
            let reason = refusal.reason.map(Reason::as_str).unwrap_or_default();
            let event = told("session.refused", format!("refresh token of session {}: {reason}", found.session));
            audit::record(tx, &context.world, &caller, &event)?;
            return Ok(Err(refusal));
        }
        let access_token = go_on(tx, &context, &found, digest, now)?;
        let doer = Doer { name: &person.username, id: found.user, credential: "refresh token" };
        let event = told("session.refresh", format!("session {}", found.session)).by(doer);
        audit::record(tx, &context.world, &caller, &event)?;
        Ok(Ok((access_token, context.config.sessions.access_minutes * 60)))
    });
    Ok(refreshed.await??)
}

fn go_on(tx: &mut Tx, cx: &Context, found: &store::Refresh, digest: Digest, now: Timestamp) -> Result<Secret, Error> {
    store::use_refresh_token(tx, digest, now)?;
    store::drop_expired_access_tokens(tx, now.plus_days(-KEPT_DAYS))?;
    issue_access_token(tx, cx, found.session)
}

/// Whether the refresh token holds; each reason alone is enough.
fn holds(cx: &Context, found: &store::Refresh, now: Timestamp) -> Result<(), Refusal> {
    if !found.enabled {
        return Err(dead(Reason::UserDisabled, "the user of this refresh token is disabled"));
    }
    if found.over {
        return Err(dead(Reason::TokenRevoked, "the session of this refresh token has ended; sign in again"));
    }
    if now >= found.expires_at || now >= found.used_at.plus_days(cx.config.sessions.refresh_idle_days) {
        return Err(dead(Reason::TokenExpired, "this refresh token has expired; sign in again"));
    }
    Ok(())
}

fn dead(reason: Reason, message: &str) -> Refusal {
    Refusal::new(Code::Unauthenticated, message).because(reason)
}
