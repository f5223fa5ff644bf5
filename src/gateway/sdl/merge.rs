//! Makes extensions part of what they extend, so that the schema is printed as introspection tells it. Changes nothing
//! else.

use apollo_compiler::Schema;
use apollo_compiler::schema::{Component, ComponentName, ComponentOrigin, DirectiveList, ExtendedType};

/// From here on nothing tells what came from an extension.
pub(super) fn merge(schema: &mut Schema) {
    let root = schema.schema_definition.make_mut();
    for operation in [&mut root.query, &mut root.mutation, &mut root.subscription].into_iter().flatten() {
        operation.origin = ComponentOrigin::Definition;
    }
    for ty in schema.types.values_mut().filter(|ty| !ty.is_built_in()) {
        match ty {
            ExtendedType::Scalar(it) => merge_directives(&mut it.make_mut().directives),
            ExtendedType::Object(it) => {
                let it = it.make_mut();
                it.implements_interfaces = it.implements_interfaces.drain(..).map(merged).collect();
                it.fields.values_mut().for_each(merge_part);
            }
            ExtendedType::Interface(it) => {
                let it = it.make_mut();
                it.implements_interfaces = it.implements_interfaces.drain(..).map(merged).collect();
                it.fields.values_mut().for_each(merge_part);
            }
            ExtendedType::Union(it) => {
                let it = it.make_mut();
                it.members = it.members.drain(..).map(merged).collect();
            }
            ExtendedType::Enum(it) => it.make_mut().values.values_mut().for_each(merge_part),
            ExtendedType::InputObject(it) => {
                let it = it.make_mut();
                merge_directives(&mut it.directives);
                it.fields.values_mut().for_each(merge_part);
            }
        }
    }
}

/// Only those are left that scalars and input objects have.
fn merge_directives(directives: &mut DirectiveList) {
    directives.0.iter_mut().for_each(merge_part);
}

fn merge_part<T>(part: &mut Component<T>) {
    part.origin = ComponentOrigin::Definition;
}

fn merged(name: ComponentName) -> ComponentName {
    name.name.into()
}
