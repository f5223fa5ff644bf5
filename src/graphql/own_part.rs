//! The part of a judged operation that the executor of own fields runs: what is left of it when fields are collected
//! as GraphQL says (CollectFields): fragments written out, what is skipped left out, fields of one key made one.
//! The executor would run a field twice that is asked twice, and answer in the order in which fields are done.
//!
//! Introspection is not in it: that is answered from the schema as the caller sees it.

use crate::error::{Code, Refusal};
use crate::gateway::Used;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{ExecutableDocument, Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use apollo_compiler::{Name, Node, name};
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument as Executable, Selection as OwnSelection, SelectionSet as OwnSelectionSet,
};
use async_graphql::{Name as OwnName, Positioned};
use async_graphql_value::{ConstValue, Value};

/// Whether the operation asks for `__schema` or `__type`.
#[must_use]
pub fn introspects(document: &ExecutableDocument, operation: &Operation) -> bool {
    operation.root_fields(document).any(|field| is_introspection(&field.name))
}

/// Whether a root field is answered from the schema itself.
#[must_use]
pub fn is_introspection(name: &str) -> bool {
    name == "__schema" || name == "__type"
}

/// What the executor is given, and in what order its answer is asked for.
#[derive(Debug)]
pub struct OwnPart {
    document: Executable,
    asked: Asked,
}

/// The keys of an answer in the order asked, and those below each.
#[derive(Debug)]
enum Asked {
    Leaf,
    /// The name of a type, as it is served.
    TypeName(OwnName),
    Object(Vec<(OwnName, Asked)>),
}

/// Whether a variable decides what of the operation is skipped: then its own part differs from request to request.
#[must_use]
pub fn varies(document: &ExecutableDocument, operation: &Operation) -> bool {
    fn by_variable(set: &SelectionSet) -> bool {
        set.selections.iter().any(|selection| {
            let conditions =
                selection.directives().iter().filter(|found| found.name == "skip" || found.name == "include");
            let inside = match selection {
                Selection::Field(field) => by_variable(&field.selection_set),
                Selection::InlineFragment(inline) => by_variable(&inline.selection_set),
                Selection::FragmentSpread(_) => false,
            };
            inside || conditions.flat_map(|found| &found.arguments).any(|given| given.value.as_variable().is_some())
        })
    }
    by_variable(&operation.selection_set)
        || document.fragments.values().any(|fragment| by_variable(&fragment.selection_set))
}

/// Collects, prints and parses for the executor what of the root's fields `is_part`. `None`: nothing is left.
///
/// # Errors
/// Only if the executor's parser cannot read what the other has read.
pub fn of(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &JsonMap,
    is_part: &dyn Fn(&Field) -> bool,
) -> Result<Option<OwnPart>, Refusal> {
    let (selection_set, asked) = merged(document, &[&operation.selection_set], variables, is_part);
    if selection_set.selections.is_empty() {
        return Ok(None);
    }
    let used = Used::variables(document, &selection_set);
    let mut own = Operation { selection_set, ..operation.clone() };
    // What is sent to somebody else may be of types that the executor does not know.
    own.variables.retain(|variable| used.contains(&variable.name));
    // Directives of an API mean nothing to the executor, whose parser does not know those of variables.
    own.variables.iter_mut().for_each(|variable| variable.make_mut().directives.clear());
    own.directives.clear();
    let mut whole = ExecutableDocument::new();
    whole.operations.insert(own);
    let text = whole.serialize().no_indent().to_string();
    let parsed = async_graphql::parser::parse_query(text);
    let document = parsed.map_err(|error| {
        tracing::error!(%error, "a judged document cannot be read by the executor");
        Refusal::new(Code::ParseFailed, "this document cannot be run")
    })?;
    Ok(Some(OwnPart { document, asked }))
}

/// One selection set for several of the same type. Own types are objects, so every fragment that is valid applies.
fn merged(
    document: &ExecutableDocument,
    sets: &[&SelectionSet],
    variables: &JsonMap,
    is_part: &dyn Fn(&Field) -> bool,
) -> (SelectionSet, Asked) {
    let mut by_key: IndexMap<Name, Vec<Node<Field>>> = IndexMap::default();
    for set in sets {
        collect(document, set, variables, is_part, &mut by_key);
    }
    let mut whole = SelectionSet::new(sets[0].ty.clone());
    let mut asked = Vec::new();
    for (key, fields) in by_key {
        let mut one = Field::clone(&fields[0]);
        one.directives.retain(|directive| directive.name != "skip" && directive.name != "include");
        let below = if one.name == "__typename" {
            // The executor knows its own names alone.
            Asked::TypeName(OwnName::new(&sets[0].ty))
        } else if one.selection_set.selections.is_empty() {
            Asked::Leaf
        } else {
            let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
            let (set, below) = merged(document, &sets, variables, &|_| true);
            one.selection_set = set;
            if one.selection_set.selections.is_empty() {
                // An object of which everything is skipped is asked for all the same, and an empty selection set does
                // not parse. The key is not among those asked, so it goes when the answer is put in order.
                let filler = Field { name: name!("__typename"), alias: None, arguments: Vec::new(), ..one.clone() };
                one.selection_set.push(filler);
            }
            below
        };
        asked.push((OwnName::new(&key), below));
        whole.push(one);
    }
    (whole, Asked::Object(asked))
}

