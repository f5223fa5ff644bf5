//! From an operation to the grants that it takes (permission rule 32). Decides nothing: what it mints goes through
//! the same compiler and judge as what people write.

use apollo_compiler::response::JsonMap;
use fixedbitset::FixedBitSet;

use super::Surface;
use super::compile::{compile, lead};
use super::grant::{Grant, PinnedGrant, Written};
use super::index::{Index, What};
use super::needs::Needs;

/// How closely minted grants fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// What the operation needs, and what comes along with it.
    Plain,
    /// With exclusions of all that comes along: then held = needed.
    Exact,
}

/// The grants for an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// What it needs, sorted; exclusions last.
    pub grants: Vec<Grant>,
    /// What these do not decide, as `missing` names it: types of which only `__typename` is asked, so that any of
    /// their fields would do. Somebody has to choose.
    pub choose: Vec<String>,
}

impl Surface {
    /// The grants that an operation takes. Without variables the exact form keeps every input field that a variable
    /// can reach; with a sample of them it keeps those that the sample has.
    #[must_use]
    pub fn mint(&self, needs: &Needs, variables: Option<&JsonMap>, form: Form) -> Minted {
        self.same(needs.surface);
        let index = &self.index;
        let mut wanted = self.needed(needs, variables).bits;
        if variables.is_none() {
            needs.reach.add_to(&mut wanted);
        }
        let closed = match form {
            Form::Plain => self.none(),
            Form::Exact => brought_along(index, &wanted),
        };
        let mut grants: Vec<Grant> =
            wanted.ones().filter(|bit| is_spelt(index, &wanted, *bit)).map(|bit| grant(index, bit, false)).collect();
        let excluded: Vec<Grant> = closed.ones().map(|bit| grant(index, bit, true)).collect();
        let mut opened = self.open_with(&grants, &excluded);
        // An input field of a directive, or inside a scalar, comes with no argument: it is named itself.
        for bit in wanted.ones().filter(|bit| matches!(index.coordinates[*bit].what, What::Input)) {
            if !opened.contains(bit) {
                grants.push(grant(index, bit, false));
                opened.insert(bit);
                lead(index, &mut opened, |bit| !closed.contains(bit));
            }
        }
        let powers = self.powers(self.granted(self.open_with(&grants, &excluded)));
        grants.sort_by_cached_key(ToString::to_string);
        grants.extend(excluded);
        let choose = match variables {
            Some(variables) => self.judge(needs, &powers, variables).err().unwrap_or_default(),
            None if needs.are_met(&powers.open) => Vec::new(),
            None => self.missing(needs, &powers, None, None),
        };
        Minted { grants, choose }
    }

    fn open_with(&self, grants: &[Grant], excluded: &[Grant]) -> FixedBitSet {
        let pinned = |grant: &Grant| PinnedGrant { grant: grant.clone(), as_of: i64::MAX };
        let list: Vec<PinnedGrant> = grants.iter().chain(excluded).map(pinned).collect();
        compile(&self.index, &self.settled, &list, true)
    }
}

/// Whether a needed permission is written down: an argument for its field too, input fields not (they are led to).
fn is_spelt(index: &Index, wanted: &FixedBitSet, bit: usize) -> bool {
    match &index.coordinates[bit].what {
        What::Field { arguments } => !arguments.iter().any(|argument| wanted.contains(*argument)),
        What::Argument => true,
        What::Input => false,
    }
}

/// What the needed permissions open beside themselves, one step far: what lies behind is led to through this alone.
fn brought_along(index: &Index, wanted: &FixedBitSet) -> FixedBitSet {
    let mut along = FixedBitSet::with_capacity(index.permissions());
    for bit in wanted.ones() {
        let coordinate = &index.coordinates[bit];
        match &coordinate.what {
            What::Field { arguments } if is_spelt(index, wanted, bit) => along.extend(arguments.iter().copied()),
            What::Argument | What::Input if index.is_input(coordinate.of) => {
                along.extend(index.types[coordinate.of].fields.values().map(|field| field.bit));
            }
            What::Field { .. } | What::Argument | What::Input => {}
        }
    }
    along.difference_with(wanted);
    along
}

fn grant(index: &Index, bit: usize, exclude: bool) -> Grant {
    let (source, coordinate) = &index.coordinates[bit].key;
    let written = Written::parse(coordinate).expect("coordinates are grants");
    Grant { exclude, source: *source, pattern: written.pattern }
}
