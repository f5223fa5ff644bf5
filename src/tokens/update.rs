//! Changing a token that is there.

use super::chain::{hold_caller, not_previous, tell_all};
use super::create::Bounds;
use super::documents::{self, Document};
use super::{Token, find, itself_alone, own, store};
use crate::addresses::Ranges;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Code, Error, Reason, Refusal};
use crate::id::TokenId;
use crate::permission::{Pattern, PinnedGrant, Surface};
use crate::storage::{Subject, Tx};
use crate::{names, roles};
use std::sync::Arc;

/// What to change: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What it is called.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// What it is narrowed to, as written.
    pub permissions: Option<Option<Vec<String>>>,
    /// The documents that it is held to, as written.
    pub documents: Option<Option<Vec<String>>>,
    /// Where it may be used from, as written.
    pub ip_ranges: Option<Option<Vec<String>>>,
}

/// The same, read.
pub(super) struct Read {
    pub(super) narrowing: Option<Option<Vec<PinnedGrant>>>,
    pub(super) documents: Option<Option<Vec<Document>>>,
    pub(super) ip_ranges: Option<Option<Ranges>>,
}

impl Read {
    const fn changes_powers(&self) -> bool {
        self.narrowing.is_some() || self.documents.is_some() || self.ip_ranges.is_some()
    }
}

/// Changes a token. A session changes any of its user's tokens, within what the user holds; a token itself alone, and
/// only so that less is left to it.
///
/// # Errors
/// A token that is not there for this caller or was revoked; what is not fit; an exact grant of what the user does not
/// hold; a token that would have more than before.
pub async fn update(cx: &Arc<Context>, caller: &Caller, id: TokenId, changes: Changes) -> Result<Token, Error> {
    not_previous(caller)?;
    if let Some(name) = &changes.name {
        names::check("name", name, 200)?;
    }
    if let Some(Some(description)) = &changes.description {
        names::check_text("description", description)?;
    }
    let read = read(cx, caller, &changes)?;
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage.change(move |tx| apply(tx, &context, &caller, id, &changes, read)).await
}

fn read(cx: &Context, caller: &Caller, changes: &Changes) -> Result<Read, Error> {
    let mut narrowing = None;
    if let Some(asked) = &changes.permissions {
        let list = asked.as_deref().map(|list| roles::read_grants(cx, caller, "permissions", list)).transpose()?;
        if let Some(list) = &list {
            roles::may_confer(cx, caller, &cx.surface.confers(list))?;
        }
        narrowing = Some(list);
    }
    let documents =
        |asked: &Option<Vec<String>>| asked.as_deref().map(|list| documents::read(cx, caller, list)).transpose();
    let ranges = |asked: &Option<Vec<String>>| asked.as_deref().map(|list| Ranges::read("ip_ranges", list)).transpose();
    Ok(Read {
        narrowing,
        documents: changes.documents.as_ref().map(documents).transpose()?,
        ip_ranges: changes.ip_ranges.as_ref().map(ranges).transpose()?,
    })
}

fn apply(
    tx: &mut Tx,
    cx: &Context,
    caller: &Caller,
    id: TokenId,
    changes: &Changes,
    mut read: Read,
) -> Result<Token, Error> {
    let old = own(tx, caller, id)?;
    itself_alone(caller, &old)?;
    old.not_revoked()?;
    hold_caller(tx, caller)?;
    if caller.token().is_some() {
        no_wider(tx, &cx.surface, &old, &mut read)?;
    }
    let told = told(changes, &read);
    if told.is_empty() {
        return Ok(old);
    }
    store::update(tx, &old, changes, &read)?;
    let name = changes.name.as_ref().unwrap_or(&old.name);
    let event = Event::on("token.update", "token", id.0, name).with(told.join("; "));
    audit::record(tx, &cx.world, caller, &event)?;
    // The name is written to the audit trail with all that the token does.
    if read.changes_powers() {
        tell_all(tx, id)?
    } else {
        tx.tell(Subject::Token(id.0))?
    }
    find(tx, id)
}

