//! A new secret for a token that stays what it is.

use super::chain::{hold_caller, not_previous};
use super::create::within_line;
use super::{Issued, find, itself_alone, own, store};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::id::TokenId;
use crate::secret::{Kind, Secret};
use crate::storage::Subject;
use std::sync::Arc;

/// How many hours the secret before works on at most.
const LONGEST_OVERLAP: i32 = 720;

/// Gives a token a new secret and as much time again as it was first given. The secret before goes on working for
/// `overlap_hours`, and not beyond its own end; the one before that ends.
///
/// Without `id` it is the token that makes the call. A session rotates any of its user's tokens, a token itself alone.
///
/// # Errors
/// A token that is not there for this caller, that has ended, or whose line has ended; an overlap that is too long.
pub async fn rotate(
    cx: &Arc<Context>,
    caller: &Caller,
    id: Option<TokenId>,
    overlap_hours: i32,
) -> Result<Issued, Error> {
    not_previous(caller)?;
    let itself = || Refusal::input("id", "a session has to say which token: `id` may be left out by a token alone");
    let id = id.or_else(|| caller.token().map(|token| token.id)).ok_or_else(itself)?;
    if !(0..=LONGEST_OVERLAP).contains(&overlap_hours) {
        let message = format!("`overlap_hours` must be 0 to {LONGEST_OVERLAP}");
        return Err(Refusal::input("overlap_hours", message).into());
    }
    let secret = Secret::mint(&cx.world, &cx.config.tokens.prefix, Kind::PersonalAccessToken);
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let old = own(tx, &caller, id)?;
            itself_alone(&caller, &old)?;
            old.not_revoked()?;
            hold_caller(tx, &caller)?;
            let now = context.world.now();
            if now >= old.expires_at {
                let message = format!("token {id} has expired: make a new one");
                return Err(Refusal::input("id", message).into());
            }
            let longest = context.config.tokens.max_lifetime_days.saturating_mul(86_400);
            let wanted = now.plus_seconds(old.lifetime_seconds.min(longest));
            let expires_at = within_line(tx, &context, id, wanted)?;
            let previous_until = now.plus_seconds(i64::from(overlap_hours) * 3_600).min(old.expires_at);
            store::rotate(tx, id, &secret, previous_until, expires_at)?;
            let details = format!("the secret before ends at {previous_until}, the token at {expires_at}");
            let event = Event::on("token.rotate", "token", id.0, &old.name).with(details);
            audit::record(tx, &context.world, &caller, &event)?;
            tx.tell(Subject::Token(id.0))?;
            Ok(Issued { secret, token: find(tx, id)? })
        })
        .await
}
