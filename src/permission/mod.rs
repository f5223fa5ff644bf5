//! Permissions over schema coordinates: what a list of grants opens, what an operation needs, and whether the one
//! covers the other; and from the same numbers the schema that a caller is shown. The law: for an operation that is
//! valid on the full schema, with variables that coerce, allowed = valid, variables and all, on the filtered schema.
//!
//! It refuses to know who asks: users, roles, tokens and requests are lists of grants and documents here.

mod accept;
mod compile;
mod cover;
mod describe;
mod directives;
mod grant;
mod granted;
mod index;
mod judge;
mod mint;
mod missing;
mod needs;
mod open;
mod openers;
mod part;
mod roots;
mod settings;
mod shape;
mod source;
mod visible;

use std::hash::{DefaultHasher, Hash, Hasher};

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use fixedbitset::FixedBitSet;

pub use describe::Described;
pub use directives::DirectiveRefused;
pub use grant::{Grant, GrantError, Pattern, PinnedGrant, check_pattern};
pub use granted::Granted;
pub use mint::{Form, Minted};
pub use needs::Needs;
pub use open::Powers;
pub use openers::{NamedGrants, Opener};
pub use part::Part;
pub use roots::{Renames, rename_types, served as served_roots};
pub use settings::{SurfaceSettings, suspects};
pub use source::{FirstSeen, Known, Origins, Source};

use accept::Lookup;
use index::Index;
use settings::Settled;

/// One schema as it is served, at one revision, with every coordinate numbered.
#[derive(Debug)]
pub struct Surface {
    schema: Valid<Schema>,
    index: Index,
    settings: SurfaceSettings,
    settled: Settled,
    api_names: Renames,
    /// Tells sets of one surface from those of another.
    print: u64,
}

impl Surface {
    /// Numbers a schema. Root types get their served names (permission rule 1); `origins` and `seen` speak of them
    /// under these.
    #[must_use]
    pub fn new(schema: Valid<Schema>, origins: Origins, settings: SurfaceSettings, seen: FirstSeen) -> Self {
        let (schema, _) = roots::served(schema);
        let index = Index::new(&schema, &origins, &seen);
        let settled = Settled::new(&index, &settings);
        let mut hasher = DefaultHasher::new();
        schema.serialize().no_indent().to_string().hash(&mut hasher);
        for coordinate in &index.coordinates {
            (&coordinate.key, coordinate.since).hash(&mut hasher);
        }
        format!("{settings:?}").hash(&mut hasher);
        let mut names: Vec<_> = origins.api_names().iter().collect();
        names.sort_unstable();
        names.hash(&mut hasher);
        let api_names = origins.api_names().clone();
        Self { schema, index, settings, settled, api_names, print: hasher.finish() }
    }

    /// The full schema, roots under their served names.
    #[must_use]
    pub const fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// Entries of the settings that name nothing here, or are no patterns: worth a word when the server starts.
    #[must_use]
    pub fn idle_settings(&self) -> &[String] {
        &self.settled.idle
    }

    /// Whether the other numbers the same schema in the same way: then sets and documents of one are at home in both.
    #[must_use]
    pub const fn is_like(&self, other: &Self) -> bool {
        self.print == other.print
    }

    /// Whether there is an API behind whose schema is not known yet.
    #[must_use]
    pub const fn awaits_api(&self) -> bool {
        self.settings.awaits_api
    }

    /// Reads a grant that someone writes, and settles its source (permission rule 3).
    ///
    /// # Errors
    /// When it is no grant, or names what is not there; says what is wrong, what is allowed and what is nearest.
    pub fn accept(&self, text: &str) -> Result<Grant, GrantError> {
        self.look_up(text, &|_| true)
    }

    /// The same for a writer who must not learn of what `powers` do not open (`errors.hidden_fields = "hide"`).
    ///
    /// # Errors
    /// As [`accept`](Self::accept); what is not open answers like what is not there.
    pub fn accept_as_seen(&self, text: &str, powers: &Powers) -> Result<Grant, GrantError> {
        self.same(powers.held.surface);
        self.look_up(text, &|bit| powers.open.contains(bit))
    }

    fn look_up(&self, text: &str, seen: &dyn Fn(usize) -> bool) -> Result<Grant, GrantError> {
        let awaits_api = self.settings.awaits_api;
        Lookup { index: &self.index, settled: &self.settled, awaits_api, seen }.accept(text)
    }

