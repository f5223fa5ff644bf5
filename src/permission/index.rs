//! One schema as numbers: every coordinate a bit, every type an id, and what leads where. Knows no grants and no
//! callers; the rules of the other modules read it.
//!
//! The bits come in three regions: first the permissions of the rule book (fields of object types, their arguments,
//! input fields), which alone can be held; then fields and arguments of interfaces; then two facts for each type,
//! *able* and *visible*. A decision is so one comparison of bits, whatever it depends on.

mod build;

use std::collections::HashMap;

use apollo_compiler::Name;
use indexmap::IndexMap;

use super::source::Source;

/// A type's place in [`Index::types`].
pub(super) type TypeId = usize;

/// What of a type matters to permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Interface,
    Union,
    Input {
        one_of: bool,
    },
    /// Scalars and enums.
    Leaf,
}

/// A type of the served schema.
#[derive(Debug)]
pub(super) struct TypeEntry {
    pub kind: Kind,
    pub source: Source,
    /// The name in the source's own schema.
    pub own_name: String,
    /// The name as `missing` prints it: with its source where the type is served under another name.
    pub printed: String,
    /// Whether it is a root type, or a root of its source that is reached again.
    pub root: bool,
    pub fields: IndexMap<Name, FieldEntry>,
    /// The object types that it can turn out to be (permission rule 1).
    pub possible: Vec<TypeId>,
    /// Of an interface: the object types and interfaces that implement it.
    pub implementers: Vec<TypeId>,
}

/// A field of an object type, interface or input object type.
#[derive(Debug)]
pub(super) struct FieldEntry {
    pub bit: usize,
    /// Its named type.
    pub of: TypeId,
    /// Of an input field: non-null and without default.
    pub required: bool,
    pub list: bool,
    pub source: Source,
    pub arguments: Vec<ArgumentEntry>,
}

/// An argument of a field.
#[derive(Debug)]
pub(super) struct ArgumentEntry {
    pub name: Name,
    pub bit: usize,
    pub of: TypeId,
    pub required: bool,
}

/// What a permission's bit stands for.
#[derive(Debug)]
pub(super) struct Coordinate {
    pub key: (Source, String),
    /// As `missing` and grants print it: with its source where the type is served under another name.
    pub printed: String,
    pub what: What,
    /// The named type of the field, argument or input field.
    pub of: TypeId,
    /// From which revision on grants reach it (permission rule 8).
    pub since: i64,
}

/// The three sorts of permission (permission rule 2).
#[derive(Debug)]
pub(super) enum What {
    Field { arguments: Vec<usize> },
    Argument,
    Input,
}

/// The index of one served schema.
#[derive(Debug)]
pub(super) struct Index {
    pub types: IndexMap<Name, TypeEntry>,
    pub coordinates: Vec<Coordinate>,
    /// Types by source and own name; several where a root of the API is nested.
    pub by_own_name: HashMap<(Source, String), Vec<TypeId>>,
    pub query: TypeId,
    /// Mutation and Subscription, where there are such.
    pub other_roots: Vec<TypeId>,
    /// The types of the arguments of directives.
    pub directive_arguments: HashMap<(Name, Name), TypeId>,
    by_key: HashMap<(Source, String), usize>,
    interface_bits: usize,
}

impl Index {
    /// The bit of a permission.
    pub fn find(&self, source: Source, coordinate: &str) -> Option<usize> {
        self.by_key.get(&(source, coordinate.to_owned())).copied()
    }

    /// How many permissions there are: the first region of bits.
    pub fn permissions(&self) -> usize {
        self.coordinates.len()
    }

    /// The length of all three regions, and one bit more.
    pub fn len(&self) -> usize {
        self.impossible() + 1
    }

    /// The last bit, which is never open: what nobody can be given.
    pub fn impossible(&self) -> usize {
        self.coordinates.len() + self.interface_bits + 2 * self.types.len()
    }

    /// The fact that a composite type is open (permission rule 11c), an input object type usable (11a); of any other
    /// type it always holds.
    pub fn able(&self, id: TypeId) -> usize {
        self.coordinates.len() + self.interface_bits + 2 * id
    }

    /// The fact that a type is visible (permission rule 26).
    pub fn visible(&self, id: TypeId) -> usize {
        self.able(id) + 1
    }

    pub fn id(&self, name: &str) -> Option<TypeId> {
        self.types.get_index_of(name)
    }

    /// A type's name as `missing` prints it.
    pub fn type_name(&self, id: TypeId) -> &str {
        &self.types[id].printed
    }

    pub fn is_input(&self, id: TypeId) -> bool {
        matches!(self.types[id].kind, Kind::Input { .. })
    }

    pub fn is_composite(&self, id: TypeId) -> bool {
        matches!(self.types[id].kind, Kind::Object | Kind::Interface | Kind::Union)
    }
}
