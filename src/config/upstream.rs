//! `upstream.*` and `gateway.*`: the API behind, and how it is stood in front of. What is set half is refused here, so
//! that no door opens on a guess.

use super::headers::{Headers, check_header, is_field_value};
use super::values::{List, Span};
use crate::error::Refusal;
use crate::permission;
use axum::http::uri::Authority;
use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// `upstream.*`: the API behind. Its `Debug` hides what may be secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Upstream {
    /// Where its GraphQL endpoint is; without it there is no API behind.
    pub url: Option<String>,
    /// A file with its schema as SDL; without it the API is asked, by introspection.
    pub sdl: Option<PathBuf>,
    /// What is sent along with each request.
    pub headers: Headers,
    /// How long it may take to answer, and to go on answering.
    pub timeout: Span,
    /// What it is told of who calls.
    pub identity: Identity,
    /// For whom a JWT is made out.
    pub audience: Option<String>,
    /// What shows the API that a request comes from here.
    pub secret: Option<String>,
}

impl Default for Upstream {
    fn default() -> Self {
        Self {
            url: None,
            sdl: None,
            headers: Headers::default(),
            timeout: Span(Duration::from_secs(30)),
            identity: Identity::None,
            audience: None,
            secret: None,
        }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            // Some APIs take their key in the query.
            .field("url", &self.url.as_deref().and_then(|url| url.split('?').next()))
            .field("sdl", &self.sdl)
            .field("headers", &self.headers)
            .field("timeout", &self.timeout)
            .field("identity", &self.identity)
            .field("audience", &self.audience)
            .field("secret", &self.secret.as_ref().map(|_| "…"))
            .finish()
    }
}

/// What the API is told of who calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    /// Nothing.
    #[default]
    None,
    /// Who it is, in headers.
    Headers,
    /// Who it is, in a signed token.
    Jwt,
    /// Each user's own credential.
    Credential,
}

/// `gateway.*`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gateway {
    /// Whose a root field is that both have.
    pub on_conflict: OnConflict,
    /// What is opened by name only, never by a pattern; without it, what looks as if it took text to run.
    pub by_name_only: Option<List>,
    /// What is not there for anyone.
    pub never: List,
    /// What is cut from read-only tokens like a mutation.
    pub treat_as_mutation: List,
    /// The directives that operations may use; `*`: all.
    pub directives: List,
    /// How often the API is asked for its schema; `0s`: only when told to.
    pub follow_schema_every: Span,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            on_conflict: OnConflict::Api,
            by_name_only: None,
            never: List::default(),
            treat_as_mutation: List::default(),
            directives: List::default(),
            follow_schema_every: Span(Duration::from_secs(600)),
        }
    }
}

/// Whose a root field is that both Doorward and the API have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnConflict {
    /// The API's; Doorward's is reached at its own path.
    #[default]
    Api,
    /// Doorward's.
    Own,
}

/// How long the shared secret must be.
const SECRET_LENGTH: usize = 16;

