//! The sill between the doors and the features: the only code that turns a credential into a [`Caller`], and the
//! only code that lets an operation run. Which rows are whose, the features say.

mod acting;
mod behind;
mod callers;
pub mod cookie;
mod credential;

pub use acting::{ACT_AS, acting, acts_by_cookie};
pub use behind::{Behind, Cut, SuperAdmin};
pub use callers::Callers;
pub use credential::Presented;

use crate::caller::{Caller, Credential, Identity, Origin, Person, SessionCredential, TokenCredential, Told};
use crate::config;
use crate::context::Context;
use crate::error::{Code, Error, Reason, Refusal};
use crate::id::UserId;
use crate::permission::{Granted, Needs, Powers, Surface};
use crate::roles::{self, sign_in_grants};
use crate::secret::{Digest, Kind};
use crate::storage::Tx;
use crate::tokens::{self, Chain};
use crate::world::Timestamp;
use crate::{sessions, users};
use axum::http::HeaderValue;
use serde_json_bytes::{ByteString, Map, Value};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// What became of the credential that came with a request.
#[derive(Debug)]
pub enum Standing {
    /// It holds: this is the caller.
    Live(Caller),
    /// It holds, and not where it was used: its `ip_ranges` do not hold the address. Nothing but a stranger's sign-in
    /// runs.
    Barred(Caller, Refusal),
    /// There was none, or it does not hold. The refusal falls once it is known that the document is more than a
    /// stranger may ask for.
    Dead(Refusal),
}

/// Who calls, by the credential that was presented.
///
/// # Errors
/// When the database fails, or was not heard of for too long: not knowing is not the same as "not signed in".
pub async fn identify(
    cx: &Arc<Context>,
    callers: &Callers,
    presented: &Presented<'_>,
    origin: Arc<Origin>,
) -> Result<Standing, Error> {
    let secret = match presented {
        Presented::Bearer(secret) | Presented::Cookie(secret) => *secret,
        Presented::Nothing => return Ok(Standing::Dead(missing("send `Authorization: Bearer <token>`"))),
        Presented::Misspelt => {
            return Ok(Standing::Dead(missing(
                "the header is spelt `Authorization`, with a z: send `Authorization: Bearer <token>`",
            )));
        }
        Presented::OtherScheme => {
            return Ok(Standing::Dead(missing("only bearer tokens are taken: send `Authorization: Bearer <token>`")));
        }
    };
    sure(cx)?;
    let digest = Digest::of(secret);
    let now = cx.world.now();
    let by_cookie = matches!(presented, Presented::Cookie(_));
    // Neither passes for the other, whether it was seen before or not.
    let as_presented = |identity: &Arc<Identity>| identity.credential.is_cookie() == by_cookie;
    if let Some(identity) = callers.get(&digest).filter(as_presented) {
        if identity.expires_at.is_none_or(|end| now < end) {
            return Ok(let_in(Caller::new(identity, origin)));
        }
        callers.forget(&digest);
    }
    let kind = match credential::kind(presented, secret, &cx.config.tokens.prefix) {
        Ok(kind) => kind,
        Err(refusal) => return Ok(Standing::Dead(refusal)),
    };
    let as_of = callers.version();
    let (context, known) = (Arc::clone(cx), callers.clone());
    let asked = Asked { kind, digest, as_of, now };
    let found = in_time(cx, cx.storage.read(move |tx| look_up(tx, &context, &known, &asked))).await?;
    Ok(match found {
        Ok(identity) => {
            let identity = Arc::new(identity);
            callers.keep(digest, Arc::clone(&identity));
            let_in(Caller::new(identity, origin))
        }
        Err(refusal) => Standing::Dead(refusal),
    })
}

/// A node that cannot know what was taken away refuses rather than guesses.
fn sure(cx: &Context) -> Result<(), Refusal> {
    if cx.storage.holds_lease() { Ok(()) } else { Err(unsure()) }
}

fn unsure() -> Refusal {
    let message = "it cannot be known now whether this credential still holds, since the database is out of reach: try \
                   again in a moment";
    Refusal::new(Code::Unavailable, message)
}

/// What is read for an answer that has to be right: in the time for which this node may be sure, since a database that
/// was cut off does not say so.
async fn in_time<T>(cx: &Context, reading: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let reading = Box::pin(reading);
    let read = match cx.storage.lease_length() {
        Some(length) => tokio::time::timeout(length, reading).await.map_err(|_| unsure())?,
        None => reading.await,
    };
    sure(cx)?;
    read
}

/// Whether who was let in may still be: their body may have been long in coming.
#[must_use]
pub fn still_stands(cx: &Context, callers: &Callers, caller: &Caller) -> bool {
    let identity = caller.identity();
    cx.storage.holds_lease() && callers.stands(identity) && identity.expires_at.is_none_or(|end| cx.world.now() < end)
}

