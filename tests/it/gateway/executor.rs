//! An API that answers any operation on any schema: what a field gives follows from where it stands and what it was
//! asked with, some fields fail, and the same question always has the same answer.

use apollo_compiler::ast::Type;
use apollo_compiler::executable::ExecutableDocument;
use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// The answer to the body of a request.
pub fn answer(schema: &Valid<Schema>, body: &str) -> String {
    let asked: Value = serde_json::from_str(body).expect("a request of JSON");
    let wrong = |why: String| json!({"errors": [{"message": why}]}).to_string();
    let text = asked["query"].as_str().unwrap_or_default();
    let document = match ExecutableDocument::parse_and_validate(schema, text, "") {
        Ok(document) => document,
        Err(error) => return wrong(error.errors.to_string()),
    };
    let variables: JsonMap = serde_json::from_value(asked["variables"].clone()).unwrap_or_default();
    let execution = Execution::new(schema, &document).enable_schema_introspection(true);
    let execution = match execution.operation_name(asked["operationName"].as_str()) {
        Ok(execution) => execution.raw_variable_values(&variables),
        Err(error) => return wrong(error.message().to_string()),
    };
    let root = document.operations.get(asked["operationName"].as_str()).expect("it was found").object_type().clone();
    match execution.execute_sync(&Thing { schema, ty: root, seed: 7 }) {
        Ok(response) => serde_json::to_string(&response).expect("an answer can be written"),
        Err(error) => wrong(error.message().to_string()),
    }
}

/// An object of one type; two with the same seed are the same.
struct Thing<'s> {
    schema: &'s Valid<Schema>,
    ty: Name,
    seed: u64,
}

impl ObjectValue for Thing<'_> {
    fn type_name(&self) -> &str {
        &self.ty
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let mut hasher = DefaultHasher::new();
        let arguments = serde_json::to_string(info.arguments()).expect("arguments can be written");
        (self.seed, self.ty.as_str(), info.field_name(), arguments).hash(&mut hasher);
        let seed = hasher.finish();
        if seed.is_multiple_of(17) {
            return Err(FieldError { message: format!("{} has failed", info.field_name()) });
        }
        Ok(self.value(&info.field_definition().ty, seed))
    }
}

impl Thing<'_> {
    fn value<'a>(&'a self, ty: &Type, seed: u64) -> ResolvedValue<'a> {
        if !ty.is_non_null() && seed.is_multiple_of(11) {
            return ResolvedValue::Leaf(apollo_compiler::response::JsonValue::Null);
        }
        if ty.is_list() {
            let item = ty.item_type().clone();
            let items = (0..seed % 3).map(move |at| Ok(self.value(&item, seed.rotate_left(7).wrapping_add(at))));
            return ResolvedValue::List(Box::new(items));
        }
        let name = ty.inner_named_type();
        match &self.schema.types[name] {
            ExtendedType::Scalar(_) => ResolvedValue::Leaf(leaf(name, seed)),
            ExtendedType::Enum(values) => {
                let value = values.values.keys().nth((seed as usize) % values.values.len()).expect("one of them");
                ResolvedValue::Leaf(value.as_str().into())
            }
            _ => {
                let objects: Vec<&Name> = self
                    .schema
                    .types
                    .iter()
                    .filter(|(object, ty)| ty.is_object() && (*object == name || self.schema.is_subtype(name, object)))
                    .map(|(object, _)| object)
                    .collect();
                match objects.get((seed as usize) % objects.len().max(1)) {
                    Some(ty) => ResolvedValue::Object(Box::new(Thing { schema: self.schema, ty: (*ty).clone(), seed })),
                    // Nothing implements it.
                    None => ResolvedValue::Leaf(apollo_compiler::response::JsonValue::Null),
                }
            }
        }
    }
}

fn leaf(scalar: &str, seed: u64) -> apollo_compiler::response::JsonValue {
    let small = (seed % 100_000) as i64 - 50_000;
    let value = match scalar {
        "Int" => json!(small),
        "Float" => json!(small as f64 / 8.0),
        "Boolean" => json!(small % 2 == 0),
        "String" | "ID" => json!(format!("s{small} \u{e9}\"\\")),
        _ => json!({"b": small, "a": [null, small as f64 / 3.0, {"z": "\u{1f511}", "y": u64::MAX - seed % 3}]}),
    };
    serde_json::from_value(value).expect("JSON is JSON")
}
