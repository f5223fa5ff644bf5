//! The API's half of a judged operation: what of it the API answers, printed once, with the variables that it uses.
//! What is sent is this print and nothing of the client's text. Decides nothing.

use crate::permission::Renames;
use apollo_compiler::ast::{self, DirectiveList};
use apollo_compiler::collections::IndexSet;
use apollo_compiler::executable::{ExecutableDocument, Field, Fragment, InlineFragment, Operation, OperationType};
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use serde_json_bytes::{ByteString, Map, Value};
use std::borrow::Cow;

/// What goes on to the API.
#[derive(Debug)]
pub struct ApiPart {
    /// The body of the request up to its variables.
    beginning: String,
    /// The variables that its text declares.
    variables: Box<[Name]>,
    /// Whether it may be sent again where it is certain that nothing of it arrived.
    pub repeatable: bool,
}

impl ApiPart {
    /// The body of the request: the print, with what was given of the variables that it declares, to the letter.
    /// `text` is the JSON of all that was given, `given`, as it was read before.
    #[must_use]
    pub fn body(&self, given: &Map<ByteString, Value>, text: &str) -> String {
        let mut body = String::with_capacity(self.beginning.len() + text.len() + 16);
        body.push_str(&self.beginning);
        if !given.is_empty() && given.keys().all(|name| self.declares(name.as_str())) {
            body.push_str(",\"variables\":");
            body.push_str(text);
        } else if !given.is_empty() && !self.variables.is_empty() {
            let each: IndexMap<Cow<'_, str>, &RawValue> = serde_json::from_str(text).unwrap_or_default();
            let declared = each.iter().filter(|(name, _)| self.declares(name));
            let declared: Vec<String> = declared.map(|(name, raw)| format!("\"{name}\":{raw}")).collect();
            body.push_str(&format!(",\"variables\":{{{}}}", declared.join(",")));
        }
        body.push('}');
        body
    }

    fn declares(&self, name: &str) -> bool {
        self.variables.iter().any(|declared| *declared == *name)
    }
}

/// What of an operation goes to the API: the root fields that `theirs` names, and what these use. `None`: nothing.
pub fn part(
    document: &ExecutableDocument,
    operation: &Operation,
    theirs: &dyn Fn(&Field) -> bool,
    to_api: &Renames,
) -> Option<ApiPart> {
    let whole = all_is_theirs(document, &operation.selection_set, theirs);
    let selection_set =
        if whole { operation.selection_set.clone() } else { only(document, &operation.selection_set, theirs) };
    if selection_set.selections.is_empty() {
        return None;
    }
    let mut operation = Operation { selection_set, ..operation.clone() };
    let mut used = Used::default();
    used.directives(&operation.directives);
    used.selections(document, &operation.selection_set);
    operation.variables.retain(|variable| used.variables.contains(&variable.name));
    let name = operation.name.clone();
    let repeatable = operation.operation_type == OperationType::Query;
    let variables = operation.variables.iter().map(|variable| variable.name.clone()).collect();
    let mut half = ExecutableDocument::new();
    half.operations.insert(operation);
    for fragment in used.fragments.iter().filter_map(|name| document.fragments.get(name)) {
        half.fragments.insert(fragment.name.clone(), fragment.clone());
    }
    if !to_api.is_empty() {
        rename(&mut half, to_api);
    }
    let text = half.serialize().no_indent().to_string();
    let mut beginning = format!("{{\"query\":{}", Json::from(text));
    if let Some(name) = name {
        beginning.push_str(&format!(",\"operationName\":\"{name}\""));
    }
    Some(ApiPart { beginning, variables, repeatable })
}

fn all_is_theirs(document: &ExecutableDocument, set: &SelectionSet, theirs: &dyn Fn(&Field) -> bool) -> bool {
    set.selections.iter().all(|selection| match selection {
        Selection::Field(field) => theirs(field),
        Selection::InlineFragment(inline) => all_is_theirs(document, &inline.selection_set, theirs),
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.fragment_name);
            fragment.is_none_or(|fragment| all_is_theirs(document, &fragment.selection_set, theirs))
        }
    })
}

