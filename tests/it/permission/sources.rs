//! Two schemas behind one endpoint: whose a grant is, and what it goes on to mean.

use apollo_compiler::Schema;
use doorward::permission::{Grant, Origins, Source, Surface, SurfaceSettings};
use insta::assert_snapshot;

use super::{held, missing, names, plain, with};

/// The API's schema with Doorward's own added: `User` clashed, and the API reaches its root again.
fn merged() -> Surface {
    let origins = Origins::all(Source::Api)
        .with_type("DoorwardUser", Source::Own, "User")
        .with_type("Session", Source::Own, "Session")
        .with_type("ApiQuery", Source::Api, "Query")
        .with_root_field("Query", "me", Source::Own)
        .with_root_field("Mutation", "signOut", Source::Own);
    let sdl = "
        type Query { users: [User!]! query: ApiQuery me: DoorwardUser }
        type ApiQuery { users: [User!]! query: ApiQuery }
        type Mutation { sell: Boolean signOut: Boolean }
        type User { id: ID! email: String }
        type DoorwardUser { id: ID! name: String sessions: [Session!]! }
        type Session { id: ID! }";
    with(sdl, origins, SurfaceSettings::default())
}

#[test]
fn a_grant_without_a_prefix_is_the_apis_where_it_fits_both() {
    let surface = merged();
    let settle = |text: &str| surface.accept(text).unwrap().to_string();
    assert_snapshot!(settle("User.id"), @"api:User.id");
    assert_snapshot!(settle("User.name"), @"own:User.name");
    assert_snapshot!(settle("Query.me"), @"own:Query.me");
    assert_snapshot!(settle("!*.*"), @"!api:*.*");
    assert_snapshot!(settle("Mutation.*"), @"api:Mutation.*");
    assert_snapshot!(settle("own:Mutation.*"), @"own:Mutation.*");
    assert_snapshot!(settle("Session.*"), @"own:Session.*");
}

#[test]
fn a_pattern_never_crosses_over_to_the_other_source() {
    let surface = merged();
    assert_snapshot!(names(&surface, &held(&surface, &["Mutation.*"])), @"Mutation.sell");
    assert_snapshot!(names(&surface, &held(&surface, &["own:*.*"])), @"Session.id own:User.id own:User.name own:User.sessions");
    assert_snapshot!(names(&surface, &held(&surface, &["*.*"])), @"User.email User.id");
    assert_snapshot!(names(&surface, &held(&surface, &["Query.*", "own:Query.*"])), @"Query.me Query.query Query.users");
}

#[test]
fn a_prefix_is_printed_only_where_a_clash_renamed_the_type() {
    let surface = merged();
    let print = |text: &str| surface.print(&Grant::parse(text).unwrap());
    assert_snapshot!(print("own:Query.me"), @"Query.me");
    assert_snapshot!(print("own:Session.id"), @"Session.id");
    assert_snapshot!(print("own:User.name"), @"own:User.name");
    assert_snapshot!(print("api:User.id"), @"User.id");
    assert_snapshot!(print("!own:*.*"), @"!own:*.*");
    assert_eq!(missing(&surface, surface.nothing(), "{ me { name } }"), ["Query.me", "own:User.name"]);
    assert_eq!(missing(&surface, held(&surface, &["Query.me"]), "{ me { __typename } }"), ["own:User"]);
}

#[test]
fn the_apis_root_reached_again_has_the_roots_coordinates() {
    let surface = merged();
    let with_users = held(&surface, &["Query.query", "Query.users", "User.id"]);
    assert!(missing(&surface, with_users, "{ query { users { id } } }").is_empty());
    let without = held(&surface, &["Query.query", "User.id"]);
    assert_eq!(missing(&surface, without, "{ query { users { id } } }"), ["Query.users"]);
    // Only the root itself is always open: nested, it would be a type without fields.
    let shape = surface.shape(&surface.powers(held(&surface, &["Query.me", "own:User.id"])));
    assert!(Schema::clone(&shape).validate().is_ok());
    assert!(!shape.types.contains_key("ApiQuery"));
}

#[test]
fn each_root_field_is_answered_by_its_source() {
    let surface = merged();
    assert_eq!(surface.answers("Query", "me"), Some(Source::Own));
    assert_eq!(surface.answers("Query", "users"), Some(Source::Api));
    assert_eq!(surface.answers("Query", "nobody"), None);
}

#[test]
fn the_catalogue_speaks_of_each_source_in_its_own_names() {
    let surface = merged();
    let known = |coordinate: &str, source: Source| {
        let mut all = surface.catalogue().filter(|known| known.coordinate == coordinate && known.source == source);
        all.next().map(|known| known.named_type)
    };
    assert_eq!(known("Query.me", Source::Own), Some("User"));
    assert_eq!(known("Query.query", Source::Api), Some("Query"));
    assert_eq!(known("User.sessions", Source::Own), Some("Session"));
    assert_eq!(known("User.sessions", Source::Api), None);
}

#[test]
fn roots_get_their_served_names_even_where_these_are_taken() {
    let surface = plain(
        "schema { query: Mutation mutation: Change }
         type Mutation { a: Query change: Change }
         type Change { b: Boolean }
         type Query { c: Int }",
    );
    assert!(Schema::clone(surface.schema()).validate().is_ok());
    assert_snapshot!(names(&surface, &surface.everything()), @"Change.c Mutation.b Query.a Query.change");
}

#[test]
#[should_panic(expected = "surface")]
fn what_one_surface_granted_is_no_use_on_another() {
    let (one, other) = (plain("type Query { a: Int }"), plain("type Query { b: Int }"));
    let _ = one.powers(other.everything());
}
