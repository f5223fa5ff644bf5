//! An API's schema from SDL, as files in the field are written: with directives that only the API's own tools know,
//! with extensions of what is defined elsewhere, with definitions that every schema has. Does not know where the text
//! comes from; what an API says by introspection goes through here as well.

mod bounds;
mod merge;
mod tidy;

use apollo_compiler::Schema;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};

/// More errors than these help nobody.
const SHOWN: usize = 5;
/// The library may quote the text, and a line of it may have no end.
const LONGEST: usize = 200;

/// Reads an API's schema from SDL as files in the field are written. `name` tells the text from others in what is said
/// of it.
///
/// # Errors
/// What keeps the text from being a schema: the first few errors with their lines, in words.
pub fn read(text: &str, name: &str) -> Result<Valid<Schema>, String> {
    checked(text, name).map_err(|wrong| format!("{name} holds no schema that can be served: {wrong}"))
}

fn checked(text: &str, name: &str) -> Result<Valid<Schema>, String> {
    bounds::check_text(text)?;
    let mut document = Parser::new().parse_ast(text, name).map_err(|wrong| first(&wrong.errors))?;
    tidy::tidy(&mut document);
    // Files repeat the built-in scalars and the types of introspection; ours are the specification's.
    let builder = Schema::builder().adopt_orphan_extensions().ignore_builtin_redefinitions();
    let mut schema = builder.add_ast(&document).build().map_err(|wrong| first(&wrong.errors))?;
    bounds::check_inputs(&schema)?;
    merge::merge(&mut schema);
    schema.validate().map_err(|wrong| first(&wrong.errors))
}

fn first(errors: &DiagnosticList) -> String {
    listed(errors.iter().map(|error| (error.line_column_range().map(|at| at.start.line), error.error.to_string())))
}

/// The first few errors, and how many more there are.
fn listed(errors: impl ExactSizeIterator<Item = (Option<usize>, String)>) -> String {
    let more = errors.len().saturating_sub(SHOWN);
    let mut said: Vec<String> = Vec::new();
    for (line, words) in errors.take(SHOWN) {
        let place = line.map_or_else(String::new, |line| format!("line {line}: "));
        said.push(place + &plain(&words));
    }
    // The parser says the same of each token that it does not expect.
    said.dedup();
    if more > 0 {
        said.push(format!("and {more} more"));
    }
    said.join("; ")
}

