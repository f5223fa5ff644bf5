//! Everything wired together in one place: configuration in, an app that can answer out.

use crate::caller::Origin;
use crate::config::Config;
use crate::console;
use crate::context::Context;
use crate::error::Error;
use crate::graphql::{self, Door, Shapes, plan::Plans};
use crate::guard::Callers;
use crate::password::Passwords;
use crate::permission::{Origins, Source, Surface, SurfaceSettings};
use crate::storage::{Location, Storage};
use crate::tokens::LastUses;
use crate::world::World;
use crate::{guard, revisions, roles};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Query};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use axum::routing::{any, get};
use axum::{Extension, Form, Router};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tower::ServiceExt as _;

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

/// Every route there is, and who may reach it.
pub const ROUTES: &[(&str, Access)] = &[
    ("/graphql", Access::Guarded),
    ("/graphql/", Access::Guarded),
    ("/api/graphql", Access::Guarded),
    ("/api/graphql/", Access::Guarded),
    ("/doorward/graphql", Access::Guarded),
    ("/schema.graphql", Access::Guarded),
    ("/healthz", Access::Public("says only that the process lives")),
    ("/readyz", Access::Public("says only whether the database answers")),
    ("/", Access::Public("a page that says what this is, with nothing of anyone's in it")),
    ("/setup", Access::Public("takes the one-time code of the set-up link, and only while there is no administrator")),
];

/// The routes of GraphQL, all the same.
const GRAPHQL: [&str; 5] = ["/graphql", "/graphql/", "/api/graphql", "/api/graphql/", "/doorward/graphql"];

/// A server that can answer.
#[derive(Clone)]
pub struct App {
    /// The GraphQL door; the context is in it.
    pub door: Arc<Door>,
    numbers: Arc<RequestNumbers>,
}

impl App {
    /// Opens the database, brings it up to date and wires everything, to serve.
    ///
    /// # Errors
    /// What the operator has to mend: a database that cannot be opened, or is of a newer release.
    pub async fn build(config: Config, world: World) -> Result<Self, Error> {
        Self::wired(config, world, true).await
    }

    /// The same for a command beside the server. It may be of another release, so the revisions of the schema are the
    /// server's alone to write.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub async fn beside(config: Config, world: World) -> Result<Self, Error> {
        Self::wired(config, world, false).await
    }

    async fn wired(config: Config, world: World, serves: bool) -> Result<Self, Error> {
        let storage = Storage::open(&location(&config), world.clone()).await?;
        let own = graphql::schema::own();
        let types = graphql::schema::types(&own);
        let revision = if serves {
            revisions::follow(&storage, &world, Source::Own, &types).await?
        } else {
            revisions::latest_of(&storage, &world, Source::Own, &types).await?
        };
        let surface = Surface::new(types, Origins::all(Source::Own), SurfaceSettings::default(), revision.first_seen);
        let callers = Callers::default();
        let listener = callers.clone();
        storage.on_change(move |events| listener.changed(events));
        let passwords = Passwords::new();
        let numbers = Arc::new(RequestNumbers::new(&world));
        let cx = Arc::new(Context { storage, world, config, surface, schema_revision: revision.number, passwords });
        roles::ensure_built_in(&cx).await?;
        let door = Arc::new(Door {
            cx,
            callers,
            plans: Arc::new(Plans::default()),
            shapes: Arc::new(Shapes::default()),
            own,
            uses: LastUses::default(),
        });
        Ok(Self { door, numbers })
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
        Arc::new(Site { app: self.clone(), pages: self.pages() })
    }

    /// The routes but GraphQL's.
    fn pages(&self) -> Router {
        let mut router = Router::new().fallback(console::not_found);
        for (path, _) in ROUTES {
            let app = self.clone();
            router = match *path {
                "/schema.graphql" => router.route(path, any(move |request| app.clone().sdl(request))),
                "/healthz" => router.route(path, get(|| async { "ok\n" })),
                "/readyz" => router.route(path, get(move || app.clone().ready())),
                "/" => router.route(path, get(console::home)),
                "/setup" => {
                    let posted = app.clone();
                    router.route(
                        path,
                        get(move |link| app.clone().set_up_form(link))
                            .post(move |origin, form| posted.clone().set_up(origin, form)),
                    )
                }
                _ => router,
            };
        }
        router
    }

    /// Writes noted uses from time to time, until the app is dropped.
    pub async fn write_uses(self) {
        let mut batches = tokio::time::interval(USES_WRITTEN_EVERY);
        loop {
            tokio::select! {
                _ = batches.tick() => {}
                () = self.door.uses.first_use() => {}
            }
            self.write_uses_now().await;
        }
    }

    /// Writes noted uses now.
    pub async fn write_uses_now(&self) {
        if let Err(Error::Fault(fault)) = self.door.uses.write(&self.door.cx).await {
            tracing::warn!(%fault, "the last uses of some credentials could not be written");
        }
    }

    async fn sdl(self, request: Request<Body>) -> Response<Body> {
        let origin = origin(&request);
        graphql::serve_sdl(self.door, origin, request).await
    }

    async fn set_up_form(self, Query(link): Query<console::Code>) -> Response<Body> {
        console::form(Arc::clone(&self.door.cx), link).await
    }

    async fn set_up(
        self,
        Extension(origin): Extension<Arc<Origin>>,
        Form(form): Form<console::SetUpForm>,
    ) -> Response<Body> {
        match guard::stranger(&self.door.cx, &self.door.callers, origin).await {
            Ok(stranger) => console::submit(Arc::clone(&self.door.cx), stranger, form).await,
            Err(error) => console::refuse(error),
        }
    }

    async fn ready(self) -> Response<Body> {
        let asked = self.door.cx.storage.read(|tx| {
            tx.one(crate::storage::sql!("select n from revision"), &[])?;
            Ok(())
        });
        let mut response = Response::new(Body::from("ready\n"));
        if tokio::time::timeout(Duration::from_secs(2), asked).await.is_ok_and(|asked| asked.is_ok()) {
            return response;
        }
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        *response.body_mut() = Body::from("the database does not answer\n");
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        response
    }
}

