//! Corners that random schemas seldom turn.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::response::JsonMap;

use super::{held, missing, plain};

#[test]
fn a_fragment_between_two_unions_needs_an_open_type_that_both_have() {
    let surface = plain(
        "type A { x: Int } type B { x: Int } type C { x: Int } type D { x: Int }
         union Left = A | B | C union Right = B | C | D
         type Query { left: Left right: Right }",
    );
    let operation = "{ left { ... on Right { __typename } } }";
    let outside = held(&surface, &["Query.left", "A.x", "D.x"]);
    let shape = surface.shape(&surface.powers(outside.clone()));
    assert!(ExecutableDocument::parse_and_validate(&shape, operation, "operation.graphql").is_err());
    assert_eq!(missing(&surface, outside, operation), ["Right"]);
    let shared = held(&surface, &["Query.left", "A.x", "C.x"]);
    let shape = surface.shape(&surface.powers(shared.clone()));
    assert!(ExecutableDocument::parse_and_validate(&shape, operation, "operation.graphql").is_ok());
    assert!(missing(&surface, shared, operation).is_empty());
}

#[test]
fn the_field_of_an_empty_query_is_there_to_be_seen_only() {
    let surface = plain("type Query { a: Int }");
    let powers = surface.powers(surface.nothing());
    let shape = surface.shape(&powers);
    let document = ExecutableDocument::parse_and_validate(&shape, "{ _nothing_granted }", "operation.graphql").unwrap();
    assert!(surface.asks_for_nothing(&document));
    let needs = surface.needs(&document, document.operations.iter().next().unwrap());
    assert_eq!(surface.judge(&needs, &powers, &JsonMap::new()), Err(vec!["Query".to_owned()]));
    // Nor does whoever holds everything get by with it.
    let everything = surface.powers(surface.everything());
    assert!(surface.judge(&needs, &everything, &JsonMap::new()).is_err());
}

#[test]
fn an_accepted_coordinate_is_open_to_older_grants() {
    use apollo_compiler::Schema;
    use doorward::permission::{FirstSeen, Origins, PinnedGrant, Source, Surface, SurfaceSettings};
    let schema = Schema::parse_and_validate("type Query { a: Int b: Int c: Int }", "schema.graphql").unwrap();
    let own = Source::Own;
    let seen = FirstSeen::new().at(own, "Query.b", 7).at(own, "Query.c", 7).accepted(own, "Query.c");
    let surface = Surface::new(schema, Origins::all(own), SurfaceSettings::default(), seen);
    let list = [PinnedGrant { grant: surface.accept("Query.*").unwrap(), as_of: 6 }];
    assert_eq!(super::names(&surface, &surface.compile(&list, false)), "Query.a Query.c");
    assert_eq!(super::names(&surface, &surface.compile(&list, true)), "Query.a Query.b Query.c");
}
