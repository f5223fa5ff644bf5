//! What an operator's settings say of permissions (`gateway.*`), as bits. Knows nothing of callers.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use fixedbitset::FixedBitSet;

use super::compile::closes;
use super::grant::Written;
use super::index::Index;
use super::roots::served_name;
use super::source::{Origins, Source};

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
    /// An API is behind and its schema is not known yet: what a grant without a source would mean cannot be told.
    pub awaits_api: bool,
}

impl SurfaceSettings {
    /// Whether operations may use the directive: the specification's may always.
    pub(super) fn lets_through(&self, directive: &str) -> bool {
        matches!(directive, "skip" | "include") || self.directives.iter().any(|name| name == "*" || name == directive)
    }
}

/// What `gateway.by_name_only` holds by default (permission rule 4): the entry points by id, and of the API every
/// field with an argument whose text is a document, a query or an address, which no judge of coordinates looks into.
#[must_use]
pub fn suspects(schema: &Schema, origins: &Origins) -> Vec<String> {
    let mut suspects: Vec<String> =
        ["node", "nodes", "_entities", "_service"].map(|field| format!("Query.{field}")).into();
    for (wire, ty) in &schema.types {
        let ExtendedType::Object(object) = ty else { continue };
        let roots = schema.schema_definition.iter_root_operations();
        let root = roots.filter(|(_, root)| *root == wire).map(|(kind, _)| served_name(kind)).next();
        let (source, own_name) = origins.of_type(wire);
        for (name, field) in &object.fields {
            let source = root.map_or(source, |root| origins.of_root_field(root, name));
            let strings = field.arguments.iter().filter(|argument| argument.ty.inner_named_type() == "String");
            if source == Source::Api && strings.map(|argument| argument.name.as_str()).any(is_suspect) {
                suspects.push(format!("api:{}.{name}", root.unwrap_or(own_name)));
            }
        }
    }
    suspects
}

fn is_suspect(argument: &str) -> bool {
    matches!(argument, "query" | "document" | "sql" | "url" | "uri")
        || argument.starts_with("webhook")
        || argument.starts_with("callback")
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
        let has_root = index.id("Mutation").is_some_and(|id| index.types[id].root);
        let roots = index.coordinates.iter().enumerate().filter(|(_, at)| at.key.1.starts_with("Mutation."));
        mutations.extend(roots.filter(|_| has_root).map(|(bit, _)| bit));
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
                found.union_with(&closes(index, source, &written.pattern));
            }
        }
        if found.is_clear() {
            idle.push(text.clone());
        }
        all.union_with(&found);
    }
    all
}
