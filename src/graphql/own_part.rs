//! The part of a judged operation that the executor of own fields runs: its print, without introspection, which is
//! answered from the schema as the caller sees it.

use crate::error::{Code, Refusal};
use apollo_compiler::Name;
use apollo_compiler::collections::HashSet;
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument as Executable, Selection as OwnSelection, SelectionSet as OwnSelectionSet,
};
use async_graphql::{Name as OwnName, Positioned};
use async_graphql_value::Value;

/// Whether the operation asks for `__schema` or `__type`.
#[must_use]
pub fn introspects(document: &ExecutableDocument, operation: &Operation) -> bool {
    operation.root_fields(document).any(|field| is_introspection(&field.name))
}

fn is_introspection(name: &str) -> bool {
    name == "__schema" || name == "__type"
}

/// Prints the operation and the fragments it reaches, without introspection, and parses that for the executor.
/// `None`: nothing is left.
///
/// # Errors
/// Only if the executor's parser cannot read what the other has read.
pub fn of(document: &ExecutableDocument, operation: &Operation) -> Result<Option<Executable>, Refusal> {
    let mut part = ExecutableDocument::new();
    let mut gone = HashSet::default();
    // A fragment that holds nothing but introspection goes, and with it the fragments that hold nothing but it.
    loop {
        let before = gone.len();
        for (name, fragment) in &document.fragments {
            let mut kept = fragment.selection_set.clone();
            strip(&mut kept, &gone);
            if kept.selections.is_empty() {
                gone.insert(name.clone());
            }
        }
        if gone.len() == before {
            break;
        }
    }
    let mut own = operation.clone();
    strip(&mut own.selection_set, &gone);
    if own.selection_set.selections.is_empty() {
        return Ok(None);
    }
    let mut reached = HashSet::default();
    reach(document, &own.selection_set, &mut reached);
    for (name, fragment) in document.fragments.iter().filter(|(name, _)| reached.contains(*name)) {
        let mut fragment = fragment.clone();
        strip(&mut fragment.make_mut().selection_set, &gone);
        part.fragments.insert(name.clone(), fragment);
    }
    part.operations.insert(own);
    let text = part.serialize().no_indent().to_string();
    let parsed = async_graphql::parser::parse_query(text);
    parsed.map(Some).map_err(|error| Refusal::new(Code::ParseFailed, format!("this document cannot be run: {error}")))
}

/// Takes introspection out. It can stand only on the root type: the validation saw to that.
fn strip(set: &mut SelectionSet, gone: &HashSet<Name>) {
    set.selections.retain_mut(|selection| match selection {
        Selection::Field(field) => !is_introspection(&field.name),
        Selection::FragmentSpread(spread) => !gone.contains(&spread.fragment_name),
        Selection::InlineFragment(inline) => {
            let inner = &mut inline.make_mut().selection_set;
            strip(inner, gone);
            !inner.selections.is_empty()
        }
    });
}

fn reach(document: &ExecutableDocument, set: &SelectionSet, reached: &mut HashSet<Name>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => reach(document, &field.selection_set, reached),
            Selection::InlineFragment(inline) => reach(document, &inline.selection_set, reached),
            Selection::FragmentSpread(spread) => {
                if reached.insert(spread.fragment_name.clone())
                    && let Some(fragment) = document.fragments.get(&spread.fragment_name)
                {
                    reach(document, &fragment.selection_set, reached);
                }
            }
        }
    }
}

/// The executor's document for one request. An argument or input field whose variable was not given counts as
/// absent (GraphQL, CoerceArgumentValues), so it is taken out: the executor would make a null of it, and a null
/// un-narrows a token.
#[must_use]
pub fn for_variables(own: &Executable, operation: &Operation, given: &JsonMap) -> Executable {
    let mut document = own.clone();
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
