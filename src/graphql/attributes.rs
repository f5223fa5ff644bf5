//! What Doorward's own lists are searched and sorted by: each attribute asks for the field that it names, so that
//! nobody learns by filtering what they may not read (permission rule 20).

use crate::permission::{Granted, Source, Surface};
use apollo_compiler::executable::{ExecutableDocument, Field, Operation};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::{Node, ast::Value};

/// The attributes that an operation names, in its text or through its variables.
#[derive(Debug, Default)]
pub struct Attributes(Vec<Use>);

/// One place where attributes of a list of `entity` are named.
#[derive(Debug)]
struct Use {
    entity: String,
    named: Named,
}

#[derive(Debug)]
enum Named {
    /// The attribute itself.
    Here(String),
    /// A variable holds the attribute itself.
    ByVariable(String),
    /// A variable holds sorters or searches.
    InVariable(String),
}

impl Attributes {
    /// Finds them in an operation.
    #[must_use]
    pub fn of(surface: &Surface, document: &ExecutableDocument, operation: &Operation) -> Self {
        let mut found = Self::default();
        for field in operation.root_fields(document) {
            let root = surface.answers("Query", &field.name);
            let Some(entity) = entity(surface, field).filter(|_| root == Some(Source::Own)) else { continue };
            for argument in field.arguments.iter().filter(|given| given.name == "search" || given.name == "sorter") {
                found.value(&entity, &argument.value);
            }
        }
        found
    }

    /// The permissions that they ask for, with these variables, defaults filled in; `None`: no attribute is named.
    /// What names no field is the list's own to refuse.
    #[must_use]
    pub fn needed(&self, surface: &Surface, variables: &JsonMap) -> Option<Granted> {
        let mut needed: Option<Granted> = None;
        let mut ask = |entity: &str, attribute: &str| {
            if let Some(permission) = surface.permission(Source::Own, &format!("{entity}.{attribute}")) {
                needed.get_or_insert_with(|| surface.nothing()).union_with(&permission);
            }
        };
        for Use { entity, named } in &self.0 {
            match named {
                Named::Here(attribute) => ask(entity, attribute),
                Named::ByVariable(name) => {
                    if let Some(attribute) = variables.get(name.as_str()).and_then(JsonValue::as_str) {
                        ask(entity, attribute);
                    }
                }
                Named::InVariable(name) => {
                    if let Some(value) = variables.get(name.as_str()) {
                        in_json(value, &mut |attribute| ask(entity, attribute));
                    }
                }
            }
        }
        needed
    }

    fn value(&mut self, entity: &str, value: &Node<Value>) {
        let named = |named| Use { entity: entity.to_owned(), named };
        match &**value {
            Value::Variable(name) => self.0.push(named(Named::InVariable(name.to_string()))),
            Value::List(items) => items.iter().for_each(|item| self.value(entity, item)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), &**value) {
                        ("attribute", Value::String(attribute)) => self.0.push(named(Named::Here(attribute.clone()))),
                        ("attribute", Value::Variable(name)) => {
                            self.0.push(named(Named::ByVariable(name.to_string())));
                        }
                        _ => self.value(entity, value),
                    }
                }
            }
            _ => {}
        }
    }
}

/// The type of the entities of a list, whose fields its attributes are.
fn entity(surface: &Surface, field: &Field) -> Option<String> {
    let connection = field.definition.ty.inner_named_type();
    let entities = surface.schema().type_field(connection, "entities").ok()?;
    let (_, own_name) = surface.whose(entities.ty.inner_named_type())?;
    Some(own_name.to_owned())
}

fn in_json(value: &JsonValue, ask: &mut impl FnMut(&str)) {
    match value {
        JsonValue::Array(items) => items.iter().for_each(|item| in_json(item, ask)),
        JsonValue::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(attribute) if key.as_str() == "attribute" => ask(attribute),
                    _ => in_json(value, ask),
                }
            }
        }
        _ => {}
    }
}
