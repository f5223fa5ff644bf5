//! One schema as numbers: every coordinate a bit, every type an id, and what leads where. Knows no grants and no
//! callers; the rules of the other modules read it.
//!
//! The bits come in three regions: first the permissions of the rule book (fields of object types, their arguments,
//! input fields), which alone can be held; then fields and arguments of interfaces; then two facts for each type,
//! *able* and *visible*. A decision is so one comparison of bits, whatever it depends on.

use std::collections::HashMap;

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, OperationType, Type};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};
use indexmap::IndexMap;

use super::source::{FirstSeen, Origins, Source};

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
    /// From which revision on grants reach it (permission rule 8).
    pub since: i64,
}

/// The three sorts of permission (permission rule 2).
#[derive(Debug)]
pub(super) enum What {
    Field { arguments: Vec<usize> },
    Argument { of: TypeId },
    Input { of: TypeId },
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
    pub fn new(schema: &Schema, origins: &Origins, seen: &FirstSeen) -> Self {
        let names = || schema.types.iter().filter(|(name, _)| !name.starts_with("__"));
        let ids: HashMap<&Name, TypeId> = names().enumerate().map(|(id, (name, _))| (name, id)).collect();
        let root = |kind| schema.root_operation(kind).and_then(|name| ids.get(name)).copied();
        let mut builder = Builder { ids: &ids, origins, seen, coordinates: Vec::new(), by_key: HashMap::new() };
        let mut types: IndexMap<Name, TypeEntry> =
            names().map(|(name, ty)| (name.clone(), builder.entry(schema, name, ty))).collect();
        let permissions = builder.coordinates.len();
        let interface_bits = number_interfaces(&mut types, permissions);
        link(schema, &ids, &mut types);
        let Builder { coordinates, by_key, .. } = builder;
        let mut by_own_name: HashMap<_, Vec<TypeId>> = HashMap::new();
        for (id, entry) in types.values().enumerate() {
            // Of a root each field has its source, so a root is found under both.
            let sources: &[Source] = if entry.root { &[Source::Own, Source::Api] } else { &[entry.source] };
            for source in sources {
                by_own_name.entry((*source, entry.own_name.clone())).or_default().push(id);
            }
        }
        Self {
            types,
            coordinates,
            by_own_name,
            query: root(OperationType::Query).expect("a valid schema has a query type"),
            other_roots: [OperationType::Mutation, OperationType::Subscription].into_iter().filter_map(root).collect(),
            directive_arguments: directive_arguments(schema, &ids),
            by_key,
            interface_bits,
        }
    }

    /// The bit of a permission.
    pub fn find(&self, source: Source, coordinate: &str) -> Option<usize> {
        self.by_key.get(&(source, coordinate.to_owned())).copied()
    }

    /// How many permissions there are: the first region of bits.
    pub fn permissions(&self) -> usize {
        self.coordinates.len()
    }

    /// The length of all three regions.
    pub fn len(&self) -> usize {
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
    pub fn type_name(&self, id: TypeId) -> String {
        let (wire, entry) = self.types.get_index(id).expect("ids are places in the list");
        if *wire == *entry.own_name { wire.to_string() } else { format!("{}:{}", entry.source, entry.own_name) }
    }

    pub fn is_input(&self, id: TypeId) -> bool {
        matches!(self.types[id].kind, Kind::Input { .. })
    }

    pub fn is_composite(&self, id: TypeId) -> bool {
        matches!(self.types[id].kind, Kind::Object | Kind::Interface | Kind::Union)
    }
}

struct Builder<'a> {
    ids: &'a HashMap<&'a Name, TypeId>,
    origins: &'a Origins,
    seen: &'a FirstSeen,
    coordinates: Vec<Coordinate>,
    by_key: HashMap<(Source, String), usize>,
}

