//! Standing by a token again.

use super::chain::{hold_caller, tell_all};
use super::{Token, find, own, store};
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::Error;
use crate::id::TokenId;
use std::sync::Arc;

/// A person stands by a token again: its line goes on for another `tokens.unattended_days`, `super_admin` reaches it,
/// and its list of grants opens what there is now. Of those that it made only the line goes on: what they may do is
/// confirmed token by token.
///
/// # Errors
/// For any caller but a session, and for a token that is not there or was revoked.
pub async fn confirm(cx: &Arc<Context>, caller: &Caller, id: TokenId) -> Result<Token, Error> {
    caller.session()?;
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let token = own(tx, &caller, id)?;
            token.not_revoked()?;
            hold_caller(tx, &caller)?;
            store::confirm(tx, id, context.world.now(), context.schema_revision)?;
            audit::record(tx, &context.world, &caller, &Event::on("token.confirm", "token", id.0, &token.name))?;
            tell_all(tx, id)?;
            find(tx, id)
        })
        .await
}
