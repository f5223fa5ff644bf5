//! Tokens that may be used from some addresses alone.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{DAY, ME};
use crate::app::{Answer, PASSWORD, SIGN_IN, TestApp, body};

/// Somebody at an address.
pub struct Calls<'a> {
    app: &'a TestApp,
    secret: String,
    from: Option<IpAddr>,
}

impl<'a> Calls<'a> {
    pub fn from(app: &'a TestApp, secret: &str, from: Option<&str>) -> Self {
        Self { app, secret: secret.to_owned(), from: from.map(|ip| ip.parse().expect("an address")) }
    }

    pub async fn gql(&self, query: &str) -> Answer {
        self.gql_with(query, json!({})).await
    }

    pub async fn gql_with(&self, query: &str, variables: Value) -> Answer {
        self.send(Method::POST, "/graphql", body(query, &variables)).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Body) -> Answer {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let mut request = request.header("authorization", format!("Bearer {}", self.secret)).body(body).unwrap();
        if let Some(ip) = self.from {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(ip, 4_711)));
        }
        self.app.send(request).await
    }

    pub async fn update(&self, id: &str, input: Value) -> Answer {
        let mutation = "mutation ($id: Int64Bit!, $input: UpdatePersonalAccessTokenMutationInput) { updatePersonalAccessToken(id: $id, input: $input) { id } }";
        self.gql_with(mutation, json!({"id": id, "input": input})).await
    }

    pub async fn issue(&self, input: Value) -> Answer {
        let mutation = "mutation ($input: IssuePersonalAccessTokenMutationInput) { issuePersonalAccessToken(input: $input) { token } }";
        self.gql_with(mutation, json!({ "input": input })).await
    }
}

