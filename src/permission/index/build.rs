//! How a schema is numbered. The order of the bits is that of the schema and means nothing to anyone else.

use std::collections::HashMap;

use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, OperationType, Type};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};
use indexmap::IndexMap;

use super::super::source::{FirstSeen, Origins, Source};
use super::{ArgumentEntry, Coordinate, FieldEntry, Index, Kind, TypeEntry, TypeId, What};

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
        let Builder { mut coordinates, by_key, .. } = builder;
        // What both have, at their roots, is the API's where no source is named.
        for coordinate in coordinates.iter_mut().filter(|coordinate| coordinate.key.0 == Source::Own) {
            let theirs = (Source::Api, coordinate.key.1.clone());
            if by_key.contains_key(&theirs) {
                coordinate.printed = format!("{}:{}", Source::Own, coordinate.key.1);
            }
        }
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
        let root = roots.any(|(_, root)| **root == *name || **root == *own_name);
        let renamed = *name != *own_name && !root;
        let mut entry = TypeEntry {
            kind: Kind::Leaf,
            source,
            own_name: own_name.to_owned(),
            printed: if renamed { format!("{source}:{own_name}") } else { own_name.to_owned() },
            root,
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
        let what = What::Field { arguments: Vec::new() };
        entry.bit = self.number((source, coordinate.clone()), renamed, what, entry.of);
        for argument in &mut entry.arguments {
            let key = (source, format!("{coordinate}({}:)", argument.name));
            argument.bit = self.number(key, renamed, What::Argument, argument.of);
        }
        let bits = entry.arguments.iter().map(|argument| argument.bit).collect();
        self.coordinates[entry.bit].what = What::Field { arguments: bits };
        entry
    }

    fn input(&mut self, ty: &TypeEntry, wire: &Name, field: &InputValueDefinition) -> FieldEntry {
        let (of, source) = (self.of(&field.ty), ty.source);
        let coordinate = format!("{}.{}", ty.own_name, field.name);
        let bit = self.number((source, coordinate), *wire != *ty.own_name, What::Input, of);
        FieldEntry { bit, of, required: field.is_required(), list: field.ty.is_list(), source, arguments: Vec::new() }
    }

    /// One bit for each name in a source's own schema: a root of the API that is nested shares those of the root.
    fn number(&mut self, key: (Source, String), renamed: bool, what: What, of: TypeId) -> usize {
        if let Some(bit) = self.by_key.get(&key) {
            return *bit;
        }
        let printed = if renamed { format!("{}:{}", key.0, key.1) } else { key.1.clone() };
        let since = self.seen.of(&key);
        self.coordinates.push(Coordinate { key: key.clone(), printed, what, of, since });
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
