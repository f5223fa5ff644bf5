//! Configuration: a pure function of the file's text, the environment's pairs and the command line's flags.
//! Flags beat environment, environment beats file, file beats defaults. Only `main` touches the environment.

mod browsers;
mod check;
mod environment;
pub mod files;
mod headers;
mod keys;
mod kind;
mod limits;
mod read;
mod reference;
mod set;
mod throttle;
mod upstream;
mod values;

pub use browsers::Cors;
pub use headers::Headers;
pub use keys::{KEYS, KeyRow};
pub use kind::Kind;
pub use limits::Limits;
pub use read::{Given, Notice, Reading};
pub use reference::{schema, template};
pub use set::{Origin, Setting};
pub use throttle::Throttle;
pub use upstream::{Gateway, Identity, OnConflict, Upstream};
pub use values::{Key, List, Span};

use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be set, with its defaults.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens. Port 0: any free one.
    pub listen: SocketAddr,
    /// Where the metrics are; without it, nowhere.
    pub admin_listen: Option<SocketAddr>,
    /// The address that people and clients use, for links; default: the bound address.
    pub public_url: Option<String>,
    /// Where SQLite and keys are kept; closed to others.
    pub data_dir: PathBuf,
    /// The proxies whose `X-Forwarded-For` counts: addresses and ranges.
    pub trusted_proxies: List,
    /// Whose pages may read answers in a browser.
    pub cors: Cors,
    /// The database.
    pub database: Database,
    /// TLS of the server's own.
    pub tls: Tls,
    /// What is sealed in the database is sealed with this; default, on SQLite: the file `key` in the data directory.
    pub key: Option<Key>,
    /// For how many seconds a node goes on with what it remembers without hearing from the database.
    pub lease_seconds: u64,
    /// The log.
    pub log: Log,
    /// Refusals.
    pub errors: Errors,
    /// Personal access tokens.
    pub tokens: Tokens,
    /// Sessions.
    pub sessions: Sessions,
    /// What a request may come to.
    pub limits: Limits,
    /// How many wrong passwords are too many.
    pub throttle: Throttle,
    /// The API behind.
    pub upstream: Upstream,
    /// How it is stood in front of.
    pub gateway: Gateway,
}

impl Config {
    /// The address that links begin with.
    #[must_use]
    pub fn own_url(&self) -> &str {
        self.public_url.as_deref().unwrap_or("http://127.0.0.1:8080").trim_end_matches('/')
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: None,
            public_url: None,
            data_dir: PathBuf::from("doorward-data"),
            trusted_proxies: List::default(),
            cors: Cors::default(),
            database: Database::default(),
            tls: Tls::default(),
            key: None,
            lease_seconds: 2,
            log: Log::default(),
            errors: Errors::default(),
            tokens: Tokens::default(),
            sessions: Sessions::default(),
            limits: Limits::default(),
            throttle: Throttle::default(),
            upstream: Upstream::default(),
            gateway: Gateway::default(),
        }
    }
}

/// `database.*`. Its `Debug` hides the url, which may hold a password.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://…`; without it, SQLite in the data directory.
    pub url: Option<String>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("url", &self.url.as_ref().map(|_| "…")).finish()
    }
}

/// `tls.*`: with neither, plain HTTP is spoken.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// A PEM file with the certificate, and those that lead from it to its authority.
    pub certificate: Option<PathBuf>,
    /// A PEM file with its private key.
    pub key: Option<PathBuf>,
}

/// `log.*`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`; default: text on a terminal, JSON elsewhere.
    pub format: Option<LogFormat>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `errors.*`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Errors {
    /// What is said of what a caller may not see.
    pub hidden_fields: HiddenFields,
}

/// What is said of what a caller may not see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HiddenFields {
    /// A refusal names what is missing.
    #[default]
    Name,
    /// It answers like what does not exist.
    Hide,
}

/// `tokens.*`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// What every secret begins with.
    pub prefix: String,
    /// The longest life, in days, that a personal access token may be given.
    pub max_lifetime_days: i64,
    /// How many days a chain of self-renewing tokens goes on without a person.
    pub unattended_days: i64,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { prefix: "dwd".into(), max_lifetime_days: 365, unattended_days: 730 }
    }
}

/// `sessions.*`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    /// The life of an access token, in minutes.
    pub access_minutes: i64,
    /// After how many days without use a refresh token ends.
    pub refresh_idle_days: i64,
    /// After how many days a refresh token ends in any case.
    pub refresh_max_days: i64,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { access_minutes: 60, refresh_idle_days: 30, refresh_max_days: 90 }
    }
}
