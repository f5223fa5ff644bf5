//! What defaults stand for. Two are the same if whoever leaves the value out gets the same: `1` and `1.0` for a
//! float, `A` and `[A]` for a list, and an object and the same with a default of its type written out. One that does
//! not fit its type stands for nothing. Knows nothing of what a difference means to anyone.

use apollo_compiler::Schema;
use apollo_compiler::ast::{InputValueDefinition, Type, Value};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use std::collections::{BTreeMap, HashMap};

/// Defaults of input types inside one another are followed no further than anybody nests them.
const DEEPEST: usize = 50;

/// Stands for a meaning: equal where the meanings are.
pub(super) type MeaningId = usize;

#[derive(Debug, PartialEq, Eq, Hash)]
enum Meaning {
    Null,
    Boolean(bool),
    /// The bits of a double.
    Number(u64),
    /// Also a value of an enum.
    Text(String),
    List(Vec<MeaningId>),
    Object(BTreeMap<String, MeaningId>),
}

/// The meanings met in two schemas. Each is written down once, since defaults of types inside one another can stand
/// for objects far larger than the schema.
#[derive(Debug, Default)]
pub(super) struct Meanings(HashMap<Meaning, MeaningId>);

impl Meanings {
    fn id(&mut self, meaning: Meaning) -> MeaningId {
        let next = self.0.len();
        *self.0.entry(meaning).or_insert(next)
    }

    fn list(&mut self, items: Vec<MeaningId>) -> MeaningId {
        // graphql-inspector cannot tell a list without items from an object without fields.
        self.id(if items.is_empty() { Meaning::Object(BTreeMap::new()) } else { Meaning::List(items) })
    }

    fn number(&mut self, text: &str) -> Option<MeaningId> {
        let number: f64 = text.parse().ok()?;
        Some(self.id(Meaning::Number(number.to_bits())))
    }

    fn text(&mut self, text: &str) -> MeaningId {
        self.id(Meaning::Text(text.to_owned()))
    }

    /// What a scalar of unknown making makes of a value: what is written.
    fn untyped(&mut self, value: &Value) -> Option<MeaningId> {
        match value {
            Value::Null => Some(self.id(Meaning::Null)),
            Value::Boolean(value) => Some(self.id(Meaning::Boolean(*value))),
            Value::Int(number) => self.number(number.as_str()),
            Value::Float(number) => self.number(number.as_str()),
            Value::String(text) => Some(self.text(text)),
            Value::Enum(name) => Some(self.text(name)),
            Value::List(items) => {
                let items = items.iter().map(|item| self.untyped(item)).collect::<Option<_>>()?;
                Some(self.list(items))
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| Some((name.to_string(), self.untyped(value)?)));
                let fields = fields.collect::<Option<_>>()?;
                Some(self.id(Meaning::Object(fields)))
            }
            Value::Variable(_) => None,
        }
    }

    fn scalar(&mut self, name: &str, value: &Value) -> Option<MeaningId> {
        match (name, value) {
            ("Int", Value::Int(number)) if number.try_to_i32().is_ok() => self.number(number.as_str()),
            ("Float", Value::Int(_) | Value::Float(_)) | ("String", Value::String(_)) => self.untyped(value),
            ("Boolean", Value::Boolean(_)) | ("ID", Value::String(_)) => self.untyped(value),
            ("ID", Value::Int(number)) => Some(self.text(number.as_str())),
            ("Int" | "Float" | "String" | "Boolean" | "ID", _) => None,
            _ => self.untyped(value),
        }
    }
}

/// The defaults of one schema.
pub(super) struct Defaults<'a> {
    pub(super) schema: &'a Schema,
    /// Of the fields of input types, by type and field, once they were asked for.
    fields: HashMap<(&'a str, &'a str), Option<MeaningId>>,
    /// How many defaults are being followed, one inside the other.
    depth: usize,
}

impl<'a> Defaults<'a> {
    pub(super) fn of(schema: &'a Schema) -> Self {
        Self { schema, fields: HashMap::new(), depth: 0 }
    }

    /// What the default of an argument or a field stands for, if there is one and it fits.
    pub(super) fn meaning(&mut self, meanings: &mut Meanings, value: &InputValueDefinition) -> Option<MeaningId> {
        let default = value.default_value.as_deref()?;
        self.read(meanings, &value.ty, default)
    }

    fn read(&mut self, meanings: &mut Meanings, ty: &Type, value: &Value) -> Option<MeaningId> {
        if matches!(value, Value::Null) {
            return (!ty.is_non_null()).then(|| meanings.id(Meaning::Null));
        }
        let (Type::List(item) | Type::NonNullList(item)) = ty else {
            return self.read_named(meanings, ty.inner_named_type(), value);
        };
        let items = match value {
            Value::List(items) => items.iter().map(|value| self.read(meanings, item, value)).collect::<Option<_>>()?,
            single => vec![self.read(meanings, item, single)?],
        };
        Some(meanings.list(items))
    }

    fn read_named(&mut self, meanings: &mut Meanings, name: &str, value: &Value) -> Option<MeaningId> {
        match (self.schema.types.get(name)?, value) {
            (ExtendedType::Scalar(_), value) => meanings.scalar(name, value),
            (ExtendedType::Enum(ty), Value::Enum(value)) => ty.values.contains_key(value).then(|| meanings.text(value)),
            (ExtendedType::InputObject(ty), Value::Object(fields)) => {
                let given = fields.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
                self.read_object(meanings, ty, &given)
            }
            _ => None,
        }
    }

    fn read_object(
        &mut self,
        meanings: &mut Meanings,
        ty: &'a InputObjectType,
        given: &HashMap<&str, &Value>,
    ) -> Option<MeaningId> {
        let mut object = BTreeMap::new();
        for (name, field) in &ty.fields {
            let meaning = match given.get(name.as_str()) {
                Some(value) => Some(self.read(meanings, &field.ty, value)?),
                None => self.field(meanings, ty, field),
            };
            match meaning {
                Some(meaning) => {
                    object.insert(name.to_string(), meaning);
                }
                None if field.ty.is_non_null() => return None,
                None => {}
            }
        }
        let is_one_of = ty.directives.has("oneOf");
        let is_one = object.len() == 1 && !object.values().any(|value| *value == meanings.id(Meaning::Null));
        (!is_one_of || is_one).then(|| meanings.id(Meaning::Object(object)))
    }

    /// The default of a field. One that leads back to itself, as no schema should have it, stands for nothing.
    fn field(
        &mut self,
        meanings: &mut Meanings,
        ty: &'a InputObjectType,
        field: &'a InputValueDefinition,
    ) -> Option<MeaningId> {
        let key = (ty.name.as_str(), field.name.as_str());
        if let Some(known) = self.fields.get(&key) {
            return *known;
        }
        self.fields.insert(key, None);
        if self.depth == DEEPEST {
            return None;
        }
        self.depth += 1;
        let meaning = self.meaning(meanings, field);
        self.depth -= 1;
        self.fields.insert(key, meaning);
        meaning
    }
}
