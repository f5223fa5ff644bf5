//! An operation whose answer comes from several places: Doorward's own fields, introspection, and the API behind. Each
//! half is asked for once; the answer has its keys in the order asked.

use super::halves::Half;
use super::outcome::{Outcome, Told};
use super::plan::Plan;
use super::{Asked, Door, own_part, passing, run};
use crate::caller::Caller;
use crate::error::{Error, Refusal};
use crate::gateway::Failure;
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use async_graphql_value::ConstValue;
use bytes::Bytes;
use indexmap::IndexMap;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;

/// What is answered.
pub(super) enum Data {
    /// Own fields as the executor gives them.
    Own(ConstValue),
    /// Put together.
    Put(Vec<(String, Piece)>),
}

impl Data {
    pub const NULL: Self = Self::Own(ConstValue::Null);

    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Own(ConstValue::Null))
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Own(value) => value.serialize(serializer),
            Self::Put(pieces) => {
                let mut map = serializer.serialize_map(Some(pieces.len()))?;
                pieces.iter().try_for_each(|(key, piece)| map.serialize_entry(key, piece))?;
                map.end()
            }
        }
    }
}

/// The value of one key.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Piece {
    Ours(Value),
    /// The API's, to the letter.
    Theirs(Box<RawValue>),
}

/// What the API answered.
#[derive(Deserialize)]
struct Theirs {
    #[serde(default)]
    data: Option<IndexMap<String, Box<RawValue>>>,
    #[serde(default)]
    errors: Option<Vec<Box<RawValue>>>,
    #[serde(default)]
    extensions: Option<Box<RawValue>>,
}

/// Runs both halves, queries side by side and mutations in the order written, and puts their answers together.
pub(super) async fn run(
    door: &Door,
    caller: &Caller,
    plan: &Arc<Plan>,
    variables: &JsonMap,
    asked: &Asked,
    outcome: &mut Outcome<'_>,
) -> Data {
    let mut keys = Vec::new();
    collect(plan, &plan.operation.selection_set, variables, &mut keys);
    let mut put = Put { pieces: IndexMap::new(), failed: false, answered: false };
    if plan.is_mutation() {
        for half in [Half::First, Half::Api, Half::Last] {
            if !keys.iter().any(|(_, of)| *of == Some(half)) {
                continue;
            }
            if put.failed {
                put.null(&keys, half);
            } else if half == Half::Api {
                let theirs = theirs(door, caller, plan, asked).await;
                put.theirs(theirs, &keys, outcome);
            } else {
                let own = run::own(door, caller, plan, variables, half, outcome).await;
                put.own(own, &keys, half);
            }
        }
    } else {
        let has = |half: Half| keys.iter().any(|(_, of)| *of == Some(half));
        let (has_own, has_theirs) = (has(Half::First), has(Half::Api));
        let own =
            async { if has_own { Some(run::run_own(door, caller, plan, variables, Half::First).await) } else { None } };
        let theirs = async { if has_theirs { Some(theirs(door, caller, plan, asked).await) } else { None } };
        let introspected =
            async { if plan.introspects { Some(run::introspect(door, caller, plan, variables).await) } else { None } };
        let (own, theirs, introspected) = tokio::join!(own, theirs, introspected);
        if let Some(own) = own {
            let own = match own {
                Ok(own) => outcome.own(own),
                Err(fault) => outcome.fault(&fault),
            };
            put.own(own, &keys, Half::First);
        }
        if let Some(introspected) = introspected {
            put.introspected(introspected, &keys, outcome);
        }
        if let Some(theirs) = theirs {
            put.theirs(theirs, &keys, outcome);
        }
    }
    put.in_order(&keys)
}

/// The API's half of the answer.
async fn theirs(door: &Door, caller: &Caller, plan: &Plan, asked: &Asked) -> Result<Theirs, Refusal> {
    let Some(part) = &plan.api else { return Ok(Theirs { data: None, errors: None, extensions: None }) };
    let whole: Bytes = passing::whole(door, caller, part, asked).await?;
    let theirs: Theirs =
        serde_json::from_slice(&whole).map_err(|_| passing::not_graphql(door, "a response of another form"))?;
    if theirs.data.is_none() && theirs.errors.as_ref().is_none_or(Vec::is_empty) {
        return Err(passing::not_graphql(door, "neither data nor an error"));
    }
    Ok(theirs)
}

/// Each key of the answer, with the half that it belongs to; `None`: introspection.
type Keys = [(String, Option<Half>)];

