//! Runs a judged operation: own fields by the executor, introspection from the shaped schema, and both put together
//! in the order asked.

use super::answer::{self, AnsweredError, Media};
use super::plan::Plan;
use super::{Door, hidden, introspection, own_part};
use crate::caller::Caller;
use crate::context::Call;
use crate::error::{Code, Error, Fault, Refusal};
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use async_graphql::{Request, Response as OwnResponse, ServerError, Variables};
use async_graphql_value::ConstValue;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use indexmap::IndexMap;
use serde::Serialize;
use std::sync::Arc;

/// How many errors of one operation are told: a field of a long list can fail in each of its entities.
const ERRORS_TOLD: usize = 20;

/// Runs the operation and answers. `variables` are coerced: defaults filled in, what was not given absent.
pub async fn run(door: &Door, caller: &Caller, plan: &Arc<Plan>, variables: JsonMap, media: Media) -> Response<Body> {
    let introspected = if plan.introspects { Some(introspect(door, caller, plan, &variables).await) } else { None };
    let hides = hidden::is_on(&door.cx);
    let mut outcome = Outcome { request_id: &caller.origin().request_id, hides, errors: Vec::new(), status: None };
    let own = match run_own(door, caller, plan, &variables).await {
        Ok(own) => outcome.own(own),
        Err(fault) => outcome.fault(&fault),
    };
    let data = match introspected {
        None => Data::Own(own),
        Some(introspected) => outcome.both(own, introspected, plan, &variables),
    };
    let status = outcome.status.filter(|_| data.is_null()).unwrap_or(StatusCode::OK);
    let body = Answered { errors: &outcome.errors, data: &data };
    answer::with(status, media, serde_json::to_vec(&body).unwrap_or_default())
}

#[derive(Serialize)]
struct Answered<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [AnsweredError],
    data: &'a Data,
}

/// What is answered: own fields as the executor gives them, or put together with introspection.
#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Own(ConstValue),
    Both(serde_json::Map<String, serde_json::Value>),
}

impl Data {
    const NULL: Self = Self::Own(ConstValue::Null);

    const fn is_null(&self) -> bool {
        matches!(self, Self::Own(ConstValue::Null))
    }
}

