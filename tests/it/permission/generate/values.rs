//! Random input values: literals, with variables where they may stand, and JSON.

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use serde_json::{Value, json};

use super::Tape;

/// The variables that an operation declares, and what is sent for them.
#[derive(Default)]
pub struct Variables {
    pub declared: Vec<String>,
    pub sent: serde_json::Map<String, Value>,
}

/// A literal for `ty`, or a new variable. Without `variables` a constant.
pub fn literal(
    tape: &mut Tape,
    schema: &Schema,
    ty: &Type,
    depth: usize,
    mut variables: Option<&mut Variables>,
) -> String {
    if let Some(variables) = variables.as_deref_mut()
        && tape.chance(3)
    {
        return declare(tape, schema, ty, variables);
    }
    if !ty.is_non_null() && (depth == 0 || tape.chance(1)) {
        return "null".to_owned();
    }
    if ty.is_list() && !tape.chance(2) {
        let items: Vec<String> = (0..if depth == 0 { 0 } else { tape.below(3) })
            .map(|_| literal(tape, schema, ty.item_type(), depth - 1, variables.as_deref_mut()))
            .collect();
        return format!("[{}]", items.join(", "));
    }
    let named = ty.inner_named_type();
    match schema.types.get(named) {
        Some(ExtendedType::InputObject(input)) => {
            let fields: Vec<String> = chosen(tape, input, depth)
                .into_iter()
                .map(|(name, ty)| {
                    let value = literal(tape, schema, &ty, depth.saturating_sub(1), variables.as_deref_mut());
                    format!("{name}: {value}")
                })
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Some(ExtendedType::Enum(ty)) => ty.values.keys().next().expect("an enum has values").to_string(),
        _ => match named.as_str() {
            "Int" | "Int64Bit" => "7".to_owned(),
            "Boolean" => "true".to_owned(),
            "Json" => match variables {
                // A variable of any type may stand inside a custom scalar.
                Some(variables) if tape.chance(4) => {
                    let types = ["In0", "[In0]", "Level", "String", "Int", "Json"];
                    let types: Vec<&str> =
                        types.into_iter().filter(|ty| schema.types.contains_key(ty.trim_matches(['[', ']']))).collect();
                    let ty = Type::parse(*tape.pick(&types).expect("String is always there"), "type").unwrap();
                    format!("{{k: {}, In0: {{x0: 1}}}}", declare(tape, schema, &ty, variables))
                }
                _ => "{x0: 1}".to_owned(),
            },
            _ => "\"s\"".to_owned(),
        },
    }
}

fn declare(tape: &mut Tape, schema: &Schema, ty: &Type, variables: &mut Variables) -> String {
    let name = format!("v{}", variables.declared.len());
    let mut declaration = format!("${name}: {ty}");
    let mut may_be_absent = !ty.is_non_null();
    if tape.chance(2) {
        declaration += &format!(" = {}", literal(tape, schema, ty, 2, None));
        may_be_absent = true;
    }
    variables.declared.push(declaration);
    if !may_be_absent || tape.chance(8) {
        variables.sent.insert(name.clone(), value(tape, schema, ty, 3));
    }
    format!("${name}")
}

/// JSON for `ty`.
fn value(tape: &mut Tape, schema: &Schema, ty: &Type, depth: usize) -> Value {
    if !ty.is_non_null() && (depth == 0 || tape.chance(1)) {
        return Value::Null;
    }
    if ty.is_list() && !tape.chance(2) {
        let many = if depth == 0 { 0 } else { tape.below(3) };
        return (0..many).map(|_| value(tape, schema, ty.item_type(), depth - 1)).collect();
    }
    let named = ty.inner_named_type();
    match schema.types.get(named) {
        Some(ExtendedType::InputObject(input)) => {
            let fields = chosen(tape, input, depth).into_iter();
            fields.map(|(name, ty)| (name, value(tape, schema, &ty, depth.saturating_sub(1)))).collect()
        }
        Some(ExtendedType::Enum(ty)) => json!(ty.values.keys().next().expect("an enum has values").as_str()),
        _ => match named.as_str() {
            "Int" | "Int64Bit" => json!(7),
            "Boolean" => json!(true),
            "Json" => json!({"x0": 1, "In0": {"x0": 2}}),
            _ => json!("s"),
        },
    }
}

/// The fields to write: what is required, of the rest some; of a `@oneOf` type one.
fn chosen(tape: &mut Tape, input: &InputObjectType, depth: usize) -> Vec<(String, Type)> {
    let all: Vec<(String, Type)> =
        input.fields.iter().map(|(name, field)| (name.to_string(), field.ty.as_ref().clone())).collect();
    if input.directives.has("oneOf") {
        return tape.pick(&all).cloned().into_iter().collect();
    }
    let required = |name: &str| input.fields[name].is_required();
    all.into_iter().filter(|(name, _)| required(name) || depth > 0 && tape.chance(4)).collect()
}