/// The root's selection set with their fields alone. Fragments that stand on the root are written out where they are
/// spread: elsewhere they may be needed whole.
fn only(document: &ExecutableDocument, set: &SelectionSet, theirs: &dyn Fn(&Field) -> bool) -> SelectionSet {
    let mut kept = SelectionSet::new(set.ty.clone());
    for selection in &set.selections {
        let (directives, inside) = match selection {
            Selection::Field(field) => {
                if theirs(field) {
                    kept.push(field.clone());
                }
                continue;
            }
            Selection::InlineFragment(inline) => (&inline.directives, only(document, &inline.selection_set, theirs)),
            Selection::FragmentSpread(spread) => match document.fragments.get(&spread.fragment_name) {
                Some(fragment) => (&spread.directives, only(document, &fragment.selection_set, theirs)),
                None => continue,
            },
        };
        if !inside.selections.is_empty() {
            let inline = InlineFragment { type_condition: None, directives: directives.clone(), selection_set: inside };
            kept.selections.push(Selection::InlineFragment(Node::new(inline)));
        }
    }
    kept
}

/// The fragments and variables that a selection set uses, those of the fragments too.
#[derive(Debug, Default)]
pub struct Used {
    fragments: IndexSet<Name>,
    variables: IndexSet<Name>,
}

impl Used {
    /// The variables that a selection set uses.
    #[must_use]
    pub fn variables(document: &ExecutableDocument, set: &SelectionSet) -> IndexSet<Name> {
        let mut used = Self::default();
        used.selections(document, set);
        used.variables
    }

    fn selections(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    field.arguments.iter().for_each(|argument| self.value(&argument.value));
                    self.selections(document, &field.selection_set);
                }
                Selection::InlineFragment(inline) => self.selections(document, &inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    if self.fragments.insert(spread.fragment_name.clone())
                        && let Some(fragment) = document.fragments.get(&spread.fragment_name)
                    {
                        self.directives(&fragment.directives);
                        self.selections(document, &fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &DirectiveList) {
        for argument in directives.iter().flat_map(|directive| &directive.arguments) {
            self.value(&argument.value);
        }
    }

    fn value(&mut self, value: &ast::Value) {
        match value {
            ast::Value::Variable(name) => {
                self.variables.insert(name.clone());
            }
            ast::Value::List(items) => items.iter().for_each(|item| self.value(item)),
            ast::Value::Object(fields) => fields.iter().for_each(|(_, value)| self.value(value)),
            _ => {}
        }
    }
}

/// Gives types the names that the API calls them by.
fn rename(document: &mut ExecutableDocument, to_api: &Renames) {
    let mut operations: Vec<Node<Operation>> = document.operations.iter().cloned().collect();
    for operation in &mut operations {
        let operation = operation.make_mut();
        for variable in &mut operation.variables {
            rename_type(variable.make_mut().ty.make_mut(), to_api);
        }
        rename_in(&mut operation.selection_set, to_api);
    }
    document.operations = Default::default();
    for operation in operations {
        document.operations.insert(operation);
    }
    for fragment in document.fragments.values_mut() {
        let fragment: &mut Fragment = fragment.make_mut();
        if let Some(name) = to_api.get(&fragment.selection_set.ty) {
            fragment.selection_set.ty = name.clone();
        }
        rename_in(&mut fragment.selection_set, to_api);
    }
}

fn rename_type(ty: &mut apollo_compiler::ast::Type, to_api: &Renames) {
    use apollo_compiler::ast::Type;
    match ty {
        Type::Named(name) | Type::NonNullNamed(name) => {
            if let Some(theirs) = to_api.get(name) {
                *name = theirs.clone();
            }
        }
        Type::List(item) | Type::NonNullList(item) => rename_type(item, to_api),
    }
}

fn rename_in(set: &mut SelectionSet, to_api: &Renames) {
    for selection in &mut set.selections {
        match selection {
            Selection::Field(field) => rename_in(&mut field.make_mut().selection_set, to_api),
            Selection::InlineFragment(inline) => {
                let inline = inline.make_mut();
                if let Some(name) = inline.type_condition.as_ref().and_then(|name| to_api.get(name)) {
                    inline.type_condition = Some(name.clone());
                }
                rename_in(&mut inline.selection_set, to_api);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}