impl Upstream {
    /// What no single value can show: adds which setting is at fault, and what it wants.
    pub(super) fn check(&self, complaints: &mut Vec<Refusal>) {
        let Some(url) = &self.url else { return complaints.extend(self.nothing_is_set().err()) };
        let parsed = url.parse::<axum::http::Uri>().ok();
        let fits = parsed.as_ref().is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some_and(is_plain)
        });
        let parsed = parsed.filter(|_| fits && !url.contains('#'));
        if parsed.is_none() {
            let message = "`upstream.url` must be http://… or https://…, with no user name, fragment or white space in it, and with a \
                           port from 1 to 65535 if any";
            complaints.push(Refusal::input("upstream.url", message));
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(600)).contains(&self.timeout.0) {
            complaints.push(Refusal::input("upstream.timeout", "`upstream.timeout` must be 1s to 10m"));
        }
        for (at, (name, value)) in self.headers.pairs().enumerate() {
            complaints.extend(check_header(name, value).err());
            if self.headers.pairs().take(at).any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                let message = format!("`upstream.headers` holds {name} twice: leave one out");
                complaints.push(Refusal::input("upstream.headers", message));
            }
        }
        let host = parsed.as_ref().and_then(axum::http::Uri::host);
        complaints.extend(self.check_identity(host).err());
    }

    /// Without an API everything that speaks of it was meant for one whose URL is missing.
    fn nothing_is_set(&self) -> Result<(), Refusal> {
        let set = [
            ("upstream.sdl", self.sdl.is_some()),
            ("upstream.headers", !self.headers.0.is_empty()),
            ("upstream.identity", self.identity != Identity::None),
            ("upstream.audience", self.audience.is_some()),
            ("upstream.secret", self.secret.is_some()),
        ];
        match set.iter().find(|(_, set)| *set) {
            Some((key, _)) => {
                let message =
                    format!("`{key}` is set and `upstream.url` is not: say where the API is, or leave it out");
                Err(Refusal::input("upstream.url", message))
            }
            None => Ok(()),
        }
    }

    /// Where the host is not known, it may be on loopback.
    fn check_identity(&self, host: Option<&str>) -> Result<(), Refusal> {
        if matches!(self.identity, Identity::Jwt | Identity::Credential) {
            let message = "`upstream.identity` must be `none` or `headers`: `jwt` and `credential` are not built yet";
            return Err(Refusal::input("upstream.identity", message));
        }
        if self.audience.is_some() {
            let message = "`upstream.audience` goes with `upstream.identity = \"jwt\"`, which is not built yet";
            return Err(Refusal::input("upstream.audience", message));
        }
        match (&self.secret, self.identity) {
            (Some(_), Identity::None) => {
                let message = "`upstream.secret` goes with `upstream.identity = \"headers\"`: set both or neither";
                Err(Refusal::input("upstream.identity", message))
            }
            (Some(secret), _) if secret.len() < SECRET_LENGTH || !is_field_value(secret) => {
                let message = format!("`upstream.secret` must have {SECRET_LENGTH} visible ASCII characters or more");
                Err(Refusal::input("upstream.secret", message))
            }
            (None, Identity::Headers) if host.is_some_and(|host| !is_loopback(host)) => {
                let message = "with `upstream.identity = \"headers\"` the API has to know that it is Doorward who speaks: \
                               set `upstream.secret`, or let the API listen on loopback alone";
                Err(Refusal::input("upstream.secret", message))
            }
            _ => Ok(()),
        }
    }
}

/// Without a user name, and with a port that is one, where there is any: another would be taken for none.
pub(super) fn is_plain(authority: &Authority) -> bool {
    let after_host = authority.as_str().strip_prefix(authority.host());
    after_host.is_some_and(|rest| rest.is_empty() || authority.port_u16().is_some_and(|port| port > 0))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|ip| ip.to_canonical().is_loopback())
}

impl Gateway {
    /// What no single value can show: adds the lists that hold something that is no pattern.
    pub(super) fn check(&self, complaints: &mut Vec<Refusal>) {
        let none = List::default();
        let lists = [
            ("gateway.by_name_only", self.by_name_only.as_ref().unwrap_or(&none)),
            ("gateway.never", &self.never),
            ("gateway.treat_as_mutation", &self.treat_as_mutation),
        ];
        for (key, list) in lists {
            let wrong = list.0.iter().filter_map(|text| permission::check_pattern(text).err());
            complaints.extend(wrong.map(|error| Refusal::input(key, format!("`{key}`: {error}"))));
        }
        let named = |text: &String| text == "*" || apollo_compiler::Name::new(text).is_ok();
        for wrong in self.directives.0.iter().filter(|text| !named(text)) {
            let message = format!("`gateway.directives` holds names without @, or `*`: not `{wrong}`");
            complaints.push(Refusal::input("gateway.directives", message));
        }
    }
}
