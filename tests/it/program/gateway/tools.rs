//! The tools and client libraries that people have: GraphiQL, GraphQL Inspector, GraphQL Code Generator, Apollo
//! Client, urql and graphql-request.

use super::{Front, SERVERS, file, shown_by_graphiql};
use insta::assert_snapshot;

/// What `documents/` asks for.
const DOCUMENTS: &[&str] = &[
    "Query.products",
    "Query.productBy",
    "Query.priced",
    "Query.search",
    "Mutation.addReview",
    "AddReviewPayload.review",
    "Product.id",
    "Product.name",
    "Product.price",
    "Product.barcode",
    "Product.tags",
    "Product.reviews",
    "Bundle.id",
    "Bundle.name",
    "Bundle.price",
    "Bundle.products",
    "Article.title",
    "Review.stars",
    "Review.text",
    "Review.author",
    "User.displayName",
];

#[test]
fn graphiql_shows_a_narrowed_token_what_it_may_use_and_nothing_else() {
    let front = Front::before("yoga.mjs");
    let token = front.narrowed(&["Query.users(role:)", "User.displayName", "User.role"]);
    assert_snapshot!(shown_by_graphiql(&front.server, &token), @r#"
    """What somebody is to the shop."""
    enum Role {
      CUSTOMER
      STAFF
    }

    """Whatever has an id."""
    union Node = User

    """Somebody who buys or works here. No user of Doorward's."""
    type User {
      displayName: String!
      role: Role!
    }

    type Query {
      """The shop's users."""
      users(role: Role): [User!]!
    }
    "#);
    assert_eq!(front.api.log().len(), 0, "Doorward answers introspection by itself");
}

#[test]
fn graphiql_shows_whoever_may_use_all_of_the_api_doorwards_own_beside_it() {
    for server in SERVERS {
        let front = Front::before(server);
        let shown = shown_by_graphiql(&front.server, &front.token());
        for line in
            ["  users(role: Role): [User!]!", "  me: Me!", "type DoorwardUser {", "enum Role {", "type DoorwardRole {"]
        {
            assert!(shown.lines().any(|shown| shown == line), "{server}: {line}\n{shown}");
        }
    }
}

#[test]
fn graphql_inspector_finds_that_a_narrowed_token_is_shown_the_api_less_something() {
    for server in SERVERS {
        let front = Front::before(server);
        for permissions in
            [DOCUMENTS, &["Query.products", "Product.id"], &["Query.*", "Mutation.*", "*.*", "!Product.purchasePrice"]]
        {
            let token = front.narrowed(permissions);
            let said = front.runs("inspector.mjs", &token, &[("ALLOWED", "removals")]);
            assert!(said.trim_end().ends_with(" removals") && !said.starts_with("0 "), "{server}: {said}");
        }
    }
}

#[test]
fn graphql_inspector_finds_that_all_of_the_api_is_shown_unchanged_with_doorwards_own_added() {
    for server in SERVERS {
        let front = Front::before(server);
        let said = front.runs("inspector.mjs", &front.token(), &[("ALLOWED", "additions")]);
        assert!(said.trim_end().ends_with(" additions") && !said.starts_with("0 "), "{server}: {said}");
    }
}

#[test]
fn what_graphql_code_generator_makes_for_a_narrowed_token_compiles_and_runs() {
    for server in SERVERS {
        let front = Front::before(server);
        let said = front.runs("codegen.mjs", &front.narrowed(DOCUMENTS), &[]);
        assert_eq!(said, "5 generated operations ran\n", "{server}");
    }
}

#[test]
fn apollo_client_urql_and_graphql_request_are_served_and_can_read_what_is_missing() {
    for server in SERVERS {
        let front = Front::before(server);
        let token = front.narrowed(DOCUMENTS);
        let said = front.runs("clients.mjs", &token, &[]);
        assert_eq!(said, "3 clients: a query, a mutation and a refusal each\n", "{server}");
        let emails = |asked: &serde_json::Value| asked["operationName"] == "Emails";
        assert!(!front.api.asked().iter().any(emails), "{server}: a refused operation reached the API");
    }
}

#[test]
fn a_token_that_is_held_to_documents_runs_them_with_the_typenames_that_clients_add() {
    let front = Front::before("yoga.mjs");
    let files = ["products", "addReview"].map(|name| file(&format!("documents/clients/{name}.graphql")));
    let documents = files.iter().flat_map(|file| ["--document", file.to_str().expect("the path is UTF-8")]);
    let arguments: Vec<&str> = ["--access", "read-write"].into_iter().chain(documents).collect();
    let token = front.program.make_token("nora", &arguments);
    let said = front.runs("clients.mjs", &token, &[("HELD_TO_DOCUMENTS", "yes")]);
    assert_eq!(said, "3 clients: a query, a mutation and a refusal each\n");
    assert_eq!(front.api.asked().len(), 6, "of each client two operations");
}
