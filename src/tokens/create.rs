//! Making a token.

use super::{Token, store};
use crate::audit::{self, Event};
use crate::caller::{Caller, Credential};
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::UserId;
use crate::names;
use crate::permission::PinnedGrant;
use crate::roles;
use crate::secret::{Kind, Secret};
use crate::sessions;
use crate::world::Timestamp;
use std::sync::Arc;

/// What a new token is made from.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it may run no mutation.
    pub read_only: bool,
    /// How long it lasts, in seconds.
    pub lifetime_seconds: i64,
    /// What it is narrowed to, as written; `None`: not at all; an empty list: nothing.
    pub permissions: Option<Vec<String>>,
    /// The argument that the lifetime came by, for refusals.
    pub lifetime_field: &'static str,
}

/// A token just made, with the secret that is shown this once.
#[derive(Debug)]
pub struct Issued {
    /// The secret.
    pub secret: Secret,
    /// The token.
    pub token: Token,
}

/// What the database is given of a new token.
pub(super) struct Row<'a> {
    pub(super) user: UserId,
    pub(super) parent: Option<crate::id::TokenId>,
    pub(super) secret: &'a Secret,
    pub(super) new: &'a NewToken,
    pub(super) narrowing: Option<&'a [PinnedGrant]>,
    pub(super) created_at: Timestamp,
    pub(super) confirmed_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// Makes a token for `user`: the caller's own, or, for the operator, anyone's. A token that makes one is its
/// parent: the child never comes to more than it.
///
/// # Errors
/// A name or lifetime that is not fit, a wrong grant, an exact grant of what the user does not hold, a child that
/// may write under a parent that may not.
pub async fn create(cx: &Arc<Context>, caller: &Caller, user: UserId, new: NewToken) -> Result<Issued, Error> {
    names::check("name", &new.name, 200)?;
    if let Some(description) = &new.description {
        names::check_text("description", description)?;
    }
    check_lifetime(cx, &new)?;
    let narrowing = match &new.permissions {
        Some(permissions) => Some(roles::read_grants(cx, caller, "permissions", permissions)?),
        None => None,
    };
    if let Some(narrowing) = &narrowing {
        roles::may_confer(cx, caller, &cx.surface.confers(narrowing))?;
    }
    let parent = caller.token();
    if parent.is_some_and(|parent| parent.read_only) && !new.read_only {
        return Err(Refusal::new(Code::Forbidden, "a read-only token makes no token that may write").into());
    }
    let now = cx.world.now();
    // A chain of tokens that renew themselves goes on from when a person last stood by one of it.
    let confirmed_at = parent.map_or(now, |parent| parent.confirmed_at);
    let chain_ends = confirmed_at.plus_days(cx.config.tokens.unattended_days);
    let expires_at = now.plus_seconds(new.lifetime_seconds).min(chain_ends);
    if expires_at <= now {
        let message = "nobody has stood by this line of tokens for too long: a person has to make the next one";
        return Err(Refusal::new(Code::Forbidden, message).into());
    }
    let secret = Secret::mint(&cx.world, &cx.config.tokens.prefix, Kind::PersonalAccessToken);
    let (context, caller, parent) = (Arc::clone(cx), caller.clone(), parent.map(|parent| parent.id));
    cx.storage
        .write(move |tx| {
            // What lets this call in may have ended since: then nothing must come of it that outlives it.
            let holds = match caller.identity().credential {
                Credential::Token(_) => parent.map_or(Ok(true), |parent| store::hold_live(tx, parent))?,
                Credential::Session(session) => sessions::hold_live(tx, session.id)?,
                Credential::Nothing | Credential::Operator(_) => true,
            };
            if !holds {
                let ended = Refusal::new(Code::Unauthenticated, "what this call was made with has ended");
                return Err(ended.because("TOKEN_REVOKED").into());
            }
            let grants = narrowing.as_deref();
            let row = Row {
                user,
                parent,
                secret: &secret,
                new: &new,
                narrowing: grants,
                created_at: now,
                confirmed_at,
                expires_at,
            };
            let id = store::insert(tx, &row)?;
            audit::record(tx, &context.world, &caller, &Event::on("token.create", "token", id.0, &new.name))?;
            let token = Token {
                id,
                user,
                parent,
                hint: secret.hint(),
                name: new.name,
                description: new.description,
                read_only: new.read_only,
                narrowing,
                created_at: now,
                confirmed_at,
                expires_at,
                last_used: None,
                revoked_at: None,
                revoke_reason: None,
                user_enabled: true,
                owner: None,
            };
            Ok(Issued { secret, token })
        })
        .await
}

fn check_lifetime(cx: &Context, new: &NewToken) -> Result<(), Refusal> {
    let longest = cx.config.tokens.max_lifetime_days;
    if new.lifetime_seconds < 1 || new.lifetime_seconds > longest.saturating_mul(86_400) {
        let field = new.lifetime_field;
        let shortest = if field.starts_with("--") { "1s to " } else { "1 to " };
        let unit = if field.starts_with("--") { "d" } else { " days" };
        return Err(Refusal::input(field, format!("`{field}` must be {shortest}{longest}{unit}")));
    }
    Ok(())
}
