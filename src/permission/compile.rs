//! From a list of grants to a set of permissions (permission rules 4 to 8 and 10). Knows nothing of operations.

use fixedbitset::FixedBitSet;

use super::grant::{Grant, Pattern, PinnedGrant};
use super::index::{Index, Kind, TypeEntry, TypeId, What};
use super::settings::Settled;
use super::source::Source;

/// Adds to `found` what a pattern matches (permission rules 4 to 6); `*` passes over `by_name_only`.
pub(super) fn matches(
    index: &Index,
    source: Source,
    pattern: &Pattern,
    by_name_only: &FixedBitSet,
    found: &mut FixedBitSet,
) {
    match pattern {
        Pattern::Everything => {
            for entry in index.types.values().filter(|entry| entry.kind == Kind::Object && !entry.root) {
                starred(source, entry, None, by_name_only, found);
            }
        }
        Pattern::Type(ty) => {
            for entry in types(index, source, ty) {
                if entry.kind == Kind::Interface {
                    for possible in possible(index, entry) {
                        starred(source, possible, Some(entry), by_name_only, found);
                    }
                } else {
                    starred(source, entry, None, by_name_only, found);
                }
            }
        }
        Pattern::Field(ty, field) => named(index, source, (ty, field, None), found),
        Pattern::Argument(ty, field, argument) => named(index, source, (ty, field, Some(argument)), found),
    }
}

fn types<'a>(index: &'a Index, source: Source, own_name: &str) -> impl Iterator<Item = &'a TypeEntry> {
    let ids = index.by_own_name.get(&(source, own_name.to_owned()));
    ids.into_iter().flatten().map(|id| &index.types[*id])
}

/// The object types that a pattern on an interface reaches: not the roots (permission rule 6).
fn possible<'a>(index: &'a Index, interface: &'a TypeEntry) -> impl Iterator<Item = &'a TypeEntry> {
    interface.possible.iter().map(|id| &index.types[*id]).filter(|entry| !entry.root)
}

/// `T.*`, of an interface's possible type cut to the fields that the interface declares.
fn starred(
    source: Source,
    entry: &TypeEntry,
    declared: Option<&TypeEntry>,
    by_name_only: &FixedBitSet,
    found: &mut FixedBitSet,
) {
    for (name, field) in entry.fields.iter().filter(|(_, field)| field.source == source) {
        if declared.is_some_and(|interface| !interface.fields.contains_key(name)) {
            continue;
        }
        let arguments = field.arguments.iter().map(|argument| argument.bit);
        found.extend(std::iter::once(field.bit).chain(arguments).filter(|bit| !by_name_only.contains(*bit)));
    }
}

/// `T.f` and `T.f(a:)`.
fn named(index: &Index, source: Source, path: (&str, &str, Option<&String>), found: &mut FixedBitSet) {
    let (ty, field, argument) = path;
    for entry in types(index, source, ty) {
        let Some(declared) = entry.fields.get(field) else { continue };
        if argument.is_some_and(|name| !declared.arguments.iter().any(|a| a.name == **name)) {
            continue;
        }
        let owners: Vec<&TypeEntry> =
            if entry.kind == Kind::Interface { possible(index, entry).collect() } else { vec![entry] };
        for field in owners.iter().filter_map(|owner| owner.fields.get(field)).filter(|f| f.source == source) {
            found.insert(field.bit);
            let arguments = field.arguments.iter();
            found.extend(arguments.filter(|a| argument.is_none_or(|name| a.name == **name)).map(|a| a.bit));
        }
    }
}

/// What a pattern takes away as an exclusion or names in a setting (permission rule 7): of a field the arguments
/// too, of an argument that alone. To be opened by name only is no shelter from being closed (permission rule 4).
pub(super) fn closes(index: &Index, source: Source, pattern: &Pattern) -> FixedBitSet {
    let mut found = FixedBitSet::with_capacity(index.permissions());
    matches(index, source, pattern, &FixedBitSet::new(), &mut found);
    for bit in found.clone().ones() {
        match &index.coordinates[bit].what {
            What::Field { .. } if matches!(pattern, Pattern::Argument(..)) => found.remove(bit),
            What::Field { arguments } => found.extend(arguments.iter().copied()),
            What::Argument | What::Input => {}
        }
    }
    found
}

