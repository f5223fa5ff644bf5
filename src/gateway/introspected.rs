//! What an API says of its schema when it is asked, as SDL. Knows no HTTP and does not judge the schema: whoever asks
//! sends one of [`QUERIES`], and `sdl::read` judges what comes out here, as it does with files.
//!
//! What the API says is not trusted. Names are held against the grammar, default values are parsed, and everything is
//! written by the library's own printer, so that no text can end where it says and go on as something else.

mod queries;
mod said;

pub use queries::QUERIES;

use apollo_compiler::ast::{
    Argument, Definition, Directive, DirectiveDefinition, DirectiveList, Document, EnumTypeDefinition,
    EnumValueDefinition, FieldDefinition, InputObjectTypeDefinition, InputValueDefinition, InterfaceTypeDefinition,
    ObjectTypeDefinition, OperationType, ScalarTypeDefinition, SchemaDefinition, Type, UnionTypeDefinition, Value,
};
use apollo_compiler::parser::Parser;
use apollo_compiler::{Name, Node, name};
use said::{Read, Said, description, each, flag, kind, list, location, named, names, quoted, text};
use serde_json::Value as Json;

/// Every schema has these without naming them.
const SCALARS: &[&str] = &["Int", "Float", "String", "Boolean", "ID"];
/// As above.
const DIRECTIVES: &[&str] = &["skip", "include", "deprecated", "specifiedBy", "oneOf"];
/// Servers give it where their authors gave none, so that it says nothing.
const NO_REASON: &str = "No longer supported";
/// Lists in lists and what must not be null, together: more than the queries ask for, and little enough to read on.
const DEEPEST: usize = 32;

/// Turns the `data` of the answer to one of [`QUERIES`] into SDL.
///
/// # Errors
/// What is not as the specification has it, and where it stands, in words for an operator.
pub fn sdl(data: &Json) -> Result<String, String> {
    let said = data.get("__schema").and_then(Json::as_object).ok_or("it holds no `__schema`")?;
    let mut document = Document::new();
    document.definitions.push(schema(said)?);
    document.definitions.extend(each(said, "directives", directive)?.into_iter().flatten());
    document.definitions.extend(each(said, "types", type_definition)?.into_iter().flatten());
    Ok(document.to_string())
}

fn schema(said: &Said) -> Read<Definition> {
    let mut root_operations = Vec::new();
    let roots = [
        (OperationType::Query, "queryType"),
        (OperationType::Mutation, "mutationType"),
        (OperationType::Subscription, "subscriptionType"),
    ];
    for (kind, key) in roots {
        match said.get(key) {
            Some(Json::Object(root)) => root_operations.push(Node::new((kind, named(root)?))),
            None | Some(Json::Null) if kind != OperationType::Query => {}
            _ => return Err(format!("`{key}` names no type")),
        }
    }
    Ok(SchemaDefinition { description: description(said)?, directives: DirectiveList::new(), root_operations }.into())
}

fn directive(name: Name, said: &Said) -> Read<Option<Definition>> {
    if DIRECTIVES.contains(&name.as_str()) {
        return Ok(None);
    }
    // A location that we do not know is one of a later specification: nothing that we read can stand there.
    let locations: Vec<_> = list(said, "locations")?.iter().filter_map(location).collect();
    let repeatable = flag(said, "isRepeatable")?;
    let arguments = each(said, "args", input)?;
    let definition = DirectiveDefinition { description: description(said)?, name, arguments, repeatable, locations };
    Ok((!definition.locations.is_empty()).then(|| definition.into()))
}

fn type_definition(name: Name, said: &Said) -> Read<Option<Definition>> {
    let description = description(said)?;
    let mut directives = DirectiveList::new();
    Ok(Some(match kind(said)? {
        "SCALAR" if SCALARS.contains(&name.as_str()) => return Ok(None),
        "SCALAR" => {
            if let Some(url) = text(said, "specifiedByURL")? {
                directives.push(applied(name!("specifiedBy"), Some((name!("url"), url))));
            }
            ScalarTypeDefinition { description, name, directives }.into()
        }
        "OBJECT" => {
            let (implements_interfaces, fields) = (names(said, "interfaces")?, each(said, "fields", field)?);
            ObjectTypeDefinition { description, name, implements_interfaces, directives, fields }.into()
        }
        "INTERFACE" => {
            let (implements_interfaces, fields) = (names(said, "interfaces")?, each(said, "fields", field)?);
            InterfaceTypeDefinition { description, name, implements_interfaces, directives, fields }.into()
        }
        "UNION" => UnionTypeDefinition { description, name, directives, members: names(said, "possibleTypes")? }.into(),
        "ENUM" => {
            EnumTypeDefinition { description, name, directives, values: each(said, "enumValues", enum_value)? }.into()
        }
        "INPUT_OBJECT" => {
            if flag(said, "isOneOf")? {
                directives.push(applied(name!("oneOf"), None));
            }
            let fields = each(said, "inputFields", input)?;
            InputObjectTypeDefinition { description, name, directives, fields }.into()
        }
        kind => return Err(format!("there is no kind {} of types", quoted(kind))),
    }))
}

