//! Everything wired together in one place: configuration in, an app that can answer out.

mod admin;
mod browsers;
mod doors;
mod losses;
mod metrics;
mod process;
mod ready;
mod requests;
mod served;
mod site;

pub use admin::Admin;
pub use site::Site;

use crate::caller::{Caller, Origin};
use crate::config::Config;
use crate::console;
use crate::context::Context;
use crate::error::Error;
use crate::gateway::{self, Api, Diff, Pulled};
use crate::graphql::{self, Door};
use crate::guard::Callers;
use crate::password::Passwords;
use crate::proxies::Proxies;
use crate::storage::{self, Location, Opening, Storage, Subject};
use crate::throttle::Throttle;
use crate::tokens::LastUses;
use crate::traces::Traces;
use crate::world::{Timestamp, World};
use crate::{roles, sealing, users};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, Response};
use axum::routing::{any, get};
use browsers::Browsers;
use doors::{Doors, Pair};
use requests::Requests;
use served::Parts;
use site::RequestNumbers;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How often noted uses of credentials are written.
const USES_WRITTEN_EVERY: Duration = Duration::from_secs(10);

/// Whether a route asks `guard` who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing is answered before `guard` has been asked.
    Guarded,
    /// Open to everyone, for this reason.
    Public(&'static str),
}

/// What answers at a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The GraphQL endpoint.
    Graphql,
    /// The same for Doorward's own schema, whatever an API brings.
    OwnGraphql,
    /// The schema as text.
    Sdl,
    /// Whether the process lives.
    Alive,
    /// Whether the database answers.
    Ready,
    /// A page of the console.
    Console,
}

/// A path that is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The path, whole; `{…}` stands for one segment.
    pub path: &'static str,
    /// What answers there.
    pub at: At,
    /// Who may reach it.
    pub access: Access,
}

impl Route {
    const fn guarded(path: &'static str, at: At) -> Self {
        Self { path, at, access: Access::Guarded }
    }

    const fn public(path: &'static str, at: At, why: &'static str) -> Self {
        Self { path, at, access: Access::Public(why) }
    }

    /// The route of a path.
    fn of(path: &str) -> Option<&'static Self> {
        ROUTES.iter().find(|route| route.path == path).or_else(|| ROUTES.iter().find(|route| route.takes(path)))
    }

    /// Whether somebody opens a page of the console with a slash behind its path.
    fn is_page_but_for_slash(request: &Request<Body>) -> bool {
        let page = request.uri().path().strip_suffix('/').and_then(Self::of);
        matches!(*request.method(), Method::GET | Method::HEAD) && page.is_some_and(|page| page.at == At::Console)
    }

    fn takes(&self, path: &str) -> bool {
        let (mut own, mut asked) = (self.path.split('/'), path.split('/'));
        loop {
            match (own.next(), asked.next()) {
                (None, None) => return true,
                (Some(own), Some(asked)) if own == asked || own.starts_with('{') && !asked.is_empty() => {}
                _ => return false,
            }
        }
    }
}

/// Every route there is, and who may reach it.
pub static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let page = |(path, open): &(&'static str, Option<&'static str>)| match open {
        Some(why) => Route::public(path, At::Console, why),
        None => Route::guarded(path, At::Console),
    };
    SERVICES.iter().copied().chain(console::PATHS.iter().map(page)).collect()
});

/// The routes but the console's.
const SERVICES: &[Route] = &[
    Route::guarded("/graphql", At::Graphql),
    Route::guarded("/graphql/", At::Graphql),
    Route::guarded("/api/graphql", At::Graphql),
    Route::guarded("/api/graphql/", At::Graphql),
    Route::guarded("/doorward/graphql", At::OwnGraphql),
    Route::guarded("/schema.graphql", At::Sdl),
    Route::public("/healthz", At::Alive, "says only that the process lives"),
    Route::public("/readyz", At::Ready, "says only whether the database and the API behind answer"),
];

/// Whether a server may start on an empty database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// It may.
    Anew,
    /// There must be data.
    OnData,
}

/// A server that can answer.
#[derive(Clone)]
pub struct App {
    doors: Arc<Doors>,
    numbers: Arc<RequestNumbers>,
    requests: Arc<Requests>,
    started: Timestamp,
    proxies: Arc<Proxies>,
    browsers: Option<Arc<Browsers>>,
    /// Places for requests under way.
    places: Arc<Semaphore>,
    traces: Option<Arc<Traces>>,
}