/// A credential that holds, asked anew with each request whether it holds here: an address that is not known is in no
/// range.
fn let_in(caller: Caller) -> Standing {
    let ranges = caller.token().map_or(&[][..], |token| &token.ip_ranges);
    let ip = caller.origin().ip;
    if ranges.iter().all(|ranges| ip.is_some_and(|ip| ranges.hold(ip))) {
        return Standing::Live(caller);
    }
    let from = ip.map_or_else(|| "an address that is not known".to_owned(), |ip| ip.to_canonical().to_string());
    let message = format!("this token may not be used from {from}");
    Standing::Barred(caller, Refusal::new(Code::Forbidden, message).because(Reason::AddressNotAllowed))
}

/// What is looked up.
struct Asked {
    kind: Kind,
    digest: Digest,
    as_of: u64,
    now: Timestamp,
}

fn look_up(tx: &mut Tx, cx: &Context, callers: &Callers, asked: &Asked) -> Result<Result<Identity, Refusal>, Error> {
    let Asked { kind, digest, as_of, now } = *asked;
    if kind == Kind::PersonalAccessToken {
        let Some(chain) = tokens::live(tx, digest)? else { return Ok(Err(unknown())) };
        return Ok(match standing(chain.revoked, chain.user_enabled, chain.expires_at, now) {
            Ok(()) => Ok(by_token(tx, cx, callers, chain, digest, as_of)?),
            Err(refusal) if chain.previous && refusal.reason == Some(Reason::TokenExpired) => {
                Err(dead(Reason::TokenExpired, "this secret was replaced by a rotation: use the new one"))
            }
            Err(refusal) => Err(refusal),
        });
    }
    let by_cookie = kind == Kind::Cookie;
    let found = if by_cookie { sessions::live_by_cookie(tx, cx, digest)? } else { sessions::live(tx, digest)? };
    let Some(found) = found else { return Ok(Err(unknown())) };
    // Disabling a user ends their sessions too: that they are disabled says more.
    if let Err(refusal) = standing(found.over && found.enabled, found.enabled, found.expires_at, now) {
        return Ok(Err(refusal));
    }
    let person = users::person(tx, found.user)?;
    let held = users::held_by(tx, &cx.surface, &person, None)?;
    let expires_at = Some(found.expires_at);
    let powers = callers.powers(&cx.surface, held);
    let session = SessionCredential { id: found.session, proved_at: found.proved_at, by_cookie };
    let told = told(tx, cx, &person)?;
    Ok(Ok(Identity { told, ..identity(Some(person), Credential::Session(session), powers, as_of, expires_at) }))
}

/// Whether a credential holds; each reason alone is enough, whatever the others say.
fn standing(revoked: bool, enabled: bool, expires_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if revoked {
        return Err(dead(Reason::TokenRevoked, "this token was revoked"));
    }
    if now >= expires_at {
        return Err(dead(Reason::TokenExpired, "this token has expired"));
    }
    if !enabled {
        return Err(dead(Reason::UserDisabled, "the user of this token is disabled"));
    }
    Ok(())
}

fn by_token(
    tx: &mut Tx,
    cx: &Context,
    callers: &Callers,
    chain: Chain,
    digest: Digest,
    as_of: u64,
) -> Result<Identity, Error> {
    let person = users::person(tx, chain.user)?;
    let held = chain.cut(&cx.surface, users::held_by(tx, &cx.surface, &person, Some(chain.confirmed_at))?);
    let expires_at = chain.expires_at;
    let credential = TokenCredential {
        id: chain.id,
        read_only: chain.read_only(),
        narrowed: chain.links.iter().any(|link| link.narrowing.is_some()),
        documents: chain.documents(),
        ip_ranges: chain.ip_ranges(),
        name: chain.name,
        confirmed_at: chain.confirmed_at,
        expires_at,
        expires_at_header: HeaderValue::from_str(&expires_at.to_string()).unwrap_or(HeaderValue::from_static("")),
        digest,
        previous: chain.previous,
    };
    let powers = callers.powers(&cx.surface, held);
    let told = told(tx, cx, &person)?;
    let identity = identity(Some(person), Credential::Token(credential), powers, as_of, Some(expires_at));
    let identity = Identity { told, ..identity };
    // A token that was never used is noted at its first use; others when their turn comes.
    if let Some(at) = chain.last_used_at {
        identity.noted_at.store(at.0, std::sync::atomic::Ordering::Relaxed);
    }
    Ok(identity)
}

/// What the API behind is told of a person, where the configuration wants that.
fn told(tx: &mut Tx, cx: &Context, person: &Person) -> Result<Option<Told>, Error> {
    if cx.config.upstream.identity != config::Identity::Headers {
        return Ok(None);
    }
    let external_id = users::find(tx, person.id)?.external_id;
    let mut roles: Vec<String> =
        roles::find_all(tx, &person.roles)?.into_iter().filter_map(|role| role.upstream_name).collect();
    roles.sort_unstable();
    Ok(Some(Told { external_id, roles }))
}

const fn identity(
    person: Option<Person>,
    credential: Credential,
    powers: Arc<Powers>,
    as_of: u64,
    expires_at: Option<Timestamp>,
) -> Identity {
    Identity {
        person,
        credential,
        powers,
        told: None,
        documents: None,
        acting: false,
        as_of,
        expires_at,
        noted_at: AtomicI64::new(i64::MIN / 2),
    }
}

