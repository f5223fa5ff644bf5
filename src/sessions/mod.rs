//! Sessions: what `signIn` begins. A session has a refresh token, which stays, and access tokens, which last an
//! hour each.

pub mod graphql;
mod prove;
mod refresh;
mod sign_in;
mod store;

pub use prove::{change_password, prove};
pub use refresh::refresh;
pub use sign_in::{Begun, BegunInBrowser, sign_in, sign_in_by_cookie};

use crate::audit::{self, Event};
use crate::caller::{Caller, Credential};
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::id::{SessionId, UserId};
use crate::secret::{Digest, Kind, Secret};
use crate::storage::{Subject, Tx};
use crate::world::Timestamp;
use std::sync::Arc;

/// A session as its user sees it.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its number.
    pub id: SessionId,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// From where it was begun.
    pub ip: Option<String>,
    /// With what.
    pub agent: Option<String>,
}

/// For how many days what has expired is kept, so that its holder hears `TOKEN_EXPIRED` and not `TOKEN_UNKNOWN`.
const KEPT_DAYS: i64 = 7;
/// For how many days a browser is known that nobody signed in with since; as long as browsers keep a cookie at most.
pub const BROWSERS_KNOWN_DAYS: i64 = 400;
/// How many sessions a sign-in clears away at most: it makes one, so they never pile up.
const CLEARED: i64 = 20;

/// Clears away what has expired long ago. A session goes with its refresh token, whether or not it was ended before.
fn prune(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    store::drop_expired_access_tokens(tx, now.plus_days(-KEPT_DAYS))?;
    store::forget_browsers(tx, now.plus_days(-BROWSERS_KNOWN_DAYS))?;
    for session in store::expired(tx, now.plus_days(-KEPT_DAYS), CLEARED)? {
        store::forget(tx, session)?;
    }
    Ok(())
}

fn issue_access_token(tx: &mut Tx, cx: &Context, session: SessionId) -> Result<Secret, Error> {
    let token = Secret::mint(&cx.world, &cx.config.tokens.prefix, Kind::AccessToken);
    let ends = cx.world.now().plus_seconds(cx.config.sessions.access_minutes * 60);
    store::insert_access_token(tx, session, token.digest(), ends)?;
    Ok(token)
}

/// Ends the session that makes the call, or all of the caller's.
///
/// # Errors
/// A personal access token has no session to end: `everywhere` it may say.
pub async fn sign_out(cx: &Arc<Context>, caller: &Caller, everywhere: bool) -> Result<(), Error> {
    let user = caller.person()?.id;
    let this =
        match caller.identity().credential {
            Credential::Session(session) => Some(session.id),
            _ if everywhere => None,
            _ => return Err(Refusal::input(
                "everywhere",
                "a personal access token has no session of its own; `everywhere: true` ends all of its user's sessions",
            )
            .into()),
        };
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let now = context.world.now();
            let ended = if everywhere { store::all_of(tx, user)? } else { this.into_iter().collect() };
            for session in &ended {
                store::end(tx, *session, now)?;
                tx.tell(Subject::Session(session.0))?;
            }
            let name = &caller.person()?.username;
            let details = format!("{} ended", ended.len());
            audit::record(tx, &context.world, &caller, &Event::on("session.end", "user", user.0, name).with(details))
        })
        .await
}

/// The caller's own live sessions, the newest first; at most 100.
///
/// # Errors
/// When the database fails.
pub async fn list(cx: &Context, caller: &Caller) -> Result<Vec<Session>, Error> {
    of(cx, caller.person()?.id).await
}

/// A user's live sessions, the newest first; at most 100.
///
/// # Errors
/// When the database fails.
pub async fn of(cx: &Context, user: UserId) -> Result<Vec<Session>, Error> {
    let (now, idle) = (cx.world.now(), cx.config.sessions.refresh_idle_days);
    cx.storage.read(move |tx| store::list(tx, user, now, now.plus_days(-idle))).await
}

/// What an access token leads to.
#[derive(Debug)]
pub struct Found {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When its user last proved that it is theirs.
    pub proved_at: Timestamp,
    /// When the access token ends.
    pub expires_at: Timestamp,
    /// Whether the session was ended.
    pub over: bool,
    /// Whether its user is enabled.
    pub enabled: bool,
}

/// Looks an access token up. For `guard` alone.
///
/// # Errors
/// When the database fails.
pub fn live(tx: &mut Tx, digest: Digest) -> Result<Option<Found>, Error> {
    store::access_token(tx, digest)
}

/// The same for the cookie of a session that was begun in the console: it ends when it is not used for
/// `sessions.refresh_idle_days`, and after `sessions.refresh_max_days`. For `guard` alone.
///
/// # Errors
/// When the database fails.
pub fn live_by_cookie(tx: &mut Tx, cx: &Context, digest: Digest) -> Result<Option<Found>, Error> {
    let Some((mut found, used_at)) = store::cookie(tx, digest)? else { return Ok(None) };
    found.expires_at = found.expires_at.min(used_at.plus_days(cx.config.sessions.refresh_idle_days));
    Ok(Some(found))
}

/// Whether the session goes on; if so nothing ends it before this transaction does: what is made in it is made before.
///
/// # Errors
/// When the database fails.
pub fn hold_live(tx: &mut Tx, session: SessionId) -> Result<bool, Error> {
    store::hold_live(tx, session)
}

/// Takes a form of the console that makes something once; whether it was not sent before.
///
/// # Errors
/// For any credential but a session, and when the database fails.
pub async fn take_once(cx: &Arc<Context>, caller: &Caller, nonce: &str) -> Result<bool, Error> {
    let (session, nonce) = (caller.session()?.id, Digest::of(nonce));
    cx.storage.write(move |tx| store::take_form(tx, session, nonce)).await
}

/// Gives a form back that came to nothing: what is sent again from it is sent for the first time.
///
/// # Errors
/// As [`take_once`].
pub async fn give_back(cx: &Arc<Context>, caller: &Caller, nonce: &str) -> Result<(), Error> {
    let (session, nonce) = (caller.session()?.id, Digest::of(nonce));
    cx.storage.write(move |tx| store::give_form_back(tx, session, nonce)).await
}

/// Notes that a session was used.
///
/// # Errors
/// When the database fails.
pub fn used(tx: &mut Tx, session: SessionId, at: Timestamp, by_cookie: bool) -> Result<(), Error> {
    store::used(tx, session, at)?;
    if by_cookie { store::prolong(tx, session, at) } else { Ok(()) }
}
