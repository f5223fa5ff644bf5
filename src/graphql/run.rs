//! Runs a judged operation: own fields by the executor, introspection from the shaped schema, the rest by the API
//! behind.

use super::answer;
use super::mixed::{self, Data};
use super::outcome::{Outcome, Told};
use super::plan::Plan;
use super::{Asked, Door, hidden, introspection, own_part, passing};
use crate::caller::Caller;
use crate::context::Call;
use crate::error::{Error, Fault};
use crate::graphql::halves::Half;
use apollo_compiler::response::JsonMap;
use async_graphql::{Request, Response as OwnResponse, Variables};
use async_graphql_value::ConstValue;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Runs the operation and answers. `variables` are coerced: defaults filled in, what was not given absent.
pub(super) async fn run(
    door: &Door,
    caller: &Caller,
    plan: &Arc<Plan>,
    variables: JsonMap,
    asked: &Asked,
) -> Response<Body> {
    if plan.is_passed_on()
        && let Some(part) = &plan.api
    {
        return passing::on(door, caller, part, asked).await;
    }
    let request_id = &caller.origin().request_id;
    let mut outcome = Outcome {
        request_id,
        hides: hidden::is_on(&door.cx),
        errors: Vec::new(),
        extensions: None,
        status: None,
        code: None,
        again_after: None,
    };
    let data = if plan.api.is_some() || plan.introspects {
        // In a box, as all that few requests need: every request's future would be as large, and is moved about.
        Box::pin(mixed::run(door, caller, plan, &variables, asked, &mut outcome)).await
    } else {
        Data::Own(Box::pin(own(door, caller, plan, &variables, Half::First, &mut outcome)).await)
    };
    let status = outcome.status.filter(|_| data.is_null()).unwrap_or(StatusCode::OK);
    let body = Answered { errors: &outcome.errors, data: &data, extensions: outcome.extensions.as_deref() };
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = answer::with(status, asked.media, body, outcome.again_after);
    if let Some(code) = outcome.code {
        answer::noted(&mut response, code);
    }
    response
}

#[derive(Serialize)]
struct Answered<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Told],
    data: &'a Data,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<&'a RawValue>,
}

/// The data of Doorward's own half, or of what stands on one side of the API's.
pub(super) async fn own(
    door: &Door,
    caller: &Caller,
    plan: &Plan,
    variables: &JsonMap,
    half: Half,
    outcome: &mut Outcome<'_>,
) -> ConstValue {
    match run_own(door, caller, plan, variables, half).await {
        Ok(own) => outcome.own(own),
        Err(fault) => outcome.fault(&fault),
    }
}

/// Runs what is own; an operation that leaves nothing to run answers an empty object.
pub(super) async fn run_own(
    door: &Door,
    caller: &Caller,
    plan: &Plan,
    variables: &JsonMap,
    half: Half,
) -> Result<OwnResponse, Fault> {
    let collected;
    let own = if plan.own_varies {
        let part = |field: &_| plan.halves.is_in(half, field);
        let part = own_part::of(&plan.document, &plan.operation, variables, &part);
        collected = part.map_err(|refusal| Fault::new("running an operation", refusal.message))?;
        collected.as_ref()
    } else {
        plan.own[usize::from(half == Half::Last)].as_ref()
    };
    let Some(own) = own else { return Ok(OwnResponse::new(ConstValue::Object(IndexMap::new()))) };
    let mut request = Request::new("");
    if !plan.operation.variables.is_empty() {
        request.variables = Variables::from_json(serde_json::to_value(variables).unwrap_or_default());
    }
    request.set_parsed_query(own_part::for_variables(own, &plan.operation, variables));
    request.data.insert(Call::new(Arc::clone(&door.cx), caller.clone()));
    let mut response = door.own.execute(request).await;
    response.data = own.in_order(response.data);
    Ok(response)
}

/// Answers `__schema` and `__type` from the schema as the caller sees it.
pub(super) async fn introspect(
    door: &Door,
    caller: &Caller,
    plan: &Arc<Plan>,
    variables: &JsonMap,
) -> Result<JsonMap, Error> {
    let (shapes, surface, plan) = (Arc::clone(&door.shapes), Arc::clone(&door.surface), Arc::clone(plan));
    let (powers, variables) = (door.powers(caller), variables.clone());
    let work = move || introspection::answer(&shapes.of(&surface, &powers), &plan, &variables);
    tokio::task::spawn_blocking(work).await.map_err(|error| Fault::new("introspecting", error))?
}