/// What the exclusions of a list take, and what is not there for anyone.
fn taken(index: &Index, settled: &Settled, list: &[PinnedGrant]) -> FixedBitSet {
    let mut taken = settled.never.clone();
    for PinnedGrant { grant, .. } in list.iter().filter(|pinned| pinned.grant.exclude) {
        taken.union_with(&closes(index, grant.source, &grant.pattern));
    }
    taken
}

/// What a list opens (permission rules 7 and 8).
pub(super) fn compile(index: &Index, settled: &Settled, list: &[PinnedGrant], follow_new_fields: bool) -> FixedBitSet {
    let taken = taken(index, settled, list);
    let mut opened = FixedBitSet::with_capacity(index.permissions());
    let moment = |pinned: &PinnedGrant| if follow_new_fields { i64::MAX } else { pinned.as_of };
    let mut moments: Vec<i64> = list.iter().filter(|pinned| !pinned.grant.exclude).map(moment).collect();
    moments.sort_unstable();
    moments.dedup();
    for as_of in moments {
        let mut found = FixedBitSet::with_capacity(index.permissions());
        for pinned in list.iter().filter(|pinned| !pinned.grant.exclude && moment(pinned) == as_of) {
            matches(index, pinned.grant.source, &pinned.grant.pattern, &settled.by_name_only, &mut found);
        }
        let counts = |bit: usize| !taken.contains(bit) && index.coordinates[bit].since <= as_of;
        for bit in found.clone().ones().filter(|bit| !counts(*bit)) {
            found.remove(bit);
        }
        lead(index, &mut found, counts);
        opened.union_with(&found);
    }
    opened
}

/// Adds the input fields that the arguments and input fields in `found` lead to (permission rule 7), as far as they
/// count.
pub(super) fn lead(index: &Index, found: &mut FixedBitSet, counts: impl Fn(usize) -> bool) {
    // A field leads on through its arguments, which are opened with it.
    let leads = |bit: &usize| !matches!(index.coordinates[*bit].what, What::Field { .. });
    let next = found.ones().filter(leads).map(|bit| index.coordinates[bit].of).collect();
    lead_from(index, found, next, counts);
}

/// The same, from the types that are led to.
pub(super) fn lead_from(index: &Index, found: &mut FixedBitSet, mut next: Vec<TypeId>, counts: impl Fn(usize) -> bool) {
    while let Some(id) = next.pop() {
        if !index.is_input(id) {
            continue;
        }
        for field in index.types[id].fields.values() {
            if !found.contains(field.bit) && counts(field.bit) {
                found.insert(field.bit);
                next.push(field.of);
            }
        }
    }
}

/// What of a narrowing has to be held by whoever writes it (permission rule 10): only the coordinates of object and
/// input types that it spells, less what it takes away.
pub(super) fn spelt(index: &Index, settled: &Settled, list: &[PinnedGrant]) -> FixedBitSet {
    let mut spelt = FixedBitSet::with_capacity(index.permissions());
    for PinnedGrant { grant, .. } in list.iter().filter(|pinned| !pinned.grant.exclude) {
        let (field, argument) = match &grant.pattern {
            Pattern::Everything | Pattern::Type(_) => continue,
            Pattern::Field(ty, field) => (format!("{ty}.{field}"), None),
            Pattern::Argument(ty, field, argument) => {
                (format!("{ty}.{field}"), Some(format!("{ty}.{field}({argument}:)")))
            }
        };
        spelt.extend(std::iter::once(field).chain(argument).filter_map(|text| index.find(grant.source, &text)));
    }
    spelt.difference_with(&taken(index, settled, list));
    spelt
}

/// Whether the type of a grant is served under another name than its source calls it (permission rule 3).
pub(super) fn is_renamed(index: &Index, grant: &Grant) -> bool {
    let (Pattern::Type(ty) | Pattern::Field(ty, _) | Pattern::Argument(ty, ..)) = &grant.pattern else { return false };
    let ids = index.by_own_name.get(&(grant.source, ty.clone()));
    let mut types = ids.into_iter().flatten().filter_map(|id| index.types.get_index(*id));
    types.any(|(wire, entry)| !entry.root && *wire != *entry.own_name)
}
