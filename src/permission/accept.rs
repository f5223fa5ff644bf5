//! A grant as it is written, held against the schema (permission rule 3): whose it is, and whether it names what is
//! there. Knows nothing of callers but what they may see.

use super::grant::{Grant, GrantError, Pattern, Written};
use super::index::{FieldEntry, Index, Kind, TypeEntry, TypeId};
use super::settings::Settled;
use super::source::Source;

/// What a writer may find when a name is looked up: everything, or what it is shown.
pub(super) struct Lookup<'a> {
    pub index: &'a Index,
    pub settled: &'a Settled,
    /// Whether there is an API whose schema is not known yet.
    pub awaits_api: bool,
    /// Whether a bit of the index may be named.
    pub seen: &'a dyn Fn(usize) -> bool,
}

impl Lookup<'_> {
    pub fn accept(&self, text: &str) -> Result<Grant, GrantError> {
        let Written { exclude, source, pattern } = Written::parse(text)?;
        if self.awaits_api && source != Some(Source::Own) {
            let what =
                "the schema of the API behind is not known yet; `own:` before a grant says that it is Doorward's";
            return Err(GrantError::unknown(text, what, None));
        }
        let sources = [Source::Api, Source::Own].into_iter().filter(|one| source.is_none_or(|source| source == *one));
        let mut wrong = None;
        for source in sources.filter(|source| self.serves(*source)) {
            match self.find(text, source, &pattern) {
                Ok(()) => return Ok(Grant { exclude, source, pattern }),
                // Where both sources have something to say, the API's comes first, as it would for a grant that fits.
                Err(error) => wrong = Some(best(wrong, error)),
            }
        }
        Err(wrong.unwrap_or_else(|| GrantError::unknown(text, "there is no such schema behind this server", None)))
    }

    fn serves(&self, source: Source) -> bool {
        self.index.by_own_name.iter().any(|((of, _), ids)| {
            *of == source
                && ids.iter().any(|id| {
                    let entry = &self.index.types[*id];
                    entry.source == source && !entry.root || entry.fields.values().any(|field| field.source == source)
                })
        })
    }

    fn find(&self, text: &str, source: Source, pattern: &Pattern) -> Result<(), GrantError> {
        let (ty, member) = match pattern {
            Pattern::Everything => return Ok(()),
            Pattern::Type(ty) => (ty, None),
            Pattern::Field(ty, field) => (ty, Some((field, None))),
            Pattern::Argument(ty, field, argument) => (ty, Some((field, Some(argument)))),
        };
        let entry = self.find_type(text, source, ty)?;
        let Some((field, argument)) = member else { return Ok(()) };
        // A root whose fields are not all served in one place stands in several types.
        let entries = self.index.by_own_name.get(&(source, ty.to_owned())).into_iter().flatten();
        let fields = entries.flat_map(|id| self.index.types[*id].fields.iter());
        let fields = || fields.clone().filter(|(_, declared)| self.may_name(source, declared));
        let Some((_, found)) = fields().find(|(name, _)| **name == **field) else {
            let near = nearest(field, fields().map(|(name, _)| name.as_str()));
            return Err(GrantError::unknown(
                text,
                &format!("{ty} has no field {field}"),
                near.map(|near| format!("{ty}.{near}")),
            ));
        };
        let Some(argument) = argument else { return Ok(()) };
        if matches!(entry.kind, Kind::Input { .. }) {
            return Err(GrantError::unknown(text, "an input field has no arguments", Some(format!("{ty}.{field}"))));
        }
        let arguments = || found.arguments.iter().filter(|argument| self.is_there(argument.bit));
        if arguments().any(|declared| declared.name == **argument) {
            return Ok(());
        }
        let near = nearest(argument, arguments().map(|argument| argument.name.as_str()));
        let near = near.map(|near| format!("{ty}.{field}({near}:)"));
        Err(GrantError::unknown(text, &format!("{ty}.{field} has no argument {argument}"), near))
    }

    fn find_type(&self, text: &str, source: Source, ty: &str) -> Result<&TypeEntry, GrantError> {
        let known = self.index.by_own_name.get(&(source, ty.to_owned())).into_iter().flatten();
        if let Some(id) = known.copied().find(|id| self.type_is_there(source, *id)) {
            let entry = &self.index.types[id];
            return match entry.kind {
                Kind::Union => Err(GrantError::unknown(text, "a union has no fields; name its members'", None)),
                Kind::Leaf => Err(GrantError::unknown(text, "scalars and enums are no permissions", None)),
                Kind::Object | Kind::Interface | Kind::Input { .. } => Ok(entry),
            };
        }
        let grantable = |id: TypeId| !matches!(self.index.types[id].kind, Kind::Union | Kind::Leaf);
        let there = self.index.by_own_name.iter().filter(|((of, _), ids)| {
            *of == source && ids.iter().any(|id| grantable(*id) && self.type_is_there(source, *id))
        });
        let near = nearest(ty, there.map(|((_, name), _)| name.as_str()));
        let near = near.map(|near| self.field_of_nearest(text, source, near));
        Err(GrantError::unknown(text, &format!("there is no type {ty}"), near))
    }

    /// What was meant by a grant whose type is misspelt: never more than the field that was asked for.
    fn field_of_nearest(&self, text: &str, source: Source, ty: &str) -> String {
        let asked = text.split_once('.').map_or("*", |(_, rest)| rest.split('(').next().unwrap_or(rest));
        let ids = self.index.by_own_name.get(&(source, ty.to_owned())).into_iter().flatten();
        let fields = ids.flat_map(|id| self.index.types[*id].fields.iter());
        let there = fields.filter(|(_, field)| self.may_name(source, field)).map(|(name, _)| name.as_str());
        format!("{ty}.{}", nearest(asked, there).filter(|_| asked != "*").unwrap_or("*"))
    }

    fn may_name(&self, source: Source, field: &FieldEntry) -> bool {
        field.source == source && self.is_there(field.bit)
    }

    fn is_there(&self, bit: usize) -> bool {
        !self.settled.never.contains(bit) && (self.seen)(bit)
    }

    /// A type without a field that may be named is not there, for whoever is shown only a part.
    fn type_is_there(&self, source: Source, id: TypeId) -> bool {
        let entry = &self.index.types[id];
        match entry.kind {
            Kind::Union | Kind::Leaf => (self.seen)(self.index.visible(id)),
            Kind::Object | Kind::Interface | Kind::Input { .. } => {
                entry.fields.values().any(|field| self.may_name(source, field))
            }
        }
    }
}

/// Of two refusals the one that found more of the name.
fn best(first: Option<GrantError>, second: GrantError) -> GrantError {
    match first {
        Some(first) if first.nearest.is_some() || second.nearest.is_none() => first,
        _ => second,
    }
}

/// The name that is fewest edits away, if it is near enough to be meant; of equals the first in the alphabet.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.map(|other| (strsim::damerau_levenshtein(name, other), other));
    let limit = (name.len() / 2).max(1);
    near.filter(|(distance, _)| *distance <= limit).min().map(|(_, other)| other)
}
