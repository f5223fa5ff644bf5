//! A pasted query: what it needs, what of that is missing, and what its fields would open besides.

use crate::caller::Caller;
use crate::config::HiddenFields;
use crate::console::visit::Visit;
use crate::graphql::Door;
use crate::graphql::plan::{self, NoPlan};
use apollo_compiler::ast::Definition;
use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, Schema, Type};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// How many fields are named that come along.
const NAMED: usize = 6;

/// What is known of a pasted query.
pub(super) struct Pasted {
    /// What it needs, as grants.
    pub grants: Vec<String>,
    /// What of that the visitor does not hold.
    pub lacking: Vec<String>,
    /// The first mutation in it.
    pub mutation: Option<String>,
    /// What its fields open besides.
    pub besides: Vec<String>,
    /// The query, and values that its variables might have.
    pub sample: Sample,
}

/// A request that a token can make.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// The document.
    pub document: String,
    /// Which of its operations, where it has several.
    pub operation: Option<String>,
    /// Its variables.
    pub variables: Map<String, Value>,
}

impl Sample {
    /// A document without variables.
    pub fn of(document: &str) -> Self {
        Self { document: document.to_owned(), operation: None, variables: Map::new() }
    }
}

/// How many operations one document may have here: each is planned by itself.
const OPERATIONS: usize = 20;

/// Reads a pasted query, all of its operations, on a blocking thread: it may be long.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) async fn read(visit: &Visit, text: &str) -> Result<Pasted, String> {
    let (door, caller, text) = (Arc::clone(&visit.doors.whole), visit.caller.clone(), text.to_owned());
    let read = tokio::task::spawn_blocking(move || read_by(&door, &caller, &text)).await;
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "a pasted query could not be read");
        Err("It cannot be read now.".into())
    })
}

fn read_by(door: &Door, caller: &Caller, text: &str) -> Result<Pasted, String> {
    let (surface, limits) = (&door.surface, &door.cx.config.limits);
    let parsed = plan::parse(limits, text).map_err(words)?;
    let names: Vec<Option<String>> = parsed
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::OperationDefinition(operation) => Some(operation.name.as_ref().map(ToString::to_string)),
            _ => None,
        })
        .collect();
    let (mut grants, mut lacking) = (BTreeSet::new(), BTreeSet::new());
    let (mut mutation, mut besides, mut variables) = (None, Vec::new(), Map::new());
    if names.is_empty() {
        return Err("There is no operation in it.".into());
    }
    if names.len() > OPERATIONS {
        return Err(format!("There are {} operations in it: paste at most {OPERATIONS}.", names.len()));
    }
    // Where what one may not see is hidden, the query is held against what its reader sees.
    let hides = door.cx.config.errors.hidden_fields == HiddenFields::Hide;
    let shaped = hides.then(|| door.shapes.of(surface, caller.powers()));
    for name in &names {
        let plan = match &shaped {
            Some(shaped) => door.plans.as_seen(surface, shaped, limits, text, name.as_deref()),
            None => plan::make(surface, limits, text, name.as_deref()).map(Arc::new),
        };
        let plan = plan.map_err(words)?;
        let needed = surface.needed(&plan.needs, None);
        lacking.extend(surface.lacking(&needed, caller.powers().held()));
        // Plain fields: that a token is held to the document says more than exclusions of arguments would.
        grants.extend(
            surface.coordinates(&needed).filter(|name| !name.contains('(') && !is_of_input(surface.schema(), name)),
        );
        if plan.is_mutation() {
            let first = plan.operation.selection_set.root_fields(&plan.document).next();
            mutation = mutation.or_else(|| first.map(|field| format!("Mutation.{}", field.name)));
        }
        if variables.is_empty() {
            for variable in
                plan.operation.variables.iter().filter(|one| one.ty.is_non_null() && one.default_value.is_none())
            {
                variables.insert(variable.name.to_string(), example(surface.schema(), &variable.ty));
            }
        }
        if besides.is_empty() {
            besides = along(surface.schema(), &plan.document, &plan.operation.selection_set);
        }
    }
    let grants: Vec<String> = grants.into_iter().collect();
    Ok(Pasted {
        grants,
        lacking: lacking.into_iter().collect(),
        mutation,
        besides,
        sample: Sample {
            document: text.to_owned(),
            operation: if names.len() > 1 { names.into_iter().next().flatten() } else { None },
            variables,
        },
    })
}

