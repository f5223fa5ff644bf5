//! The whole server in the test's own process: its router over a fresh database, in a world that stands still.
//! Nobody is there but who is asked for, and they come in as everyone does: by signing in, or with a token.

mod answer;
mod client;

pub use answer::Answer;
pub use client::{Client, Issued};

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use doorward::app::App;
use doorward::caller::Caller;
use doorward::config::{Config, Key};
use doorward::context::Context;
use doorward::error::Error;
use doorward::gateway::Pulled;
use doorward::roles::{self, NewRole};
use doorward::server::{self, Entrance};
use doorward::storage::{Location, Sql, Tx};
use doorward::users::{self, NewUser};
use doorward::world::World;
use doorward::{guard, sql};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::databases::{Database, Over, START};

/// Everyone's password.
pub const PASSWORD: &str = "otter-lantern-fjord-9";

/// Where people and clients reach it.
pub const URL: &str = "http://127.0.0.1:8080";

/// A server of its own.
pub struct TestApp {
    app: App,
    cx: Arc<Context>,
    router: Router,
    _database: Database,
}

/// What signing in gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Over for TestApp {
    async fn over(database: Database) -> Self {
        Self::with(database, |_| {}).await
    }
}

impl TestApp {
    /// A server with some of its configuration changed.
    pub async fn with(database: Database, change: impl FnOnce(&mut Config)) -> Self {
        Self::in_world(World::fixed(START), database, change).await
    }

    /// The same in another world: the one that stands still has not enough different secrets for hundreds of tokens.
    pub async fn in_world(world: World, database: Database, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        match database.location() {
            Location::Sqlite(path) => config.data_dir = path.parent().expect("a file is in a directory").to_owned(),
            Location::Postgres(url) => config.database.url = Some(url.clone()),
        }
        // One is made otherwise, by the same randomness that makes the secrets of the tests.
        config.key = Some(Key::new([7; 32]));
        config.public_url = Some(URL.into());
        change(&mut config);
        let app = App::build(config, world).await.expect("the app can be built");
        Self { router: app.router(), cx: app.cx(), app, _database: database }
    }

    /// Fetches the schema of the API behind.
    pub async fn pull(&self) -> Pulled {
        self.try_pull().await.expect("the API's schema can be had")
    }

    /// The same, or why it cannot be had.
    pub async fn try_pull(&self) -> Result<Pulled, Error> {
        let pulled = self.app.pull(None).await?;
        self.app.door().await;
        Ok(pulled.expect("there is an API"))
    }

    /// Another server on the same database, with some of its configuration changed.
    pub async fn beside(&self, change: impl FnOnce(&mut Config)) -> App {
        let mut config = self.cx.config.clone();
        change(&mut config);
        App::build(config, World::fixed(START)).await.expect("the app can be built")
    }

    /// What features were given when the server began.
    pub fn cx(&self) -> &Arc<Context> {
        &self.cx
    }

    /// The same with what features are given now.
    pub fn renewed(self) -> Self {
        Self { cx: self.app.cx(), ..self }
    }

    /// Moves the clock on.
    pub fn later(&self, seconds: i64) {
        self.cx().world.advance_seconds(seconds);
    }

    /// Writes the uses of credentials that were noted.
    pub async fn write_uses(&self) {
        self.app.write_uses_now().await;
    }

    /// The command line beside the server.
    pub fn operator(&self) -> Caller {
        guard::operator(self.cx(), "tests")
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        sent(self.router.clone(), request).await
    }

    /// Listens on a socket of its own, for as long as the test runs.
    pub async fn listens(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let site = self.app.site();
        let answer = move |peer, request| Arc::clone(&site).answer(peer, request);
        tokio::spawn(server::serve(Entrance::plain(listener, 1_000), answer, std::future::pending()));
        address
    }

