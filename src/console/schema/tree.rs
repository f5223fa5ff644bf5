//! The schema for the picker of permissions: what its visitor may use, as JSON.

use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql::{self, Shaped};
use apollo_compiler::ast::{DirectiveList, FieldDefinition, InputValueDefinition, OperationType, Value};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node};
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use std::collections::BTreeMap;

/// How much of a description the picker shows.
const LONGEST: usize = 200;
/// What stands where no reason is given (GraphQL specification, section 3.13.3).
const NO_REASON: &str = "No longer supported";

/// The schema.
#[derive(Debug, Serialize)]
struct Tree<'a> {
    query: Option<&'a str>,
    mutation: Option<&'a str>,
    subscription: Option<&'a str>,
    types: BTreeMap<&'a str, Type<'a>>,
}

#[derive(Debug, Serialize)]
struct Type<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    /// The object types that stand behind a union or an interface.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    of: Vec<&'a Name>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Field<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: String,
    base: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'a str>,
    #[serde(rename = "default", skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<Field<'a>>,
}

/// The tree. It holds no secret, and changes seldom: a browser may keep it for a minute, for one session.
pub(super) async fn answer(visit: &Visit) -> Result<Response<Body>, Stop> {
    let made = graphql::shown(&visit.doors.whole, &visit.caller, |shaped| serde_json::to_vec(&tree(shaped)));
    let bytes = made.await?.map_err(|error| Stop::Failed(error.to_string()))?;
    let mut response = reply::with(StatusCode::OK, visit.gzip, "application/json; charset=utf-8", bytes);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=60"));
    Ok(response)
}

fn tree(shaped: &Shaped) -> Tree<'_> {
    let schema = shaped.asked();
    let root = |kind| schema.root_operation(kind).map(Name::as_str);
    let shown = schema.types.iter().filter(|(name, _)| !name.starts_with("__"));
    Tree {
        query: root(OperationType::Query),
        mutation: root(OperationType::Mutation),
        subscription: root(OperationType::Subscription),
        types: shown.map(|(name, ty)| (name.as_str(), of(shaped, name, ty))).collect(),
    }
}

fn of<'a>(shaped: &'a Shaped, name: &str, ty: &'a ExtendedType) -> Type<'a> {
    let fields = match ty {
        ExtendedType::Object(object) => object.fields.values().map(|field| output(field)).collect(),
        ExtendedType::Interface(interface) => interface.fields.values().map(|field| output(field)).collect(),
        ExtendedType::InputObject(object) => object.fields.values().map(|field| input(field)).collect(),
        ExtendedType::Union(_) | ExtendedType::Enum(_) | ExtendedType::Scalar(_) => Vec::new(),
    };
    let values = match ty {
        ExtendedType::Enum(ty) => ty.values.keys().map(Name::as_str).collect(),
        _ => Vec::new(),
    };
    Type { kind: kind(ty), description: short(ty.description()), of: shaped.possible(name), fields, values }
}

/// What kind of type this is, as introspection calls it, but for input objects.
pub(super) const fn kind(ty: &ExtendedType) -> &'static str {
    match ty {
        ExtendedType::Object(_) => "OBJECT",
        ExtendedType::Interface(_) => "INTERFACE",
        ExtendedType::Union(_) => "UNION",
        ExtendedType::InputObject(_) => "INPUT",
        ExtendedType::Enum(_) => "ENUM",
        ExtendedType::Scalar(_) => "SCALAR",
    }
}

fn output(field: &FieldDefinition) -> Field<'_> {
    Field {
        name: &field.name,
        ty: field.ty.to_string(),
        base: field.ty.inner_named_type(),
        description: short(field.description.as_ref()),
        deprecated: deprecated(&field.directives),
        default: None,
        args: field.arguments.iter().map(|argument| input(argument)).collect(),
    }
}

fn input(input: &InputValueDefinition) -> Field<'_> {
    Field {
        name: &input.name,
        ty: input.ty.to_string(),
        base: input.ty.inner_named_type(),
        description: short(input.description.as_ref()),
        deprecated: deprecated(&input.directives),
        default: input.default_value.as_deref().map(|value| Value::serialize(value).no_indent().to_string()),
        args: Vec::new(),
    }
}

/// Why something is not to be used any more; `None`: it may be.
pub(super) fn deprecated(directives: &DirectiveList) -> Option<&str> {
    let deprecated = directives.get("deprecated")?;
    match deprecated.specified_argument_by_name("reason").map(|reason| &**reason) {
        Some(Value::String(reason)) => Some(reason.as_str()),
        _ => Some(NO_REASON),
    }
}

fn short(description: Option<&Node<str>>) -> &str {
    let text = description.map(|text| &**text).unwrap_or_default();
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::short;
    use apollo_compiler::Node;

    #[test]
    fn a_description_is_cut_between_characters() {
        let long = "é".repeat(300);
        assert_eq!(short(Some(&Node::new_str(&long))).chars().count(), 200);
        assert_eq!(short(None), "");
    }
}