fn is_of_input(schema: &Schema, name: &str) -> bool {
    name.split_once('.').is_some_and(|(of, _)| schema.get_input_object(of).is_some())
}

fn words(none: NoPlan) -> String {
    match none {
        NoPlan::Refusal(refusal) => capital(&refusal.message),
        NoPlan::Errors(_, errors) => {
            // A misspelt field leaves its parent without any: what is misspelt says more.
            let follows = |message: &str| message.contains("must have a subselection set");
            let first = errors.iter().find(|error| !follows(&error.message)).or(errors.first());
            let Some(first) = first else { return "It does not parse.".into() };
            let place = first.locations.first().map(|at| format!(" (line {}, column {})", at.line, at.column));
            capital(&format!("{}{}", first.message, place.unwrap_or_default()))
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A value that a variable of this type might have.
fn example(schema: &Schema, ty: &Type) -> Value {
    if ty.is_list() {
        return json!([]);
    }
    match ty.inner_named_type().as_str() {
        "Int" => json!(1),
        "Float" => json!(1.5),
        "Boolean" => json!(true),
        "ID" => json!("1"),
        name => match schema.types.get(name) {
            Some(ExtendedType::Enum(values)) => {
                values.values.keys().next().map_or(Value::Null, |one| json!(one.as_str()))
            }
            Some(ExtendedType::InputObject(input)) => {
                let required = input.fields.values().filter(|field| field.is_required());
                // One level: what is deeper somebody has to think of.
                required
                    .map(|field| (field.name.to_string(), json!(format!("{}", field.ty))))
                    .collect::<Map<_, _>>()
                    .into()
            }
            _ => json!(""),
        },
    }
}

/// Fields are open on every way to their type: those of the query that can be reached by another way than it takes.
fn along(schema: &Schema, document: &ExecutableDocument, set: &SelectionSet) -> Vec<String> {
    let mut walk = Walk { document, seen: HashSet::new(), ways: BTreeSet::new(), fields: BTreeSet::new() };
    walk.set(set, None);
    let mut along = Vec::new();
    for (of, name) in &walk.fields {
        let Some(field) = schema.type_field(of, name).ok() else { continue };
        let answers = field.ty.inner_named_type().as_str();
        for (other, below) in &walk.fields {
            if other == answers && !walk.ways.contains(&(of.clone(), name.clone(), below.clone())) {
                along.push(format!("{of}.{name} → {below}"));
            }
        }
    }
    let more = along.len().saturating_sub(NAMED);
    along.truncate(NAMED);
    if more > 0 {
        along.push(format!("and {more} more"));
    }
    along
}

/// A walk through a query, noting which field is asked of which.
struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// Fragments under each field that were walked already.
    seen: HashSet<(Option<(String, String)>, String)>,
    /// Type and field, and what is asked below it.
    ways: BTreeSet<(String, String, String)>,
    fields: BTreeSet<(String, String)>,
}

impl Walk<'_> {
    fn set(&mut self, set: &SelectionSet, from: Option<(String, String)>) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) if field.name == "__typename" => {}
                Selection::Field(field) => {
                    let own = (set.ty.to_string(), field.name.to_string());
                    if let Some((of, name)) = &from {
                        self.ways.insert((of.clone(), name.clone(), own.1.clone()));
                    }
                    self.fields.insert(own.clone());
                    self.set(&field.selection_set, Some(own));
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.selection_set, from.clone()),
                Selection::FragmentSpread(spread) => {
                    let place = (from.clone(), spread.fragment_name.to_string());
                    if self.seen.insert(place)
                        && let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                    {
                        self.set(&fragment.selection_set, from.clone());
                    }
                }
            }
        }
    }
}
