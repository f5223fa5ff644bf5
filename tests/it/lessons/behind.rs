//! Walks over operations that missed something, against an API behind: with interfaces, unions and arguments at every
//! depth. What is refused reaches the API not once.

use super::refused as missing_of;
use crate::app::{Client, TestApp, new};
use crate::databases::Database;
use crate::gateway::{Behind, before};
use doorward::users::NewUser;
use serde_json::{Value, json};

pub(super) const API: &str = "
    interface Node { id: ID! code: String }
    type Open implements Node { id: ID! code: String items(first: Int, where: In): [Open!]! note: String }
    type Secret implements Node { id: ID! code: String }
    type Plain { title: String }
    union Hit = Open | Secret | Plain
    input In { text: String secret: String all: [[In!]] }
    enum Colour { RED CRIMSON }
    type Query {
        open(id: ID, colour: Colour): Open
        secret: Secret
        things(where: In, list: [In!]): [Node!]!
        find: [Hit!]!
        node(id: ID!): Node
    }
    type Mutation { rename(to: In): Open drop(id: ID!): Boolean }";

/// What Rosa holds of it.
const PART: &[&str] = &[
    "Query.open(id:)",
    "Query.find",
    "Query.things",
    "Query.node",
    "Open.id",
    "Open.code",
    "Open.items(first:)",
    "Mutation.rename",
    "!In.secret",
];

/// A server before it, and the API.
pub(super) async fn stage(database: Database) -> (TestApp, Behind) {
    let behind = Behind::new(API).await;
    let app = before(database, &behind, |_| {}).await;
    (app, behind)
}

/// Rosa, who holds a part of it.
pub(super) async fn rosa(app: &TestApp) -> Client<'_> {
    app.role("part", PART).await;
    app.add(NewUser { roles: vec!["part".into()], ..new("rosa") }).await;
    app.person("rosa").await
}

/// What is missing; the API hears nothing of it.
pub(super) async fn refused(client: &Client<'_>, behind: &Behind, query: &str, variables: Value) -> String {
    behind.got();
    let missing = missing_of(&client.gql_with(query, variables).await);
    assert!(behind.got().is_empty(), "{query} reached the API");
    missing
}

/// What is sent to the API, once.
pub(super) async fn sent(client: &Client<'_>, behind: &Behind, query: &str, variables: Value) -> String {
    behind.got();
    let answer = client.gql_with(query, variables).await;
    assert!(answer.json().get("errors").is_none(), "{query}: {answer}");
    behind.one().query()
}

