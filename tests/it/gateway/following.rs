//! The API's schema as it is followed: what comes with it is closed until it is accepted, and whose a grant is stays as
//! it is.

use super::{Behind, SHOP, before};
use crate::app::{Client, TestApp, ask, new};
use crate::databases::Database;
use doorward::config::OnConflict;
use doorward::roles::{self, NewRole};
use doorward::users::NewUser;
use insta::assert_snapshot;
use serde_json::json;
use std::time::{Duration, Instant};

const FIRST: &str = "
    type Query { product(id: ID!): Product products(filter: Filter): [Product!] thing: Thing }
    interface Thing { name: String! }
    type Product implements Thing { id: ID! name: String! price: Price old: String }
    type Price { amount: Float }
    type Money { currency: String }
    input Filter { text: String }";

const NEXT: &str = "
    type Query { product(id: ID!): Product products(filter: Filter, first: Int): [Product!] thing: Thing }
    interface Thing { name: String! }
    type Product implements Thing { id: ID! name: String! price: Money stock: Int }
    type Shop implements Thing { name: String! }
    type Price { amount: Float }
    type Money { currency: String }
    input Filter { text: String max: Float }";

/// What is new in the second: an operation that asks for it, and its coordinate.
const NEW: [(&str, &str); 5] = [
    ("{ product(id: 1) { stock } }", "Product.stock"),
    ("{ products(first: 1) { id } }", "Query.products(first:)"),
    ("{ products(filter: { max: 1 }) { id } }", "Filter.max"),
    ("{ thing { name } }", "Shop.name"),
    ("{ product(id: 1) { price { currency } } }", "Product.price"),
];
const OLD: &str = "{ product(id: 1) { old } }";
const PRICE: &str = "{ product(id: 1) { price { amount } } }";
const ACCEPT: &str = "mutation ($c: [String!]) { acceptSchemaCoordinates(coordinates: $c) }";

/// Somebody with a role that opens all of the API there is now.
async fn holder<'a>(app: &'a TestApp, name: &str, follow_new_fields: bool) -> Client<'a> {
    let permissions = ["Query.*", "*.*"].map(str::to_owned).into();
    let role = NewRole { name: format!("of {name}"), permissions, follow_new_fields, ..NewRole::default() };
    roles::create(app.cx(), &app.operator(), role).await.expect("the role can be made");
    app.add(NewUser { roles: vec![format!("of {name}")], ..new(name) }).await;
    app.person(name).await
}

/// It is run, by one request to the API.
pub(super) async fn passes(client: &Client<'_>, behind: &Behind, query: &str) {
    client.gql(query).await.data();
    behind.one();
}

/// What is missing; the API hears nothing of it.
async fn refused(client: &Client<'_>, behind: &Behind, query: &str) -> String {
    let answer = client.gql(query).await;
    assert_eq!(answer.code(), "FORBIDDEN", "{query}: {answer}");
    assert!(behind.got().is_empty(), "{query} reached the API");
    answer.missing().join(" ")
}

