//! `doorward serve`

use super::output::{self, Output};
use super::{Settings, follow, healthcheck, reload, service};
use crate::app::{self, Admin, App};
use crate::config::{Config, LogFormat, Notice};
use crate::console;
use crate::error::{Error, Fault, Refusal};
use crate::server::{self, Entrance, Places};
use crate::storage::{Location, Serving, serve_alone};
use crate::telemetry;
use crate::traces::Traces;
use crate::users::set_up;
use crate::world::World;
use clap::{Args, ValueEnum};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How many connections are open at once where the metrics are.
const ADMIN_CONNECTIONS: usize = 64;

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    flags: ServeFlags,
    /// Refuse an empty database: for machines that must never start anew
    #[arg(long)]
    expect_data: bool,
}

/// The flags that set what the server does; what looks after a server takes the same.
#[derive(Args)]
pub struct ServeFlags {
    /// Where to listen; port 0 is any free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Where the metrics are [default: nowhere]
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<String>,
    /// The address that people and clients use [default: the bound address]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    upstream: Upstream,
    /// How the log looks [default: text on a terminal, JSON elsewhere]
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<Format>,
}

impl ServeFlags {
    /// The settings that the flags set.
    pub fn flags(self) -> Vec<(&'static str, String)> {
        let format = self.log_format.map(|format| if matches!(format, Format::Text) { "text" } else { "json" });
        let mut flags = self.upstream.flags();
        flags.extend(self.listen.map(|listen| ("listen", listen)));
        flags.extend(self.admin_listen.map(|listen| ("admin_listen", listen)));
        flags.extend(self.public_url.map(|url| ("public_url", url)));
        flags.extend(format.map(|format| ("log.format", format.to_owned())));
        flags
    }
}

/// The API behind.
#[derive(Args)]
pub struct Upstream {
    /// The GraphQL endpoint of the API behind
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// A file with its schema as SDL; without it, the API is asked
    #[arg(long, value_name = "FILE")]
    upstream_sdl: Option<String>,
}

impl Upstream {
    /// The settings that the flags set.
    pub fn flags(self) -> Vec<(&'static str, String)> {
        let url = self.upstream.map(|url| ("upstream.url", url));
        let sdl = self.upstream_sdl.map(|path| ("upstream.sdl", path));
        url.into_iter().chain(sdl).collect()
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Serve {
    pub async fn run(self, settings: &Settings, _: &Output) -> Result<ExitCode, Error> {
        let (mut config, notices) = settings.config(self.flags.flags())?;
        let format: Option<LogFormat> = config.log.format;
        let filter = settings.environment.iter().find(|(name, _)| name == "DOORWARD_LOG");
        telemetry::begin(format, filter.map(|(_, value)| value.as_str()));
        for Notice(notice) in notices {
            tracing::warn!("{notice}");
        }
        open_more_files(config.limits.files());
        let tls = reload::tls(&config)?;
        let (listener, bound) = bind("listen", config.listen).await?;
        let admin = match config.admin_listen {
            Some(address) => Some(bind("admin_listen", address).await?),
            None => None,
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let own_url = format!("{scheme}://{bound}");
        if config.public_url.is_none() && bound.ip().is_unspecified() {
            tracing::warn!(
                "`public_url` is not set, and the server listens on all addresses: links name this machine's own, and \
                 people and clients elsewhere need `public_url` to be the address that they use"
            );
        }
        // All addresses are where a server listens, and nowhere that a browser could go.
        let reached = || format!("{scheme}://{}", healthcheck::near(bound));
        let public_url = config.public_url.get_or_insert_with(reached).clone();
        let places = Places::new(config.limits.connections);
        let mut stop = Stop::new()?;
        let traces = Traces::begin(&settings.environment)?.map(Arc::new);
        let app = if self.expect_data {
            App::build_on_data(config, World::real()).await?
        } else {
            App::build(config, World::real()).await?
        };
        let app = app.traced(traces.clone());
        super::say_if_new(&app);
        let _alone = warn_of_another(&app.cx().config)?;
        let reloading = tokio::spawn(reload::follow(reload::hangups()?, tls.clone(), own_url.clone()));
        let following = tokio::spawn(follow::begin(&app, reload::hangups()?).await);
        let uses = tokio::spawn(app.clone().write_uses());
        let losses = tokio::spawn(app.clone().write_down_losses());
        if let Some((listener, bound)) = admin {
            let admin = Admin::new(&app, places.clone());
            let answer = move |_, request| admin.clone().answer(request);
            tokio::spawn(server::serve(Entrance::plain(listener, ADMIN_CONNECTIONS), answer, std::future::pending()));
            output::say(&format!("metrics are at http://{bound}/metrics"));
        }
        output::say(&format!("listening on {own_url}"));
        service::ready(&own_url);
        let living = tokio::spawn(service::watchdog());
        let offered = set_up::offer(&app.cx()).await.or_else(|error| match error {
            // Those who have credentials are served all the same.
            Error::Fault(fault) if fault.passing => {
                tracing::warn!(%fault, "there is no administrator yet, and no link to make one could be written");
                Ok(None)
            }
            error => Err(error),
        })?;
        if let Some(code) = offered {
            output::say(&format!(
                "no administrator yet: open {} within 30 minutes,\nor run `doorward user add NAME --super-admin{}` beside this server",
                console::link(&public_url, &code),
                settings.same_data()
            ));
        }
        let site = app.site();
        let entrance = Entrance { listener, tls, places };
        server::serve(entrance, move |peer, request| Arc::clone(&site).answer(peer, request), stop.asked()).await;
        following.abort();
        reloading.abort();
        living.abort();
        uses.abort();
        losses.abort();
        app.write_uses_now().await;
        if let Some(traces) = traces {
            traces.close().await;
        }
        app.cx().storage.close().await;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }
}

/// Says so where another server has this SQLite database. What it answers is held for as long as this one runs.
fn warn_of_another(config: &Config) -> Result<Option<Serving>, Error> {
    let Location::Sqlite(path) = app::location(config) else { return Ok(None) };
    let serving = serve_alone(&path)?;
    if serving.is_none() {
        tracing::warn!(
            "another `doorward serve` has this data directory: each takes a change of the other in, but SQLite is meant \
             for one server; for several, use PostgreSQL"
        );
    }
    Ok(serving)
}

/// Raises the soft limit of open files to the hard one: many systems start with 1024, for old programs alone, and at
/// the limit no connection is accepted and no file opened. Says so where the hard one does not suffice for `wanted`.
fn open_more_files(wanted: u64) {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        say_if_too_few(limit.current, wanted);
        return;
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    say_if_too_few(getrlimit(Resource::Nofile).current, wanted);
}

/// `limit`: how many files may be open; `None`: any number.
fn say_if_too_few(limit: Option<u64>, wanted: u64) {
    let Some(limit) = limit.filter(|limit| *limit < wanted) else { return };
    tracing::warn!(
        limit,
        wanted,
        "fewer files may be open than `limits.connections` and `limits.requests` come to: raise the hard limit \
         (LimitNOFILE= of a systemd unit, --ulimit nofile= of a container, `ulimit -Hn`), or lower these"
    );
}

/// `setting` says where to listen.
async fn bind(setting: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let refused = |error| Refusal::input(setting, format!("`{setting}`: cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(|error| Fault::new("listening", error))?;
    Ok((listener, bound))
}

/// The signals that ask a server to stop.
struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    fn new() -> Result<Self, Fault> {
        let listen = |kind| signal(kind).map_err(|error| Fault::new("listening for signals", error));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        service::stopping();
        tracing::info!("stopping: no new connections, what is under way may finish");
    }
}
