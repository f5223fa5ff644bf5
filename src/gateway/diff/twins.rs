//! What bears the same name in two lists. Knows nothing of GraphQL but that things have names.

use apollo_compiler::Name;
use std::collections::BTreeMap;

/// A thing of one list or of both.
pub(super) enum Twin<T> {
    /// Only the first list has it.
    Gone(T),
    /// Only the second list has it.
    New(T),
    /// Both have it: as it was, as it is.
    Kept(T, T),
}

/// The things of two lists, by name.
pub(super) fn twins<'n, T>(
    before: impl IntoIterator<Item = (&'n Name, T)>,
    after: impl IntoIterator<Item = (&'n Name, T)>,
) -> impl Iterator<Item = Twin<T>> {
    let mut all: BTreeMap<&Name, Twin<T>> =
        before.into_iter().map(|(name, before)| (name, Twin::Gone(before))).collect();
    for (name, after) in after {
        let twin = match all.remove(name) {
            Some(Twin::Gone(before)) => Twin::Kept(before, after),
            _ => Twin::New(after),
        };
        all.insert(name, twin);
    }
    all.into_values()
}
