//! The values of an operation's variables (GraphQL, CoerceVariableValues), and what is said of one that does not fit:
//! its name and its type, never the value, which may be a secret.

use crate::error::{Code, Refusal};
use apollo_compiler::Schema;
use apollo_compiler::executable::Operation;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;

/// The values with defaults filled in; what was not given and has no default stays absent.
///
/// # Errors
/// Names the variable or input field that does not fit, and its type.
pub fn coerce(schema: &Valid<Schema>, operation: &Operation, given: &JsonMap) -> Result<JsonMap, Refusal> {
    if operation.variables.is_empty() {
        return Ok(JsonMap::new());
    }
    match coerce_variable_values(schema, operation, given) {
        Ok(coerced) => Ok(coerced.into_inner()),
        Err(error) => Err(Refusal::new(Code::ValidationFailed, without_value(&error.message().to_string()))),
    }
}

/// The library's sentence without the value that it quotes.
fn without_value(message: &str) -> String {
    let quoted = message.strip_prefix("could not coerce ").and_then(|rest| {
        let (what, rest) = rest.split_once(": ")?;
        let (_, ty) = rest.rsplit_once(" to type ")?;
        Some(format!("{what} is not a value of type {ty}"))
    });
    let unknown_key = message.strip_prefix("Input object has key ").and_then(|rest| {
        let (key, ty) = rest.rsplit_once(" not in type ")?;
        let is_name = key.len() <= 30 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let key = if is_name { key } else { "of that name" };
        Some(format!("the input type {ty} has no field {key}"))
    });
    quoted.or(unknown_key).unwrap_or_else(|| message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(values: &str) -> String {
        let schema = Schema::parse_and_validate("input I { a: Int! b: I } type Query { f(i: I): Int }", "").unwrap();
        let text = "query($v: I!) { f(i: $v) }";
        let document = apollo_compiler::ExecutableDocument::parse_and_validate(&schema, text, "").unwrap();
        let operation = document.operations.get(None).unwrap();
        coerce(&schema, operation, &serde_json::from_str(values).unwrap()).unwrap_err().message
    }

    #[test]
    fn no_value_is_repeated() {
        assert_eq!(said(r#"{"v": {"a": "geheim: to type X"}}"#), "input field I.a is not a value of type Int");
        assert_eq!(said(r#"{"v": ["geheim"]}"#), "variable v is not a value of type I");
        assert_eq!(
            said(r#"{"v": {"a": 1, "b": {"a": {"x": "geheim"}}}}"#),
            "input field I.a is not a value of type Int"
        );
        assert_eq!(said(r#"{"v": {"a": 1, "c": 2}}"#), "the input type I has no field c");
        assert_eq!(
            said(r#"{"v": {"a": 1, "dwd_pat_0123456789012345678901234567890123": 2}}"#),
            "the input type I has no field of that name"
        );
        assert_eq!(said("{}"), "missing value for non-null variable 'v'");
        assert_eq!(said(r#"{"v": {}}"#), "Missing value for non-null input object field I.a");
    }
}
