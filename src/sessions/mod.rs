//! Sessions: what `signIn` begins. A session has a refresh token, which stays, and access tokens, which last an
//! hour each.

pub mod graphql;
mod prove;
mod refresh;
mod store;

pub use prove::{change_password, prove};
pub use refresh::refresh;

use crate::audit::{self, Doer, Event};
use crate::caller::{Caller, Credential};
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::{SessionId, UserId};
use crate::secret::{Digest, Kind, Secret};
use crate::storage::{Subject, Tx};
use crate::users::{self, Account};
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

/// What signing in answers.
#[derive(Debug)]
pub struct Begun {
    /// For the `Authorization` header.
    pub access_token: Secret,
    /// For `signInRefresh`.
    pub refresh_token: Secret,
    /// How long the access token lasts, in seconds.
    pub expires_in: i64,
}

/// Signs in with a user name or email address and a password.
///
/// # Errors
/// `INVALID_CREDENTIALS`, in the same words and after the same work, for an unknown user, a wrong password and a
/// disabled user.
pub async fn sign_in(cx: &Arc<Context>, caller: &Caller, name: &str, password: String) -> Result<Begun, Error> {
    let asked = name.to_owned();
    let account = cx.storage.read(move |tx| users::account(tx, &asked)).await?;
    let hash = account.and_then(|account| account.hash);
    let right = cx.passwords.verify(password, hash.clone()).await?;
    let (context, person, name) = (Arc::clone(cx), caller.clone(), name.to_owned());
    let begun = cx.storage.write(move |tx| {
        let account = users::account(tx, &name)?;
        // Hashing takes long enough for the account to be disabled, or to be given another password, meanwhile.
        match account.as_ref().filter(|account| right && account.enabled && account.hash == hash) {
            Some(account) => begin(tx, &context, &person, account).map(Some),
            None => note_failure(tx, &context, &person, &name, account.map(|account| account.id)).map(|()| None),
        }
    });
    begun.await?.ok_or_else(|| invalid_credentials().into())
}

/// Writes the failed try down; the name only where somebody has it: people type passwords there.
fn note_failure(tx: &mut Tx, cx: &Context, caller: &Caller, name: &str, known: Option<UserId>) -> Result<(), Error> {
    let event = Event {
        action: "session.refused",
        subject_type: "user",
        subject_id: known.map(|id| id.0),
        subject: known.map(|_| name),
        details: None,
        by: None,
    };
    audit::record(tx, &cx.world, caller, &event)
}

fn invalid_credentials() -> Refusal {
    Refusal::new(Code::InvalidCredentials, "the user name or the password is wrong, or the account is disabled")
}

fn begin(tx: &mut Tx, cx: &Context, caller: &Caller, account: &Account) -> Result<Begun, Error> {
    let (now, user) = (cx.world.now(), account.id);
    let person = users::person(tx, user)?;
    prune(tx, now)?;
    let session = store::insert(tx, user, account.session_generation, caller.origin(), now)?;
    let refresh_token = Secret::mint(&cx.world, &cx.config.tokens.prefix, Kind::RefreshToken);
    let ends = now.plus_days(cx.config.sessions.refresh_max_days);
    store::insert_refresh_token(tx, session, refresh_token.digest(), now, ends)?;
    let access_token = issue_access_token(tx, cx, session)?;
    let name = &person.username;
    let doer = Doer { name, id: user, credential: "password" };
    let event = Event::on("session.begin", "user", user.0, name).by(doer).with(format!("session {session}"));
    audit::record(tx, &cx.world, caller, &event)?;
    Ok(Begun { access_token, refresh_token, expires_in: cx.config.sessions.access_minutes * 60 })
}

/// For how many days what has expired is kept, so that its holder hears `TOKEN_EXPIRED` and not `TOKEN_UNKNOWN`.
const KEPT_DAYS: i64 = 7;
/// How many sessions a sign-in clears away at most: it makes one, so they never pile up.
const CLEARED: i64 = 20;

/// Clears away what has expired long ago. A session goes with its refresh token, whether or not it was ended before.
fn prune(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    store::drop_expired_access_tokens(tx, now.plus_days(-KEPT_DAYS))?;
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

/// Whether the session goes on; if so nothing ends it before this transaction does: what is made in it is made before.
///
/// # Errors
/// When the database fails.
pub fn hold_live(tx: &mut Tx, session: SessionId) -> Result<bool, Error> {
    store::hold_live(tx, session)
}

/// Notes that a session was used.
///
/// # Errors
/// When the database fails.
pub fn used(tx: &mut Tx, session: SessionId, at: Timestamp) -> Result<(), Error> {
    store::used(tx, session, at)
}
