//! Root types that an API reaches again below its fields (`Query.query: Query!`): a copy stands there in the root's
//! place, so that what is added to the root is not found below it.

use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::schema::{Component, ComponentName, ExtendedType};
use apollo_compiler::{Name, Schema};

/// What became of a root.
pub(super) enum Nested {
    /// Nothing leads to it but operations.
    Nowhere,
    /// What led to it leads to the copy now.
    Untied,
}

/// Puts a copy of `root`, called `copy`, wherever the schema leads to it.
pub(super) fn untie(schema: &mut Schema, root: &Name, copy: &Name) -> Nested {
    let Some(ExtendedType::Object(original)) = schema.types.get(root) else { return Nested::Nowhere };
    // What implements an interface is reached wherever that is answered.
    let reached = !original.implements_interfaces.is_empty() || schema.types.values().any(|ty| leads_to(ty, root));
    if !reached {
        return Nested::Nowhere;
    }
    let mut nested = original.as_ref().clone();
    nested.name = copy.clone();
    if let Some(ExtendedType::Object(original)) = schema.types.get_mut(root) {
        original.make_mut().implements_interfaces.clear();
    }
    schema.types.insert(copy.clone(), ExtendedType::Object(nested.into()));
    for ty in schema.types.values_mut() {
        lead_to(ty, root, copy);
    }
    Nested::Untied
}

fn leads_to(ty: &ExtendedType, root: &Name) -> bool {
    let fields = match ty {
        ExtendedType::Object(object) => &object.fields,
        ExtendedType::Interface(interface) => &interface.fields,
        ExtendedType::Union(union_) => return union_.members.contains(root),
        _ => return false,
    };
    fields.values().any(|field| field.ty.inner_named_type() == root)
}

fn lead_to(ty: &mut ExtendedType, root: &Name, copy: &Name) {
    if !leads_to(ty, root) {
        return;
    }
    let in_fields = |field: &mut Component<FieldDefinition>| {
        if field.ty.inner_named_type() == root {
            replace(&mut field.make_mut().ty, copy);
        }
    };
    match ty {
        ExtendedType::Object(object) => object.make_mut().fields.values_mut().for_each(in_fields),
        ExtendedType::Interface(interface) => interface.make_mut().fields.values_mut().for_each(in_fields),
        ExtendedType::Union(union_) => {
            let members = std::mem::take(&mut union_.make_mut().members).into_iter();
            let other = |member: ComponentName| if member.name == *root { copy.clone().into() } else { member };
            union_.make_mut().members = members.map(other).collect();
        }
        _ => {}
    }
}

fn replace(ty: &mut Type, copy: &Name) {
    match ty {
        Type::Named(name) | Type::NonNullNamed(name) => *name = copy.clone(),
        Type::List(item) | Type::NonNullList(item) => replace(item, copy),
    }
}
