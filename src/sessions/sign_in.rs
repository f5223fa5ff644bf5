//! Signing in: a user name or email address and a password become a session.

use super::{issue_access_token, prune, store};
use crate::addresses;
use crate::audit::{self, Doer, Event};
use crate::caller::{Caller, Origin};
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::{SessionId, UserId};
use crate::names;
use crate::password::Asks;
use crate::secret::{Digest, Kind, Secret};
use crate::storage::Tx;
use crate::throttle::Way;
use crate::users::{self, Account};
use std::sync::Arc;

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

/// Who wants to sign in, as far as it is known before the password is looked at.
struct Asked {
    account: Option<Account>,
    /// Whether that user signed in from that address, or in that browser, before.
    known_there: bool,
}

/// Signs in with a user name or email address and a password.
///
/// # Errors
/// `INVALID_CREDENTIALS`, in the same words and after the same work, for an unknown user, a wrong password and a
/// disabled user. `TOO_MANY_REQUESTS` after too many of them, whoever it is.
pub async fn sign_in(cx: &Arc<Context>, caller: &Caller, name: &str, password: String) -> Result<Begun, Error> {
    admitted(cx, caller, name, password, None, begin).await
}

/// What signing in by a browser answers.
#[derive(Debug)]
pub struct BegunInBrowser {
    /// The secret of the session's cookie.
    pub cookie: Secret,
    /// By what the browser is known from now on; `None`: by what it sent.
    pub browser: Option<Secret>,
}

/// The same in a browser, which may send what it is known by.
///
/// # Errors
/// As [`sign_in`].
pub async fn sign_in_by_cookie(
    cx: &Arc<Context>,
    caller: &Caller,
    name: &str,
    password: String,
    browser: Option<&str>,
) -> Result<BegunInBrowser, Error> {
    let is_one = |secret: &&str| Secret::kind_of(secret, &cx.config.tokens.prefix) == Some(Kind::Browser);
    let sent = browser.filter(is_one).map(Digest::of);
    let made = sent.is_none().then(|| Secret::mint(&cx.world, &cx.config.tokens.prefix, Kind::Browser));
    let known_by = sent.or_else(|| made.as_ref().map(Secret::digest));
    let begin = move |tx: &mut Tx, cx: &Context, caller: &Caller, account: &Account| {
        if let Some(digest) = known_by {
            store::know_browser(tx, digest, account.id, cx.world.now())?;
        }
        lasting(tx, cx, caller, account, Kind::Cookie).map(|(_, cookie)| cookie)
    };
    let cookie = admitted(cx, caller, name, password, sent, begin).await?;
    Ok(BegunInBrowser { cookie, browser: made })
}

/// `browser`: what it is known by, if it says so.
async fn admitted<T: Send + 'static>(
    cx: &Arc<Context>,
    caller: &Caller,
    name: &str,
    password: String,
    browser: Option<Digest>,
    begin: impl FnOnce(&mut Tx, &Context, &Caller, &Account) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (context, person, asked) = (Arc::clone(cx), caller.clone(), name.to_owned());
    let look = move |tx: &mut Tx| look(tx, &context, person.origin(), &asked, browser);
    let (asked, mut admitted) = cx.throttle.admit(&cx.storage, &cx.world, look).await?;
    let asks = if asked.known_there { Asks::Known } else { Asks::Stranger };
    let hash = asked.account.and_then(|account| account.hash);
    let right = cx.passwords.verify(asks, password, hash.clone()).await?;
    let (context, person, name, way) = (Arc::clone(cx), caller.clone(), name.to_owned(), admitted.way());
    let begun = cx.storage.write(move |tx| {
        let account = users::account(tx, &name)?;
        // Hashing takes long enough for the account to be disabled, or to be given another password, meanwhile.
        match account.as_ref().filter(|account| right && account.enabled && account.hash == hash) {
            Some(account) => begin(tx, &context, &person, account).map(Some),
            None => {
                let known = account.map(|account| account.id);
                note_failure(tx, &context, &person, &name, known, &way).map(|()| None)
            }
        }
    });
    let begun = begun.await;
    // Until here it counted as one that might be wrong; now it is written down if it was.
    drop(admitted);
    begun?.ok_or_else(|| invalid_credentials().into())
}