struct Put {
    pieces: IndexMap<String, Piece>,
    /// Whether something failed as a whole, so that what comes after it in a mutation is not run.
    failed: bool,
    answered: bool,
}

impl Put {
    fn own(&mut self, own: ConstValue, keys: &Keys, half: Half) {
        // A field that may not be null failed: then GraphQL answers nothing of the half.
        let Ok(Value::Object(parts)) = own.into_json() else {
            self.failed = true;
            return self.null(keys, half);
        };
        self.answered = true;
        self.pieces.extend(parts.into_iter().map(|(key, value)| (key, Piece::Ours(value))));
    }

    fn theirs(&mut self, theirs: Result<Theirs, Refusal>, keys: &Keys, outcome: &mut Outcome<'_>) {
        match theirs {
            Ok(Theirs { data, errors, extensions }) => {
                outcome.errors.extend(errors.into_iter().flatten().map(Told::Theirs));
                outcome.extensions = extensions;
                match data {
                    Some(data) => {
                        self.answered = true;
                        let missing = |(key, of): &&(String, _)| *of == Some(Half::Api) && !data.contains_key(key);
                        let missing: Vec<&str> = keys.iter().filter(missing).map(|(key, _)| key.as_str()).collect();
                        if !missing.is_empty() {
                            outcome.refusal(
                                &Failure::Invalid("keys are missing".into()).refusal(),
                                missing.iter().copied(),
                            );
                            self.pieces.extend(missing.iter().map(|key| ((*key).to_owned(), Piece::Ours(Value::Null))));
                        }
                        // What it was not asked for is Doorward's to answer.
                        let asked = |name: &str| keys.iter().any(|(key, of)| key == name && *of == Some(Half::Api));
                        let data = data.into_iter().filter(|(key, _)| asked(key));
                        self.pieces.extend(data.map(|(key, value)| (key, Piece::Theirs(value))));
                    }
                    None => {
                        self.failed = true;
                        self.null(keys, Half::Api);
                    }
                }
            }
            Err(refusal) => {
                self.failed = true;
                let theirs = keys.iter().filter(|(_, half)| *half == Some(Half::Api));
                outcome.refusal(&refusal, theirs.map(|(key, _)| key.as_str()));
                self.null(keys, Half::Api);
            }
        }
    }

    fn introspected(&mut self, introspected: Result<JsonMap, Error>, keys: &Keys, outcome: &mut Outcome<'_>) {
        match introspected {
            Ok(introspected) => {
                self.answered = true;
                let pieces = introspected.into_iter();
                self.pieces.extend(pieces.map(|(key, value)| {
                    (key.as_str().to_owned(), Piece::Ours(serde_json::to_value(value).unwrap_or_default()))
                }));
            }
            Err(Error::Refusal(refusal)) => {
                let asked = keys.iter().filter(|(_, half)| half.is_none());
                outcome.refusal(&refusal, asked.map(|(key, _)| key.as_str()));
            }
            Err(Error::Fault(fault)) => {
                outcome.fault(&fault);
            }
        }
    }

    /// What a half was asked for and does not answer is null.
    fn null(&mut self, keys: &Keys, half: Half) {
        let of = keys.iter().filter(|(_, of)| *of == Some(half));
        self.pieces.extend(of.map(|(key, _)| (key.clone(), Piece::Ours(Value::Null))));
    }

    fn in_order(mut self, keys: &Keys) -> Data {
        if !self.answered && !keys.is_empty() {
            return Data::NULL;
        }
        let take = |(key, _): &(String, _)| self.pieces.swap_remove(key).map(|piece| (key.clone(), piece));
        Data::Put(keys.iter().filter_map(take).collect())
    }
}

/// The keys of the answer in the order that the operation asks for them (GraphQL, CollectFields).
fn collect(plan: &Plan, set: &SelectionSet, variables: &JsonMap, keys: &mut Vec<(String, Option<Half>)>) {
    for selection in &set.selections {
        if own_part::left_out(selection, variables) {
            continue;
        }
        match selection {
            Selection::Field(field) => {
                let introspects = own_part::is_introspection(&field.name);
                let half = if introspects { None } else { plan.halves.half(field) };
                keys.push((field.response_key().to_string(), half));
            }
            Selection::InlineFragment(inline) => collect(plan, &inline.selection_set, variables, keys),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = plan.document.fragments.get(&spread.fragment_name) {
                    collect(plan, &fragment.selection_set, variables, keys);
                }
            }
        }
    }
}
