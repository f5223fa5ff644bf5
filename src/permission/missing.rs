//! What a refusal names (permission rule 22). Decides nothing: by the time it is asked, the answer is no.

use std::collections::BTreeSet;

use apollo_compiler::response::JsonMap;
use fixedbitset::FixedBitSet;

use super::Surface;
use super::compile::lead_from;
use super::granted::Granted;
use super::index::{Index, Kind, TypeId, What};
use super::needs::{Asked, Needs};
use super::open::Powers;

impl Surface {
    /// The names of what is missing, sorted by code point.
    pub(super) fn missing(
        &self,
        needs: &Needs,
        powers: &Powers,
        variables: Option<&JsonMap>,
        also: Option<&Granted>,
    ) -> Vec<String> {
        let index = &self.index;
        let mut asked = self.asked(needs, variables);
        if let Some(also) = also {
            asked.bits.union_with(&also.bits);
        }
        let lacking: Vec<usize> = asked.permissions(index).filter(|bit| !powers.held.bits.contains(*bit)).collect();
        let brought = brought(index, &lacking);
        let listed = lacking.iter().filter(|bit| !brought.contains(**bit));
        let mut names: BTreeSet<String> = listed.map(|bit| index.coordinates[*bit].printed.clone()).collect();
        // The names of types tell what is still closed when all the above is granted.
        let mut held = powers.held.bits.clone();
        held.union_with(&brought);
        held.extend(lacking.iter().copied());
        let then = self.powers(self.granted(held));
        let closed = closed_types(index, needs, &asked, &then.open);
        names.extend(closed.into_iter().map(|id| index.type_name(id).to_owned()));
        if names.is_empty() {
            names = self.unopened(&asked, &powers.open);
        }
        names.into_iter().collect()
    }

    /// What of `wanted` is not held, as `missing` names it: without the arguments of fields that are named, and without
    /// the input fields that come along.
    #[must_use]
    pub fn lacking(&self, wanted: &Granted, held: &Granted) -> Vec<String> {
        self.same(wanted.surface);
        self.same(held.surface);
        let lacking: Vec<usize> = wanted.bits.difference(&held.bits).collect();
        let brought = brought(&self.index, &lacking);
        let listed = lacking.iter().filter(|bit| !brought.contains(**bit));
        let names: BTreeSet<String> = listed.map(|bit| self.index.coordinates[*bit].printed.clone()).collect();
        names.into_iter().collect()
    }

    /// The needed fields, of objects and interfaces, that are not open; failing these, whatever needed is not.
    fn unopened(&self, asked: &Asked, open: &FixedBitSet) -> BTreeSet<String> {
        let index = &self.index;
        let closed = |bit: usize| asked.bits.contains(bit) && !open.contains(bit);
        let entries = index.types.values().enumerate();
        let fields = entries.filter(|(_, entry)| matches!(entry.kind, Kind::Object | Kind::Interface)).flat_map(
            |(id, entry)| {
                let fields = entry.fields.iter().filter(|(_, field)| closed(field.bit));
                fields.map(move |(name, _)| format!("{}.{name}", index.type_name(id)))
            },
        );
        let mut names: BTreeSet<String> = fields.collect();
        if names.is_empty() {
            let rest = asked.permissions(index).filter(|bit| closed(*bit));
            names = rest.map(|bit| index.coordinates[bit].printed.clone()).collect();
        }
        if names.is_empty() {
            // What only a shown schema has was asked for: it stands where a field of `Query` is wanting.
            names.insert(index.type_name(index.query).to_owned());
        }
        names
    }
}

/// What comes along with the fields and arguments in a list, were it granted: arguments, and the input fields that
/// they lead to. (Input fields bring nothing: they are listed one by one.)
fn brought(index: &Index, listed: &[usize]) -> FixedBitSet {
    let mut brought = FixedBitSet::with_capacity(index.permissions());
    let mut next: Vec<TypeId> = Vec::new();
    for bit in listed {
        match &index.coordinates[*bit].what {
            What::Field { arguments } => {
                brought.extend(arguments.iter().copied());
                next.extend(arguments.iter().map(|argument| index.coordinates[*argument].of));
            }
            What::Argument => next.push(index.coordinates[*bit].of),
            What::Input => {}
        }
    }
    lead_from(index, &mut brought, next, |_| true);
    brought
}

/// The types that keep the operation from running: answered by a needed field, condition of a fragment, root, input
/// object, type of a variable.
fn closed_types(index: &Index, needs: &Needs, asked: &Asked, open: &FixedBitSet) -> BTreeSet<TypeId> {
    let unable = |id: &TypeId| !open.contains(index.able(*id));
    let mut closed: BTreeSet<TypeId> = needs.answered.iter().copied().chain(asked.met.ones()).filter(unable).collect();
    closed.extend(std::iter::once(needs.root).filter(unable));
    closed.extend(needs.declared.iter().copied().filter(|id| !open.contains(index.visible(*id))));
    let conditions = needs.conditions.iter().filter(|condition| condition.shared.iter().all(unable));
    closed.extend(conditions.map(|condition| condition.ty));
    closed
}
