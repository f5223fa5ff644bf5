//! What changed between two schemas, in the terms of graphql-inspector, whose name for each change, path and
//! criticality are told here in words of our own. Knows nothing of where a schema comes from, and nothing of what
//! is held: whom a change concerns is for others to say.

mod defaults;
mod deprecation;
mod directives;
mod inputs;
mod twins;
mod types;
mod wrapped;

use apollo_compiler::Schema;
use apollo_compiler::schema::ComponentName;
use defaults::{Defaults, Meanings};

/// What a change does to callers. In the order in which one wants to read of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Criticality {
    /// An operation that was valid may be refused.
    Breaking,
    /// Every operation stays valid, but some may behave otherwise.
    Dangerous,
    /// Nothing changes for operations that exist.
    NonBreaking,
}

impl Criticality {
    /// As graphql-inspector spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "BREAKING",
            Self::Dangerous => "DANGEROUS",
            Self::NonBreaking => "NON_BREAKING",
        }
    }
}

/// One difference between two schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it does to callers.
    pub criticality: Criticality,
    /// What graphql-inspector calls it, `FIELD_REMOVED` for one.
    pub kind: &'static str,
    /// Where it is, as graphql-inspector writes it: `User.email`, `Query.users.first`, `@mark.level`. The root
    /// operation types have no place.
    pub path: Option<String>,
    /// One line for people, without control characters.
    pub message: String,
}

/// Everything that differs: what breaks first, then what is dangerous, then the rest; within that by path and kind.
/// The same two schemas always give the same list.
#[must_use]
pub fn changes(before: &Schema, after: &Schema) -> Vec<Change> {
    let mut diff = Diff {
        before: Defaults::of(before),
        after: Defaults::of(after),
        meanings: Meanings::default(),
        found: Vec::new(),
    };
    diff.directives();
    diff.roots();
    diff.types();
    let mut found = diff.found;
    found.sort_by(|one, other| order(one).cmp(&order(other)));
    found
}

/// The message last: two members of one union are gone under one path and kind.
fn order(change: &Change) -> (Criticality, Option<&str>, &str, &str) {
    (change.criticality, change.path.as_deref(), change.kind, &change.message)
}

/// A comparison under way.
struct Diff<'a> {
    before: Defaults<'a>,
    after: Defaults<'a>,
    meanings: Meanings,
    found: Vec<Change>,
}

