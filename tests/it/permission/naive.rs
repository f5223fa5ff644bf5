//! The rules told a second time, slowly, over strings: what a list opens and what an operation needs. Shares nothing
//! with the product but the schema's parser.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use apollo_compiler::Schema;
use apollo_compiler::ast::{Definition, Directive, Document, Selection, Value};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, FieldDefinition};

use super::generate::possible;

/// A permission: its type, its field, perhaps an argument.
type Path = (String, String, Option<String>);

fn print((ty, field, argument): &Path) -> String {
    match argument {
        Some(argument) => format!("{ty}.{field}({argument}:)"),
        None => format!("{ty}.{field}"),
    }
}

/// Every permission with its named input type, where it has one.
fn permissions(schema: &Schema) -> BTreeMap<Path, Option<String>> {
    let input = |ty: &str| schema.get_input_object(ty).map(|_| ty.to_owned());
    let mut all = BTreeMap::new();
    for (ty, definition) in schema.types.iter().filter(|(name, _)| !name.starts_with("__")) {
        match definition {
            ExtendedType::Object(object) => {
                for (name, field) in &object.fields {
                    all.insert((ty.to_string(), name.to_string(), None), None);
                    for argument in &field.arguments {
                        let path = (ty.to_string(), name.to_string(), Some(argument.name.to_string()));
                        all.insert(path, input(argument.ty.inner_named_type()));
                    }
                }
            }
            ExtendedType::InputObject(object) => {
                for (name, field) in &object.fields {
                    all.insert((ty.to_string(), name.to_string(), None), input(field.ty.inner_named_type()));
                }
            }
            _ => {}
        }
    }
    all
}

/// Whether a pattern, without its `!`, matches a permission.
fn matches(schema: &Schema, pattern: &str, path: &Path) -> bool {
    let (owner, field, argument) = path;
    let root = ["Query", "Mutation", "Subscription"].contains(&owner.as_str());
    let object = schema.get_object(owner);
    if pattern == "*.*" {
        return object.is_some() && !root;
    }
    let (ty, member) = pattern.split_once('.').unwrap();
    let through_interface = || {
        let declares = schema.get_interface(ty).is_some_and(|interface| interface.fields.contains_key(field.as_str()));
        declares && !root && object.is_some_and(|object| object.implements_interfaces.contains(ty))
    };
    if ty != owner && !through_interface() {
        return false;
    }
    match member.split_once('(') {
        None => member == "*" || member == field,
        Some((name, rest)) => name == field && argument.as_ref().is_none_or(|own| format!("{own}:)") == rest),
    }
}

/// What a list of texts with their moments opens.
pub fn opened(schema: &Schema, list: &[(String, i64)], seen: &HashMap<String, i64>) -> BTreeSet<String> {
    let all = permissions(schema);
    let taken = |path: &Path| {
        list.iter()
            .filter_map(|(text, _)| text.strip_prefix('!'))
            .any(|pattern| matches(schema, pattern, path) && (!pattern.contains('(') || path.2.is_some()))
    };
    let mut opened = BTreeSet::new();
    for (pattern, as_of) in list.iter().filter(|(text, _)| !text.starts_with('!')) {
        let counts = |path: &Path| !taken(path) && seen.get(&print(path)).copied().unwrap_or(0) <= *as_of;
        let mut mine: BTreeSet<Path> =
            all.keys().filter(|path| matches(schema, pattern, path) && counts(path)).cloned().collect();
        loop {
            let inputs: BTreeSet<&String> = mine.iter().filter_map(|path| all[path].as_ref()).collect();
            let led: Vec<Path> = all
                .keys()
                .filter(|path| inputs.contains(&path.0) && !mine.contains(*path) && counts(path))
                .cloned()
                .collect();
            if led.is_empty() {
                break;
            }
            mine.extend(led);
        }
        opened.extend(mine.iter().map(print));
    }
    opened
}

/// What a document of one operation needs with these variables.
pub fn needed(schema: &Schema, text: &str, variables: &JsonMap) -> BTreeSet<String> {
    let document = Document::parse(text, "operation.graphql").unwrap();
    let mut walk = Walk { schema, document: &document, needed: BTreeSet::new() };
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                walk.directives(&operation.directives.0);
                for variable in &operation.variables {
                    let ty = variable.ty.inner_named_type();
                    variable.default_value.iter().for_each(|value| walk.literal(ty, value));
                    variables.get(variable.name.as_str()).iter().for_each(|value| walk.json(ty, value));
                }
                let root = schema.root_operation(operation.operation_type).unwrap();
                walk.selections(root, &operation.selection_set);
            }
            // Every fragment of a valid document is used, by its one operation.
            Definition::FragmentDefinition(fragment) => {
                walk.directives(&fragment.directives.0);
                walk.selections(&fragment.type_condition, &fragment.selection_set);
            }
            _ => panic!("no operation: {text}"),
        }
    }
    walk.needed
}

struct Walk<'a> {
    schema: &'a Schema,
    document: &'a Document,
    needed: BTreeSet<String>,
}

impl Walk<'_> {
    fn selections(&mut self, ty: &str, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.directives(&field.directives.0);
                    if field.name.starts_with("__") {
                        continue;
                    }
                    let definition: &FieldDefinition = self.schema.type_field(ty, &field.name).unwrap();
                    for object in possible(self.schema, ty) {
                        self.needed.insert(format!("{object}.{}", field.name));
                        for argument in &field.arguments {
                            self.needed.insert(format!("{object}.{}({}:)", field.name, argument.name));
                        }
                    }
                    for argument in &field.arguments {
                        let declared = definition.argument_by_name(&argument.name).unwrap();
                        self.literal(declared.ty.inner_named_type(), &argument.value);
                    }
                    self.selections(definition.ty.inner_named_type(), &field.selection_set);
                }
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.directives.0);
                    let condition = inline.type_condition.as_ref().map_or(ty, |condition| condition.as_str());
                    self.selections(condition, &inline.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    let known = |definition: &Definition| definition.name() == Some(&spread.fragment_name);
                    assert!(self.document.definitions.iter().any(known));
                    self.directives(&spread.directives.0);
                }
            }
        }
    }

    fn directives(&mut self, directives: &[apollo_compiler::Node<Directive>]) {
        for directive in directives {
            let definition = &self.schema.directive_definitions[&directive.name];
            for argument in &directive.arguments {
                let declared = definition.argument_by_name(&argument.name).unwrap();
                self.literal(declared.ty.inner_named_type(), &argument.value);
            }
        }
    }

    fn literal(&mut self, ty: &str, value: &Value) {
        let Some(input) = self.schema.get_input_object(ty) else { return };
        if let Value::List(items) = value {
            items.iter().for_each(|item| self.literal(ty, item));
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            self.needed.insert(format!("{ty}.{name}"));
            self.literal(input.fields[name].ty.inner_named_type(), value);
        }
    }

    fn json(&mut self, ty: &str, value: &JsonValue) {
        let Some(input) = self.schema.get_input_object(ty) else { return };
        value.as_array().into_iter().flatten().for_each(|item| self.json(ty, item));
        for (name, value) in value.as_object().into_iter().flatten() {
            self.needed.insert(format!("{ty}.{}", name.as_str()));
            self.json(input.fields[name.as_str()].ty.inner_named_type(), value);
        }
    }
}