on_both! {
    /// wundergraph/cosmo#1815: an alias skipped the check.
    async fn lesson_1_an_alias_is_judged_as_its_field_before_an_api(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        assert_eq!(sent(&rosa, &behind, "{ x: open(id: 1) { y: code } }", json!({})).await, "{ x: open(id: 1) { y: code } }");
        for (query, missing) in [
            ("{ open: secret { id } }", "Query.secret Secret.id"),
            ("{ x: find { ... on Secret { id: code } } }", "Secret.code"),
            ("{ open { id: note } }", "Open.note"),
            ("{ open(id: 1) { code: items(first: 1) { id: note } } }", "Open.note"),
            ("mutation { rename: drop(id: 1) }", "Mutation.drop"),
        ] {
            assert_eq!(refused(&rosa, &behind, query, json!({})).await, missing, "{query}");
        }
    }

    /// graphql-hive/envelop#892: a meta field beside it let a field through.
    async fn lesson_2_meta_fields_shelter_nothing_before_an_api(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        for meta in ["__schema { __typename }", "__schema { queryType { name } }", "__type(name: \"Secret\") { name }", "__typename"] {
            let asked = sent(&rosa, &behind, &format!("{{ {meta} open {{ code }} }}"), json!({})).await;
            assert!(!asked.contains("__schema") && !asked.contains("__type("), "{asked}");
            for query in [format!("{{ {meta} secret {{ id }} }}"), format!("{{ secret {{ id }} {meta} }}")] {
                assert_eq!(refused(&rosa, &behind, &query, json!({})).await, "Query.secret Secret.id", "{query}");
            }
        }
    }

    /// Escape-Technologies/graphql-armor#823, #772: what was named like a meta field was not counted.
    async fn lesson_3_what_is_named_like_a_meta_field_is_judged_before_an_api(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        sent(&rosa, &behind, "query __schema { ...__type } fragment __type on Query { __schema: open { code } }", json!({})).await;
        for query in [
            "query __schema { secret { id } }",
            "{ ...__schema } fragment __schema on Query { secret { id } }",
            "{ __schema: secret { __typename: id } }",
            "{ find { ...__typename } } fragment __typename on Secret { id }",
        ] {
            let missing = refused(&rosa, &behind, query, json!({})).await;
            assert!(missing.contains("Secret.id"), "{query}: {missing}");
        }
        let aliases = "__schema: open { code } ".repeat(101);
        assert_eq!(rosa.gql(&format!("{{ {aliases} }}")).await.code(), "LIMIT_EXCEEDED");
        assert!(behind.got().is_empty());
    }

    /// graphql-hive/router#1422: the members of a union were judged together.
    async fn lesson_4_each_member_of_an_apis_union_is_judged_alone(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        sent(&rosa, &behind, "{ find { __typename ... on Open { code } } }", json!({})).await;
        for (query, missing) in [
            ("{ find { ... on Open { code } ... on Secret { code } } }", "Secret.code"),
            ("{ find { ... on Plain { title } ... on Secret { id } } }", "Plain.title Secret.id"),
            ("{ find { ... on Node { code } } }", "Secret.code"),
        ] {
            assert_eq!(refused(&rosa, &behind, query, json!({})).await, missing, "{query}");
        }
    }

    /// apollographql/router#8826, graphql-hive/router#351: private fields were read through an interface or `node`.
    async fn lesson_5_an_apis_interface_is_no_way_around_a_type(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        sent(&rosa, &behind, "{ node(id: 1) { ... on Open { id code } } things { __typename } }", json!({})).await;
        for (query, missing) in [
            ("{ node(id: 1) { code } }", "Secret.code"),
            ("{ node(id: 1) { ... on Secret { code } } }", "Secret.code"),
            ("{ open { ... on Node { code } } }", "Secret.code"),
            ("{ things { ...F } } fragment F on Node { ... on Node { id } }", "Secret.id"),
            ("{ things { ... on Open { ... on Node { ... on Secret { id } } } } }", "Secret.id"),
        ] {
            assert_eq!(refused(&rosa, &behind, query, json!({})).await, missing, "{query}");
        }
    }

    /// hasura/graphql-engine#8898: arguments below the root were not judged.
    async fn lesson_6_an_apis_arguments_are_judged_at_every_depth(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        sent(&rosa, &behind, "{ open(id: 1) { items(first: 1) { items(first: 2) { id } } } }", json!({})).await;
        for (query, missing) in [
            ("{ open(colour: RED) { id } }", "Query.open(colour:)"),
            ("{ open { items { items(where: { text: \"x\" }) { id } } } }", "Open.items(where:)"),
            ("{ find { ... on Open { items(where: null) { id } } } }", "Open.items(where:)"),
        ] {
            assert_eq!(refused(&rosa, &behind, query, json!({})).await, missing, "{query}");
        }
    }

    /// hasura/graphql-engine#6806, #8354: what was set on one input field took the others along, or did not hold.
    async fn lesson_7_one_input_field_of_an_apis_taken_away_leaves_the_others(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await.writer().await;
        sent(&rosa, &behind, "{ things(where: { text: \"x\" }) { ... on Open { id } } }", json!({})).await;
        let rename = "mutation ($to: In) { rename(to: $to) { id } }";
        sent(&rosa, &behind, rename, json!({"to": {"text": "x", "all": [[{"text": "y"}]]}})).await;
        for value in [json!("z"), Value::Null] {
            let given = json!({"to": {"text": "x", "secret": value}});
            assert_eq!(refused(&rosa, &behind, rename, given).await, "In.secret");
        }
    }

    /// TykTechnologies/tyk#8538: input fields in variables, lists and defaults were not looked at.
    async fn lesson_8_a_restricted_input_field_of_an_apis_is_found_wherever_it_stands(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        let body = "{ things(where: $w, list: $l) { ... on Open { id } } }";
        let declared = format!("query ($w: In, $l: [In!]) {body}");
        sent(&rosa, &behind, &declared, json!({"w": {"text": "x"}, "l": [{"text": "secret"}]})).await;
        for (query, variables) in [
            ("{ things(list: [{ text: \"x\" }, { secret: \"y\" }]) { ... on Open { id } } }".to_owned(), json!({})),
            ("{ things(list: { secret: \"y\" }) { ... on Open { id } } }".to_owned(), json!({})),
            ("{ things(where: { all: [[{ all: [[{ secret: null }]] }]] }) { ... on Open { id } } }".to_owned(), json!({})),
            (declared.clone(), json!({"w": {"secret": "y"}})),
            (declared.clone(), json!({"l": [{"text": "x"}, {"all": [[{"secret": "y"}]]}]})),
            (declared.clone(), json!({"l": {"secret": "y"}})),
            (format!("query ($w: In = {{ secret: \"y\" }}, $l: [In!]) {body}"), json!({"w": {"text": "x"}})),
            (format!("query ($w: In, $l: [In!] = [{{ secret: \"y\" }}]) {body}"), json!({})),
            ("query ($s: String) { things(where: { secret: $s }) { ... on Open { id } } }".to_owned(), json!({})),
        ] {
            assert_eq!(refused(&rosa, &behind, &query, variables).await, "In.secret", "{query}");
        }
    }

    /// Arize-ai/phoenix#15925: of several operations another was judged than was run.
    async fn lesson_9_only_the_operation_that_is_named_goes_on_to_an_api(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        let several = "query A { open { code } } query B { secret { id } } mutation C { drop(id: 1) }";
        let run = |name: Value| rosa.posts(json!({"query": several, "operationName": name}).to_string());
        for nameless in [Value::Null, json!(""), json!("D")] {
            assert_eq!(run(nameless).await.code(), "GRAPHQL_VALIDATION_FAILED");
        }
        assert_eq!(missing_of(&run(json!("B")).await), "Query.secret Secret.id");
        assert_eq!(missing_of(&run(json!("C")).await), "Mutation.drop");
        assert!(behind.got().is_empty());
        run(json!("A")).await.data();
        assert_eq!(behind.one().json(), json!({"query": "query A { open { code } }", "operationName": "A"}));
    }

    /// turbot/steampipe-plugin-github#311: who may not see a list was shown an empty one.
    async fn lesson_13_a_refusal_never_looks_like_an_apis_empty_list(database: Database) {
        let (app, behind) = stage(database).await;
        let (rosa, mia) = (rosa(&app).await, app.member().await);
        behind.says(r#"{"data":{"things":[],"me":null}}"#);
        assert_eq!(rosa.gql("{ things { ... on Open { id } } }").await.text(), r#"{"data":{"things":[],"me":null}}"#);
        behind.one();
        assert_eq!(refused(&mia, &behind, "{ things { ... on Open { id } } }", json!({})).await, "Open.id Query.things");
        let both = refused(&mia, &behind, "{ me { username } things { __typename } }", json!({})).await;
        assert_eq!(both, "Node Query.things");
    }
}