    /// Someone without a credential.
    pub fn anonymous(&self) -> Client<'_> {
        Client { app: self, secret: None }
    }

    /// Someone who presents this.
    pub fn bearer(&self, secret: &str) -> Client<'_> {
        Client { app: self, secret: Some(secret.to_owned()) }
    }

    /// Mia, who holds what everyone holds, in a new session.
    pub async fn member(&self) -> Client<'_> {
        self.person("mia").await
    }

    /// Ada, who holds everything, in a new session.
    pub async fn admin(&self) -> Client<'_> {
        self.person("ada").await
    }

    /// Whoever has this name, in a new session; Ada is a super administrator, others are made plain members.
    pub async fn person(&self, name: &str) -> Client<'_> {
        if !self.knows(name).await {
            self.add(NewUser { super_admin: name == "ada", ..new(name) }).await;
        }
        let tokens = self.sign_in(name).await;
        self.bearer(&tokens.access)
    }

    /// Ada, where `signIn` is not Doorward's at `/graphql`.
    pub async fn admin_there(&self) -> Client<'_> {
        self.person_there("ada").await
    }

    /// The same for whoever has this name.
    pub async fn person_there(&self, name: &str) -> Client<'_> {
        if !self.knows(name).await {
            self.add(NewUser { super_admin: name == "ada", ..new(name) }).await;
        }
        let data = self.anonymous().own_with(SIGN_IN, json!({"name": name, "password": PASSWORD})).await.data();
        self.bearer(data["signIn"]["accessToken"].as_str().expect("a token"))
    }

    /// Adds a user, and answers their number.
    pub async fn add(&self, user: NewUser) -> i64 {
        users::add(self.cx(), &self.operator(), user).await.expect("the user can be added").person.id.0
    }

    /// Makes a role.
    pub async fn role(&self, name: &str, permissions: &[&str]) {
        let permissions = permissions.iter().map(|grant| (*grant).to_owned()).collect();
        let role = NewRole { name: name.into(), permissions, ..NewRole::default() };
        roles::create(self.cx(), &self.operator(), role).await.expect("the role can be made");
    }

    /// Disables or enables a user, as the command line does.
    pub async fn enable(&self, name: &str, enabled: bool) {
        users::set_enabled(self.cx(), &self.operator(), name, enabled).await.expect("the user can be changed");
    }

    /// Signs in, which must go well.
    pub async fn sign_in(&self, name: &str) -> Tokens {
        let answer = self.try_sign_in(name, PASSWORD).await;
        let data = answer.data();
        let of = |key: &str| data["signIn"][key].as_str().expect("a token").to_owned();
        Tokens { access: of("accessToken"), refresh: of("refreshToken") }
    }

    /// Signs in, or does not.
    pub async fn try_sign_in(&self, name: &str, password: &str) -> Answer {
        self.anonymous().gql_with(SIGN_IN, json!({"name": name, "password": password})).await
    }

    /// Looks into the database, or changes it behind the server's back.
    pub async fn database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> T {
        self.cx().storage.change(work).await.expect("the database does it")
    }

    /// How many users, tokens, sessions, roles and audit rows there are.
    pub async fn made(&self) -> Made {
        self.database(|tx| {
            let mut count = |table: Sql| tx.one(table, &[])?.get::<i64>(0);
            Ok(Made {
                users: count(sql!("select count(*) from users"))?,
                tokens: count(sql!("select count(*) from personal_access_tokens"))?,
                sessions: count(sql!("select count(*) from sessions"))?,
                roles: count(sql!("select count(*) from roles"))?,
                audit: count(sql!("select count(*) from audit_events"))?,
            })
        })
        .await
    }

    async fn knows(&self, name: &str) -> bool {
        let name = name.to_owned();
        self.cx().storage.read(move |tx| users::account(tx, &name)).await.expect("the database answers").is_some()
    }
}

/// Asks a server beside the one of the test.
pub async fn ask(app: &App, secret: &str, query: &str) -> Answer {
    let request = Request::post("/graphql").header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {secret}")).body(body(query, &json!({})));
    sent(app.router(), request.expect("a request that can be sent")).await
}

/// Gets a page of it.
pub async fn get(app: &App, path: &str) -> Answer {
    sent(app.router(), Request::get(path).body(Body::empty()).expect("a request that can be sent")).await
}

async fn sent(router: Router, request: Request<Body>) -> Answer {
    let Ok(response) = router.oneshot(request).await;
    let (head, body) = response.into_parts();
    let body = body.collect().await.expect("the answer arrives whole").to_bytes().to_vec();
    Answer { status: head.status, headers: head.headers, body }
}

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub users: i64,
    pub tokens: i64,
    pub sessions: i64,
    pub roles: i64,
    pub audit: i64,
}

/// How clients sign in.
pub const SIGN_IN: &str = "mutation SignIn($name: String!, $password: String!) {
  signIn(credentials: { userName: $name, password: $password }) { accessToken refreshToken tokenType expiresIn }
}";

/// What a user of this name is made from.
pub fn new(name: &str) -> NewUser {
    NewUser {
        username: name.into(),
        email_address: Some(format!("{name}@example.com")),
        password: Some(PASSWORD.into()),
        ..NewUser::default()
    }
}

/// The body of a request.
pub fn body(query: &str, variables: &Value) -> Body {
    Body::from(json!({"query": query, "variables": variables}).to_string())
}
