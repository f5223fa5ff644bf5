//! Random requests: a document with fragments, variables and directives, and the JSON sent with it.

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, OperationType};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::ExtendedType;

use super::values::{Variables, literal};
use super::{Tape, possible};

/// A document of one operation and its variables.
#[derive(Debug, Clone)]
pub struct Request {
    pub text: String,
    pub variables: JsonMap,
}

/// A request over `schema`, nearly always a valid one.
pub fn request(tape: &mut Tape, schema: &Schema) -> Request {
    let kinds = [OperationType::Query, OperationType::Query, OperationType::Mutation, OperationType::Subscription];
    let kinds: Vec<OperationType> = kinds.into_iter().filter(|kind| schema.root_operation(*kind).is_some()).collect();
    let kind = *tape.pick(&kinds).expect("a schema has a query type");
    let root = schema.root_operation(kind).expect("only roots that are there").to_string();
    let mut writer = Writer { tape, schema, variables: Variables::default(), fragments: Vec::new(), aliases: 0 };
    let selection = if kind == OperationType::Subscription {
        // Exactly one root field, and no meta field (specification, section 5.2.4.1).
        let fields = fields(schema, &root);
        let (name, definition) = writer.tape.pick(&fields).expect("a root has fields").clone();
        let field = writer.field(&name, &definition, 3);
        format!("{{ {} }}", field.unwrap_or(name))
    } else {
        writer.selection(&root, 4)
    };
    let mark = if kind == OperationType::Subscription { String::new() } else { writer.mark() };
    let declared = writer.variables.declared.join(", ");
    let declared = if declared.is_empty() { String::new() } else { format!("({declared})") };
    let text = format!("{kind}{declared}{mark} {selection}\n{}", writer.fragments.join("\n"));
    let mut sent = writer.variables.sent;
    if writer.tape.chance(1) {
        sent.insert("undeclared".to_owned(), serde_json::json!({"x0": 1}));
    }
    let variables = serde_json::from_value(sent.into()).expect("JSON is JSON");
    Request { text, variables }
}

struct Writer<'a> {
    tape: &'a mut Tape,
    schema: &'a Schema,
    variables: Variables,
    fragments: Vec<String>,
    aliases: usize,
}

fn fields(schema: &Schema, ty: &str) -> Vec<(String, FieldDefinition)> {
    let fields = match &schema.types[ty] {
        ExtendedType::Object(object) => &object.fields,
        ExtendedType::Interface(interface) => &interface.fields,
        _ => return Vec::new(),
    };
    fields.iter().map(|(name, field)| (name.to_string(), field.as_ref().clone())).collect()
}

impl Writer<'_> {
    fn selection(&mut self, ty: &str, depth: usize) -> String {
        let mut selections = Vec::new();
        let fields = fields(self.schema, ty);
        for _ in 0..1 + self.tape.below(3) {
            match self.tape.below(9) {
                0..6 => {
                    if let Some((name, definition)) = self.tape.pick(&fields).cloned() {
                        selections.extend(self.field(&name, &definition, depth));
                    }
                }
                6 => selections.push("__typename".to_owned()),
                _ if depth > 0 => selections.push(self.fragment(ty, depth - 1)),
                _ => {}
            }
        }
        if ty == "Query" && self.tape.chance(1) {
            selections.push("__schema { queryType { name } }".to_owned());
        }
        if selections.is_empty() {
            selections.push("__typename".to_owned());
        }
        format!("{{ {} }}", selections.join(" "))
    }

    /// A field under an alias of its own, so that no two selections conflict; none where it leads too deep.
    fn field(&mut self, name: &str, definition: &FieldDefinition, depth: usize) -> Option<String> {
        let named = definition.ty.inner_named_type();
        let is_leaf = matches!(self.schema.types[named], ExtendedType::Scalar(_) | ExtendedType::Enum(_));
        if !is_leaf && depth == 0 {
            return None;
        }
        self.aliases += 1;
        let alias = self.aliases;
        let arguments: Vec<String> = definition.arguments.iter().filter_map(|a| self.argument(a)).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let mark = self.mark();
        let below = if is_leaf { String::new() } else { self.selection(named, depth - 1) };
        Some(format!("n{alias}: {name}{arguments}{mark} {below}"))
    }

    fn argument(&mut self, argument: &InputValueDefinition) -> Option<String> {
        if !argument.is_required() && !self.tape.chance(4) {
            return None;
        }
        let value = literal(self.tape, self.schema, &argument.ty, 3, Some(&mut self.variables));
        Some(format!("{}: {value}", argument.name))
    }

    fn mark(&mut self) -> String {
        let Some(mark) = self.schema.directive_definitions.get("mark").filter(|_| self.tape.chance(1)) else {
            return String::new();
        };
        let arguments: Vec<String> = mark.arguments.iter().filter_map(|a| self.argument(a)).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        format!(" @mark{arguments}")
    }

    /// An inline or named fragment, of a type that shares a possible type with the one that it stands on.
    fn fragment(&mut self, on: &str, depth: usize) -> String {
        let around = possible(self.schema, on);
        let composite = self.schema.types.iter().filter(|(name, ty)| {
            !name.starts_with("__")
                && matches!(ty, ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))
        });
        let sharing: Vec<String> = composite
            .map(|(name, _)| name.to_string())
            .filter(|name| possible(self.schema, name).iter().any(|object| around.contains(object)))
            .collect();
        let Some(condition) = self.tape.pick(&sharing).cloned() else { return "__typename".to_owned() };
        match self.tape.below(4) {
            0 => {
                let body = self.selection(&condition, depth);
                let name = format!("F{}", self.fragments.len());
                self.fragments.push(format!("fragment {name} on {condition} {body}"));
                format!("...{name}")
            }
            1 => format!("... {}{}", self.mark(), self.selection(on, depth)),
            _ => format!("... on {condition}{} {}", self.mark(), self.selection(&condition, depth)),
        }
    }
}
