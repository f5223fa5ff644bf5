//! The list of users is taken out: who reads it the list itself says, and that it was done is written down.

use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::Error;
use std::sync::Arc;

/// Writes down that the list of users is taken out; `said` are its filters. To be waited for before anything goes: nothing
/// is taken out where that cannot be written down.
///
/// # Errors
/// When the database fails.
pub async fn note_export(cx: &Arc<Context>, caller: &Caller, said: &[String]) -> Result<(), Error> {
    let (context, caller, details) = (Arc::clone(cx), caller.clone(), audit::export::which(said));
    cx.storage
        .write(move |tx| {
            let event = Event::about("user.export", "user").with(details);
            audit::record(tx, &context.world, &caller, &event)
        })
        .await
}
