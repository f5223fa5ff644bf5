//! Whose a coordinate is, what it is called at home, and since when it is there. Knows nothing of grants.

use super::roots::Renames;
use apollo_compiler::Name;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Whose schema a coordinate belongs to (permission rule 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Doorward's own identity schema.
    Own,
    /// The API behind.
    Api,
}

impl Source {
    /// The word before the colon of a grant.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Api => "api",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the types and root fields of a served schema come from (permission rule 3): a type has one source and a
/// name in that source's own schema; of a root type each field has its source.
#[derive(Debug, Clone)]
pub struct Origins {
    default: Source,
    types: HashMap<String, (Source, String)>,
    root_fields: HashMap<(String, String), Source>,
    api_names: Renames,
}

impl Origins {
    /// All of one source, under its own names.
    #[must_use]
    pub fn all(source: Source) -> Self {
        Self { default: source, types: HashMap::new(), root_fields: HashMap::new(), api_names: Renames::new() }
    }

    /// The type served as `wire` is `source`'s, which calls it `own_name`.
    #[must_use]
    pub fn with_type(mut self, wire: impl Into<String>, source: Source, own_name: impl Into<String>) -> Self {
        self.note_type(wire, source, own_name);
        self
    }

    /// The field of the root type `root` (`Query`, `Mutation`, `Subscription`) is `source`'s.
    #[must_use]
    pub fn with_root_field(mut self, root: impl Into<String>, field: impl Into<String>, source: Source) -> Self {
        self.note_root_field(root, field, source);
        self
    }

    /// The same as [`with_type`](Self::with_type), on what is there.
    pub fn note_type(&mut self, wire: impl Into<String>, source: Source, own_name: impl Into<String>) {
        self.types.insert(wire.into(), (source, own_name.into()));
    }

    /// The same as [`with_root_field`](Self::with_root_field), on what is there.
    pub fn note_root_field(&mut self, root: impl Into<String>, field: impl Into<String>, source: Source) {
        self.root_fields.insert((root.into(), field.into()), source);
    }

    /// The API itself calls the type that is served as `wire` by this name: its documents are written so.
    pub fn note_api_name(&mut self, wire: Name, theirs: Name) {
        self.api_names.insert(wire, theirs);
    }

    pub(super) const fn api_names(&self) -> &Renames {
        &self.api_names
    }

    pub(super) fn of_type<'a>(&'a self, wire: &'a str) -> (Source, &'a str) {
        match self.types.get(wire) {
            Some((source, own_name)) => (*source, own_name),
            None => (self.default, wire),
        }
    }

    pub(super) fn of_root_field(&self, root: &str, field: &str) -> Source {
        let key = (root.to_owned(), field.to_owned());
        self.root_fields.get(&key).copied().unwrap_or_else(|| self.of_type(root).0)
    }
}

/// A permission that is there, as revisions of a schema are compared (permission rule 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<'a> {
    /// Whose it is.
    pub source: Source,
    /// Its name in that source's own schema.
    pub coordinate: &'a str,
    /// The named type of the field, argument or input field, by its name there.
    pub named_type: &'a str,
}

/// When coordinates were first seen, as schema revisions, and which of them an administrator has accepted since
/// (permission rule 8). What is not named was there from the beginning, revision 0.
#[derive(Debug, Clone, Default)]
pub struct FirstSeen {
    seen: HashMap<(Source, String), i64>,
    accepted: HashSet<(Source, String)>,
}

impl FirstSeen {
    /// Nothing came later.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `coordinate` came, or came back, or changed its named type, at `revision`.
    #[must_use]
    pub fn at(mut self, source: Source, coordinate: impl Into<String>, revision: i64) -> Self {
        self.seen.insert((source, coordinate.into()), revision);
        self
    }

    /// `coordinate` was accepted, for everyone.
    #[must_use]
    pub fn accepted(mut self, source: Source, coordinate: impl Into<String>) -> Self {
        self.accepted.insert((source, coordinate.into()));
        self
    }

    /// What came later here or there.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.seen.extend(other.seen);
        self.accepted.extend(other.accepted);
        self
    }

    /// The revision from which a grant reaches `key`; what was accepted is reached by all.
    pub(super) fn of(&self, key: &(Source, String)) -> i64 {
        if self.accepted.contains(key) { i64::MIN } else { self.seen.get(key).copied().unwrap_or(0) }
    }
}
