//! The schema as a caller sees it: for `__schema` and `__type`, and as text. Kept by what is open, since many
//! callers see the same.

use super::outline::outline;
use super::plan::Plan;
use crate::error::{Code, Error, Fault, Refusal};
use crate::permission::{Granted, Powers, Surface};
use apollo_compiler::Schema;
use apollo_compiler::collections::HashMap;
use apollo_compiler::introspection::{check_max_depth, partial_execute};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::{ExtendedType, Implementers};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name};
use quick_cache::sync::Cache;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A schema as one set of powers shows it.
#[derive(Debug)]
pub struct Shaped {
    /// Tells it from every other of this process.
    number: u64,
    schema: Valid<Schema>,
    /// What may be asked of it, where that is less than it shows.
    asked: Option<Valid<Schema>>,
    implementers: HashMap<Name, Implementers>,
}

impl Shaped {
    /// The schema as text.
    #[must_use]
    pub fn sdl(&self) -> String {
        self.schema.to_string()
    }

    /// The same without what it says of itself.
    #[must_use]
    pub fn outline(&self) -> String {
        outline(&self.schema)
    }

    /// The schema that documents are held against where the rest is hidden.
    #[must_use]
    pub fn asked(&self) -> &Valid<Schema> {
        self.asked.as_ref().unwrap_or(&self.schema)
    }

    /// The object types that stand behind a type: members of a union, implementers of an interface, as far as they are
    /// shown.
    #[must_use]
    pub fn possible(&self, name: &str) -> Vec<&Name> {
        match self.schema.types.get(name) {
            Some(ExtendedType::Union(union_)) => union_.members.iter().map(|member| &member.name).collect(),
            Some(ExtendedType::Interface(_)) => self
                .implementers
                .get(name)
                .map(|implementers| implementers.objects.iter().collect())
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Its number: no two shapes of a process have the same.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }
}

/// The shaped schemas made so far.
#[derive(Debug)]
pub struct Shapes {
    made: AtomicU64,
    kept: Cache<Granted, Arc<Shaped>>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self { made: AtomicU64::new(0), kept: Cache::new(200) }
    }
}

impl Shapes {
    /// The schema as these powers show it. Costs time for a large schema: to be called on a blocking thread.
    #[must_use]
    pub fn of(&self, surface: &Surface, powers: &Powers) -> Arc<Shaped> {
        let made = self.kept.get_or_insert_with(powers.held(), || {
            let schema = surface.shape(powers);
            let (asked, implementers) = (surface.askable(&schema), schema.implementers_map());
            let number = self.made.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(Arc::new(Shaped { number, schema, asked, implementers }))
        });
        match made {
            Ok(shaped) => shaped,
            Err(never) => match never {},
        }
    }

    /// The same, if it is there already.
    #[must_use]
    pub fn kept(&self, powers: &Powers) -> Option<Arc<Shaped>> {
        self.kept.get(powers.held())
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
