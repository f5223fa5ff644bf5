//! Refusals for which something has to be wrong with the API behind.

use super::table::{Row, Who};
use super::{MEDIA, Stage, check};
use crate::app::{TestApp, new};
use crate::databases::Database;
use crate::gateway::{Behind, before};
use axum::body::Body;
use axum::http::Response;
use doorward::config::{Config, Span};
use doorward::users::NewUser;
use std::net::TcpListener;
use std::time::Duration;

async fn stage(database: Database, behind: &Behind, change: impl FnOnce(&mut Config)) -> Stage {
    let app: TestApp = before(database, behind, change).await;
    app.role("of the API", &["Query.*", "Mutation.*"]).await;
    app.add(NewUser { roles: vec!["of the API".into()], ..new("mia") }).await;
    Stage::on(app).await
}

async fn refused(stage: &Stage, code: &'static str, status: u16, says: &'static str) {
    for media in MEDIA {
        for (who, query) in [(Who::Reader, "{ version }"), (Who::Session, "mutation { ping }")] {
            let row = Row { status: (status, status), code, says, ..Row::new(code, who, query) };
            check(&row, media, &stage.ask(&row, media).await);
        }
    }
}

on_both! {
    async fn an_api_that_cannot_be_reached_is_a_502(database: Database) {
        let behind = Behind::new("type Query { version: String } type Mutation { ping: String }").await;
        let stage = stage(database, &behind, |config| config.upstream.url = Some("http://127.0.0.1:9/graphql".into())).await;
        refused(&stage, "UPSTREAM_UNAVAILABLE", 502, "cannot be reached").await;
        assert!(behind.got().is_empty());
    }

    async fn an_api_that_does_not_answer_in_time_is_a_504(database: Database) {
        let behind = Behind::new("type Query { version: String } type Mutation { ping: String }").await;
        // It takes connections, and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/graphql", silent.local_addr().unwrap());
        let stage = stage(database, &behind, |config| {
            config.upstream.url = Some(url);
            config.upstream.timeout = Span(Duration::from_millis(50));
        })
        .await;
        refused(&stage, "UPSTREAM_TIMEOUT", 504, "in time").await;
    }

    async fn an_api_that_answers_something_else_is_a_502(database: Database) {
        let behind = Behind::new("type Query { version: String } type Mutation { ping: String }").await;
        let stage = stage(database, &behind, |_| {}).await;
        let answers = [
            (200, "text/html", "<h1>hello</h1>"),
            (200, "application/json", "[{\"data\":{}}]"),
            (200, "application/json", "{\"data\":{\"version\":\"1\""),
            (200, "application/json", "{\"version\":\"1\"}"),
            (200, "application/json", ""),
            (302, "application/json", "{\"data\":{}}"),
            (500, "text/plain", "oops"),
        ];
        for (status, kind, text) in answers {
            behind.answers(move |_| Response::builder().status(status).header("content-type", kind).body(Body::from(text)).unwrap());
            refused(&stage, "UPSTREAM_INVALID", 502, "not GraphQL").await;
        }
        for status in [401, 403] {
            behind.answers(move |_| Response::builder().status(status).body(Body::empty()).unwrap());
            refused(&stage, "UPSTREAM_UNAUTHORIZED", 502, "credential that Doorward presents").await;
        }
        // Four each, and none is asked twice.
        assert_eq!(behind.got().len(), 4 * (answers.len() + 2));
    }
}
