//! Answers are what GraphQL says they are: fields collected, run once, and answered in the order asked.

use crate::app::TestApp;
use serde_json::json;

on_both! {
    async fn fields_that_are_one_are_run_once(app: TestApp) {
        let mia = app.member().await;
        let make = "createPersonalAccessToken(name: \"once\")";
        for document in [
            format!("mutation {{ {make} {make} }}"),
            format!("mutation {{ ...F ...F }} fragment F on Mutation {{ {make} }}"),
            format!("mutation {{ {make} ... {{ {make} }} ...F }} fragment F on Mutation {{ {make} }}"),
        ] {
            let before = app.made().await.tokens;
            mia.gql(&document).await.data();
            assert_eq!(app.made().await.tokens - before, 1, "{document}");
        }
    }

    async fn keys_come_in_the_order_asked(app: TestApp) {
        let ada = app.admin().await;
        // Some of these are answered from memory and some from the database: what is done first is not asked first.
        let text = ada.gql("{ users { page_info { page } entities { roles { id } id } } me { roles { id } id } t: __typename sessions { id } }").await.to_string();
        let keys = ["users", "page_info", "entities", "\"me\"", "\"t\"", "sessions"];
        let found: Vec<usize> = keys.iter().map(|key| text.find(key).unwrap_or_else(|| panic!("{key} in {text}"))).collect();
        assert!(found.is_sorted(), "{text}");
        assert!(text.contains(r#""me":{"roles":[],"id":"#), "{text}");
    }

    async fn what_is_skipped_is_not_there(app: TestApp) {
        let mia = app.member().await;
        let document = "query($yes: Boolean!, $no: Boolean = false) {
            a: me { id @skip(if: $yes) username @include(if: $yes) }
            b: me @include(if: $no) { id }
            c: me { id @skip(if: true) }
            ... @skip(if: $yes) { d: me { id } }
            ...F @include(if: $yes)
        } fragment F on Query { e: me { ...G ...G @skip(if: $no) } } fragment G on Me { username }";
        let username = mia.gql("{ me { username } }").await.data()["me"]["username"].clone();
        let answer = mia.gql_with(document, json!({"yes": true})).await;
        assert_eq!(answer.data(), json!({"a": {"username": username}, "c": {}, "e": {"username": username}}));
        let nothing = mia.gql_with("query($no: Boolean!) { me @include(if: $no) { id } }", json!({"no": false})).await;
        assert_eq!(nothing.data(), json!({}));
        let making = mia.gql_with("mutation($no: Boolean!) { createPersonalAccessToken(name: \"x\") @include(if: $no) }", json!({"no": false})).await;
        assert_eq!(making.data(), json!({}));
        assert_eq!(app.made().await.tokens, 0);
    }

    async fn fields_of_one_key_are_merged(app: TestApp) {
        let mia = app.member().await;
        let answer = mia.gql("{ me { id } ...F me { name } } fragment F on Query { me { username roles { id } } }").await;
        let data = answer.data();
        let keys: Vec<&String> = data["me"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "username", "roles", "name"]);
    }

    async fn introspection_stands_where_it_is_asked(app: TestApp) {
        let mia = app.member().await;
        let answer = mia.gql("{ me { id } s: __schema { queryType { name } } t: __typename ...F } fragment F on Query { __type(name: \"Me\") { name } sessions { id } }").await;
        let data = answer.data();
        let keys: Vec<&String> = data.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["me", "s", "t", "__type", "sessions"]);
        assert_eq!(answer.data()["s"], json!({"queryType": {"name": "Query"}}));
    }
}