fn collect(
    document: &ExecutableDocument,
    set: &SelectionSet,
    variables: &JsonMap,
    is_part: &dyn Fn(&Field) -> bool,
    by_key: &mut IndexMap<Name, Vec<Node<Field>>>,
) {
    for selection in set.selections.iter().filter(|selection| !left_out(selection, variables)) {
        match selection {
            Selection::Field(field) if is_introspection(&field.name) || !is_part(field) => {}
            Selection::Field(field) => by_key.entry(field.response_key().clone()).or_default().push(field.clone()),
            Selection::InlineFragment(inline) => {
                collect(document, &inline.selection_set, variables, is_part, by_key);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    collect(document, &fragment.selection_set, variables, is_part, by_key);
                }
            }
        }
    }
}

/// Whether `@skip` or `@include` leaves the selection out.
#[must_use]
pub fn left_out(selection: &Selection, variables: &JsonMap) -> bool {
    let says = |directive: &str, wanted: bool| {
        let argument = selection.directives().get(directive).and_then(|found| found.specified_argument_by_name("if"));
        argument.is_some_and(|value| match (value.to_bool(), value.as_variable()) {
            (Some(literal), _) => literal == wanted,
            (None, Some(name)) => variables.get(name.as_str()).and_then(|value| value.as_bool()) == Some(wanted),
            (None, None) => false,
        })
    };
    says("skip", true) || says("include", false)
}

impl OwnPart {
    /// The executor's answer with its keys in the order asked.
    #[must_use]
    pub fn in_order(&self, data: ConstValue) -> ConstValue {
        self.asked.order(data)
    }
}

impl Asked {
    fn order(&self, value: ConstValue) -> ConstValue {
        let keys = match self {
            Self::Leaf => return value,
            Self::TypeName(name) => return ConstValue::String(name.to_string()),
            Self::Object(keys) => keys,
        };
        match value {
            value if self.holds(&value) => value,
            ConstValue::List(items) => ConstValue::List(items.into_iter().map(|item| self.order(item)).collect()),
            ConstValue::Object(mut fields) => {
                let take = |(key, below): &(OwnName, Self)| Some((key.clone(), below.order(fields.swap_remove(key)?)));
                ConstValue::Object(keys.iter().filter_map(take).collect())
            }
            other => other,
        }
    }

    /// Whether the value is in order already, as most are.
    fn holds(&self, value: &ConstValue) -> bool {
        match (self, value) {
            (Self::Object(_), ConstValue::List(items)) => items.iter().all(|item| self.holds(item)),
            (Self::Object(keys), ConstValue::Object(fields)) => {
                let same = |((key, value), (asked, below)): ((&OwnName, &ConstValue), &(OwnName, Self))| {
                    key == asked && below.holds(value)
                };
                fields.len() == keys.len() && fields.iter().zip(keys).all(same)
            }
            (Self::TypeName(name), ConstValue::String(value)) => name.as_str() == value,
            _ => true,
        }
    }
}

/// The executor's document for one request. An argument or input field whose variable was not given counts as
/// absent (GraphQL, CoerceArgumentValues), so it is taken out: the executor would make a null of it, and a null
/// un-narrows a token.
#[must_use]
pub fn for_variables(own: &OwnPart, operation: &Operation, given: &JsonMap) -> Executable {
    let mut document = own.document.clone();
    let unset: Vec<&str> = operation
        .variables
        .iter()
        .map(|variable| variable.name.as_str())
        .filter(|name| !given.contains_key(*name))
        .collect();
    if unset.is_empty() {
        return document;
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => clear(&mut operation.node.selection_set.node, &unset),
        DocumentOperations::Multiple(operations) => {
            operations.values_mut().for_each(|operation| clear(&mut operation.node.selection_set.node, &unset));
        }
    }
    document.fragments.values_mut().for_each(|fragment| clear(&mut fragment.node.selection_set.node, &unset));
    document
}

fn clear(set: &mut OwnSelectionSet, unset: &[&str]) {
    for selection in &mut set.items {
        match &mut selection.node {
            OwnSelection::Field(field) => {
                clear_arguments(&mut field.node.arguments, unset);
                clear(&mut field.node.selection_set.node, unset);
            }
            OwnSelection::InlineFragment(inline) => clear(&mut inline.node.selection_set.node, unset),
            OwnSelection::FragmentSpread(_) => {}
        }
    }
}

fn clear_arguments(arguments: &mut Vec<(Positioned<OwnName>, Positioned<Value>)>, unset: &[&str]) {
    arguments.retain(|(_, value)| !is_unset(&value.node, unset));
    arguments.iter_mut().for_each(|(_, value)| clear_value(&mut value.node, unset));
}

fn is_unset(value: &Value, unset: &[&str]) -> bool {
    matches!(value, Value::Variable(name) if unset.contains(&name.as_str()))
}

fn clear_value(value: &mut Value, unset: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !is_unset(value, unset));
            fields.values_mut().for_each(|value| clear_value(value, unset));
        }
        Value::List(items) => {
            for item in items {
                // In a list there is no being absent: GraphQL makes it null.
                if is_unset(item, unset) {
                    *item = Value::Null;
                }
                clear_value(item, unset);
            }
        }
        _ => {}
    }
}
