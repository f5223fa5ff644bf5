//! What a parsed file loses before it is judged as a schema: the directives that mean something to the API's own tools
//! only. Judges nothing.

use apollo_compiler::ast::{
    Definition, DirectiveDefinition, DirectiveList, DirectiveLocation, Document, EnumValueDefinition, FieldDefinition,
    InputValueDefinition,
};
use apollo_compiler::{Name, Node, name};
use std::collections::HashMap;

/// The specification's own directives: files that define them anew are older or newer than what we go by.
const SPECIFIED: &[&str] = &["skip", "include", "deprecated", "specifiedBy", "oneOf"];

/// Leaves of the applied directives only the specification's, where the specification puts them, and of the directive
/// definitions only those that operations can use. Files rarely define all the directives that they apply.
pub(super) fn tidy(document: &mut Document) {
    document.definitions.retain(|definition| match definition {
        // The locations that stay beside those in operations are left as they are: they stand in nobody's way, and
        // what introspection tells of the directive stays what the API tells.
        Definition::DirectiveDefinition(directive) => {
            !SPECIFIED.contains(&directive.name.as_str()) && directive.locations.iter().any(is_executable)
        }
        _ => true,
    });
    document.definitions.iter_mut().for_each(strip);
    if document.definitions.iter().any(|definition| definition.directives().has("oneOf")) {
        document.definitions.push(one_of().into());
    }
}

fn is_executable(location: &DirectiveLocation) -> bool {
    use DirectiveLocation as At;
    matches!(
        location,
        At::Query
            | At::Mutation
            | At::Subscription
            | At::Field
            | At::FragmentDefinition
            | At::FragmentSpread
            | At::InlineFragment
            | At::VariableDefinition
    )
}

/// The library does not know it yet.
fn one_of() -> DirectiveDefinition {
    let locations = vec![DirectiveLocation::InputObject];
    DirectiveDefinition { description: None, name: name!("oneOf"), arguments: Vec::new(), repeatable: false, locations }
}

fn strip(definition: &mut Definition) {
    match definition {
        Definition::SchemaDefinition(it) => it.make_mut().directives.0.clear(),
        Definition::SchemaExtension(it) => it.make_mut().directives.0.clear(),
        Definition::ScalarTypeDefinition(it) => keep(&mut it.make_mut().directives, "specifiedBy", "url"),
        Definition::ScalarTypeExtension(it) => keep(&mut it.make_mut().directives, "specifiedBy", "url"),
        Definition::ObjectTypeDefinition(it) => {
            let it = it.make_mut();
            with_fields(&mut it.directives, &mut it.fields);
        }
        Definition::ObjectTypeExtension(it) => {
            let it = it.make_mut();
            with_fields(&mut it.directives, &mut it.fields);
        }
        Definition::InterfaceTypeDefinition(it) => {
            let it = it.make_mut();
            with_fields(&mut it.directives, &mut it.fields);
        }
        Definition::InterfaceTypeExtension(it) => {
            let it = it.make_mut();
            with_fields(&mut it.directives, &mut it.fields);
        }
        Definition::UnionTypeDefinition(it) => it.make_mut().directives.0.clear(),
        Definition::UnionTypeExtension(it) => it.make_mut().directives.0.clear(),
        Definition::EnumTypeDefinition(it) => {
            let it = it.make_mut();
            with_values(&mut it.directives, &mut it.values);
        }
        Definition::EnumTypeExtension(it) => {
            let it = it.make_mut();
            with_values(&mut it.directives, &mut it.values);
        }
        Definition::InputObjectTypeDefinition(it) => {
            let it = it.make_mut();
            with_inputs(&mut it.directives, &mut it.fields);
        }
        Definition::InputObjectTypeExtension(it) => {
            let it = it.make_mut();
            with_inputs(&mut it.directives, &mut it.fields);
        }
        Definition::DirectiveDefinition(it) => inputs(&mut it.make_mut().arguments),
        // They are refused, whatever they apply.
        Definition::OperationDefinition(_) | Definition::FragmentDefinition(_) => {}
    }
}

fn with_fields(directives: &mut DirectiveList, fields: &mut Vec<Node<FieldDefinition>>) {
    directives.0.clear();
    for field in fields.iter_mut() {
        let field = field.make_mut();
        keep(&mut field.directives, "deprecated", "reason");
        inputs(&mut field.arguments);
    }
    leave_once(fields);
}

/// Programs that put files together repeat fields: GitHub's schema, as it is published for others, has two of them
/// twice. What is the same but for its description is left once; what differs stays, and is refused.
fn leave_once(fields: &mut Vec<Node<FieldDefinition>>) {
    let mut known: HashMap<Name, Node<FieldDefinition>> = HashMap::with_capacity(fields.len());
    fields.retain(|field| match known.get(&field.name) {
        Some(first) => {
            first.ty != field.ty || first.arguments != field.arguments || first.directives != field.directives
        }
        None => {
            known.insert(field.name.clone(), field.clone());
            true
        }
    });
}

fn with_values(directives: &mut DirectiveList, values: &mut [Node<EnumValueDefinition>]) {
    directives.0.clear();
    values.iter_mut().for_each(|value| keep(&mut value.make_mut().directives, "deprecated", "reason"));
}

fn with_inputs(directives: &mut DirectiveList, fields: &mut [Node<InputValueDefinition>]) {
    keep(directives, "oneOf", "");
    inputs(fields);
}

fn inputs(inputs: &mut [Node<InputValueDefinition>]) {
    inputs.iter_mut().for_each(|input| keep(&mut input.make_mut().directives, "deprecated", "reason"));
}

/// Leaves one directive and of its arguments one: a file's own definition of it may have had more.
fn keep(directives: &mut DirectiveList, directive: &str, argument: &str) {
    directives.0.retain(|applied| applied.name == directive);
    for applied in &mut directives.0 {
        applied.make_mut().arguments.retain(|given| given.name == argument);
    }
}
