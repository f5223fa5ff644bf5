//! A part of a surface that is served by itself: Doorward's own schema beside the one that it shares with an API. What
//! is held is always held on the whole; what of it counts on the part is the same coordinates there.

use quick_cache::sync::Cache;
use std::sync::Arc;

use super::Surface;
use super::granted::Granted;
use super::open::Powers;

/// How many different sets of powers are remembered.
const KEPT: usize = 500;

/// From the powers on a whole surface to those on a part of it.
#[derive(Debug)]
pub struct Part {
    /// For each permission of the part, the one of the whole.
    bits: Vec<usize>,
    kept: Cache<Granted, Arc<Powers>>,
}

impl Surface {
    /// How `part` stands to this surface. Its coordinates are spelt from now on as they are here: with their source
    /// where the whole needs it (permission rule 3).
    ///
    /// # Panics
    /// When the part has a coordinate that the whole does not have.
    #[must_use]
    pub fn part(&self, part: &mut Self) -> Part {
        let whole = &self.index;
        let find =
            |(source, coordinate): &(_, String)| whole.find(*source, coordinate).expect("the whole has every part");
        let bits: Vec<usize> = part.index.coordinates.iter().map(|coordinate| find(&coordinate.key)).collect();
        for (coordinate, bit) in part.index.coordinates.iter_mut().zip(&bits) {
            coordinate.printed.clone_from(&whole.coordinates[*bit].printed);
        }
        for entry in part.index.types.values_mut() {
            let same = whole.by_own_name.get(&(entry.source, entry.own_name.clone()));
            if let Some(id) = same.and_then(|ids| ids.first()) {
                entry.printed.clone_from(&whole.types[*id].printed);
            }
        }
        Part { bits, kept: Cache::new(KEPT) }
    }
}

impl Part {
    /// What somebody may do on the part, by what they hold on the whole.
    #[must_use]
    pub fn powers(&self, part: &Surface, whole: &Powers) -> Arc<Powers> {
        if let Some(powers) = self.kept.get(&whole.held) {
            return powers;
        }
        let mut bits = part.none();
        bits.extend(self.bits.iter().enumerate().filter(|(_, of)| whole.held.bits.contains(**of)).map(|(bit, _)| bit));
        let powers = Arc::new(part.powers(part.granted(bits)));
        self.kept.insert(whole.held.clone(), Arc::clone(&powers));
        powers
    }
}
