//! What pages of other origins may read in a browser: nothing, unless they are listed.

use axum::http::{Method, Request};
use insta::assert_snapshot;
use serde_json::json;

use crate::app::{Answer, TestApp, body};
use crate::databases::Database;
use doorward::config::List;

const ME: &str = "{ me { username } }";
const PAGE: &str = "https://app.example.com";

/// A server for the pages of one origin.
async fn listed(database: Database) -> TestApp {
    TestApp::with(database, |config| config.cors.origins = List(vec![PAGE.into(), "http://localhost:3000".into()]))
        .await
}

/// What a browser is told.
fn told(answer: &Answer) -> String {
    let told =
        answer.headers.iter().filter(|(name, _)| name.as_str().starts_with("access-control-") || *name == "vary");
    let mut told: Vec<_> = told.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    told.sort();
    told.insert(0, answer.status.as_u16().to_string());
    told.join("\n")
}

/// Asks before asking, as a browser does for what is more than a form could send.
async fn preflight(app: &TestApp, path: &str, origin: &str) -> Answer {
    let request = Request::builder().method(Method::OPTIONS).uri(path).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    app.send(request.header("access-control-request-headers", "authorization,content-type").body("".into()).unwrap())
        .await
}

async fn post(app: &TestApp, path: &str, origin: &str, secret: &str) -> Answer {
    let request = app.bearer(secret).post(path).header("origin", origin).header("cookie", "session=x");
    app.bearer(secret).send(request.body(body(ME, &json!({})))).await
}

on_both! {
    async fn without_a_list_no_page_may_read_anything(app: TestApp) {
        let token = app.member().await.reader().await;
        assert_snapshot!(told(&preflight(&app, "/graphql", PAGE).await), @r"
        405
        vary: Authorization, Cookie, Origin
        ");
        assert_snapshot!(told(&post(&app, "/graphql", PAGE, token.secret()).await), @r"
        200
        vary: Authorization, Cookie, Origin
        ");
    }

    async fn a_listed_page_may_ask_with_a_token_and_never_with_cookies(database: Database) {
        let app = listed(database).await;
        let token = app.member().await.reader().await;
        for path in ["/graphql", "/graphql/", "/api/graphql", "/api/graphql/", "/doorward/graphql", "/schema.graphql"] {
            assert_snapshot!(told(&preflight(&app, path, PAGE).await), @r"
            200
            access-control-allow-headers: authorization,content-type
            access-control-allow-methods: GET,POST
            access-control-allow-origin: https://app.example.com
            access-control-max-age: 600
            ");
        }
        let answer = post(&app, "/graphql", PAGE, token.secret()).await;
        assert_eq!(answer.to_string(), r#"{"me":{"username":"mia"}}"#);
        assert_snapshot!(told(&answer), @r"
        200
        access-control-allow-origin: https://app.example.com
        access-control-expose-headers: doorward-token-expires-at,x-request-id
        vary: Authorization, Cookie, Origin
        ");
        assert!(answer.header("doorward-token-expires-at").is_some() && answer.header("x-request-id").is_some());
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let refused = post(&app, "/graphql", "http://localhost:3000", "dwd_pat_x").await;
        assert_snapshot!(told(&refused), @r"
        401
        access-control-allow-origin: http://localhost:3000
        access-control-expose-headers: doorward-token-expires-at,x-request-id
        vary: Authorization, Cookie, Origin
        ");
    }

    async fn a_page_that_is_almost_listed_is_not(database: Database) {
        let app = listed(database).await;
        let token = app.member().await.reader().await;
        for other in ["https://app.example.com.evil.example", "https://App.example.com", "http://app.example.com", "https://app.example.com:8443", "https://example.com", "null", "http://localhost", "https://app.example.com/"] {
            let before = told(&preflight(&app, "/graphql", other).await);
            let after = told(&post(&app, "/graphql", other, token.secret()).await);
            assert!(!before.contains("allow-origin") && !after.contains("allow-origin"), "{other}: {before} {after}");
        }
    }

    async fn pages_of_our_own_are_read_by_no_other(database: Database) {
        let app = listed(database).await;
        for path in ["/", "/healthz", "/readyz", "/setup?code=x", "/elsewhere"] {
            let request = Request::get(path).header("origin", PAGE).body("".into()).unwrap();
            assert!(!told(&app.send(request).await).contains("access-control"), "{path}");
            assert!(!told(&preflight(&app, path, PAGE).await).contains("access-control"), "{path}");
        }
    }
}
