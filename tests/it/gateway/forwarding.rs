//! What goes on to the API and what comes back: the judged operation and nothing else, the answer to the letter.

use super::{Behind, SHOP, before};
use crate::databases::Database;
use insta::assert_snapshot;
use serde_json::json;

on_both! {
    async fn what_reaches_the_api_is_the_judged_operation_with_its_variables_to_the_letter(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.admin().await;
        behind.says(r#"{"data":{"a":{"id":"1","price":1.50}},"extensions":{"cost":7}}"#);
        let body = r#"{
            "query": "query Other { version } query One($id: ID!, $f: Filter, $n: Float) { a: product(id: $id) { ...P } products(filter: $f) { id } } fragment P on Product { id price }",
            "operationName": "One", "variables": {"id": 7, "f": { "max":1.50e0 }, "n": 1.0, "unknown": 1},
            "documentId": "x", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}, "Query": "{ secret }"
        }"#;
        let answer = ada.posts(body).await;
        // A variable that nothing uses makes the document invalid.
        assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{answer}");
        assert!(behind.got().is_empty());
        let answer = ada.posts(body.replace(", $n: Float", "")).await;
        assert_eq!(answer.text(), r#"{"data":{"a":{"id":"1","price":1.50}},"extensions":{"cost":7}}"#);
        let got = behind.one();
        assert_snapshot!(got.body, @r#"{"query":"query One($id: ID!, $f: Filter) { a: product(id: $id) { ...P } products(filter: $f) { id } } fragment P on Product { id price }","operationName":"One","variables":{"id":7,"f":{ "max":1.50e0 }}}"#);
        let mut names: Vec<&str> = got.headers.keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "content-length", "content-type", "host", "user-agent", "x-request-id"]);
        assert_eq!(got.header("host"), Some(behind.url().trim_start_matches("http://").trim_end_matches("/graphql")));
    }

    async fn a_mixed_query_is_answered_in_the_order_asked(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.admin().await;
        behind.says(r#"{"data":{"v":"9","products":[{"id":"1","price":1.0e2}]},"errors":[{"message":"late","path":["products",0,"name"],"extensions":{"code":"LATE"}}]}"#);
        let query = "query Q($first: Int, $me: Boolean!) { v: version ...F me @include(if: $me) { username } t: __typename }
            fragment F on Query { products(first: $first) { id price } __type(name: \"Filter\") { name } }";
        let answer = ada.gql_with(query, json!({"first": 3, "me": true})).await;
        assert_snapshot!(answer.text(), @r#"{"errors":[{"message":"late","path":["products",0,"name"],"extensions":{"code":"LATE"}}],"data":{"v":"9","products":[{"id":"1","price":1.0e2}],"__type":{"name":"Filter"},"me":{"username":"ada"},"t":"Query"}}"#);
        assert_snapshot!(behind.one().body, @r#"{"query":"query Q($first: Int) { v: version ... { products(first: $first) { id price } } }","operationName":"Q","variables":{"first":3}}"#);
    }

    async fn a_mutation_runs_in_the_order_written_or_not_at_all(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.admin().await;
        behind.says(r#"{"data":{"ping":"pong","b":true}}"#);
        let between = "mutation { ping updateMe(input: {name: \"Ada B\"}) { name } b: dropProduct(id: 1) }";
        let refused = ada.gql(between).await;
        assert_snapshot!(refused, @"GRAPHQL_VALIDATION_FAILED: fields of Doorward's own stand between fields of the API in this mutation: send them one after the other, as operations of their own");
        assert!(behind.got().is_empty());
        assert_eq!(ada.gql("{ me { name } }").await.data()["me"]["name"], "ada");
    }
}