/// Reads who it is, and says what a wrong try counts under. A browser in which somebody signed in as that user before has
/// an allowance of its own, and so has the address: nobody elsewhere can use them up; whoever shares the address shares
/// the second.
fn look(
    tx: &mut Tx,
    cx: &Context,
    origin: &Origin,
    name: &str,
    browser: Option<Digest>,
) -> Result<(Asked, Vec<Way>), Error> {
    let account = users::account(tx, name)?;
    let place = origin.ip.map(addresses::place);
    // Asked of a user whom nobody is too, so that it takes as long.
    let user = account.as_ref().map_or(UserId(0), |account| account.id);
    let known_there = match &place {
        Some(place) => store::was_begun_from(tx, user, place)?,
        None => false,
    };
    let who = match &account {
        Some(account) => format!("number {}", account.id),
        None => format!("name {}", names::folded(name)),
    };
    let counters = cx.throttle.counters();
    let known_browser = match browser {
        Some(digest) if store::is_known_browser(tx, digest, user)? => Some(digest),
        _ => None,
    };
    let mut ways = Vec::new();
    if let Some(browser) = known_browser {
        ways.push(vec![counters.account_in(&who, browser)]);
    }
    if let Some(place) = place.filter(|_| known_there) {
        ways.push(vec![counters.account_from(&who, &place)]);
    }
    let mut from_anywhere = counters.origin(origin.ip);
    from_anywhere.push(counters.account(&who));
    ways.push(from_anywhere);
    Ok((Asked { account, known_there: known_there || known_browser.is_some() }, ways))
}

/// Counts the wrong try and writes it down; the name only where somebody has it: people type passwords there.
fn note_failure(
    tx: &mut Tx,
    cx: &Context,
    caller: &Caller,
    name: &str,
    known: Option<UserId>,
    way: &Way,
) -> Result<(), Error> {
    let filled = cx.throttle.count(tx, way, cx.world.now())?;
    let event = Event {
        action: "session.refused",
        subject_type: "user",
        subject_id: known.map(|id| id.0),
        subject: known.map(|_| name),
        details: None,
        by: None,
    };
    audit::record(tx, &cx.world, caller, &throttled(event, "", &filled))
}

/// The event, and whose tries are not let through any more because of it.
pub(super) fn throttled<'a>(event: Event<'a>, details: &str, filled: &[&str]) -> Event<'a> {
    if filled.is_empty() {
        return if details.is_empty() { event } else { event.with(details) };
    }
    let before = if details.is_empty() { String::new() } else { format!("{details}; ") };
    event.with(format!("{before}no more tries for now: {}", filled.join(", ")))
}

fn invalid_credentials() -> Refusal {
    Refusal::new(Code::InvalidCredentials, "the user name or the password is wrong, or the account is disabled")
}

fn begin(tx: &mut Tx, cx: &Context, caller: &Caller, account: &Account) -> Result<Begun, Error> {
    let (session, refresh_token) = lasting(tx, cx, caller, account, Kind::RefreshToken)?;
    let access_token = issue_access_token(tx, cx, session)?;
    Ok(Begun { access_token, refresh_token, expires_in: cx.config.sessions.access_minutes * 60 })
}

/// A session, and the secret that lasts as long as it does.
fn lasting(
    tx: &mut Tx,
    cx: &Context,
    caller: &Caller,
    account: &Account,
    kind: Kind,
) -> Result<(SessionId, Secret), Error> {
    let (now, user) = (cx.world.now(), account.id);
    let person = users::person(tx, user)?;
    prune(tx, now)?;
    let session = store::insert(tx, user, account.session_generation, caller.origin(), now)?;
    let secret = Secret::mint(&cx.world, &cx.config.tokens.prefix, kind);
    let ends = now.plus_days(cx.config.sessions.refresh_max_days);
    store::insert_refresh_token(tx, session, secret.digest(), now, ends)?;
    let name = &person.username;
    let doer = Doer { name, id: user, credential: "password" };
    let event = Event::on("session.begin", "user", user.0, name).by(doer).with(format!("session {session}"));
    audit::record(tx, &cx.world, caller, &event)?;
    Ok((session, secret))
}
