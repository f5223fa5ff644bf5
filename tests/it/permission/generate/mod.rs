//! Random schemas, grants and operations, drawn from a tape of numbers: a shorter tape of smaller numbers gives a
//! smaller world, so that proptest can shrink what fails.

mod grants;
mod operation;
mod schema;
mod values;

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};

pub use grants::{grants, pinned};
pub use operation::{Request, request};
pub use schema::schema;

/// A source of choices; when it is used up, every choice is the first.
#[derive(Debug, Clone)]
pub struct Tape {
    choices: Vec<u16>,
    at: usize,
}

impl Tape {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        let choice = self.choices.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(choice) % n.max(1)
    }

    /// True in `n` of ten.
    pub fn chance(&mut self, n: usize) -> bool {
        // The first choice is "no", so that a shrunk world is a plain one.
        self.below(10) >= 10 - n
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(from.len());
        from.get(at)
    }
}

/// Tapes for proptest.
pub fn tape() -> impl Strategy<Value = Tape> {
    vec(any::<u16>(), 0..600).prop_map(|choices| Tape { choices, at: 0 })
}

/// The object types that a composite type can turn out to be.
pub fn possible(schema: &Schema, ty: &str) -> Vec<String> {
    let all = schema.types.iter().filter(|(name, _)| !name.starts_with("__"));
    let objects = all.filter(|(name, definition)| {
        matches!(definition, ExtendedType::Object(_)) && (*name == ty || schema.is_subtype(ty, name))
    });
    objects.map(|(name, _)| name.to_string()).collect()
}
