//! Which grant opens what: the compiler's answer taken apart, for people who want to know why. Decides nothing.

use std::collections::BTreeMap;

use super::Surface;
use super::compile::compile;
use super::grant::PinnedGrant;
use super::granted::Granted;

/// A list of grants with a name, like a role.
#[derive(Debug, Clone)]
pub struct NamedGrants {
    /// Its name.
    pub name: String,
    /// Its grants.
    pub grants: Vec<PinnedGrant>,
    /// Whether they also open what the schema gains later.
    pub follow_new_fields: bool,
}

/// A grant that opens a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener<'a> {
    /// The permission, as `missing` prints it.
    pub coordinate: String,
    /// The grant, as people read it.
    pub grant: String,
    /// The name of its list.
    pub list: &'a str,
}

impl Surface {
    /// For each permission in `needed` the grants that open it: of each list the first. Sorted by permission, then in
    /// the order of the lists.
    #[must_use]
    pub fn openers<'a>(&self, needed: &Granted, lists: &'a [NamedGrants]) -> Vec<Opener<'a>> {
        self.same(needed.surface);
        let mut openers = Vec::new();
        for (place, list) in lists.iter().enumerate() {
            let (excluded, given): (Vec<&PinnedGrant>, _) = list.grants.iter().partition(|given| given.grant.exclude);
            let mut first: BTreeMap<usize, &PinnedGrant> = BTreeMap::new();
            // A list opens what its grants open one by one, each less the exclusions of all (permission rule 7).
            for grant in given {
                let alone: Vec<PinnedGrant> = excluded.iter().copied().chain([grant]).cloned().collect();
                let mut opened = compile(&self.index, &self.settled, &alone, list.follow_new_fields);
                opened.intersect_with(&needed.bits);
                for bit in opened.ones() {
                    first.entry(bit).or_insert(grant);
                }
            }
            openers.extend(first.into_iter().map(|(bit, given)| {
                let coordinate = self.index.coordinates[bit].printed.clone();
                (place, Opener { coordinate, grant: self.print(&given.grant), list: list.name.as_str() })
            }));
        }
        openers.sort_by(|(a, one), (b, other)| (&one.coordinate, a).cmp(&(&other.coordinate, b)));
        openers.into_iter().map(|(_, opener)| opener).collect()
    }
}
