//! Ending a token before its time.

use super::chain::{descends, walk};
use super::{Token, find, own, store};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::TokenId;
use crate::names;
use crate::storage::{Subject, Tx};
use std::sync::Arc;

/// How far a revocation reaches, and why.
#[derive(Debug, Clone, Default)]
pub struct Revocation {
    /// The tokens that it made, and those that they made, go along.
    pub with_descendants: bool,
    /// The secret is in wrong hands: the descendants go along in any case.
    pub compromised: bool,
    /// Why, for those who read the list later.
    pub reason: Option<String>,
}

/// Revokes a token: from the answer on it is refused.
///
/// A session revokes any of its user's tokens, the operator anyone's; a token itself and those that it made.
///
/// # Errors
/// A token that is not there for this caller.
pub async fn revoke(cx: &Arc<Context>, caller: &Caller, id: TokenId, asked: Revocation) -> Result<Token, Error> {
    end(cx, caller, asked, move |tx, caller| {
        let token = own(tx, caller, id)?;
        if let Some(by) = caller.token()
            && !descends(tx, token.id, by.id)?
        {
            let message = "a token revokes itself and those that it made; others take a session";
            return Err(Refusal::new(Code::Forbidden, message).into());
        }
        Ok(token)
    })
    .await
}

/// Revokes anyone's token. Whoever is granted the field may: it takes nothing but powers.
///
/// # Errors
/// A token that is not there.
pub async fn revoke_any(cx: &Arc<Context>, caller: &Caller, id: TokenId, asked: Revocation) -> Result<Token, Error> {
    end(cx, caller, asked, move |tx, _| find(tx, id)).await
}

async fn end(
    cx: &Arc<Context>,
    caller: &Caller,
    asked: Revocation,
    which: impl FnOnce(&mut Tx, &Caller) -> Result<Token, Error> + Send + 'static,
) -> Result<Token, Error> {
    if let Some(reason) = &asked.reason {
        names::check_text("reason", reason)?;
    }
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let id = which(tx, &caller)?.id;
            let with_descendants = asked.with_descendants || asked.compromised;
            walk(tx, id, with_descendants, |tx, id| end_one(tx, &context, &caller, id, &asked))?;
            find(tx, id)
        })
        .await
}

fn end_one(tx: &mut Tx, cx: &Context, caller: &Caller, id: TokenId, asked: &Revocation) -> Result<(), Error> {
    let reason = asked.reason.as_deref().or_else(|| asked.compromised.then_some("compromised"));
    let Some(name) = store::revoke(tx, id, cx.world.now(), reason, asked.compromised)? else {
        return Ok(()); // Revoked before: its moment and its reason stay.
    };
    let details = match (asked.compromised, reason) {
        (true, Some(reason)) if reason != "compromised" => Some(format!("compromised: {reason}")),
        (_, reason) => reason.map(str::to_owned),
    };
    let event = Event { details, ..Event::on("token.revoke", "token", id.0, &name) };
    audit::record(tx, &cx.world, caller, &event)?;
    tx.tell(Subject::Token(id.0))
}