    /// A grant as people read it: with its source only where the text alone would be settled otherwise (permission
    /// rule 3).
    #[must_use]
    pub fn print(&self, grant: &Grant) -> String {
        let plain = format!("{}{}", if grant.exclude { "!" } else { "" }, grant.pattern);
        let is_plain =
            !compile::is_renamed(&self.index, grant) && self.accept(&plain).is_ok_and(|found| found == *grant);
        if is_plain { plain } else { grant.to_string() }
    }

    /// What a list opens (permission rules 4 to 8). Also what whoever confers it has to hold (rule 10).
    #[must_use]
    pub fn compile(&self, list: &[PinnedGrant], follow_new_fields: bool) -> Granted {
        self.granted(compile::compile(&self.index, &self.settled, list, follow_new_fields))
    }

    /// What whoever writes a narrowing has to hold (permission rule 10): what it spells to the coordinate.
    #[must_use]
    pub fn confers(&self, narrowing: &[PinnedGrant]) -> Granted {
        self.granted(compile::spelt(&self.index, &self.settled, narrowing))
    }

    /// What a super administrator holds.
    #[must_use]
    pub fn everything(&self) -> Granted {
        let mut bits = self.none();
        bits.insert_range(..);
        bits.difference_with(&self.settled.never);
        self.granted(bits)
    }

    /// What no pattern opens (permission rule 4).
    #[must_use]
    pub fn by_name_only(&self) -> Granted {
        self.granted(self.settled.by_name_only.clone())
    }

    /// What someone without a role holds.
    #[must_use]
    pub fn nothing(&self) -> Granted {
        self.granted(self.none())
    }

    /// What is left of `held` to a read-only token (permission rule 9).
    #[must_use]
    pub fn without_mutations(&self, held: &Granted) -> Granted {
        self.same(held.surface);
        let mut bits = held.bits.clone();
        bits.difference_with(&self.settled.mutations);
        self.granted(bits)
    }

    /// What is open of what is held (permission rules 11, 12, 26, 27): the dear step, to be done once and kept.
    #[must_use]
    pub fn powers(&self, held: Granted) -> Powers {
        self.same(held.surface);
        let mut open = open::open(&self.index, &held.bits);
        cover::cover(&self.index, &mut open);
        let named = self.named_by_directives(&open);
        visible::see(&self.index, &mut open, named);
        Powers { held, open }
    }

    /// The permissions in `granted`, sorted, as `missing` prints them.
    pub fn coordinates(&self, granted: &Granted) -> impl Iterator<Item = String> + use<> {
        self.same(granted.surface);
        let mut names: Vec<String> =
            granted.bits.ones().map(|bit| self.index.coordinates[bit].printed.clone()).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// The permission of one coordinate, by its name in its source's own schema.
    #[must_use]
    pub fn permission(&self, source: Source, coordinate: &str) -> Option<Granted> {
        let mut bits = self.none();
        bits.insert(self.index.find(source, coordinate)?);
        Some(self.granted(bits))
    }

    /// Whose the type is that is served by this name, and what it is called there. Of a root only the fields are
    /// somebody's.
    #[must_use]
    pub fn whose(&self, wire: &str) -> Option<(Source, &str)> {
        self.index.types.get(wire).map(|entry| (entry.source, entry.own_name.as_str()))
    }

    /// What the API itself calls the types that are served under another name.
    #[must_use]
    pub const fn api_names(&self) -> &Renames {
        &self.api_names
    }

    /// Whether a type of this name, as it is served, is an input object type.
    #[must_use]
    pub fn is_input(&self, ty: &str) -> bool {
        self.schema.get_input_object(ty).is_some()
    }

    /// Whose a root field is: who answers it.
    #[must_use]
    pub fn answers(&self, root: &str, field: &str) -> Option<Source> {
        let entry = self.index.types.get(root).filter(|entry| entry.root)?;
        entry.fields.get(field).map(|field| field.source)
    }

    /// Every permission that there is, with the named type that it leads to: what is compared between two revisions
    /// to tell what was first seen when (permission rule 8).
    pub fn catalogue(&self) -> impl Iterator<Item = Known<'_>> {
        self.index.coordinates.iter().map(|coordinate| Known {
            source: coordinate.key.0,
            coordinate: &coordinate.key.1,
            named_type: &self.index.types[coordinate.of].own_name,
        })
    }

    fn none(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.index.permissions())
    }

    const fn granted(&self, bits: FixedBitSet) -> Granted {
        Granted { surface: self.print, bits }
    }

    /// Sets of another surface count other things: to go on would be to judge by accident.
    fn same(&self, print: u64) {
        assert_eq!(self.print, print, "permissions and documents belong to the surface that made them");
    }
}
