//! The plain parts of what an API says: texts, flags, lists and names, each as it must be or missing. Knows no
//! definitions.

use apollo_compiler::ast::DirectiveLocation;
use apollo_compiler::{Name, Node};
use serde_json::{Map, Value as Json};

/// An object of the answer.
pub(super) type Said = Map<String, Json>;
/// What was read, or what is wrong with it.
pub(super) type Read<T> = Result<T, String>;

const LOCATIONS: &[DirectiveLocation] = &[
    DirectiveLocation::Query,
    DirectiveLocation::Mutation,
    DirectiveLocation::Subscription,
    DirectiveLocation::Field,
    DirectiveLocation::FragmentDefinition,
    DirectiveLocation::FragmentSpread,
    DirectiveLocation::InlineFragment,
    DirectiveLocation::VariableDefinition,
    DirectiveLocation::Schema,
    DirectiveLocation::Scalar,
    DirectiveLocation::Object,
    DirectiveLocation::FieldDefinition,
    DirectiveLocation::ArgumentDefinition,
    DirectiveLocation::Interface,
    DirectiveLocation::Union,
    DirectiveLocation::Enum,
    DirectiveLocation::EnumValue,
    DirectiveLocation::InputObject,
    DirectiveLocation::InputFieldDefinition,
];

/// Reads what has names, except what the specification keeps for itself.
pub(super) fn each<T>(said: &Said, key: &str, read: impl Fn(Name, &Said) -> Read<T>) -> Read<Vec<T>> {
    let mut all = Vec::new();
    for item in list(said, key)? {
        let item = item.as_object().ok_or_else(|| format!("`{key}` holds what is no object"))?;
        let name = named(item).map_err(|wrong| format!("`{key}`: {wrong}"))?;
        if !name.starts_with("__") {
            all.push(read(name.clone(), item).map_err(|wrong| format!("`{:.60}`: {wrong}", name.as_str()))?);
        }
    }
    Ok(all)
}

pub(super) fn names(said: &Said, key: &str) -> Read<Vec<Name>> {
    list(said, key)?.iter().map(|item| named(item.as_object().ok_or("an interface or member is no object")?)).collect()
}

pub(super) fn named(said: &Said) -> Read<Name> {
    let name = text(said, "name")?.ok_or("something has no name")?;
    Name::new(name).map_err(|_| format!("{} is no GraphQL name", quoted(name)))
}

pub(super) fn kind(said: &Said) -> Read<&str> {
    text(said, "kind")?.ok_or_else(|| "a type has no `kind`".into())
}

pub(super) fn description(said: &Said) -> Read<Option<Node<str>>> {
    Ok(text(said, "description")?.map(Node::new_str))
}

pub(super) fn text<'s>(said: &'s Said, key: &str) -> Read<Option<&'s str>> {
    match said.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{key}` is no text")),
    }
}

pub(super) fn flag(said: &Said, key: &str) -> Read<bool> {
    match said.get(key) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(flag)) => Ok(*flag),
        Some(_) => Err(format!("`{key}` is neither true nor false")),
    }
}

/// The location that a name stands for, if we know it.
pub(super) fn location(said: &Json) -> Option<DirectiveLocation> {
    LOCATIONS.iter().copied().find(|location| said.as_str() == Some(location.name()))
}

pub(super) fn list<'s>(said: &'s Said, key: &str) -> Read<&'s [Json]> {
    match said.get(key) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(items)) => Ok(items),
        Some(_) => Err(format!("`{key}` is no list")),
    }
}

/// Short, and without characters that would act on a terminal or a log.
pub(super) fn quoted(said: &str) -> String {
    format!("{:?}", said.chars().take(60).collect::<String>())
}
