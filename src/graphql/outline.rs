//! A schema as text without what it says of itself: what somebody looks at who wants to see how far a token reaches.

use apollo_compiler::Schema;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};

/// The types and their fields, without descriptions, deprecations and definitions of directives.
#[must_use]
pub fn outline(schema: &Schema) -> String {
    let mut schema = schema.clone();
    schema.directive_definitions.clear();
    let definition = schema.schema_definition.make_mut();
    definition.description = None;
    definition.directives.0.clear();
    schema.types.values_mut().for_each(bare);
    schema.types.sort_by(|_, one, _, other| rank(one).cmp(&rank(other)));
    // `schema { query: Query }` goes without saying where the roots have their usual names, as they do here.
    let text = schema.to_string();
    match text.strip_prefix("schema {").and_then(|rest| rest.split_once("}\n")) {
        Some((_, types)) => types.trim_start().to_owned(),
        None => text,
    }
}

/// What is asked first comes first, what it leads to after it.
fn rank(ty: &ExtendedType) -> usize {
    const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];
    if let Some(place) = ROOTS.iter().position(|root| ty.name() == *root) {
        return place;
    }
    match ty {
        ExtendedType::Object(_) => 3,
        ExtendedType::Interface(_) => 4,
        ExtendedType::Union(_) => 5,
        ExtendedType::InputObject(_) => 6,
        ExtendedType::Enum(_) => 7,
        ExtendedType::Scalar(_) => 8,
    }
}

fn bare(ty: &mut ExtendedType) {
    match ty {
        ExtendedType::Scalar(scalar) => {
            let scalar = scalar.make_mut();
            scalar.description = None;
            scalar.directives.0.clear();
        }
        ExtendedType::Object(object) => {
            let object = object.make_mut();
            object.description = None;
            object.directives.0.clear();
            object.fields.values_mut().for_each(|field| bare_field(field.make_mut()));
        }
        ExtendedType::Interface(interface) => {
            let interface = interface.make_mut();
            interface.description = None;
            interface.directives.0.clear();
            interface.fields.values_mut().for_each(|field| bare_field(field.make_mut()));
        }
        ExtendedType::Union(union_) => {
            let union_ = union_.make_mut();
            union_.description = None;
            union_.directives.0.clear();
        }
        ExtendedType::Enum(enum_) => {
            let enum_ = enum_.make_mut();
            enum_.description = None;
            enum_.directives.0.clear();
            for value in enum_.values.values_mut() {
                let value = value.make_mut();
                value.description = None;
                value.directives.0.clear();
            }
        }
        ExtendedType::InputObject(input) => {
            let input = input.make_mut();
            input.description = None;
            // `@oneOf` is part of what may be sent.
            for field in input.fields.values_mut() {
                let field = field.make_mut();
                field.description = None;
                field.directives.0.clear();
            }
        }
    }
}

fn bare_field(field: &mut FieldDefinition) {
    field.description = None;
    field.directives.0.clear();
    for argument in &mut field.arguments {
        let argument = argument.make_mut();
        argument.description = None;
        argument.directives.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::outline;
    use apollo_compiler::Schema;

    #[test]
    fn an_outline_says_what_there_is_and_nothing_of_it() {
        let text = r#"
            "what it is" schema { query: Query }
            directive @seen on FIELD_DEFINITION
            "all" type Query { "one" order("which" id: ID! = "1"): Order @deprecated(reason: "no") }
            enum Status { "yes" OPEN }
            "an order" type Order @seen { id: ID! status: Status }
        "#;
        let text = text.replace("@seen {", "{");
        let schema = Schema::parse_and_validate(text, "").unwrap();
        assert_eq!(
            outline(&schema),
            "type Query {\n  order(id: ID! = \"1\"): Order\n}\n\ntype Order {\n  id: ID!\n  status: Status\n}\n\nenum Status {\n  OPEN\n}\n"
        );
    }
}
