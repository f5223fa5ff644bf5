//! What looks as if it took text to run, or leads anywhere by an id, is opened by its name alone; what is closed for all
//! is closed for administrators too.

use super::{Behind, before, list};
use crate::app::new;
use crate::databases::Database;
use doorward::users::NewUser;
use serde_json::json;

/// A subgraph of a federation, with fields that run what they are given.
const SUSPICIOUS: &str = "
    scalar _Any
    union _Entity = Order | Person
    type _Service { sdl: String }
    interface Node { id: ID! }
    type Query {
        orders: [Order!]! node(id: ID!): Node nodes(ids: [ID!]!): [Node]!
        _entities(representations: [_Any!]!): [_Entity]! _service: _Service!
        run(sql: String!): String fetch(url: String): String search(query: String!): [Order!]!
        subscribe(webhookAddress: String): Boolean report(callbackUrl: String): Boolean
    }
    type Mutation { bulk(document: String!): Boolean rename(id: ID!, name: String): Order archive(id: ID!): Order }
    type Order implements Node { id: ID! name: String notes(query: String): String }
    type Person implements Node { id: ID! email: String }";

const OPENED_BY_NAME: &[(&str, &str)] = &[
    ("Query.node", "{ node(id: 1) { id } }"),
    ("Query.nodes", "{ nodes(ids: [1]) { id } }"),
    ("Query._entities", "{ _entities(representations: [{id: 1}]) { ... on Order { id } } }"),
    ("Query._service", "{ _service { sdl } }"),
    ("Query.run", "{ run(sql: \"drop table orders\") }"),
    ("Query.fetch", "{ fetch(url: \"http://169.254.169.254\") }"),
    ("Query.search", "{ search(query: \"{ people { email } }\") { id } }"),
    ("Query.subscribe", "{ subscribe(webhookAddress: \"http://example.com\") }"),
    ("Query.report", "{ report(callbackUrl: \"http://example.com\") }"),
    ("Mutation.bulk", "mutation { bulk(document: \"{ people { email } }\") }"),
    ("Order.notes", "{ orders { notes } }"),
];

on_both! {
    async fn no_pattern_opens_what_runs_text_and_its_name_does(database: Database) {
        let behind = Behind::new(SUSPICIOUS).await;
        let app = before(database, &behind, |_| {}).await;
        app.role("all", &["Query.*", "Mutation.*", "*.*"]).await;
        app.add(NewUser { roles: vec!["all".into()], ..new("rosa") }).await;
        let rosa = app.person("rosa").await;
        rosa.gql("{ orders { id name } }").await.data();
        rosa.gql("mutation { archive(id: 1) { id } }").await.data();
        behind.got();
        for (field, text) in OPENED_BY_NAME {
            let answer = rosa.gql(text).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{field} {answer}");
            assert!(answer.missing().contains(&(*field).to_owned()), "{field} {answer}");
        }
        assert!(behind.got().is_empty());
        let names: Vec<&str> = OPENED_BY_NAME.iter().map(|(field, _)| *field).collect();
        app.role("named", &names).await;
        app.add(NewUser { roles: vec!["all".into(), "named".into()], ..new("nina") }).await;
        let nina = app.person("nina").await;
        for (field, text) in OPENED_BY_NAME {
            nina.gql(text).await.data();
            assert_eq!(behind.got().len(), 1, "{field}");
        }
    }

    async fn settings_close_for_everyone_and_cut_what_only_reads(database: Database) {
        let behind = Behind::new(SUSPICIOUS).await;
        let app = before(database, &behind, |config| {
            config.gateway.by_name_only = Some(list(&["api:Order.name"]));
            config.gateway.never = list(&["Query.run", "Person.*"]);
            config.gateway.treat_as_mutation = list(&["Query.report"]);
        })
        .await;
        let ada = app.admin().await;
        // The list is set anew: what it does not name is opened by patterns.
        app.role("all", &["Query.*", "*.*"]).await;
        app.add(NewUser { roles: vec!["all".into()], ..new("rosa") }).await;
        let rosa = app.person("rosa").await;
        rosa.gql("{ search(query: \"x\") { id } }").await.data();
        assert_eq!(rosa.gql("{ orders { name } }").await.missing(), ["Order.name"]);
        behind.got();
        // Not there for anyone.
        assert_eq!(ada.gql("{ run(sql: \"x\") }").await.missing(), ["Query.run"]);
        assert_eq!(ada.gql("{ node(id: 1) { ... on Person { email } } }").await.missing(), ["Person.email"]);
        let shown = ada.get("/schema.graphql").await.text();
        assert!(!shown.contains("run(sql") && !shown.contains("type Person implements"), "{shown}");
        let grant = json!({"name": "t", "permissions": ["Query.run"]});
        assert_eq!(ada.try_issue(grant).await.code(), "BAD_USER_INPUT");
        // What changes something though it is a query.
        let (reader, writer) = (ada.reader().await, ada.writer().await);
        assert_eq!(reader.gql("{ report(callbackUrl: \"x\") }").await.missing(), ["Query.report", "Query.report(callbackUrl:)"].map(String::from)[..1]);
        assert!(behind.got().is_empty());
        writer.gql("{ report(callbackUrl: \"x\") }").await.data();
        assert_eq!(behind.got().len(), 1);
    }

    async fn directives_of_the_api_go_on_where_they_are_let_through(database: Database) {
        let sdl = "directive @live on QUERY directive @log(level: Int) on FIELD type Query { a: Int }";
        let behind = Behind::new(sdl).await;
        let app = before(database, &behind, |config| config.gateway.directives = list(&["log"])).await;
        let ada = app.admin().await;
        let refused = ada.gql("query @live { a }").await;
        assert_eq!(refused.code(), "GRAPHQL_VALIDATION_FAILED", "{refused}");
        assert!(behind.got().is_empty());
        ada.gql("{ a @log(level: 2) me { id } }").await;
        assert_eq!(behind.one().query(), "{ a @log(level: 2) }");
    }
}
