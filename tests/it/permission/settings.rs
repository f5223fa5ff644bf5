//! What the operator's `gateway.*` settings do to grants and operations.

use apollo_compiler::{ExecutableDocument, Schema};
use doorward::permission::{Origins, Source, Surface, SurfaceSettings, suspects};
use insta::assert_snapshot;

use super::{held, missing, names, with};

const SDL: &str = "
    directive @trace(label: String) on FIELD
    directive @cost(of: Int) on FIELD | FRAGMENT_SPREAD
    interface Node { id: ID! }
    type Item implements Node { id: ID! secret(key: String): String }
    type Query { node(id: ID!): Node item: Item sql(text: String): Int }
    type Mutation { drop: Boolean }";

fn surface(change: impl FnOnce(&mut SurfaceSettings)) -> Surface {
    let mut settings = SurfaceSettings::default();
    change(&mut settings);
    with(SDL, Origins::all(Source::Own), settings)
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_pattern_passes_over_what_is_opened_by_name_only() {
    let surface = surface(|settings| settings.by_name_only = texts(&["Query.node", "Query.sql(text:)", "Query.gone"]));
    assert_snapshot!(names(&surface, &held(&surface, &["Query.*"])), @"Query.item Query.sql");
    assert_snapshot!(names(&surface, &held(&surface, &["Query.node"])), @"Query.node Query.node(id:)");
    assert_eq!(surface.idle_settings(), ["Query.gone"]);
}

#[test]
fn an_exclusion_with_a_star_takes_what_is_opened_by_name_only_too() {
    let surface = surface(|settings| settings.by_name_only = texts(&["Query.node", "Item.secret(key:)"]));
    let opens = |grants: &[&str]| names(&surface, &held(&surface, grants));
    assert_snapshot!(opens(&["Query.node", "Query.item", "!Query.*"]), @"");
    assert_snapshot!(opens(&["Query.node", "Item.secret", "!*.*"]), @"Query.node Query.node(id:)");
    assert_snapshot!(opens(&["Item.secret(key:)", "Item.id", "!Item.*"]), @"");
    assert_snapshot!(opens(&["Query.node", "!Query.node(id:)"]), @"Query.node");
}

#[test]
fn what_never_names_is_not_there_for_anyone() {
    let surface = surface(|settings| settings.never = texts(&["Item.secret", "Query.sql"]));
    assert_snapshot!(
        names(&surface, &surface.everything()),
        @"Item.id Mutation.drop Query.item Query.node Query.node(id:)"
    );
    assert_snapshot!(
        surface.accept("Item.secret").unwrap_err(),
        @r#""Item.secret": Item has no field secret"#
    );
    assert_eq!(missing(&surface, surface.everything(), "{ sql }"), ["Query.sql"]);
    assert!(!surface.shape(&surface.powers(surface.everything())).to_string().contains("secret"));
}

#[test]
fn what_is_treated_as_a_mutation_is_cut_from_what_only_reads() {
    let surface = surface(|settings| settings.treat_as_mutation = texts(&["Query.sql"]));
    let reading = surface.without_mutations(&surface.everything());
    assert_eq!(missing(&surface, reading.clone(), "{ sql }"), ["Query.sql"]);
    assert_eq!(missing(&surface, reading.clone(), "mutation { drop }"), ["Mutation.drop"]);
    assert!(missing(&surface, reading, "{ item { id } }").is_empty());
}

#[test]
fn a_directive_that_is_not_let_through_is_named() {
    let document = "query A { item { ...F @cost(of: 1) id @include(if: true) } } query B { sql @trace } \
                    fragment F on Item { id @trace }";
    let refused = |surface: &Surface| {
        let document = ExecutableDocument::parse_and_validate(surface.schema(), document, "document.graphql").unwrap();
        surface.refused_directives(&document).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let strict = surface(|_| ());
    assert_eq!(refused(&strict).len(), 3);
    assert_snapshot!(
        refused(&strict)[0],
        @"operations may not use the directive @cost here"
    );
    assert_eq!(refused(&surface(|settings| settings.directives = texts(&["trace"]))).len(), 1);
    assert!(refused(&surface(|settings| settings.directives = texts(&["*"]))).is_empty());
}

#[test]
fn a_directive_that_is_not_let_through_is_not_shown() {
    let surface = surface(|settings| settings.directives = texts(&["trace"]));
    let shown = surface.shape(&surface.powers(surface.everything())).to_string();
    assert!(shown.contains("@trace") && !shown.contains("@cost"), "{shown}");
}

#[test]
fn the_apis_fields_that_take_a_document_or_an_address_are_suspect() {
    let sdl = "schema { query: Root }
        type Root { search(query: String!): Int run(sql: [String], dry: Boolean): Int me(url: String): Int }
        type Hook { call(webhookUrl: String): Int named(label: String): Int count(query: Int): Int }";
    let origins = Origins::all(Source::Api).with_root_field("Query", "me", Source::Own);
    let schema = Schema::parse_and_validate(sdl, "schema.graphql").unwrap();
    assert_eq!(
        suspects(&schema, &origins)[4..],
        ["api:Query.search", "api:Query.run", "api:Hook.call"],
        "after Query.node, Query.nodes, Query._entities, Query._service"
    );
}
