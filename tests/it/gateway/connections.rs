//! Connections to the API: used again, found closed, never trusted with somebody else's answer; and what changes
//! something is sent once.

use super::behind::json as api_json;
use super::broken::{answer, json, says};
use super::{Behind, Broken, SHOP, before};
use crate::app::TestApp;
use crate::databases::Database;
use doorward::config::Span;
use serde_json::json;
use std::time::Duration;

const GOOD: &str = r#"{"data":{"version":"9"}}"#;
const PONG: &str = r#"{"data":{"ping":"pong"}}"#;

async fn before_broken(database: Database) -> (Broken, TestApp) {
    let (behind, broken) = (Behind::new(SHOP).await, Broken::new().await);
    let url = broken.url();
    let app = before(database, &behind, |config| {
        config.upstream.url = Some(url);
        config.upstream.timeout = Span(Duration::from_secs(1));
        config.limits.body_bytes = 64 << 20;
    })
    .await;
    (broken, app)
}

on_both! {
    async fn one_connection_carries_one_query_after_the_other(database: Database) {
        let (broken, app) = before_broken(database).await;
        let ada = app.admin().await;
        broken.plays([says(json(GOOD))]);
        for _ in 0..10 {
            assert_eq!(ada.gql("{ version }").await.text(), GOOD);
        }
        assert_eq!((broken.met(), broken.heard().len()), (1, 10));
    }

    async fn many_queries_at_once_have_each_their_own_answer(database: Database) {
        let (behind, app) = {
            let behind = Behind::new(SHOP).await;
            let app = before(database, &behind, |_| {}).await;
            (behind, app)
        };
        behind.answers(|got| {
            let id = got.json()["variables"]["id"].clone();
            api_json(json!({ "data": { "product": { "id": id } } }).to_string())
        });
        let ada = app.admin().await;
        let asked = (0..60).map(|number| {
            let ada = &ada;
            async move {
                let query = "query ($id: ID!) { product(id: $id) { id } }";
                let told = ada.gql_with(query, json!({"id": number.to_string()})).await;
                assert_eq!(told.data()["product"]["id"], number.to_string());
            }
        });
        futures_util::future::join_all(asked).await;
        assert_eq!(behind.got().len(), 60);
    }

    async fn an_api_that_closes_each_connection_after_its_answer_is_well(database: Database) {
        let (broken, app) = before_broken(database).await;
        let ada = app.admin().await;
        broken.plays([says(answer("200 OK", &["content-type: application/json", "connection: close"], GOOD)).and_closes()]);
        for _ in 0..5 {
            assert_eq!(ada.gql("{ version }").await.text(), GOOD);
        }
        assert_eq!((broken.met(), broken.heard().len()), (5, 5));
    }

    async fn a_connection_that_was_closed_while_idle_costs_nobody_an_answer(database: Database) {
        let (broken, app) = before_broken(database).await;
        let ada = app.admin().await;
        for round in 0..10 {
            broken.plays([says(json(GOOD)).and_closes(), says(json(PONG)).and_closes(), says(json(GOOD)).and_closes()]);
            for (query, good) in [("{ version }", GOOD), ("mutation { ping }", PONG), ("{ version }", GOOD)] {
                let told = ada.gql(query).await;
                assert_eq!(told.text(), good, "{round}");
            }
            assert_eq!(broken.heard().len(), 3, "each was sent once");
        }
    }

    async fn what_was_sent_into_a_connection_that_breaks_is_not_sent_again(database: Database) {
        let (broken, app) = before_broken(database).await;
        let ada = app.admin().await;
        for query in ["mutation { ping }", "{ version }"] {
            // The connection is one that has been used before.
            broken.plays([says(json(GOOD)), says("").and_closes()]);
            assert_eq!(ada.gql("{ version }").await.text(), GOOD);
            assert_eq!(broken.heard().len(), 1);
            let told = ada.gql(query).await;
            assert_eq!((told.code().as_str(), told.status.as_u16()), ("UPSTREAM_UNAVAILABLE", 502), "{query}");
            assert_eq!(broken.heard().len(), 1, "{query}");
        }
    }

    async fn an_answer_that_nobody_asked_for_is_given_to_nobody(database: Database) {
        let (broken, app) = before_broken(database).await;
        let (ada, mia) = (app.admin().await, app.member().await);
        app.role("shopper", &["api:Query.version"]).await;
        let give = "mutation { updateUser(id: 2, input: {role_ids: [3]}) { id } }";
        ada.gql(give).await.data();
        let two = [json(r#"{"data":{"version":"of ada's"}}"#), json(r#"{"data":{"version":"left over"}}"#)].concat();
        for _ in 0..5 {
            broken.plays([says(two.clone()), says(json(GOOD))]);
            assert_eq!(ada.gql("{ version }").await.data()["version"], "of ada's");
            assert_eq!(mia.gql("{ version }").await.text(), GOOD);
        }
    }

    async fn an_api_that_answers_before_it_has_read_all_spoils_nothing_for_the_next(database: Database) {
        let (broken, app) = before_broken(database).await;
        let ada = app.admin().await;
        let refused = r#"{"errors":[{"message":"too much"}]}"#;
        broken.plays([says(json(refused)).before_the_body().and_waits(), says(json(GOOD))]);
        let much = "x".repeat(24 << 20);
        let query = "query ($text: String) { products(filter: {text: $text}) { id } }";
        let told = ada.gql_with(query, json!({ "text": much })).await;
        assert_eq!(told.text(), refused, "{}", told.status);
        // The rest of the request is still on its way; that connection is of no use.
        let told = ada.gql("{ version }").await;
        assert_eq!(told.text(), GOOD, "{}", told.status);
    }

    async fn an_api_that_hangs_keeps_own_fields_waiting_not_at_all(database: Database) {
        let (broken, app) = before_broken(database).await;
        let ada = app.admin().await;
        let mut hanging = Box::pin(ada.gql("{ version }"));
        tokio::select! {
            biased;
            told = &mut hanging => panic!("it was answered: {told}"),
            own = ada.gql("{ me { username } }") => assert_eq!(own.data()["me"]["username"], "ada"),
        }
        assert_eq!(hanging.await.code(), "UPSTREAM_TIMEOUT");
        assert_eq!(broken.heard().len(), 1);
    }

    async fn an_api_that_answers_what_doorward_was_asked_is_not_heard(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.admin().await;
        behind.says(r#"{"data":{"me":{"username":"root"},"version":"9","__schema":{"description":"x"},"t":"Root"}}"#);
        let told = ada.gql("{ me { username } version __schema { queryType { name } } t: __typename }").await;
        let data = r#"{"me":{"username":"ada"},"version":"9","__schema":{"queryType":{"name":"Query"}},"t":"Query"}"#;
        assert_eq!(told.data().to_string(), data);
        behind.says(r#"{"data":{"ping":"pong","updateMe":{"name":"Root"}}}"#);
        let told = ada.gql("mutation { ping updateMe(input: {name: \"Ada\"}) { name } }").await;
        assert_eq!(told.data().to_string(), r#"{"ping":"pong","updateMe":{"name":"Ada"}}"#);
    }
}