impl Diff<'_> {
    fn note(&mut self, criticality: Criticality, kind: &'static str, path: &str, message: String) {
        self.found.push(Change { criticality, kind, path: Some(path.to_owned()), message });
    }

    fn breaking(&mut self, kind: &'static str, path: &str, message: String) {
        self.note(Criticality::Breaking, kind, path, message);
    }

    fn non_breaking(&mut self, kind: &'static str, path: &str, message: String) {
        self.note(Criticality::NonBreaking, kind, path, message);
    }

    fn roots(&mut self) {
        let (before, after) = (&self.before.schema.schema_definition, &self.after.schema.schema_definition);
        let roots = [
            ("SCHEMA_QUERY_TYPE_CHANGED", "query", &before.query, &after.query),
            ("SCHEMA_MUTATION_TYPE_CHANGED", "mutation", &before.mutation, &after.mutation),
            ("SCHEMA_SUBSCRIPTION_TYPE_CHANGED", "subscription", &before.subscription, &after.subscription),
        ];
        for (kind, operation, before, after) in roots {
            self.root(kind, operation, before.as_ref(), after.as_ref());
        }
    }

    fn root(
        &mut self,
        kind: &'static str,
        operation: &str,
        before: Option<&ComponentName>,
        after: Option<&ComponentName>,
    ) {
        let (criticality, message) = match (before, after) {
            (None, None) => return,
            (Some(before), Some(after)) if before.name == after.name => return,
            (None, Some(after)) => (Criticality::NonBreaking, format!("there is a {operation} type now: {after}")),
            (Some(before), None) => {
                (Criticality::Breaking, format!("there is no {operation} type any more; it was {before}"))
            }
            (Some(before), Some(after)) => {
                (Criticality::Breaking, format!("the {operation} type is {after}, where it was {before}"))
            }
        };
        self.found.push(Change { criticality, kind, path: None, message });
    }

    /// An empty description is as good as none. Only where it is a question of which of the kinds a difference is (it
    /// came, it went, it reads otherwise), what has been empty reads otherwise.
    fn description(
        &mut self,
        kinds: [&'static str; 3],
        path: &str,
        what: &str,
        before: Option<&str>,
        after: Option<&str>,
    ) {
        let (was, is) = (before.unwrap_or_default(), after.unwrap_or_default());
        if was == is {
            return;
        }
        let kind = match (before, after) {
            (None, _) => kinds[0],
            (_, None) => kinds[1],
            _ => kinds[2],
        };
        let message = match (was, is) {
            ("", _) => format!("{what} has a description now"),
            (_, "") => format!("{what} has no description any more"),
            _ => format!("the description of {what} reads otherwise"),
        };
        self.non_breaking(kind, path, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> String {
        let [before, after] = [before, after].map(|sdl| Schema::parse(sdl, "api.graphql").unwrap());
        let changes = changes(&before, &after).into_iter();
        changes.map(|change| format!("{} {}\n", change.criticality.as_str(), change.message)).collect()
    }

    #[test]
    fn nothing_changed() {
        let sdl = "type Query { a(b: In = {c: 1}): Int @deprecated } input In { c: Int = 2 }";
        assert_eq!(told(sdl, sdl), "");
    }

    #[test]
    fn types_and_fields() {
        let before = r#"
            type Query { user: User! name: String! old: Int @deprecated gone: Int pets: [Pet] }
            type User { id: ID! } type Cat { id: ID } type Dog { id: ID } union Pet = Cat | Dog
            enum Side { LEFT RIGHT } type Lost { a: Int } input Pick { a: Int b: Int } interface Node { id: ID! }
        "#;
        let after = r#"
            "Where one begins." type Query { user: Team name: String old: Int @deprecated(reason: "it\n is old")
                fresh: Int @deprecated pets: [Pet!] }
            type User implements Node { id: ID! } type Cat { id: ID } type Team { id: ID! } union Pet = Cat | Team
            enum Side { LEFT UP } scalar Lost input Pick @oneOf { a: Int b: Int } interface Node { id: ID! }
            type Mutation { go: Int }
        "#;
        insta::assert_snapshot!(told(before, after), @r#"
        BREAKING Dog, an object type, is gone
        BREAKING Lost is a scalar, where it was an object type
        BREAKING Dog does not belong to Pet any more
        BREAKING Pick takes exactly one of its fields now
        BREAKING the field Query.gone is gone
        BREAKING Query.name is of the type String, where it was String!
        BREAKING Query.user leads to another type: Team, where it was User!
        BREAKING the value Side.RIGHT is gone
        DANGEROUS Team belongs to Pet now
        DANGEROUS the value Side.UP is new
        DANGEROUS User implements Node now
        NON_BREAKING there is a mutation type now: Mutation
        NON_BREAKING Mutation is new: an object type
        NON_BREAKING the field Mutation.go is new, of the type Int
        NON_BREAKING Query has a description now
        NON_BREAKING the field Query.fresh is new, of the type Int
        NON_BREAKING Query.fresh is deprecated now
        NON_BREAKING Query.old is deprecated with a reason now: it is old
        NON_BREAKING Query.pets is of the type [Pet!], where it was [Pet]
        NON_BREAKING Team is new: an object type
        NON_BREAKING the field Team.id is new, of the type ID!
        "#);
    }

    #[test]
    fn what_is_given() {
        let before = r#"
            directive @mark(level: Int = 1) on FIELD
            type Query { a(gone: Int, kept: Int = 1, plain: Int, same: In = {}, text: String = "a"): Int }
            input In { limit: Int = 1 side: Int }
        "#;
        let after = r#"
            directive @mark(level: Int = 1, tone: Int!) repeatable on QUERY
            type Query { a(kept: Int! = 2, plain: Int = 3, same: In = {}, text: String, must: Int!, may: Int): Int }
            input In { limit: Int = 2 "Left or right." side: [Int] more: Int! = 1 }
        "#;
        insta::assert_snapshot!(told(before, after), @r#"
        BREAKING @mark takes the argument tone now, of the type Int!, which has to be given
        BREAKING @mark may not stand on FIELD any more
        BREAKING the field side of In is of the type [Int], where it was Int
        BREAKING Query.a does not take the argument gone any more
        BREAKING the argument kept of Query.a is of the type Int!, where it was Int
        BREAKING Query.a takes the argument must now, of the type Int!, which has to be given
        DANGEROUS the default of the field limit of In is 2, where it was 1
        DANGEROUS In takes the field more now, of the type Int!, which may be left out
        DANGEROUS the default of the argument kept of Query.a is 2, where it was 1
        DANGEROUS Query.a takes the argument may now, of the type Int, which may be left out
        DANGEROUS the argument plain of Query.a has a default now: 3
        DANGEROUS the default of the argument same of Query.a stands for something else than before
        DANGEROUS the argument text of Query.a has no default any more; it was "a"
        NON_BREAKING @mark may stand on QUERY now
        NON_BREAKING @mark may stand more than once in a place now
        NON_BREAKING the field side of In has a description now
        "#);
    }

    #[test]
    fn what_breaks_comes_first() {
        let before = "type Query { a: Int b: Int z: Int } union U = A | B | C type A { a: Int }";
        let after = "type Query { c: Int z: [Int] } union U = D type A { a: Int! }";
        let [before, after] = [before, after].map(|sdl| Schema::parse(sdl, "api.graphql").unwrap());
        let changes = changes(&before, &after);
        let order: Vec<_> = changes.iter().map(order).collect();
        assert!(order.is_sorted());
        let [first, .., last] = &*changes else { panic!("there are several") };
        assert_eq!(first.message, "the field Query.a is gone");
        assert_eq!(last.message, "the field Query.c is new, of the type Int");
    }

    #[test]
    fn defaults_that_lead_to_themselves_or_to_very_much_have_an_end() {
        let loops =
            |one: usize| format!("type Query {{ a(b: In = {{}}): Int }} input In {{ in: In = {{}} one: Int = {one} }}");
        assert_eq!(told(&loops(1), &loops(2)).lines().count(), 3, "the argument and both fields");
        let deep = |one: usize| {
            let types = (0..40).map(|at| format!("input In{at} {{ a: In{0} = {{}} b: In{0} = {{}} }} ", at + 1));
            types.collect::<String>()
                + &format!("input In40 {{ a: Int = {one} }} type Query {{ a(b: In0 = {{}}): Int }}")
        };
        assert_eq!(told(&deep(1), &deep(2)).lines().count(), 82, "every one of them stands for something else");
    }
}
