//! `errors.hidden_fields = "hide"` (permission rule 31): what a caller may not see answers like what does not exist.
//! So a document is held against the schema that its caller is shown, and against nothing else, before anything of it
//! is told.

use super::introspection::Shaped;
use super::plan::Plan;
use super::{Door, Stop, signs_in, stop, variables};
use crate::caller::Caller;
use crate::config::HiddenFields;
use crate::context::Context;
use crate::error::{Code, Fault, Refusal};
use crate::graphql::GraphqlRequest;
use std::sync::Arc;

/// Whether what a caller may not see is hidden in errors.
pub fn is_on(cx: &Context) -> bool {
    cx.config.errors.hidden_fields == HiddenFields::Hide
}

/// The plan of what a caller asks, valid on what it is shown with all its variables. Sign-in alone is a stranger's,
/// and hides nothing.
pub async fn plan(door: &Door, caller: &Caller, asked: &GraphqlRequest) -> Result<Arc<Plan>, Stop> {
    let (surface, limits) = (&door.surface, &door.cx.config.limits);
    let operation = asked.operation_name.as_deref();
    if signs_in(door, asked) {
        return Ok(door.plans.of(surface, limits, &asked.query, operation)?);
    }
    let shaped = shaped(door, caller).await?;
    let plan = door.plans.as_seen(surface, &shaped, limits, &asked.query, operation)?;
    variables::coerce(shaped.asked(), &plan.operation, &asked.variables)?;
    Ok(plan)
}

async fn shaped(door: &Door, caller: &Caller) -> Result<Arc<Shaped>, Stop> {
    let powers = door.powers(caller);
    if let Some(shaped) = door.shapes.kept(&powers) {
        return Ok(shaped);
    }
    let (shapes, surface) = (Arc::clone(&door.shapes), Arc::clone(&door.surface));
    let made = tokio::task::spawn_blocking(move || shapes.of(&surface, &powers)).await;
    made.map_err(|error| stop(Fault::new("shaping the schema", error).into(), &caller.origin().request_id))
}

/// A refusal without the names of what is not held.
pub fn hushed(refusal: Refusal) -> Refusal {
    if refusal.code == Code::Forbidden && !refusal.missing.is_empty() {
        let message = "not granted: this takes more than the credential holds".to_owned();
        return Refusal { message, missing: Vec::new(), ..refusal };
    }
    refusal
}
