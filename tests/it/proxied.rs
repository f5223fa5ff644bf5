//! From where a request comes when a proxy says so: it counts where the proxy is trusted, and nowhere else.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use serde_json::json;

use crate::app::{Answer, TestApp, body};
use crate::databases::Database;
use doorward::config::List;
use doorward::proxies;
use doorward::world::Timestamp;

/// Asks over a connection from `peer` that says `forwarded`.
async fn ask(app: &TestApp, secret: &str, peer: &str, forwarded: &[&str]) -> Answer {
    let mut request = app.bearer(secret).post("/graphql");
    for value in forwarded {
        request = request.header("x-forwarded-for", *value);
    }
    let mut request = request.body(body("{ me { username } }", &json!({}))).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4_711)));
    app.send(request).await
}

/// A token that works from one address alone.
async fn held(app: &TestApp) -> String {
    app.member().await.issue(json!({"name": "there", "ip_ranges": ["198.51.100.7"]})).await.secret
}

async fn untrusted(app: &TestApp) -> Vec<(String, Timestamp)> {
    app.cx().storage.read(|tx| proxies::untrusted(tx, Timestamp(0))).await.unwrap()
}

on_both! {
    async fn nobody_is_believed_who_is_not_listed(app: TestApp) {
        let token = held(&app).await;
        assert_eq!(ask(&app, &token, "198.51.100.7", &[]).await.code(), "");
        let lie = ask(&app, &token, "203.0.113.9", &["198.51.100.7"]).await;
        assert_eq!((lie.reason().as_str(), lie.message().as_str()), ("ADDRESS_NOT_ALLOWED", "this token may not be used from 203.0.113.9"));
        assert_eq!(ask(&app, &token, "198.51.100.7", &["203.0.113.9"]).await.code(), "", "it takes nothing away either");
    }

    async fn a_listed_proxy_says_for_whom_it_asks(database: Database) {
        let app = TestApp::with(database, |config| config.trusted_proxies = List(vec!["10.0.0.0/8".into()])).await;
        let token = held(&app).await;
        for (forwarded, allowed) in [
            (&["198.51.100.7"][..], true),
            (&["203.0.113.9, 198.51.100.7, 10.0.0.2"], true),
            (&["203.0.113.9", "198.51.100.7:4711"], true),
            (&["198.51.100.7, 203.0.113.9"], false),
            (&["198.51.100.7, unknown"], false),
            (&[], false),
        ] {
            let answer = ask(&app, &token, "10.0.0.1", forwarded).await;
            assert_eq!(answer.code() == "", allowed, "{forwarded:?}: {answer}");
        }
        assert_eq!(ask(&app, &token, "192.0.2.1", &["198.51.100.7"]).await.reason(), "ADDRESS_NOT_ALLOWED");
    }

    async fn who_sends_the_header_and_is_not_listed_is_remembered(app: TestApp) {
        let token = held(&app).await;
        ask(&app, &token, "10.0.0.5", &["198.51.100.7"]).await;
        while untrusted(&app).await.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(untrusted(&app).await, [("10.0.0.5".to_owned(), app.cx().world.now())]);
        // Another one is told of when it is time again.
        ask(&app, &token, "10.0.0.6", &["198.51.100.7"]).await;
        app.later(600);
        ask(&app, &token, "10.0.0.7", &["198.51.100.7"]).await;
        while untrusted(&app).await.len() < 2 {
            tokio::task::yield_now().await;
        }
        let seen: Vec<String> = untrusted(&app).await.into_iter().map(|(address, _)| address).collect();
        assert_eq!(seen, ["10.0.0.7", "10.0.0.5"]);
        for last in 0..30 {
            proxies::remember(&app.cx().storage, &app.cx().world, format!("192.0.2.{last}").parse().unwrap()).await.unwrap();
        }
        assert_eq!(untrusted(&app).await.len(), 20);
    }
}

#[test]
fn what_is_no_proxy_stops_the_start() {
    let refusal = proxies::Proxies::read(&["10.0.0.0/8".into(), "proxy.example.com".into()]).unwrap_err();
    assert_eq!(refusal.field.as_deref(), Some("trusted_proxies"));
}
