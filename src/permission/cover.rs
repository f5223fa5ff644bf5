//! Which fields of interfaces can be written down (permission rules 12 and 27), so that what is shown is a valid
//! schema and what is judged is what is shown. Knows nothing of operations.

use fixedbitset::FixedBitSet;

use super::index::{FieldEntry, Index, Kind, TypeEntry, TypeId};

/// Adds to the open permissions the fields and arguments of interfaces that are open on every possible type, less
/// those that an implementer would not fit.
pub(super) fn cover(index: &Index, open: &mut FixedBitSet) {
    for interface in interfaces(index) {
        for (name, field) in &interface.fields {
            cover_field(index, interface, (name, field), open);
        }
    }
    loop {
        let misfits: Vec<&FieldEntry> = interfaces(index)
            .flat_map(|interface| interface.fields.iter().map(move |(name, field)| (interface, name, field)))
            .filter(|(interface, name, field)| open.contains(field.bit) && !fits(index, interface, name, field, open))
            .map(|(_, _, field)| field)
            .collect();
        if misfits.is_empty() {
            return;
        }
        for field in misfits {
            open.remove(field.bit);
            field.arguments.iter().for_each(|argument| open.remove(argument.bit));
        }
    }
}

/// Whether an interface has an open field; without one it is shown as a union (permission rule 27).
pub(super) fn is_shown_as_interface(entry: &TypeEntry, open: &FixedBitSet) -> bool {
    entry.kind == Kind::Interface && entry.fields.values().any(|field| open.contains(field.bit))
}

fn interfaces(index: &Index) -> impl Iterator<Item = &TypeEntry> {
    index.types.values().filter(|entry| entry.kind == Kind::Interface)
}

fn cover_field(index: &Index, interface: &TypeEntry, field: (&str, &FieldEntry), open: &mut FixedBitSet) {
    let (name, field) = field;
    let owners: Vec<&FieldEntry> =
        interface.possible.iter().filter_map(|id| index.types[*id].fields.get(name)).collect();
    if owners.is_empty() || !owners.iter().all(|owner| open.contains(owner.bit)) {
        return;
    }
    let mut demands = true;
    for argument in &field.arguments {
        let on_all = owners
            .iter()
            .all(|owner| owner.arguments.iter().any(|own| own.name == argument.name && open.contains(own.bit)));
        open.set(argument.bit, on_all);
        demands &= on_all || !argument.required;
    }
    // As for a field of an object type (11b): without its required argument nobody could write it.
    open.set(field.bit, demands);
    if !demands {
        field.arguments.iter().for_each(|argument| open.remove(argument.bit));
    }
}

/// Whether every implementer, as it is shown, may implement the interface with this field (specification,
/// IsValidImplementation).
fn fits(index: &Index, interface: &TypeEntry, name: &str, field: &FieldEntry, open: &FixedBitSet) -> bool {
    interface.implementers.iter().map(|id| &index.types[*id]).all(|implementer| {
        if implementer.kind == Kind::Interface && !is_shown_as_interface(implementer, open) {
            return true;
        }
        let Some(own) = implementer.fields.get(name) else { return true };
        let shown = |argument: &str| field.arguments.iter().any(|a| a.name == *argument && open.contains(a.bit));
        open.contains(own.bit)
            && is_shown_subtype(index, field.of, own.of, open)
            && own.arguments.iter().all(|a| !a.required || !open.contains(a.bit) || shown(&a.name))
    })
}

/// Whether what the implementer's field answers is still below what the interface's field answers: an object type
/// is a member of a union as well, another interface cannot be.
fn is_shown_subtype(index: &Index, of: TypeId, own: TypeId, open: &FixedBitSet) -> bool {
    of == own
        || index.types[own].kind == Kind::Object
        || (is_shown_as_interface(&index.types[of], open) && is_shown_as_interface(&index.types[own], open))
}