/// Whether strangers may do more than sign in: whether `anonymous` was given anything.
#[must_use]
pub fn may_more_than_sign_in(cx: &Context, stranger: &Caller) -> bool {
    !stranger.powers().held().is_subset(&cx.surface.compile(&sign_in_grants(), true))
}

/// The caller of strangers: may sign in, and do what the role `anonymous` holds.
///
/// # Errors
/// When the database fails.
pub async fn stranger(cx: &Arc<Context>, callers: &Callers, origin: Arc<Origin>) -> Result<Caller, Error> {
    sure(cx)?;
    if let Some(identity) = callers.stranger() {
        return Ok(Caller::new(identity, origin));
    }
    let as_of = callers.version();
    let context = Arc::clone(cx);
    let given = cx.storage.read(move |tx| Ok(roles::by_name(tx, roles::ANONYMOUS)?.granted(&context.surface)));
    let given = in_time(cx, given).await?;
    let mut held = cx.surface.compile(&sign_in_grants(), true);
    held.union_with(&given);
    let powers = callers.powers(&cx.surface, held);
    let identity = Arc::new(identity(None, Credential::Nothing, powers, as_of, None));
    callers.keep_stranger(Arc::clone(&identity));
    Ok(Caller::new(identity, origin))
}

/// The caller for the command line, which acts for whoever may read the data directory.
#[must_use]
pub fn operator(cx: &Context, user: &str) -> Caller {
    let powers = Arc::new(cx.surface.powers(cx.surface.everything()));
    let identity = identity(None, Credential::Operator(user.to_owned()), powers, 0, None);
    Caller::new(Arc::new(identity), Arc::default())
}

/// What a user may do by a session.
///
/// # Errors
/// When there is no such user.
pub fn powers_of_user(tx: &mut Tx, cx: &Context, user: UserId) -> Result<Powers, Error> {
    let person = users::person(tx, user)?;
    Ok(cx.surface.powers(users::held_by(tx, &cx.surface, &person, None)?))
}

/// What a personal access token is, by its secret, whether or not it still holds: for the command line's `token
/// inspect`.
///
/// # Errors
/// What is no personal access token of ours.
pub async fn inspect(cx: &Arc<Context>, secret: &str) -> Result<Chain, Error> {
    if credential::kind(&Presented::Bearer(secret), secret, &cx.config.tokens.prefix)? != Kind::PersonalAccessToken {
        let message = "this is the access token of a session: `token inspect` takes personal access tokens";
        return Err(Refusal::new(Code::BadUserInput, message).into());
    }
    let digest = Digest::of(secret);
    let found = cx.storage.read(move |tx| tokens::live(tx, digest)).await?;
    found.ok_or_else(|| unknown().into())
}

/// Whether a token that is held to documents is held to this one, by the digest of its normal form.
///
/// # Errors
/// `FORBIDDEN` with the reason `DOCUMENT_NOT_ALLOWED`.
pub fn holds_to(caller: &Caller, document: impl FnOnce() -> Digest) -> Result<(), Refusal> {
    let acts_as = caller.identity().documents.as_ref();
    let Some(documents) = caller.token().and_then(|token| token.documents.as_ref()).or(acts_as) else { return Ok(()) };
    if documents.contains(&document()) { Ok(()) } else { Err(not_this_document()) }
}

/// The schema as text is no document: it is shown to no token that is held to some.
///
/// # Errors
/// As [`holds_to`].
pub fn may_see_schema(caller: &Caller) -> Result<(), Refusal> {
    let held_to_documents = caller.token().is_some_and(|token| token.documents.is_some());
    if held_to_documents { Err(not_this_document()) } else { Ok(()) }
}

fn not_this_document() -> Refusal {
    let message = "this token is held to certain documents, and this is none of them";
    Refusal::new(Code::Forbidden, message).because(Reason::DocumentNotAllowed)
}

/// Lets an operation run on what the caller may do there, or says what is missing. `also` is what it needs besides its
/// document: the fields that own lists are searched and sorted by.
///
/// # Errors
/// `FORBIDDEN` with the permissions that are not held.
pub fn authorise(
    surface: &Surface,
    powers: &Powers,
    needs: &Needs,
    variables: &Map<ByteString, Value>,
    also: Option<&Granted>,
) -> Result<(), Refusal> {
    let judged = match also {
        Some(also) => surface.judge_also(needs, powers, variables, also),
        None => surface.judge(needs, powers, variables),
    };
    judged.map_err(Refusal::not_granted)
}

fn missing(message: &str) -> Refusal {
    Refusal::new(Code::Unauthenticated, format!("no credential: {message}")).because(Reason::TokenMissing)
}

fn unknown() -> Refusal {
    dead(Reason::TokenUnknown, "this is not a token of ours")
}

fn dead(reason: Reason, message: &str) -> Refusal {
    Refusal::new(Code::Unauthenticated, message).because(reason)
}