impl Builder<'_> {
    fn entry(&mut self, schema: &Schema, name: &Name, ty: &ExtendedType) -> TypeEntry {
        let (source, own_name) = self.origins.of_type(name);
        let mut roots = schema.schema_definition.iter_root_operations();
        let mut entry = TypeEntry {
            kind: Kind::Leaf,
            source,
            own_name: own_name.to_owned(),
            root: roots.any(|(_, root)| **root == *name || **root == *own_name),
            fields: IndexMap::new(),
            possible: Vec::new(),
            implementers: Vec::new(),
        };
        match ty {
            ExtendedType::Object(object) => {
                entry.kind = Kind::Object;
                let fields = object.fields.iter();
                entry.fields = fields.map(|(key, field)| (key.clone(), self.field(&entry, name, field))).collect();
            }
            ExtendedType::Interface(interface) => {
                entry.kind = Kind::Interface;
                // Their bits follow when the first region is full.
                let fields = interface.fields.iter();
                entry.fields = fields.map(|(key, field)| (key.clone(), self.unnumbered(source, field))).collect();
            }
            ExtendedType::InputObject(input) => {
                entry.kind = Kind::Input { one_of: input.directives.has("oneOf") };
                let fields = input.fields.iter();
                entry.fields = fields.map(|(key, field)| (key.clone(), self.input(&entry, name, field))).collect();
            }
            ExtendedType::Union(_) => entry.kind = Kind::Union,
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) => {}
        }
        entry
    }

    fn of(&self, ty: &Type) -> TypeId {
        self.ids[ty.inner_named_type()]
    }

    fn unnumbered(&self, source: Source, field: &FieldDefinition) -> FieldEntry {
        let arguments = field.arguments.iter().map(|argument| ArgumentEntry {
            name: argument.name.clone(),
            bit: 0,
            of: self.of(&argument.ty),
            required: argument.is_required(),
        });
        let (of, list) = (self.of(&field.ty), field.ty.is_list());
        FieldEntry { bit: 0, of, required: false, list, source, arguments: arguments.collect() }
    }

    fn field(&mut self, ty: &TypeEntry, wire: &Name, field: &FieldDefinition) -> FieldEntry {
        let source =
            if ty.root && *wire == *ty.own_name { self.origins.of_root_field(wire, &field.name) } else { ty.source };
        let renamed = *wire != *ty.own_name && !ty.root;
        let mut entry = self.unnumbered(source, field);
        let coordinate = format!("{}.{}", ty.own_name, field.name);
        entry.bit = self.number(source, coordinate.clone(), renamed, What::Field { arguments: Vec::new() });
        for argument in &mut entry.arguments {
            let what = What::Argument { of: argument.of };
            argument.bit = self.number(source, format!("{coordinate}({}:)", argument.name), renamed, what);
        }
        let bits = entry.arguments.iter().map(|argument| argument.bit).collect();
        self.coordinates[entry.bit].what = What::Field { arguments: bits };
        entry
    }

    fn input(&mut self, ty: &TypeEntry, wire: &Name, field: &InputValueDefinition) -> FieldEntry {
        let (of, source) = (self.of(&field.ty), ty.source);
        let coordinate = format!("{}.{}", ty.own_name, field.name);
        let bit = self.number(source, coordinate, *wire != *ty.own_name, What::Input { of });
        FieldEntry { bit, of, required: field.is_required(), list: field.ty.is_list(), source, arguments: Vec::new() }
    }

    /// One bit for each name in a source's own schema: a root of the API that is nested shares those of the root.
    fn number(&mut self, source: Source, coordinate: String, renamed: bool, what: What) -> usize {
        let printed = if renamed { format!("{source}:{coordinate}") } else { coordinate.clone() };
        let key = (source, coordinate);
        if let Some(bit) = self.by_key.get(&key) {
            return *bit;
        }
        let since = self.seen.of(&key);
        self.coordinates.push(Coordinate { key: key.clone(), printed, what, since });
        self.by_key.insert(key, self.coordinates.len() - 1);
        self.coordinates.len() - 1
    }
}

fn number_interfaces(types: &mut IndexMap<Name, TypeEntry>, first: usize) -> usize {
    let mut next = first;
    let interfaces = types.values_mut().filter(|entry| entry.kind == Kind::Interface);
    for field in interfaces.flat_map(|entry| entry.fields.values_mut()) {
        for bit in std::iter::once(&mut field.bit).chain(field.arguments.iter_mut().map(|argument| &mut argument.bit)) {
            *bit = next;
            next += 1;
        }
    }
    next - first
}

fn directive_arguments(schema: &Schema, ids: &HashMap<&Name, TypeId>) -> HashMap<(Name, Name), TypeId> {
    let mut types = HashMap::new();
    for definition in schema.directive_definitions.values() {
        for argument in &definition.arguments {
            // A built-in scalar that nothing else names is not in the list of types.
            if let Some(id) = ids.get(argument.ty.inner_named_type()) {
                types.insert((definition.name.clone(), argument.name.clone()), *id);
            }
        }
    }
    types
}

/// Fills in possible types and implementers, each in the order of the schema.
fn link(schema: &Schema, ids: &HashMap<&Name, TypeId>, types: &mut IndexMap<Name, TypeEntry>) {
    for (name, id) in types.keys().cloned().zip(0..).collect::<Vec<_>>() {
        let (interfaces, is_object) = match &schema.types[&name] {
            ExtendedType::Object(object) => (&object.implements_interfaces, true),
            ExtendedType::Interface(interface) => (&interface.implements_interfaces, false),
            ExtendedType::Union(union_) => {
                let mut members: Vec<TypeId> = union_.members.iter().map(|member| ids[&member.name]).collect();
                members.sort_unstable();
                types[id].possible = members;
                continue;
            }
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) | ExtendedType::InputObject(_) => continue,
        };
        if is_object {
            types[id].possible.push(id);
        }
        for interface in interfaces {
            let interface = &mut types[ids[&interface.name]];
            interface.implementers.push(id);
            if is_object {
                interface.possible.push(id);
            }
        }
    }
}
