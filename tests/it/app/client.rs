//! Someone who asks.

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};

use super::{Answer, TestApp, body};

/// Someone with one credential, or with none.
#[derive(Clone)]
pub struct Client<'a> {
    pub(super) app: &'a TestApp,
    pub(super) secret: Option<String>,
}

/// A token just made.
#[derive(Debug, Clone)]
pub struct Issued {
    pub id: String,
    pub secret: String,
}

const ISSUE: &str = "mutation Issue($input: IssuePersonalAccessTokenMutationInput!) {
  issuePersonalAccessToken(input: $input) { token personal_access_token { id } }
}";

impl<'a> Client<'a> {
    /// The secret that is presented.
    pub fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or_default()
    }

    /// Asks at `/graphql`.
    pub async fn gql(&self, query: &str) -> Answer {
        self.gql_with(query, json!({})).await
    }

    /// Asks with variables.
    pub async fn gql_with(&self, query: &str, variables: Value) -> Answer {
        self.send(self.post("/graphql").body(body(query, &variables))).await
    }

    /// Asks Doorward's own schema.
    pub async fn own(&self, query: &str) -> Answer {
        self.own_with(query, json!({})).await
    }

    /// The same with variables.
    pub async fn own_with(&self, query: &str, variables: Value) -> Answer {
        self.send(self.post("/doorward/graphql").body(body(query, &variables))).await
    }

    /// Sends a body as it is.
    pub async fn posts(&self, body: impl Into<Body>) -> Answer {
        self.send(self.post("/graphql").body(body.into())).await
    }

    /// Gets what is at a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty())).await
    }

    /// The beginning of a POST of JSON.
    pub fn post(&self, path: &str) -> Builder {
        self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json")
    }

    /// The beginning of any request.
    pub fn request(&self, method: Method, path: &str) -> Builder {
        let request = Request::builder().method(method).uri(path);
        match &self.secret {
            Some(secret) => request.header(header::AUTHORIZATION, format!("Bearer {secret}")),
            None => request,
        }
    }

    /// Sends what was begun by [`request`](Self::request).
    pub async fn send(&self, request: axum::http::Result<Request<Body>>) -> Answer {
        self.app.send(request.expect("a request that can be sent")).await
    }

    /// Makes a token, or does not.
    pub async fn try_issue(&self, input: Value) -> Answer {
        self.gql_with(ISSUE, json!({ "input": input })).await
    }

    /// Makes a token, which must go well.
    pub async fn issue(&self, input: Value) -> Issued {
        let data = self.try_issue(input).await.data();
        let of = |value: &Value| value.as_str().expect("a string").to_owned();
        let made = &data["issuePersonalAccessToken"];
        Issued { id: of(&made["personal_access_token"]["id"]), secret: of(&made["token"]) }
    }

    /// The same person with a new token that may read.
    pub async fn reader(&self) -> Client<'a> {
        self.with(json!({"name": "reader"})).await
    }

    /// The same person with a new token that may read and write.
    pub async fn writer(&self) -> Client<'a> {
        self.with(json!({"name": "writer", "role": "ROLE_READ_WRITE"})).await
    }

    /// The same person with a new token made from this.
    pub async fn with(&self, input: Value) -> Client<'a> {
        let issued = self.issue(input).await;
        self.app.bearer(&issued.secret)
    }

    /// Revokes a token of this number, or does not.
    pub async fn revoke(&self, id: &str) -> Answer {
        self.gql(&format!("mutation {{ revokePersonalAccessToken(id: \"{id}\") {{ id status revoke_reason }} }}")).await
    }
}
