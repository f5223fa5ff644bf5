//! Which types are there to be seen (permission rule 26). Knows nothing of operations.

use fixedbitset::FixedBitSet;

use super::index::{FieldEntry, Index, Kind, TypeId};

/// Notes the visible types; `named` are the types that the arguments of shown directives name.
pub(super) fn see(index: &Index, open: &mut FixedBitSet, named: Vec<TypeId>) {
    let unions = containing(index);
    let roots = index.other_roots.iter().copied().filter(|id| open.contains(index.able(*id)));
    let mut next: Vec<TypeId> = std::iter::once(index.query).chain(roots).collect();
    next.extend(named);
    let built_in = ["Int", "Float", "String", "Boolean", "ID"];
    next.extend(built_in.into_iter().filter_map(|name| index.id(name)));
    while let Some(id) = next.pop() {
        if open.put(index.visible(id)) {
            continue;
        }
        let entry = &index.types[id];
        let fields = entry.fields.values().filter(|field| open.contains(field.bit));
        next.extend(fields.flat_map(|field| named_by(field, open)));
        match entry.kind {
            Kind::Object => next.extend(unions[id].iter().copied()),
            Kind::Interface | Kind::Union => {
                next.extend(entry.possible.iter().copied().filter(|possible| open.contains(index.able(*possible))));
            }
            Kind::Input { .. } | Kind::Leaf => {}
        }
    }
}

fn named_by(field: &FieldEntry, open: &FixedBitSet) -> Vec<TypeId> {
    let arguments = field.arguments.iter().filter(|argument| open.contains(argument.bit));
    std::iter::once(field.of).chain(arguments.map(|argument| argument.of)).collect()
}

/// For each object type the abstract types that it can be met as.
fn containing(index: &Index) -> Vec<Vec<TypeId>> {
    let mut containing = vec![Vec::new(); index.types.len()];
    for (id, entry) in index.types.values().enumerate() {
        if matches!(entry.kind, Kind::Interface | Kind::Union) {
            entry.possible.iter().for_each(|possible| containing[*possible].push(id));
        }
    }
    containing
}
