//! What an operator's settings say of permissions (`gateway.*`), as bits. Knows nothing of callers.

use fixedbitset::FixedBitSet;

use super::compile::closes;
use super::grant::Written;
use super::index::Index;
use super::source::Source;

/// The settings of `gateway` that permissions obey. The first three are lists of patterns as in grants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SurfaceSettings {
    /// Opened by name only, never by a pattern (permission rule 4).
    pub by_name_only: Vec<String>,
    /// Not there for anyone (permission rule 4).
    pub never: Vec<String>,
    /// Cut from what is read-only like a mutation (permission rule 9).
    pub treat_as_mutation: Vec<String>,
    /// Directives that operations may use; `*` lets all through (permission rule 29).
    pub directives: Vec<String>,
}

impl SurfaceSettings {
    /// Whether operations may use the directive: the specification's may always.
    pub(super) fn lets_through(&self, directive: &str) -> bool {
        matches!(directive, "skip" | "include") || self.directives.iter().any(|name| name == "*" || name == directive)
    }
}

/// The settings compiled for one index.
#[derive(Debug)]
pub(super) struct Settled {
    pub by_name_only: FixedBitSet,
    pub never: FixedBitSet,
    /// Every mutation, and what is treated as one.
    pub mutations: FixedBitSet,
    /// Entries that name nothing here.
    pub idle: Vec<String>,
}

impl Settled {
    pub fn new(index: &Index, settings: &SurfaceSettings) -> Self {
        let mut idle = Vec::new();
        let mut mutations = named(index, &settings.treat_as_mutation, &mut idle);
        for (bit, coordinate) in index.coordinates.iter().enumerate() {
            if coordinate.key.1.starts_with("Mutation.") && index.id("Mutation").is_some_and(|id| index.types[id].root)
            {
                mutations.insert(bit);
            }
        }
        Self {
            by_name_only: named(index, &settings.by_name_only, &mut idle),
            never: named(index, &settings.never, &mut idle),
            mutations,
            idle,
        }
    }
}

/// What the patterns of a setting match. One without a source means both: a setting that closes closes too much
/// rather than too little.
fn named(index: &Index, patterns: &[String], idle: &mut Vec<String>) -> FixedBitSet {
    let none = FixedBitSet::with_capacity(index.permissions());
    let mut all = none.clone();
    for text in patterns {
        let mut found = none.clone();
        if let Ok(written) = Written::parse(text)
            && !written.exclude
        {
            for source in [Source::Own, Source::Api].into_iter().filter(|&s| written.source.is_none_or(|w| w == s)) {
                found.union_with(&closes(index, source, &written.pattern, &none));
            }
        }
        if found.is_clear() {
            idle.push(text.clone());
        }
        all.union_with(&found);
    }
    all
}
