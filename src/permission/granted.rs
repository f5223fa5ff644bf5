//! A set of permissions over one surface, as bits. Knows no names: [`Surface`](super::Surface) prints it.

use fixedbitset::FixedBitSet;

/// Permissions of one [`Surface`](super::Surface). Sets of different surfaces are never mixed: that panics, since an
/// index means another coordinate there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Granted {
    pub(super) surface: u64,
    pub(super) bits: FixedBitSet,
}

impl Granted {
    fn same_surface(&self, other: &Self) {
        assert_eq!(self.surface, other.surface, "permissions of two surfaces cannot be compared");
    }

    /// Adds what `other` has: the roles of a user (permission rule 9).
    pub fn union_with(&mut self, other: &Self) {
        self.same_surface(other);
        self.bits.union_with(&other.bits);
    }

    /// Keeps what `other` has too: a token's narrowing (permission rule 9).
    pub fn intersect_with(&mut self, other: &Self) {
        self.same_surface(other);
        self.bits.intersect_with(&other.bits);
    }

    /// Takes away what `other` has: what a caller lacks of what it would confer (permission rule 10).
    pub fn subtract(&mut self, other: &Self) {
        self.same_surface(other);
        self.bits.difference_with(&other.bits);
    }

    /// Whether `other` has all of it.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.same_surface(other);
        self.bits.is_subset(&other.bits)
    }

    /// How many permissions there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.bits.count_ones(..)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.is_clear()
    }
}