/// Where the configuration says that the data is.
fn location(config: &Config) -> Location {
    match &config.database.url {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Sqlite(config.data_dir.join("doorward.db")),
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Numbers for requests: a beginning drawn by lot for each process, and counting from there.
#[derive(Debug)]
struct RequestNumbers {
    process: u64,
    next: AtomicU64,
}

impl RequestNumbers {
    fn new(world: &World) -> Self {
        let mut bytes = [0; 8];
        world.fill(&mut bytes);
        Self { process: u64::from_le_bytes(bytes), next: AtomicU64::new(1) }
    }

    fn take(&self) -> String {
        let beginning = self.process & 0xffff_ffff_0000_0000;
        format!("{:016x}", beginning.wrapping_add(self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

/// What the log says of a request: its method and path where they are known. Others may hold a secret that somebody
/// pasted there by mistake.
fn known(request: &Request<Body>) -> (&'static str, &'static str) {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = METHODS.into_iter().find(|method| *method == request.method().as_str());
    let path = ROUTES.iter().map(|(path, _)| *path).find(|path| *path == request.uri().path());
    (method.unwrap_or("another"), path.unwrap_or("elsewhere"))
}

/// What answers requests: gives each its number, each answer the headers that all answers have, and the log its line.
pub struct Site {
    app: App,
    pages: Router,
}

impl Site {
    /// Answers a request.
    pub async fn answer<B>(self: Arc<Self>, peer: impl Into<Option<IpAddr>>, request: Request<B>) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let request = request.map(Body::new);
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent = agent.map(|agent| agent.chars().take(200).collect());
        let origin = Arc::new(Origin { ip: peer.into(), agent, request_id: self.app.numbers.take() });
        let (method, path) = known(&request);
        let mut response = self.routed(path, Arc::clone(&origin), request).await;
        let (status, id) = (response.status(), &origin.request_id);
        if status.is_success() {
            tracing::debug!(request_id = id, method, path, status = status.as_u16(), "answered");
        } else {
            tracing::info!(request_id = id, method, path, status = status.as_u16(), "refused");
        }
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }

    /// GraphQL goes straight to its door: the router's way there, through its boxes and copies of handlers, would cost
    /// a tenth of a small query.
    async fn routed(&self, path: &str, origin: Arc<Origin>, mut request: Request<Body>) -> Response<Body> {
        if GRAPHQL.contains(&path) {
            let head_only = *request.method() == Method::HEAD;
            let response = graphql::serve(Arc::clone(&self.app.door), origin, request).await;
            return if head_only { head_of(response) } else { response };
        }
        request.extensions_mut().insert(origin);
        match self.pages.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// The answer to a HEAD: that to a GET without its body, but with its length (RFC 9110, section 9.3.2).
fn head_of(mut response: Response<Body>) -> Response<Body> {
    let length = response.body().size_hint().exact();
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    *response.body_mut() = Body::empty();
    response
}

fn origin(request: &Request<Body>) -> Arc<Origin> {
    request.extensions().get::<Arc<Origin>>().cloned().unwrap_or_default()
}