/// In words, for the audit trail.
fn told(changes: &Changes, read: &Read) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(changes.name.as_ref().map(|_| "name".to_owned()));
    told.extend(changes.description.as_ref().map(|_| "description".to_owned()));
    let cleared = |name: &str, cleared: bool| cleared.then(|| format!("{name}: none"));
    told.extend(cleared("permissions", matches!(read.narrowing, Some(None))));
    told.extend(cleared("documents", matches!(read.documents, Some(None))));
    told.extend(cleared("ip_ranges", matches!(read.ip_ranges, Some(None))));
    let set = Bounds {
        narrowing: read.narrowing.clone().flatten(),
        documents: read.documents.clone().flatten(),
        ip_ranges: read.ip_ranges.clone().flatten(),
    };
    told.extend(set.told());
    told
}

/// Whoever holds a token must not get more out of it than it was made for: of itself it only gives away.
fn no_wider(tx: &mut Tx, surface: &Surface, old: &Token, read: &mut Read) -> Result<(), Error> {
    let wider = |what: &str| {
        let message = format!("a token only narrows itself: {what} takes a session");
        Error::from(Refusal::new(Code::Forbidden, message).because(Reason::SessionRequired))
    };
    match (&old.narrowing, &mut read.narrowing) {
        (Some(_), Some(None)) => return Err(wider("`permissions: null`")),
        (Some(before), Some(Some(list))) => {
            keep_moments(before, list);
            if !is_narrower(surface, before, list) {
                return Err(wider("a list of `permissions` that opens more than the one before, or may one day,"));
            }
        }
        _ => {}
    }
    if old.held_to_documents {
        match &read.documents {
            Some(None) => return Err(wider("`documents: null`")),
            Some(Some(list)) => {
                let before = store::document_digests(tx, vec![old.id])?.remove(&old.id).unwrap_or_default();
                if list.iter().any(|document| !before.contains(&document.digest)) {
                    return Err(wider("another one of `documents`"));
                }
            }
            None => {}
        }
    }
    match (&old.ip_ranges, &read.ip_ranges) {
        (Some(_), Some(None)) => Err(wider("`ip_ranges: null`")),
        (Some(before), Some(Some(ranges))) if !ranges.lie_within(before) => Err(wider("another one of `ip_ranges`")),
        _ => Ok(()),
    }
}

/// What a grant opens is confirmed by people: one that stays keeps its moment.
fn keep_moments(before: &[PinnedGrant], list: &mut [PinnedGrant]) {
    for pinned in list {
        if let Some(known) = before.iter().find(|known| known.grant == pinned.grant) {
            pinned.as_of = known.as_of;
        }
    }
}

/// Whether a list opens nothing that the one before did not, neither now nor once an administrator accepts what the
/// schema gains: so what gains with it must have been there, or lie within what was, and an exclusion that takes what
/// comes later must stay.
fn is_narrower(surface: &Surface, before: &[PinnedGrant], list: &[PinnedGrant]) -> bool {
    let with_arguments_to_come = |known: &&PinnedGrant| !matches!(known.grant.pattern, Pattern::Argument(..));
    let whole: Vec<PinnedGrant> =
        before.iter().filter(|known| known.grant.exclude || with_arguments_to_come(known)).cloned().collect();
    let whole = surface.compile(&whole, true);
    let covered = |pinned: &PinnedGrant| {
        let grant = &pinned.grant;
        let there = |known: &PinnedGrant| {
            let wide = matches!((&known.grant.pattern, &grant.pattern), (Pattern::Everything, Pattern::Type(_)));
            !known.grant.exclude && known.grant.source == grant.source && (wide || known.grant.pattern == grant.pattern)
        };
        // Of an interface there is no such permission: it gains types.
        let spelt = surface.permission(grant.source, &grant.pattern.to_string());
        let exact = match &grant.pattern {
            Pattern::Field(ty, _) => spelt.is_some_and(|field| field.is_subset(&whole) || surface.is_input(ty)),
            Pattern::Argument(..) => spelt.is_some(),
            Pattern::Everything | Pattern::Type(_) => false,
        };
        grant.exclude || exact || before.iter().any(there)
    };
    let stays = |known: &PinnedGrant| {
        let one_coordinate = surface.permission(known.grant.source, &known.grant.pattern.to_string()).is_some();
        !known.grant.exclude || one_coordinate || list.iter().any(|pinned| pinned.grant == known.grant)
    };
    let within = |follow: bool| surface.compile(list, follow).is_subset(&surface.compile(before, follow));
    list.iter().all(covered) && before.iter().all(stays) && within(false) && within(true)
}
