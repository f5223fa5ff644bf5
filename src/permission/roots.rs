//! The served names of the root types (permission rule 1): `Query`, `Mutation`, `Subscription`, whatever the schema
//! calls its own. Knows no permissions.

use std::collections::HashMap;

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, OperationType, Type};
use apollo_compiler::schema::{ComponentName, ExtendedType};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema};

/// Types that are served under another name: from their name in the schema as it came to the one they got.
pub type Renames = HashMap<Name, Name>;

/// The schema with its roots under their served names. Another type that has such a name gets the root's in return,
/// so that no name is ever taken twice.
#[must_use]
pub fn served(schema: Valid<Schema>) -> (Valid<Schema>, Renames) {
    let names = renames(&schema);
    if names.is_empty() {
        return (schema, names);
    }
    let mut schema = schema.into_inner();
    let new = |name: &Name| names.get(name).unwrap_or(name).clone();
    rename_types(&mut schema, &new);
    let roots = schema.schema_definition.make_mut();
    for root in [&mut roots.query, &mut roots.mutation, &mut roots.subscription].into_iter().flatten() {
        *root = ComponentName::from(new(root));
    }
    // A bijection of names keeps every rule of the specification that the schema kept before.
    (Valid::assume_valid(schema), names)
}

/// Gives the types of a schema other names, wherever they are named.
pub fn rename_types(schema: &mut Schema, new: &impl Fn(&Name) -> Name) {
    schema.types = std::mem::take(&mut schema.types)
        .into_iter()
        .map(|(name, mut ty)| {
            rename_type(&mut ty, new);
            (new(&name), ty)
        })
        .collect();
    for definition in schema.directive_definitions.values_mut().filter(|definition| !definition.is_built_in()) {
        definition.make_mut().arguments.iter_mut().for_each(|argument| rename_input(argument, new));
    }
}

/// What every schema calls the root of an operation here (permission rule 1).
pub(super) const fn served_name(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

fn renames(schema: &Schema) -> Renames {
    let mut swaps = HashMap::new();
    for (kind, root) in schema.schema_definition.iter_root_operations() {
        let served = Name::new_static_unchecked(served_name(kind));
        if **root != served {
            swaps.insert(root.name.clone(), served);
        }
    }
    // Where a served name is taken by a type that does not move itself, that type takes over the name that the chain
    // of moves leaves free.
    let moving: Vec<Name> = swaps.keys().cloned().collect();
    for start in moving {
        let mut end = start.clone();
        let mut next = swaps.get(&end);
        while let Some(name) = next {
            end = name.clone();
            if end == start {
                break;
            }
            next = swaps.get(&end);
        }
        let first = !swaps.values().any(|target| *target == start);
        if first && end != start && schema.types.contains_key(&end) {
            swaps.insert(end, start);
        }
    }
    swaps
}

fn rename_type(ty: &mut ExtendedType, new: &impl Fn(&Name) -> Name) {
    match ty {
        ExtendedType::Object(object) if !object.is_built_in() => {
            let object = object.make_mut();
            object.name = new(&object.name);
            object.implements_interfaces = object.implements_interfaces.iter().map(|name| new(name).into()).collect();
            object.fields.values_mut().for_each(|field| rename_field(&mut field.node, new));
        }
        ExtendedType::Interface(interface) => {
            let interface = interface.make_mut();
            interface.name = new(&interface.name);
            interface.implements_interfaces =
                interface.implements_interfaces.iter().map(|name| new(name).into()).collect();
            interface.fields.values_mut().for_each(|field| rename_field(&mut field.node, new));
        }
        ExtendedType::Union(union_) => {
            let union_ = union_.make_mut();
            union_.name = new(&union_.name);
            union_.members = union_.members.iter().map(|name| new(name).into()).collect();
        }
        ExtendedType::InputObject(input) => {
            let input = input.make_mut();
            input.name = new(&input.name);
            input.fields.values_mut().for_each(|field| rename_input(&mut field.node, new));
        }
        ExtendedType::Enum(ty) if !ty.is_built_in() => ty.make_mut().name = new(&ty.name),
        ExtendedType::Scalar(ty) if !ty.is_built_in() => ty.make_mut().name = new(&ty.name),
        ExtendedType::Object(_) | ExtendedType::Enum(_) | ExtendedType::Scalar(_) => {}
    }
}

fn rename_field(field: &mut Node<FieldDefinition>, new: &impl Fn(&Name) -> Name) {
    let field = field.make_mut();
    rename_in(&mut field.ty, new);
    field.arguments.iter_mut().for_each(|argument| rename_input(argument, new));
}

fn rename_input(input: &mut Node<InputValueDefinition>, new: &impl Fn(&Name) -> Name) {
    rename_in(input.make_mut().ty.make_mut(), new);
}

fn rename_in(ty: &mut Type, new: &impl Fn(&Name) -> Name) {
    match ty {
        Type::Named(name) | Type::NonNullNamed(name) => *name = new(name),
        Type::List(item) | Type::NonNullList(item) => rename_in(item, new),
    }
}