on_both! {
    async fn a_token_works_from_its_addresses_alone(app: TestApp) {
        let mia = app.member().await;
        let secret = mia.issue(json!({"name": "n", "ip_ranges": ["10.0.0.0/8", "2001:db8::/32", "198.51.100.7"]})).await.secret;
        for inside in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "198.51.100.7"] {
            assert_eq!(Calls::from(&app, &secret, Some(inside)).gql(ME).await.code(), "", "{inside}");
        }
        for outside in ["11.1.2.3", "::ffff:11.1.2.3", "2001:db9::1", "198.51.100.8", "127.0.0.1", "::1"] {
            let answer = Calls::from(&app, &secret, Some(outside)).gql(ME).await;
            assert_eq!((answer.status.as_u16(), answer.reason().as_str()), (403, "ADDRESS_NOT_ALLOWED"), "{outside}");
        }
        assert_snapshot!(Calls::from(&app, &secret, Some("::ffff:11.1.2.3")).gql(ME).await, @"FORBIDDEN ADDRESS_NOT_ALLOWED: this token may not be used from 11.1.2.3");
        assert_snapshot!(Calls::from(&app, &secret, None).gql(ME).await, @"FORBIDDEN ADDRESS_NOT_ALLOWED: this token may not be used from an address that is not known");
        let nowhere = mia.issue(json!({"name": "n", "ip_ranges": []})).await.secret;
        assert_eq!(Calls::from(&app, &nowhere, Some("10.0.0.1")).gql(ME).await.reason(), "ADDRESS_NOT_ALLOWED");
    }

    async fn from_elsewhere_nothing_runs_and_nothing_is_shown(app: TestApp) {
        let mia = app.member().await;
        let secret = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE", "expires_in_days": 7, "ip_ranges": ["10.0.0.0/8"]})).await.secret;
        let (there, elsewhere) = (Calls::from(&app, &secret, Some("10.0.0.1")), Calls::from(&app, &secret, Some("192.0.2.1")));
        there.gql(ME).await.data();
        let graphql = "application/graphql-response+json";
        for query in [ME, "{ __schema { queryType { name } } }", "{ __typename }", "{ nonsense }", "{", "mutation { signOut(everywhere: true) }", "{ users { entities { id } } }"] {
            let answer = elsewhere.gql(query).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str(), answer.reason().as_str()), (403, "FORBIDDEN", "ADDRESS_NOT_ALLOWED"), "{query}");
            assert_eq!(answer.header("doorward-token-expires-at"), Some("2026-03-08T00:00:00Z"));
            assert_ne!(answer.header("content-type"), Some(graphql));
        }
        for path in ["/schema.graphql", "/graphql?query={me{id}}", "/graphql"] {
            let answer = elsewhere.send(Method::GET, path, Body::empty()).await;
            assert_eq!((answer.status.as_u16(), answer.reason().as_str()), (403, "ADDRESS_NOT_ALLOWED"), "{path}");
        }
        for body in ["", "[]", "{}", "\u{0}"] {
            assert_eq!(elsewhere.send(Method::POST, "/graphql", body.into()).await.reason(), "ADDRESS_NOT_ALLOWED", "{body:?}");
        }
        // Whoever signs in does so as a stranger, with whatever credential.
        assert_eq!(elsewhere.gql_with(SIGN_IN, json!({"name": "mia", "password": PASSWORD})).await.code(), "");
        // A token that has ended says so first.
        app.later(8 * DAY);
        assert_eq!(elsewhere.gql(ME).await.reason(), "TOKEN_EXPIRED");
    }

    async fn a_call_from_elsewhere_is_no_use(app: TestApp) {
        let mia = app.member().await;
        let secret = mia.issue(json!({"name": "n", "ip_ranges": ["10.0.0.0/8"]})).await.secret;
        let used = async || {
            app.write_uses().await;
            mia.gql("{ viewPersonalAccessTokens { last_used_at last_used_ip } }").await.to_string()
        };
        for _ in 0..2 {
            Calls::from(&app, &secret, Some("192.0.2.1")).gql(ME).await;
            Calls::from(&app, &secret, Some("192.0.2.1")).send(Method::GET, "/schema.graphql", Body::empty()).await;
        }
        assert_snapshot!(used().await, @r#"{"viewPersonalAccessTokens":[{"last_used_at":null,"last_used_ip":null}]}"#);
        Calls::from(&app, &secret, Some("10.0.0.7")).gql(ME).await.data();
        assert_snapshot!(used().await, @r#"{"viewPersonalAccessTokens":[{"last_used_at":"2026-03-01T00:00:00Z","last_used_ip":"10.0.0.7"}]}"#);
        app.later(60);
        Calls::from(&app, &secret, Some("192.0.2.1")).gql(ME).await;
        assert_snapshot!(used().await, @r#"{"viewPersonalAccessTokens":[{"last_used_at":"2026-03-01T00:00:00Z","last_used_ip":"10.0.0.7"}]}"#);
    }

    async fn what_is_no_range_is_refused(app: TestApp) {
        let mia = app.member().await;
        for wrong in ["", "all", "10.0.0.1/8", "10.0.0.0/33", "example.com"] {
            let answer = mia.try_issue(json!({"name": "n", "ip_ranges": [wrong]})).await;
            assert_eq!((answer.code(), answer.json()["errors"][0]["extensions"]["field"].clone()), ("BAD_USER_INPUT".into(), json!("ip_ranges")), "{wrong}");
        }
        assert_snapshot!(mia.try_issue(json!({"name": "n", "ip_ranges": ["10.0.0.1/8"]})).await, @"BAD_USER_INPUT ip_ranges: `10.0.0.1/8` is not the beginning of its range: write 10.0.0.0/8 for the range, 10.0.0.1 for the address");
        assert_snapshot!(mia.try_issue(json!({"name": "n", "ip_ranges": vec!["10.0.0.1"; 101]})).await, @"BAD_USER_INPUT ip_ranges: `ip_ranges` has too many ranges: at most 100");
    }
}
