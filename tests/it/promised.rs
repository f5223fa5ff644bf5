//! The identity schema keeps what clients were promised: every type, field, argument and value, with its type.

use std::collections::BTreeMap;

use apollo_compiler::Schema;
use apollo_compiler::ast::InputValueDefinition;
use apollo_compiler::schema::ExtendedType;
use doorward::graphql::schema;

/// What is promised and not there yet, and why.
const OPEN: &[(&str, &str)] = &[
    ("Me.mfa_enabled", "there is no second factor yet"),
    ("User.mfa_enabled", "there is no second factor yet"),
    ("SignInCredentials.otp", "there is no second factor yet"),
    ("Mutation.signInMfa", "there is no second factor yet"),
];

/// Each coordinate with its type; of arguments and input fields with its default too, since clients leave them out.
fn coordinates(schema: &Schema) -> BTreeMap<String, String> {
    let input = |value: &InputValueDefinition| {
        let default = value.default_value.as_ref().map(|value| format!(" = {}", value.serialize().no_indent()));
        format!("{}{}", value.ty, default.unwrap_or_default())
    };
    let mut all = BTreeMap::new();
    for (name, ty) in schema.types.iter().filter(|(name, ty)| !name.starts_with("__") && !ty.is_built_in()) {
        match ty {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    all.insert(format!("{name}.{field}"), definition.ty.to_string());
                    for argument in &definition.arguments {
                        all.insert(format!("{name}.{field}({}:)", argument.name), input(argument));
                    }
                }
            }
            ExtendedType::InputObject(object) => {
                all.extend(object.fields.iter().map(|(field, value)| (format!("{name}.{field}"), input(value))));
            }
            ExtendedType::Enum(values) => {
                all.extend(values.values.keys().map(|value| (format!("{name}.{value}"), "a value".to_owned())));
            }
            ExtendedType::Scalar(_) => {
                all.insert(name.to_string(), "a scalar".to_owned());
            }
            ExtendedType::Interface(_) | ExtendedType::Union(_) => {
                all.insert(name.to_string(), "an abstract type".to_owned());
            }
        }
    }
    all
}

#[test]
fn nothing_that_was_promised_is_missing() {
    let promised = Schema::parse(include_str!("../data/promised.graphql"), "promised.graphql").unwrap();
    let served = schema::types(&schema::own());
    let (promised, served) = (coordinates(&promised), coordinates(&served));
    let open: BTreeMap<&str, &str> = OPEN.iter().copied().collect();
    let belongs_to_open = |name: &str| open.keys().any(|open| name == *open || name.starts_with(&format!("{open}(")));
    let mut wrong = Vec::new();
    for (name, ty) in &promised {
        match served.get(name) {
            Some(_) if belongs_to_open(name) => wrong.push(format!("{name} is there: take it off the open list")),
            Some(found) if found != ty => wrong.push(format!("{name}: {found} instead of {ty}")),
            None if !belongs_to_open(name) => wrong.push(format!("{name}: {ty} is missing")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} promises, {} of them open", promised.len(), OPEN.len());
}