impl App {
    /// Opens the database, brings it up to date and wires everything, to serve.
    ///
    /// # Errors
    /// What the operator has to mend: a database that cannot be opened, or is of a newer release.
    pub async fn build(config: Config, world: World) -> Result<Self, Error> {
        Self::wired(config, world, Some(Start::Anew)).await
    }

    /// The same for a machine that must never start anew.
    ///
    /// # Errors
    /// As [`build`](Self::build), and when there is no data.
    pub async fn build_on_data(config: Config, world: World) -> Result<Self, Error> {
        Self::wired(config, world, Some(Start::OnData)).await
    }

    /// The same for a command beside the server. It may be of another release, so the revisions of the schema are the
    /// server's alone to write.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub async fn beside(config: Config, world: World) -> Result<Self, Error> {
        Self::wired(config, world, None).await
    }

    /// The same on a database that somebody only looks at: nothing is written into it.
    ///
    /// # Errors
    /// When it cannot be read, or what it holds cannot be served.
    pub async fn looking(config: Config, storage: Storage, world: World) -> Result<Self, Error> {
        Self::on(storage, config, world, false).await
    }

    /// `start`: `None` for who does not serve.
    async fn wired(config: Config, world: World, start: Option<Start>) -> Result<Self, Error> {
        let lease = start.map(|_| Duration::from_secs(config.lease_seconds));
        let opening = Opening { lease, expect_data: start == Some(Start::OnData), as_it_is: false };
        let storage = Storage::open_as(&location(&config), world.clone(), opening).await?;
        if opening.expect_data && !storage.read(users::is_anyone_there).await? {
            return Err(storage::no_data().into());
        }
        if start.is_some() {
            sealing::settle(&storage, &world, &config).await?;
        }
        let app = Self::on(storage, config, world, start.is_some()).await?;
        roles::ensure_built_in(&app.cx()).await?;
        Ok(app)
    }

    async fn on(storage: Storage, config: Config, world: World, serves: bool) -> Result<Self, Error> {
        let started = world.now();
        // Before anything is read that a change could make stale.
        let callers = Callers::default();
        let (listener, told) = (callers.anew(), Arc::<AtomicU64>::default());
        let changes = Arc::clone(&told);
        storage.on_change(move |events| {
            listener.changed(events);
            if events.iter().any(|event| matches!(event.subject, Subject::Schema | Subject::Everything)) {
                changes.fetch_add(1, Ordering::Release);
            }
        });
        let own = graphql::schema::own();
        let (types, api) = (graphql::schema::types(&own), Api::open(&config)?);
        let parts = Parts { types, api, serves, plans: Arc::default() };
        let now = parts.first(&storage, &world, &config).await?;
        let (passwords, throttle) = (Passwords::new(), Throttle::new(&config.throttle));
        let numbers = Arc::new(RequestNumbers::new(&world));
        let proxies = Arc::new(Proxies::read(&config.trusted_proxies.0)?);
        let browsers = Browsers::new(&config.cors).map(Arc::new);
        let places = Arc::new(Semaphore::new(config.limits.requests));
        let (surface, schema_revision) = (Arc::clone(&now.served.surface), now.revision);
        let cx = Arc::new(Context { storage, world, config, surface, schema_revision, passwords, throttle });
        let pair = Pair::new(cx, &callers, &own, &LastUses::default(), &parts, Arc::new(now));
        let requests = Arc::default();
        let doors = Arc::new(Doors::new(parts, pair, told));
        Ok(Self { doors, numbers, requests, started, proxies, browsers, places, traces: None })
    }

    /// The same app, whose requests are traced.
    #[must_use]
    pub fn traced(self, traces: Option<Arc<Traces>>) -> Self {
        Self { traces, ..self }
    }

    /// The GraphQL door for one request: to be taken once, since what belongs to one door means nothing at another.
    pub async fn door(&self) -> Arc<Door> {
        self.doors.current().await.whole
    }

    /// The same for Doorward's own schema.
    pub async fn own_door(&self) -> Arc<Door> {
        self.doors.current().await.own
    }

    /// Fetches the schema of the API behind and takes it in, by itself or because somebody says so; `None`: there is no
    /// API.
    ///
    /// # Errors
    /// When it cannot be had; what was known before stays.
    pub async fn pull(&self, by: Option<&Caller>) -> Result<Option<Pulled>, Error> {
        let Parts { types, api, .. } = self.doors.parts();
        let Some(api) = api else { return Ok(None) };
        gateway::pull(&self.cx(), types, api, by).await.map(Some)
    }

    /// What a pull would bring, and whom it would concern; `None`: there is no API.
    ///
    /// # Errors
    /// When the API's schema cannot be had.
    pub async fn diff(&self) -> Result<Option<Diff>, Error> {
        let Parts { types, api, .. } = self.doors.parts();
        let Some(api) = api else { return Ok(None) };
        let known = self.doors.latest().now.api_schema.clone();
        gateway::compare(&self.cx(), types, known, api).await.map(Some)
    }

    /// The schema that is served, as text: what stands in it for grants alone is left out.
    #[must_use]
    pub fn sdl(&self) -> String {
        let now = self.doors.latest().now;
        let mut schema = apollo_compiler::Schema::clone(now.served.surface.schema());
        schema.types.retain(|name, _| !now.served.elsewhere.contains(name));
        schema.to_string()
    }

    /// The API behind.
    #[must_use]
    pub fn api(&self) -> Option<&Arc<Api>> {
        self.doors.parts().api.as_ref()
    }

    /// What both Doorward and the API behind have, in words.
    #[must_use]
    pub fn clashes(&self) -> Vec<String> {
        self.doors.latest().now.served.clashes.iter().map(ToString::to_string).collect()
    }

    /// Whether the schema of the API behind is not known yet.
    #[must_use]
    pub fn awaits_api(&self) -> bool {
        self.doors.latest().now.awaits
    }

    /// What features are given now.
    #[must_use]
    pub fn cx(&self) -> Arc<Context> {
        Arc::clone(&self.doors.latest().whole.cx)
    }

    /// All of it as a router, for what does not come over a socket of ours. The peer is in [`ConnectInfo`].
    pub fn router(&self) -> Router {
        let site = self.site();
        Router::new().fallback(move |request: Request<Body>| {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
            site.answer(peer, request)
        })
    }

    /// What answers requests.
    #[must_use]
    pub fn site(&self) -> Arc<Site> {
        Arc::new(Site::new(self.clone(), self.pages()))
    }

    /// The routes but GraphQL's.
    fn pages(&self) -> Router {
        let mut router = Router::new();
        for Route { path, at, .. } in SERVICES {
            let app = self.clone();
            router = match at {
                At::Sdl => router.route(path, any(move |request| app.clone().shown_sdl(request))),
                At::Alive => router.route(path, get(|| async { "ok\n" })),
                At::Ready => router.route(path, get(move |query| ready::answer(app.clone(), query))),
                // Answered by the site itself.
                At::Graphql | At::OwnGraphql | At::Console => router,
            };
        }
        router
    }

    /// The doors that pages run their operations through.
    async fn console_doors(&self) -> console::Doors {
        let pair = self.doors.current().await;
        console::Doors { whole: pair.whole, own: pair.own }
    }

    /// A page of the console, or that there is nothing.
    async fn console(&self, route: Option<&Route>, origin: Arc<Origin>, request: Request<Body>) -> Response<Body> {
        let doors = self.console_doors().await;
        match route {
            Some(_) => console::answer(doors, origin, request).await,
            None if Route::is_page_but_for_slash(&request) => console::without_slash(request.uri()),
            None => console::nowhere(&doors),
        }
    }

    /// Writes noted uses from time to time, until the app is dropped.
    pub async fn write_uses(self) {
        let mut batches = tokio::time::interval(USES_WRITTEN_EVERY);
        let uses = self.doors.latest().whole.uses.clone();
        loop {
            tokio::select! {
                _ = batches.tick() => {}
                () = uses.first_use() => {}
            }
            self.write_uses_now().await;
        }
    }

    /// Writes noted uses now.
    pub async fn write_uses_now(&self) {
        let door = self.doors.latest().whole;
        if let Err(Error::Fault(fault)) = door.uses.write(&door.cx).await {
            tracing::warn!(%fault, "the last uses of some credentials could not be written");
        }
    }

    async fn shown_sdl(self, request: Request<Body>) -> Response<Body> {
        let origin = origin(&request);
        graphql::serve_sdl(self.door().await, origin, request).await
    }
}

/// Where the configuration says that the data is.
#[must_use]
pub fn location(config: &Config) -> Location {
    match &config.database.url {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Sqlite(config.data_dir.join("doorward.db")),
    }
}

fn origin(request: &Request<Body>) -> Arc<Origin> {
    request.extensions().get::<Arc<Origin>>().cloned().unwrap_or_default()
}
