//! `@oneOf` input objects (specification, September 2025, section 3.10.1): exactly one field is given, and it is not
//! null. The library that validates documents does not know that rule.

use crate::error::{Code, Refusal};
use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::InputObjectType;
use apollo_compiler::{Name, Schema};
use std::collections::HashSet;

/// The rule, on the documents of one schema.
pub struct OneOf<'a> {
    schema: &'a Schema,
    operation: &'a Operation,
}

impl<'a> OneOf<'a> {
    /// `None`: the schema has no such type.
    #[must_use]
    pub fn of(schema: &'a Schema, operation: &'a Operation) -> Option<Self> {
        let has = |ty: &apollo_compiler::schema::ExtendedType| {
            ty.as_input_object().is_some_and(|input| input.directives.has("oneOf"))
        };
        schema.types.values().any(has).then_some(Self { schema, operation })
    }

    /// Holds the literals of an operation to it.
    ///
    /// # Errors
    /// A validation error that names the type.
    pub fn check(&self, document: &'a ExecutableDocument) -> Result<(), Refusal> {
        for variable in &self.operation.variables {
            if let Some(value) = &variable.default_value {
                self.literal(&variable.ty, value)?;
            }
        }
        self.selections(document, &self.operation.selection_set, &mut HashSet::new())
    }

    /// The variables whose values have to be held to it.
    #[must_use]
    pub fn variables(&self) -> Box<[Name]> {
        let reaches = |ty: &Name| self.reaches(ty, &mut HashSet::new());
        let declared = self.operation.variables.iter();
        declared.filter(|variable| reaches(variable.ty.inner_named_type())).map(|one| one.name.clone()).collect()
    }

    fn selections(
        &self,
        document: &'a ExecutableDocument,
        set: &'a SelectionSet,
        seen: &mut HashSet<&'a Name>,
    ) -> Result<(), Refusal> {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    for argument in &field.arguments {
                        if let Some(declared) = field.definition.argument_by_name(&argument.name) {
                            self.literal(&declared.ty, &argument.value)?;
                        }
                    }
                    self.selections(document, &field.selection_set, seen)?;
                }
                Selection::InlineFragment(inline) => self.selections(document, &inline.selection_set, seen)?,
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.fragment_name)
                        && seen.insert(&fragment.name)
                    {
                        self.selections(document, &fragment.selection_set, seen)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn literal(&self, ty: &Type, value: &Value) -> Result<(), Refusal> {
        match value {
            Value::List(items) => items.iter().try_for_each(|item| self.literal(ty, item)),
            Value::Object(fields) => {
                let Some(input) = self.input(ty) else { return Ok(()) };
                if is_one_of(input) {
                    let [(_, value)] = fields.as_slice() else { return Err(not_one(input)) };
                    let nullable = |name: &Name| {
                        let declared = self.operation.variables.iter().find(|variable| variable.name == *name);
                        declared.is_some_and(|variable| !variable.ty.is_non_null())
                    };
                    if value.is_null() || value.as_variable().is_some_and(nullable) {
                        return Err(not_one(input));
                    }
                }
                for (name, value) in fields {
                    if let Some(field) = input.fields.get(name) {
                        self.literal(&field.ty, value)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn input(&self, ty: &Type) -> Option<&'a InputObjectType> {
        self.schema.get_input_object(ty.inner_named_type()).map(|input| &**input)
    }

    fn reaches(&self, ty: &'a Name, seen: &mut HashSet<&'a Name>) -> bool {
        let Some(input) = self.schema.get_input_object(ty) else { return false };
        is_one_of(input)
            || (seen.insert(ty) && input.fields.values().any(|field| self.reaches(field.ty.inner_named_type(), seen)))
    }
}

/// Holds the values of these variables to it.
///
/// # Errors
/// A validation error that names the type.
pub fn check_variables(
    schema: &Schema,
    operation: &Operation,
    variables: &[Name],
    given: &JsonMap,
) -> Result<(), Refusal> {
    for variable in operation.variables.iter().filter(|variable| variables.contains(&variable.name)) {
        if let Some(value) = given.get(variable.name.as_str()) {
            json(schema, &variable.ty, value)?;
        }
    }
    Ok(())
}

fn json(schema: &Schema, ty: &Type, value: &JsonValue) -> Result<(), Refusal> {
    match value {
        JsonValue::Array(items) => items.iter().try_for_each(|item| json(schema, ty, item)),
        JsonValue::Object(fields) => {
            let Some(input) = schema.get_input_object(ty.inner_named_type()) else { return Ok(()) };
            if is_one_of(input) && (fields.len() != 1 || fields.values().any(JsonValue::is_null)) {
                return Err(not_one(input));
            }
            let known = fields.iter().filter_map(|(name, value)| Some((input.fields.get(name.as_str())?, value)));
            known.into_iter().try_for_each(|(field, value)| json(schema, &field.ty, value))
        }
        _ => Ok(()),
    }
}

fn is_one_of(input: &InputObjectType) -> bool {
    input.directives.has("oneOf")
}

fn not_one(input: &InputObjectType) -> Refusal {
    let message = format!("an object of type {} gives exactly one field, which is not null", input.name);
    Refusal::new(Code::ValidationFailed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, variables: &str) -> Result<(), String> {
        let sdl = "directive @oneOf on INPUT_OBJECT
            input By @oneOf { id: ID name: String deep: By } input Where { by: [By!] n: Int }
            type Query { f(by: By, where: Where): Query g: Int }";
        let schema = Schema::parse_and_validate(sdl, "").unwrap();
        let document = ExecutableDocument::parse_and_validate(&schema, text, "").unwrap();
        let operation = document.operations.get(None).unwrap();
        let rule = OneOf::of(&schema, operation).unwrap();
        let given = serde_json::from_str(variables).unwrap();
        let held = rule.check(&document).and_then(|()| check_variables(&schema, operation, &rule.variables(), &given));
        held.map_err(|refusal| refusal.message)
    }

    #[test]
    fn exactly_one_field_is_given() {
        for good in [
            "{ f(by: {id: 1}) { g } }",
            "{ f(by: {deep: {name: \"a\"}}, where: {by: {id: 1}, n: 1}) { g } }",
            "query($id: ID!) { f(by: {id: $id}) { g } }",
            "query($by: By = {id: 1}, $n: Int) { f(by: $by, where: {n: $n}) { g } }",
        ] {
            assert_eq!(said(good, r#"{"id": 1, "by": {"name": "x"}}"#), Ok(()), "{good}");
        }
        for bad in [
            "{ f(by: {}) { g } }",
            "{ f(by: {id: 1, name: \"a\"}) { g } }",
            "{ f(by: {id: null}) { g } }",
            "query($id: ID) { f(by: {id: $id}) { g } }",
            "{ f { ...F } } fragment F on Query { f(where: {by: [{id: 1}, {deep: {}}]}) { g } }",
            "query($by: By = {id: 1, name: \"a\"}) { f(by: $by) { g } }",
        ] {
            assert!(said(bad, r#"{"id": 1}"#).is_err(), "{bad}");
        }
        let by = "query($w: Where) { f(where: $w) { g } }";
        let both = said(by, r#"{"w": {"by": [{"id": 1, "name": "a"}]}}"#);
        assert_eq!(both.unwrap_err(), "an object of type By gives exactly one field, which is not null");
        assert_eq!(said(by, r#"{"w": {"by": [{"id": 1}]}}"#), Ok(()));
        assert!(said(by, r#"{"w": {"by": {"id": null}}}"#).is_err());
    }
}
