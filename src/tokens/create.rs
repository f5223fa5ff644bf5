//! Making a token.

use super::chain::{hold_caller, last_attended, not_previous};
use super::documents::{self, Document};
use super::{Token, find, store};
use crate::addresses::Ranges;
use crate::audit::{self, Event};
use crate::caller::{Caller, TokenCredential};
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::{TokenId, UserId};
use crate::names;
use crate::permission::PinnedGrant;
use crate::roles;
use crate::secret::{Kind, Secret};
use crate::storage::Tx;
use crate::world::Timestamp;
use std::sync::Arc;

/// What a new token is made from.
#[derive(Debug, Clone, Default)]
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
    /// The documents that it is held to, as written; `None`: none; an empty list: nothing runs.
    pub documents: Option<Vec<String>>,
    /// Where it may be used from; `None`: anywhere; an empty list: nowhere.
    pub ip_ranges: Option<Vec<String>>,
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
    pub(super) parent: Option<TokenId>,
    pub(super) secret: &'a Secret,
    pub(super) new: &'a NewToken,
    pub(super) bounds: &'a Bounds,
    pub(super) created_at: Timestamp,
    pub(super) confirmed_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// What cuts a token down, read.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    pub(super) narrowing: Option<Vec<PinnedGrant>>,
    pub(super) documents: Option<Vec<Document>>,
    pub(super) ip_ranges: Option<Ranges>,
}

impl Bounds {
    /// In words, for the audit trail.
    pub(super) fn told(&self) -> Vec<String> {
        let grants = |list: &Vec<PinnedGrant>| {
            audit::some(&list.iter().map(|pinned| pinned.grant.to_string()).collect::<Vec<_>>())
        };
        let narrowing = self.narrowing.as_ref().map(|list| format!("permissions: [{}]", grants(list)));
        let documents = self.documents.as_ref().map(|list| format!("documents: {}", list.len()));
        let ranges = self.ip_ranges.as_ref().map(|ranges| format!("ip_ranges: [{ranges}]"));
        [narrowing, documents, ranges].into_iter().flatten().collect()
    }
}

/// Makes a token for `user`: the caller's own, or, for the operator, anyone's. A token that makes one is its
/// parent: the child never comes to more than it.
///
/// # Errors
/// A name or lifetime that is not fit, a wrong grant, document or range, an exact grant of what the user does not hold,
/// a child that is wider than its parent.
pub async fn create(cx: &Arc<Context>, caller: &Caller, user: UserId, new: NewToken) -> Result<Issued, Error> {
    not_previous(caller)?;
    names::check("name", &new.name, 200)?;
    if let Some(description) = &new.description {
        names::check_text("description", description)?;
    }
    check_lifetime(cx, &new)?;
    let bounds = read_bounds(cx, caller, &new)?;
    if let Some(parent) = caller.token() {
        no_wider(parent, new.read_only, &bounds)?;
    }
    let secret = Secret::mint(&cx.world, &cx.config.tokens.prefix, Kind::PersonalAccessToken);
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage.write(move |tx| insert(tx, &context, &caller, user, &new, &bounds, secret)).await
}

fn read_bounds(cx: &Context, caller: &Caller, new: &NewToken) -> Result<Bounds, Error> {
    let narrowing = match &new.permissions {
        Some(permissions) => Some(roles::read_grants(cx, caller, "permissions", permissions)?),
        None => None,
    };
    if let Some(narrowing) = &narrowing {
        roles::may_confer(cx, caller, &cx.surface.confers(narrowing))?;
    }
    let documents = new.documents.as_deref().map(|written| documents::read(cx, caller, written)).transpose()?;
    let ip_ranges = new.ip_ranges.as_deref().map(|written| Ranges::read("ip_ranges", written)).transpose()?;
    Ok(Bounds { narrowing, documents, ip_ranges })
}

/// What a child leaves out is cut by its parent whenever it is used; what it spells must not be more.
fn no_wider(parent: &TokenCredential, read_only: bool, child: &Bounds) -> Result<(), Refusal> {
    let forbidden = |message| Err(Refusal::new(Code::Forbidden, message));
    if parent.read_only && !read_only {
        return forbidden("a read-only token makes no token that may write");
    }
    if let (Some(held_to), Some(documents)) = (&parent.documents, &child.documents)
        && documents.iter().any(|document| !held_to.contains(&document.digest))
    {
        return forbidden("a token that is held to documents makes no token for others");
    }
    if let Some(ranges) = &child.ip_ranges
        && !parent.ip_ranges.iter().all(|parents| ranges.lie_within(parents))
    {
        return forbidden("a token makes no token for addresses that are not its own");
    }
    Ok(())
}

fn insert(
    tx: &mut Tx,
    cx: &Context,
    caller: &Caller,
    user: UserId,
    new: &NewToken,
    bounds: &Bounds,
    secret: Secret,
) -> Result<Issued, Error> {
    hold_caller(tx, caller)?;
    let now = cx.world.now();
    let parent = caller.token();
    let wanted = now.plus_seconds(new.lifetime_seconds);
    let expires_at = match parent {
        Some(parent) => within_line(tx, cx, parent.id, wanted)?,
        // The first of a line, of which it may be as long as a line goes on without a person.
        None => wanted.min(now.plus_days(cx.config.tokens.unattended_days)),
    };
    let row = Row {
        user,
        parent: parent.map(|parent| parent.id),
        secret: &secret,
        new,
        bounds,
        created_at: now,
        confirmed_at: parent.map_or(now, |parent| parent.confirmed_at),
        expires_at,
    };
    let id = store::insert(tx, &row)?;
    let mut details = bounds.told();
    details.insert(0, if new.read_only { "read-only".into() } else { "read-write".into() });
    details.extend(parent.map(|parent| format!("parent: {} ({})", parent.id, parent.name)));
    let event = Event::on("token.create", "token", id.0, &new.name).with(details.join("; "));
    audit::record(tx, &cx.world, caller, &event)?;
    Ok(Issued { secret, token: find(tx, id)? })
}

/// The same moment, or the one at which the line of this token ends, if that comes first: a line of tokens that renew
/// themselves goes on from when a person last stood by one of it.
///
/// # Errors
/// When it has ended.
pub(super) fn within_line(tx: &mut Tx, cx: &Context, token: TokenId, wanted: Timestamp) -> Result<Timestamp, Error> {
    let attended = last_attended(tx, token)?.unwrap_or(wanted);
    let ends = wanted.min(attended.plus_days(cx.config.tokens.unattended_days));
    if ends <= cx.world.now() {
        let message =
            "nobody has stood by this line of tokens for too long: a person has to confirm it, or to make the next one";
        return Err(Refusal::new(Code::Forbidden, message).into());
    }
    Ok(ends)
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
