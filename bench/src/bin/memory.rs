//! What somebody would write who needs one GraphQL query behind a token and nothing more: axum and async-graphql with
//! their defaults, 10 000 tokens in a map. No database, no permissions, no limits, no expiry, no log.

use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Request, Schema, SimpleObject};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt as _;
use std::collections::HashMap;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TOKENS: usize = 10_000;

#[derive(Clone, SimpleObject)]
struct User {
    name: String,
    username: String,
}

struct Query;

#[Object]
impl Query {
    async fn me(&self, ctx: &Context<'_>) -> User {
        User::clone(ctx.data_unchecked::<Arc<User>>())
    }
}

#[derive(Clone)]
struct App {
    schema: Schema<Query, EmptyMutation, EmptySubscription>,
    tokens: Arc<HashMap<String, Arc<User>>>,
}

async fn graphql(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(user) = bearer.and_then(|token| app.tokens.get(token)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(request) = serde_json::from_slice::<Request>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let answer = app.schema.execute(request.data(Arc::clone(user))).await;
    let body = serde_json::to_vec(&answer).expect("an answer can be written as JSON");
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The token with this number; as long as one of Doorward's.
fn token(number: usize) -> String {
    format!("mem_pat_{number:036}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).expect("usage: memory ADDRESS");
    let ada = Arc::new(User { name: "Ada Lovelace".into(), username: "ada".into() });
    let tokens = Arc::new((0..TOKENS).map(|number| (token(number), Arc::clone(&ada))).collect());
    let app = App { schema: Schema::new(Query, EmptyMutation, EmptySubscription), tokens };
    let listener = tokio::net::TcpListener::bind(address).await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().route("/graphql", post(graphql)).with_state(app)).await
}