/// Runs what is own; an operation that leaves nothing to run answers an empty object.
async fn run_own(door: &Door, caller: &Caller, plan: &Plan, variables: &JsonMap) -> Result<OwnResponse, Fault> {
    let collected;
    let own = if plan.own_varies {
        let part = own_part::of(&plan.document, &plan.operation, variables);
        collected = part.map_err(|refusal| Fault::new("running an operation", refusal.message))?;
        collected.as_ref()
    } else {
        plan.own.as_ref()
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

async fn introspect(door: &Door, caller: &Caller, plan: &Arc<Plan>, variables: &JsonMap) -> Result<JsonMap, Error> {
    let (shapes, cx, plan) = (Arc::clone(&door.shapes), Arc::clone(&door.cx), Arc::clone(plan));
    let (caller, variables) = (caller.clone(), variables.clone());
    let work = move || introspection::answer(&shapes.of(&cx.surface, caller.powers()), &plan, &variables);
    tokio::task::spawn_blocking(work).await.map_err(|error| Fault::new("introspecting", error))?
}

/// What is gathered for the answer.
struct Outcome<'a> {
    request_id: &'a str,
    /// Whether refusals go out without the names of what is not held.
    hides: bool,
    errors: Vec<AnsweredError>,
    /// The status, if nothing at all is answered.
    status: Option<StatusCode>,
}

impl Outcome<'_> {
    fn own(&mut self, own: OwnResponse) -> ConstValue {
        for error in own.errors.iter().take(ERRORS_TOLD) {
            self.error(error);
        }
        own.data
    }

    fn both(
        &mut self,
        own: ConstValue,
        introspected: Result<JsonMap, Error>,
        plan: &Plan,
        variables: &JsonMap,
    ) -> Data {
        let introspected = match introspected {
            Ok(introspected) => introspected,
            Err(Error::Refusal(refusal)) => {
                self.status = Some(answer::status(refusal.code, Media::Json));
                self.errors.push(AnsweredError::of(&refusal));
                return Data::NULL;
            }
            Err(Error::Fault(fault)) => return Data::Own(self.fault(&fault)),
        };
        // A field that may not be null failed: then GraphQL answers no data at all.
        let Ok(serde_json::Value::Object(mut parts)) = own.into_json() else { return Data::NULL };
        for (key, value) in introspected {
            parts.entry(key.as_str()).or_insert_with(|| serde_json::to_value(value).unwrap_or_default());
        }
        let mut ordered = serde_json::Map::new();
        for key in asked_order(plan, variables) {
            if let Some(value) = parts.remove(&key) {
                ordered.insert(key, value);
            }
        }
        Data::Both(ordered)
    }

    /// Takes in an error of the executor. Only what is ours to show is shown: refusals, and what the executor says
    /// of a value that does not fit its scalar.
    fn error(&mut self, error: &ServerError) {
        let mut answered = match error.source::<Error>() {
            Some(Error::Refusal(refusal)) => {
                if matches!(refusal.code, Code::TooManyRequests | Code::Unavailable) {
                    self.status = Some(answer::status(refusal.code, Media::Json));
                }
                if self.hides {
                    AnsweredError::of(&hidden::hushed((**refusal).clone()))
                } else {
                    AnsweredError::of(refusal)
                }
            }
            Some(Error::Fault(fault)) => {
                self.fault(fault);
                return;
            }
            None if error.source.is_none() => {
                AnsweredError::of(&Refusal::new(Code::BadUserInput, own_words(&error.message)))
            }
            None => {
                self.fault(&Fault::new("running an operation", error.message.clone()));
                return;
            }
        };
        answered.path = error.path.iter().filter_map(|segment| serde_json::to_value(segment).ok()).collect();
        self.errors.push(answered);
    }

    fn fault(&mut self, fault: &Fault) -> ConstValue {
        tracing::error!(request_id = self.request_id, %fault, "a request failed");
        let (error, code) = if fault.passing {
            (AnsweredError::unavailable(), Code::Unavailable)
        } else {
            (AnsweredError::internal(self.request_id), Code::Internal)
        };
        self.status = Some(answer::status(code, Media::Json));
        self.errors.push(error);
        ConstValue::Null
    }
}

/// What the executor says of a value that does not fit its scalar, without the value and without its own insides.
fn own_words(message: &str) -> String {
    let parsing = message.strip_prefix("Failed to parse \"").and_then(|rest| rest.split_once("\": "));
    if let Some((ty, said)) = parsing {
        let said = said.split(" (occurred while parsing").next().unwrap_or(said);
        return format!("a value of type {ty} {said}");
    }
    let expected = message.strip_prefix("Expected input type \"").and_then(|rest| rest.split_once("\", found "));
    match expected {
        Some((ty, found)) if found.starts_with("null") => format!("a value of type {ty} must not be null"),
        Some((ty, _)) => format!("what was given is not a value of type {ty}"),
        None => message.to_owned(),
    }
}

/// The keys of the answer in the order that the operation asks for them (GraphQL, CollectFields).
fn asked_order(plan: &Plan, variables: &JsonMap) -> Vec<String> {
    let mut keys = Vec::new();
    collect(plan, &plan.operation.selection_set, variables, &mut keys);
    keys
}

fn collect(plan: &Plan, set: &SelectionSet, variables: &JsonMap, keys: &mut Vec<String>) {
    for selection in &set.selections {
        if own_part::left_out(selection, variables) {
            continue;
        }
        match selection {
            Selection::Field(field) => keys.push(field.response_key().to_string()),
            Selection::InlineFragment(inline) => collect(plan, &inline.selection_set, variables, keys),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = plan.document.fragments.get(&spread.fragment_name) {
                    collect(plan, &fragment.selection_set, variables, keys);
                }
            }
        }
    }
}