/// Short, and without characters that would act on a terminal or a log.
fn plain(words: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    words.chars().take(LONGEST).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        read(text, "api.graphql").unwrap().to_string()
    }

    fn refusal(text: &str) -> String {
        read(text, "a").unwrap_err().replace("a holds no schema that can be served: ", "")
    }

    #[test]
    fn files_of_the_field_are_read() {
        let text = r#"
            schema @link(url: "https://specs.apollo.dev/link/v1.0") @cost { query: Query }
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", {name: "@tag"}]) {
              mutation: Mutation
            }
            directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
            directive @cached(ttl: Int = 60 @cost, refresh: Boolean) on QUERY | FIELD_DEFINITION
            directive @deprecated(reason: String, since: Date) on FIELD_DEFINITION | OBJECT
            directive @include(unless: Boolean) on FIELD
            scalar FieldSet
            scalar String
            scalar Date @specifiedBy(url: "d", by: 1) @tag(name: "x")
            type __Schema { description: String }
            extend type Query @shareable { user(id: ID! @tag(name: "a")): User @deprecated(reason: "r", since: "s") @aws_auth }
            extend type Mutation { put(in: In @deprecated): Int @cost(weight: "1") }
            type User implements Node @key(fields: "id") @deprecated { id: ID! @external name: String @requires(fields: "id") }
            extend interface Node @key(fields: "id") { id: ID! @shareable }
            union Any @tag(name: "u") = User
            extend union Any @tag(name: "v") = Thing
            type Thing { name: String }
            extend type Thing implements Node { id: ID! }
            extend input In { c: Int }
            extend enum Role @x { GUEST }
            extend scalar FieldSet @specifiedBy(url: "f")
            enum Role @preview(toggledBy: []) { ADMIN @docsCategory(name: "r") USER @deprecated }
            input In @oneOf @constraint { a: Int @constraint(min: 1) b: Role @deprecated(reason: "") }
        "#;
        insta::assert_snapshot!(printed(&format!("\u{feff}{text}")), @r#"
        directive @cached(ttl: Int = 60, refresh: Boolean) on QUERY | FIELD_DEFINITION

        directive @oneOf on INPUT_OBJECT

        scalar FieldSet @specifiedBy(url: "f")

        scalar Date @specifiedBy(url: "d")

        type User implements Node {
          id: ID!
          name: String
        }

        union Any = User | Thing

        type Thing implements Node {
          name: String
          id: ID!
        }

        enum Role {
          ADMIN
          USER @deprecated
          GUEST
        }

        input In @oneOf {
          a: Int
          b: Role @deprecated(reason: "")
          c: Int
        }

        type Query {
          user(id: ID!): User @deprecated(reason: "r")
        }

        type Mutation {
          put(
            in: In @deprecated,
          ): Int
        }

        interface Node {
          id: ID!
        }
        "#);
    }

    #[test]
    fn a_field_that_a_type_has_twice_in_one_way_is_left_once() {
        let text = "type Query { \"a\" f(x: Int): Int @tag \"b\" f(x: Int): Int g: Int }";
        let schema = read(text, "s").unwrap();
        let fields = &schema.get_object("Query").unwrap().fields;
        assert_eq!((fields.len(), fields["f"].description.as_deref()), (2, Some("a")));
        insta::assert_snapshot!(refusal("type Query { f: Int\nf: Int! }"), @"line 2: duplicate definitions for the `f` field of object type `Query`");
    }

    #[test]
    fn what_stays_wrong_is_refused_in_words() {
        let said = [
            "",
            "\u{feff}# nothing\n ,",
            "{\"data\": {}}",
            "type User { f: Int }",
            "type Query { f: Int }\nquery { f }\nfragment F on Query { f }",
            "type Query { f: A\n g: B\n h: C\n i: D\n j: E\n k: F\n l: G }",
            "type Query { f: Int @deprecated(reason: 1) }\ntype Query { f: Int }",
            "type Query {\n  f Int\n}",
            "type Query { f: Int }\n\"not closed",
            "type Query { f: \u{7}Int }",
            "type Query implements N { f: Int }\ninterface N { g: Int }",
        ];
        insta::assert_snapshot!(said.map(refusal).join("\n"), @r#"
        it is empty
        it is empty
        line 1: it begins like JSON or a query, and a schema does not
        missing query root operation type in schema definition
        line 2: a schema document must not contain an operation definition; line 3: a schema document must not contain a fragment definition
        line 1: cannot find type `A` in this document; line 2: cannot find type `B` in this document; line 3: cannot find type `C` in this document; line 4: cannot find type `D` in this document; line 5: cannot find type `E` in this document; and 2 more
        line 2: the type `Query` is defined multiple times in the schema
        line 2: syntax error: expected a type; line 3: syntax error: expected a type
        line 2: unterminated string value
        line 1: Unexpected character "\u{7}"
        line 1: type `Query` does not satisfy interface `N`: missing field `g`
        "#);
    }

    #[test]
    fn what_nests_without_end_is_refused() {
        let lists = format!("type Query {{ f: {}Int{} }}", "[".repeat(100_000), "]".repeat(100_000));
        let values = format!("type Query {{ f(a: In = {}): Int }}", "{a:".repeat(100_000));
        assert_eq!([refusal(&lists), refusal(&values)], ["line 1: brackets nest more than 64 deep"; 2]);
        let deep = format!("type Query {{ f: {}Int{} }}", "[".repeat(50), "]".repeat(50));
        assert!(printed(&deep).contains(&"[".repeat(50)));
    }

    #[test]
    fn inputs_that_lead_on_in_too_many_ways_are_refused() {
        let inputs = |ty: &dyn Fn(usize) -> String| -> String {
            let one = |n: usize| format!("input I{n} {{ a: {} b: {} }}\n", ty(n + 1), ty(n + 1));
            (0..30).map(one).collect::<String>() + "input I30 { a: Int }\n"
        };
        let required = inputs(&|n| format!("I{n}!")) + "type Query { f(a: I0): Int }";
        assert_eq!(refusal(&required), "from `I0` too many ways lead through input types to check them");
        let optional = inputs(&|n| format!("I{n}")) + "type Query { f(a: I0): Int }";
        read(&optional, "s").unwrap();
        let directive = optional + "directive @d(a: [I0]) on FIELD";
        assert_eq!(refusal(&directive), "from `d` too many ways lead through input types to check them");
    }

    #[test]
    fn a_large_file_that_is_no_schema_is_refused_at_its_beginning() {
        let text = format!("type Query {{\n{} }}", "5 ".repeat(5_000_000));
        assert!(refusal(&text).starts_with("line 2: "), "{}", refusal(&text));
    }
}