fn field(name: Name, said: &Said) -> Read<Node<FieldDefinition>> {
    let (description, arguments, ty) = (description(said)?, each(said, "args", input)?, type_of(said)?);
    Ok(FieldDefinition { description, name, arguments, ty, directives: deprecated(said)? }.into())
}

fn input(name: Name, said: &Said) -> Read<Node<InputValueDefinition>> {
    let (description, ty) = (description(said)?, type_of(said)?.into());
    // A default that is no literal is left out: some servers print a value of their own language, and one such text
    // must not keep the whole API out. The API still fills it in, since what a caller does not give is not sent on;
    // only where the type is non-null must callers give what they need not.
    let default_value = text(said, "defaultValue")?.and_then(literal);
    Ok(InputValueDefinition { description, name, ty, default_value, directives: deprecated(said)? }.into())
}

fn enum_value(value: Name, said: &Said) -> Read<Node<EnumValueDefinition>> {
    if ["true", "false", "null"].contains(&value.as_str()) {
        return Err("no value of an enum may have this name".into());
    }
    Ok(EnumValueDefinition { description: description(said)?, value, directives: deprecated(said)? }.into())
}

fn type_of(said: &Said) -> Read<Type> {
    let mut wrappers = Vec::new();
    let mut at = said.get("type");
    let mut ty = loop {
        let here = at.and_then(Json::as_object).ok_or("its type is missing, or wrapped deeper than was asked")?;
        match kind(here)? {
            wrapper @ ("LIST" | "NON_NULL") => wrappers.push(wrapper),
            "SCALAR" | "OBJECT" | "INTERFACE" | "UNION" | "ENUM" | "INPUT_OBJECT" => break Type::Named(named(here)?),
            kind => return Err(format!("there is no kind {} of types", quoted(kind))),
        }
        if wrappers.len() > DEEPEST {
            return Err(format!("its type is wrapped more than {DEEPEST} times"));
        }
        at = here.get("ofType");
    };
    for wrapper in wrappers.into_iter().rev() {
        ty = match wrapper {
            "LIST" => ty.list(),
            _ if ty.is_non_null() => return Err("its type says twice that it is non-null".into()),
            _ => ty.non_null(),
        };
    }
    Ok(ty)
}

/// A default value as it parses between an input field and the end of its type, where a text that goes on with
/// anything else shows as more than one value.
fn literal(text: &str) -> Option<Node<Value>> {
    let around = format!("input I {{ f: T = {text}\n}}");
    let document = Parser::new().recursion_limit(DEEPEST).parse_ast(around, "default").ok()?;
    let [Definition::InputObjectTypeDefinition(object)] = &*document.definitions else { return None };
    let [field] = &*object.fields else { return None };
    if field.directives.is_empty() { field.default_value.clone() } else { None }
}

/// Servers of before tell nothing of deprecated inputs, and some tell an empty reason for what is not deprecated.
fn deprecated(said: &Said) -> Read<DirectiveList> {
    let reason = text(said, "deprecationReason")?.filter(|reason| *reason != NO_REASON);
    let mut directives = DirectiveList::new();
    if flag(said, "isDeprecated")? {
        directives.push(applied(name!("deprecated"), reason.map(|reason| (name!("reason"), reason))));
    }
    Ok(directives)
}

fn applied(name: Name, argument: Option<(Name, &str)>) -> Directive {
    let argument = argument.map(|(name, text)| Argument { name, value: Value::String(text.to_owned()).into() }.into());
    Directive { name, arguments: argument.into_iter().collect() }
}

#[cfg(test)]
mod tests;