on_both! {
    async fn what_an_api_gains_is_closed_to_what_was_granted_before_until_it_is_accepted(database: Database) {
        let behind = Behind::new(FIRST).await;
        let app = before(database, &behind, |_| {}).await;
        let (ada, rosa, fay) = (app.admin().await, holder(&app, "rosa", false).await, holder(&app, "fay", true).await);
        let token = rosa.with(json!({"name": "t", "permissions": ["Query.*", "*.*"]})).await;
        for client in [&rosa, &token, &fay] {
            for query in [OLD, PRICE, "{ thing { name } }"] {
                passes(client, &behind, query).await;
            }
        }
        behind.becomes(NEXT);
        app.pull().await;
        for (query, coordinate) in NEW {
            for client in [&rosa, &token] {
                assert_eq!(refused(client, &behind, query).await, coordinate, "{query}");
                assert!(!client.get("/schema.graphql").await.text().contains("stock"));
            }
            // A role that follows new fields, and who holds everything, see them at once.
            passes(&fay, &behind, query).await;
            passes(&ada, &behind, query).await;
        }
        assert_eq!(rosa.gql(OLD).await.code(), "GRAPHQL_VALIDATION_FAILED");
        assert!(behind.got().is_empty());
        for (at, (query, coordinate)) in NEW.iter().enumerate() {
            let accepted = ada.gql_with(ACCEPT, json!({"c": [coordinate]})).await.data();
            assert_eq!(accepted["acceptSchemaCoordinates"], json!([coordinate]));
            for client in [&rosa, &token] {
                passes(client, &behind, query).await;
                for (query, coordinate) in &NEW[at + 1..] {
                    assert_eq!(refused(client, &behind, query).await, *coordinate, "{query}");
                }
            }
        }
        // What comes back, and what leads to the type of before again, is new once more.
        behind.becomes(FIRST);
        app.pull().await;
        for client in [&rosa, &token] {
            assert_eq!(refused(client, &behind, OLD).await, "Product.old");
            assert_eq!(refused(client, &behind, PRICE).await, "Product.price");
        }
        ada.gql(ACCEPT).await.data();
        passes(&token, &behind, OLD).await;
        passes(&token, &behind, PRICE).await;
    }

    async fn a_pull_says_what_is_different_or_that_nothing_is(database: Database) {
        let behind = Behind::new(FIRST).await;
        let app = before(database, &behind, |_| {}).await;
        let again = app.pull().await;
        assert!(!again.is_new && !again.is_first && again.changes.is_empty(), "{again:?}");
        behind.becomes(NEXT);
        let pulled = app.pull().await;
        assert!(pulled.is_new && !pulled.is_first, "{pulled:?}");
        let told = pulled.changes.iter().map(|change| {
            format!("{} {} {}", change.criticality.as_str(), change.kind, change.path.as_deref().unwrap_or_default())
        });
        assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
        BREAKING FIELD_REMOVED Product.old
        BREAKING FIELD_TYPE_CHANGED Product.price
        DANGEROUS FIELD_ARGUMENT_ADDED Query.products.first
        NON_BREAKING INPUT_FIELD_ADDED Filter.max
        NON_BREAKING FIELD_ADDED Product.stock
        NON_BREAKING OBJECT_TYPE_INTERFACE_ADDED Shop
        NON_BREAKING TYPE_ADDED Shop
        NON_BREAKING FIELD_ADDED Shop.name
        ");
        assert!(!app.pull().await.is_new);
        // Only where a description stands, nothing is new to anyone's grants.
        behind.becomes(&NEXT.replace("stock: Int", "\"How many there are.\" stock: Int"));
        assert!(app.pull().await.is_new);
        assert_eq!(app.admin().await.gql(ACCEPT).await.data()["acceptSchemaCoordinates"].as_array().unwrap().len(), 5);
    }

    async fn a_clash_that_comes_with_a_refresh_binds_no_grant_anew(database: Database) {
        let behind = Behind::new("type Query { version: String } type Mutation { ping: String }").await;
        let app = before(database, &behind, |_| {}).await;
        app.role("names", &["Query.users", "UserConnection.*", "User.*", "Query.version"]).await;
        app.add(NewUser { roles: vec!["names".into()], ..new("rosa") }).await;
        let (ada, rosa) = (app.admin().await, app.person("rosa").await);
        let token = rosa.with(json!({"name": "t", "permissions": ["Query.users", "UserConnection.*", "User.*"]})).await;
        rosa.gql("{ users { entities { username } } }").await.data();
        behind.becomes("
            type Query { version: String users(first: Int): [User!]! }
            type User { id: ID! username: String secret: String }
            type Mutation { ping: String disableUser(id: ID!): Boolean }");
        app.pull().await;
        for client in [&rosa, &token] {
            assert_eq!(refused(client, &behind, "{ users { id username } }").await, "Query.users User.id User.username");
            let own = client.post("/doorward/graphql").body(crate::app::body("{ users { entities { username } } }", &json!({})));
            client.send(own).await.data();
        }
        assert!(behind.got().is_empty());
        // Doorward's own can still be granted, and is told from the API's.
        app.pull().await;
        let role = "mutation { createRole(input: { name: \"later\", applied_permissions: [\"own:Query.users\", \"Query.users(first:)\", \"own:Query.users(id:)\"] }) { applied_permissions effective_permissions } }";
        assert_snapshot!(ada.gql(role).await, @r#"{"createRole":{"applied_permissions":["own:Query.users","Query.users(first:)","Query.users(id:)"],"effective_permissions":["BooleanSearch.attribute","BooleanSearch.search_value","DateTimeSearch.attribute","DateTimeSearch.operator","DateTimeSearch.search_value","IntegerSearch.attribute","IntegerSearch.operator","IntegerSearch.search_value","Paginator.page","Paginator.records_per_page","Query.users","Query.users(first:)","Query.users(general_search:)","Query.users(id:)","Query.users(paginator:)","Query.users(search:)","Query.users(sorter:)","Search.boolean_fields","Search.datetime_fields","Search.integer_fields","Search.string_fields","Sorter.attribute","Sorter.direction","StringSearch.attribute","StringSearch.match","StringSearch.partial_matching","StringSearch.search_value","own:Query.users"]}}"#);
        assert_snapshot!(ada.gql(&role.replace("later", "wrong").replace("own:Query.users(id:)", "own:Query.users(first:)")).await, @r#"BAD_USER_INPUT applied_permissions: "own:Query.users(first:)": Query.users has no argument first"#);
        // Accepting it opens it to grants of the API's, and to no other.
        ada.gql(ACCEPT).await.data();
        assert_eq!(refused(&rosa, &behind, "{ users { id } }").await, "Query.users User.id");
        let shown = ada.gql("{ roles(id: 3) { entities { applied_permissions } } all_personal_access_tokens { entities { permissions } } }").await;
        assert_snapshot!(shown, @r#"{"roles":{"entities":[{"applied_permissions":["own:Query.users","UserConnection.*","own:User.*","Query.version"]}]},"all_personal_access_tokens":{"entities":[{"permissions":["own:Query.users","UserConnection.*","own:User.*"]}]}}"#);
        assert_eq!(behind.got().len(), 0);
    }

    async fn of_a_field_that_both_have_doorwards_stays_where_it_is_so_configured(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |config| config.gateway.on_conflict = OnConflict::Own).await;
        let ada = app.admin().await;
        ada.gql("{ users { entities { username } } }").await.data();
        assert_eq!(ada.gql("{ users { email } }").await.code(), "GRAPHQL_VALIDATION_FAILED");
        assert!(behind.got().is_empty());
        passes(&ada, &behind, "{ product(id: 1) { maker { email } } }").await;
        // A grant of the API's own field leads nowhere here, and a pattern for the API opens nothing of Doorward's.
        app.role("theirs", &["api:Query.users", "api:Query.*", "api:*.*"]).await;
        app.add(NewUser { roles: vec!["theirs".into()], ..new("rosa") }).await;
        let rosa = app.person("rosa").await;
        assert_eq!(refused(&rosa, &behind, "{ users { entities { username } } }").await, "UserConnection.entities own:Query.users");
    }

    async fn what_one_node_pulls_is_in_force_on_another(database: Database) {
        let behind = Behind::new(FIRST).await;
        let app = before(database, &behind, |_| {}).await;
        let (rosa, fay) = (holder(&app, "rosa", false).await, holder(&app, "fay", true).await);
        let there = app.beside(|_| {}).await;
        ask(&there, rosa.secret(), OLD).await.data();
        behind.becomes(NEXT);
        app.pull().await;
        let pulled = Instant::now();
        while !ask(&there, fay.secret(), NEW[0].0).await.code().is_empty() {
            assert!(pulled.elapsed() < Duration::from_secs(4), "the other node does not follow");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        behind.got();
        for (query, coordinate) in NEW {
            assert_eq!(ask(&there, rosa.secret(), query).await.missing(), [coordinate]);
        }
        assert!(behind.got().is_empty());
    }
}
