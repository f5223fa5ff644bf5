//! What people and programs send by mistake or on purpose: each is told clearly what is wrong and what is allowed,
//! and nothing is made of it, not even half.

mod arguments;
mod limits;
mod requests;

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::Request;

use crate::app::{Client, TestApp};

/// Sends each case and writes down what came back, one line each, after the case's name. Nothing may be made.
async fn answers(app: &TestApp, client: &Client<'_>, cases: Vec<(&str, Request<Body>)>) -> String {
    let mut lines = String::new();
    for (name, request) in cases {
        let before = app.made().await;
        let answer = client.send(Ok(request)).await;
        assert_eq!(app.made().await, before, "{name}: something was made: {answer}");
        let answer_text = answer.to_string().replace('\n', " | ");
        writeln!(lines, "{name}: {} {answer_text}", answer.status.as_u16()).unwrap();
    }
    lines
}

/// The same for bodies.
async fn bodies<'c>(app: &TestApp, client: &Client<'_>, cases: impl IntoIterator<Item = (&'c str, Vec<u8>)>) -> String {
    let cases = cases.into_iter().map(|(name, body)| (name, client.post("/graphql").body(Body::from(body)).unwrap()));
    answers(app, client, cases.collect()).await
}

/// The same for documents.
async fn documents<'c>(
    app: &TestApp,
    client: &Client<'_>,
    cases: impl IntoIterator<Item = (&'c str, String)>,
) -> String {
    let cases = cases.into_iter().map(|(name, query)| (name, serde_json::json!({ "query": query }).to_string().into()));
    bodies(app, client, cases).await
}
