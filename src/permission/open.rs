//! What of the held permissions leads somewhere (permission rule 11), and the [`Powers`] that come of it. Knows
//! nothing of operations.

use fixedbitset::FixedBitSet;

use super::granted::Granted;
use super::index::{Index, Kind, TypeEntry, TypeId};

/// What a caller holds, and what of it is open: computed once for a set of permissions, to be kept by the caller.
#[derive(Debug, Clone)]
pub struct Powers {
    pub(super) held: Granted,
    /// All regions of the index: open permissions, open fields of interfaces, able and visible types.
    pub(super) open: FixedBitSet,
}

impl Powers {
    /// What is held.
    #[must_use]
    pub const fn held(&self) -> &Granted {
        &self.held
    }

    /// What is held and leads somewhere.
    #[must_use]
    pub fn open(&self) -> Granted {
        let mut bits = self.held.bits.clone();
        bits.intersect_with(&self.open);
        Granted { surface: self.held.surface, bits }
    }
}

/// Takes away until nothing changes, then writes down which types are able.
pub(super) fn open(index: &Index, held: &FixedBitSet) -> FixedBitSet {
    let mut open = held.clone();
    open.grow(index.len());
    let finite = index.types.values().any(|entry| entry.kind == Kind::Input { one_of: true });
    loop {
        let ends = finite.then(|| finite_inputs(index, &open));
        note_able(index, &mut open, ends.as_ref());
        if !take_away(index, &mut open) {
            return open;
        }
    }
}

/// One round of permission rule 11 over all fields, arguments and input fields; tells whether it closed any.
fn take_away(index: &Index, open: &mut FixedBitSet) -> bool {
    let before = open.count_ones(..index.permissions());
    for entry in index.types.values().filter(|entry| matches!(entry.kind, Kind::Object | Kind::Input { .. })) {
        for field in entry.fields.values() {
            for argument in &field.arguments {
                if !open.contains(index.able(argument.of)) {
                    open.remove(argument.bit);
                }
            }
            let demands = field.arguments.iter().all(|argument| !argument.required || open.contains(argument.bit));
            if !demands || !open.contains(index.able(field.of)) {
                open.remove(field.bit);
            }
            if !open.contains(field.bit) {
                field.arguments.iter().for_each(|argument| open.remove(argument.bit));
            }
        }
    }
    open.count_ones(..index.permissions()) != before
}

/// Which types are open (permission rule 11c) or usable (11a) as things stand; scalars and enums always.
fn note_able(index: &Index, open: &mut FixedBitSet, finite: Option<&FixedBitSet>) {
    for (id, entry) in index.types.values().enumerate() {
        let able = match entry.kind {
            Kind::Leaf => true,
            // Wherever it stands: an API may reach its query root again below its fields.
            Kind::Object => (entry.root && entry.own_name == "Query") || has_open_field(entry, open),
            Kind::Input { .. } => {
                let demands = entry.fields.values().all(|field| !field.required || open.contains(field.bit));
                demands && has_open_field(entry, open) && finite.is_none_or(|finite| finite.contains(id))
            }
            // Asked in a second round, when every object type has its answer.
            Kind::Interface | Kind::Union => continue,
        };
        open.set(index.able(id), able);
    }
    for (id, entry) in index.types.values().enumerate() {
        if matches!(entry.kind, Kind::Interface | Kind::Union) {
            let able = entry.possible.iter().any(|possible| open.contains(index.able(*possible)));
            open.set(index.able(id), able);
        }
    }
}

fn has_open_field(entry: &TypeEntry, open: &FixedBitSet) -> bool {
    entry.fields.values().any(|field| open.contains(field.bit))
}

/// The input object types of which a finite value can be written with what is open (permission rule 11a): the least
/// set, since a `@oneOf` type has to take one of its fields and may find only itself there.
fn finite_inputs(index: &Index, open: &FixedBitSet) -> FixedBitSet {
    let mut finite = FixedBitSet::with_capacity(index.types.len());
    loop {
        let before = finite.count_ones(..);
        for (id, entry) in index.types.values().enumerate() {
            let ends = |of: TypeId, list: bool| list || !index.is_input(of) || finite.contains(of);
            let fields = &mut entry.fields.values();
            let done = match entry.kind {
                Kind::Input { one_of: true } => fields.any(|f| open.contains(f.bit) && ends(f.of, f.list)),
                Kind::Input { one_of: false } => fields.all(|f| !f.required || ends(f.of, f.list)),
                Kind::Object | Kind::Interface | Kind::Union | Kind::Leaf => false,
            };
            finite.set(id, finite.contains(id) || done);
        }
        if finite.count_ones(..) == before {
            return finite;
        }
    }
}
