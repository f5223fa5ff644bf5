//! The schema as a caller sees it: for `__schema` and `__type`, and as text. Kept by what is open, since many
//! callers see the same.

use super::plan::Plan;
use crate::error::{Code, Error, Fault, Refusal};
use crate::permission::{Granted, Powers, Surface};
use apollo_compiler::Schema;
use apollo_compiler::collections::HashMap;
use apollo_compiler::introspection::{check_max_depth, partial_execute};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name};
use moka::sync::Cache;
use std::sync::Arc;

/// A schema as one set of powers shows it.
#[derive(Debug)]
pub struct Shaped {
    schema: Valid<Schema>,
    implementers: HashMap<Name, Implementers>,
}

impl Shaped {
    /// The schema as text.
    #[must_use]
    pub fn sdl(&self) -> String {
        self.schema.to_string()
    }
}

/// The shaped schemas made so far.
#[derive(Debug)]
pub struct Shapes {
    kept: Cache<Granted, Arc<Shaped>>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self { kept: Cache::new(200) }
    }
}

impl Shapes {
    /// The schema as these powers show it. Costs time for a large schema: to be called on a blocking thread.
    #[must_use]
    pub fn of(&self, surface: &Surface, powers: &Powers) -> Arc<Shaped> {
        self.kept.get_with(powers.held().clone(), || {
            let schema = surface.shape(powers);
            let implementers = schema.implementers_map();
            Arc::new(Shaped { schema, implementers })
        })
    }
}

/// Answers the introspection fields of an operation.
///
/// # Errors
/// A question nested so deep that its answer would grow without measure; a fault if it cannot be answered at all.
pub fn answer(shaped: &Shaped, plan: &Plan, variables: &JsonMap) -> Result<JsonMap, Error> {
    let document: &Valid<ExecutableDocument> = &plan.document;
    check_max_depth(document, &plan.operation)
        .map_err(|error| Refusal::new(Code::LimitExceeded, error.message().to_string()))?;
    let variables = Valid::assume_valid_ref(variables);
    let response = partial_execute(&shaped.schema, &shaped.implementers, document, &plan.operation, variables)
        .map_err(|error| Fault::new("introspecting", error.message().to_string()))?;
    Ok(response.data.unwrap_or_default())
}
