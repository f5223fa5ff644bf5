//! The keys of the configuration, one table: what can be set, of what kind, by default what, and what it is for. From it
//! come the checks of single values, `doorward config show`, `template` and `schema`; docs/configuration.md is held to it.

use super::kind::Kind::{self, Address, Base64Key, Headers, List, OneOf, Path, Span, Text, Url, Whole};

/// A row of the table: a key as it is written in the file, with a dot before each part but the first.
#[derive(Debug, PartialEq)]
pub struct KeyRow {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// The value that holds where none is given, as the environment would give it.
    pub default: Option<&'static str>,
    /// Where there is no default: a value, to show how one is written, as the environment would give it.
    pub example: Option<&'static str>,
    /// Whether its values may be secret: they are never shown, and its variable has a twin, `…_FILE`, that names a file
    /// with the value.
    pub secret: bool,
    /// What it is for.
    pub what: &'static str,
}

/// A key with a default.
const fn key(name: &'static str, kind: Kind, default: &'static str, what: &'static str) -> KeyRow {
    KeyRow { name, kind, default: Some(default), example: None, secret: false, what }
}

/// A key without one.
const fn unset(name: &'static str, kind: Kind, example: &'static str, what: &'static str) -> KeyRow {
    KeyRow { name, kind, default: None, example: Some(example), secret: false, what }
}

impl KeyRow {
    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// The variable of the environment that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("DOORWARD_{}", self.name.to_uppercase().replace('.', "__"))
    }

    /// The table of the file that it stands in, and its name there.
    #[must_use]
    pub fn section(&self) -> (Option<&'static str>, &'static str) {
        match self.name.rsplit_once('.') {
            Some((section, last)) => (Some(section), last),
            None => (None, self.name),
        }
    }

    /// The key of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }
}

/// Every key there is, those of one table of the file together.
#[rustfmt::skip]
pub const KEYS: &[KeyRow] = &[
    key("listen", Address, "127.0.0.1:8080", "Address and port to listen on: an IP address, no host name. Port 0 takes any free one."),
    unset("admin_listen", Address, "127.0.0.1:9090", "Address and port at which the metrics are. It asks nobody who they are, so keep it off public networks. Without it they are nowhere."),
    unset("public_url", Url, "https://doorward.example.com", "The address that people and clients use, `http://…` or `https://…`. Links are made from it. Without it, the address that is listened on."),
    key("data_dir", Path, "doorward-data", "Where the SQLite database is kept. Made if it is not there, and closed to other users of the machine."),
    unset("trusted_proxies", List, "10.0.0.5", "Addresses and ranges of the proxies before Doorward, like `10.0.0.0/8`. `X-Forwarded-For` counts from them alone."),
    unset("key", Base64Key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "What secrets that must be read back are sealed with: 32 bytes in base64, the same for all nodes. Without it, on SQLite, the file `key` in `data_dir`, made at the first start.").secret(),
    key("lease_seconds", Whole(1, 86_400), "2", "For how long a node goes on with what it remembers without hearing from the database; then it answers 503."),
    unset("cors.origins", List, "https://app.example.com", "The origins whose pages may ask from a browser, word for word, like `https://app.example.com`. Without any, none may."),
    unset("database.url", Url, "postgres://doorward@localhost/doorward", "`postgres://user:password@host:port/database`. Without it, SQLite in `data_dir`.").secret(),
    unset("tls.certificate", Path, "/etc/doorward/tls.pem", "A PEM file with the certificate that the server shows, and those that lead from it to its authority. Goes with `tls.key`."),
    unset("tls.key", Path, "/etc/doorward/tls.key", "A PEM file with its private key. Without both, HTTP is spoken."),
    unset("log.format", OneOf(&["text", "json"]), "json", "`text` or `json`, one object a line. Without it, text on a terminal and JSON elsewhere."),
    key("errors.hidden_fields", OneOf(&["name", "hide"]), "name", "`name`: a refusal names what is missing. `hide`: what a caller may not see answers like what does not exist."),
    key("tokens.prefix", Text, "dwd", "What every secret begins with: 1 to 12 lower-case letters or digits. Secrets made under another prefix are no longer known."),
    key("tokens.max_lifetime_days", Whole(1, 36_500), "365", "The longest life that a new token may be given, in days. A client that leaves `expiryInDays` out asks for 365 days, and is refused where this is less."),
    key("tokens.unattended_days", Whole(1, 36_500), "730", "For how many days tokens may go on making tokens without a person."),
    key("sessions.access_minutes", Whole(1, 36_500), "60", "How long the access token of a session lasts, in minutes."),
    key("sessions.refresh_idle_days", Whole(1, 36_500), "30", "After how many days without use a refresh token ends."),
    key("sessions.refresh_max_days", Whole(1, 36_500), "90", "After how many days a refresh token ends in any case."),
    key("limits.body_bytes", Whole(1, i64::MAX), "1048576", "Bytes in the body of a request."),
    key("limits.depth", Whole(1, i64::MAX), "20", "How deep selection sets, lists and objects may be nested in a document."),
    key("limits.tokens", Whole(1, i64::MAX), "10000", "Lexical tokens in a document: names, numbers, strings, punctuation."),
    key("limits.aliases", Whole(0, i64::MAX), "100", "Aliases in a document."),
    key("limits.root_fields", Whole(1, i64::MAX), "50", "Fields at the root of an operation."),
    key("limits.directives", Whole(0, i64::MAX), "100", "Directives in a document."),
    key("limits.fragments", Whole(0, i64::MAX), "100", "Fragment definitions in a document."),
    key("limits.variables", Whole(0, i64::MAX), "100", "Variables that a document declares."),
    key("limits.requests", Whole(1, 1_000_000), "2048", "Requests to the endpoint and to `/schema.graphql` that are under way at once; more are answered 503."),
    key("limits.connections", Whole(1, 1_000_000), "10000", "Connections that are open at once; more wait to be accepted."),
    key("throttle.account_tries", Whole(1, 100_000), "10", "Wrong passwords for one account within the window, before more have to wait; for one session as many again."),
    key("throttle.address_tries", Whole(1, 100_000), "60", "The same from one address (of IPv6: from one /64), whatever the account."),
    key("throttle.network_tries", Whole(1, 100_000), "200", "The same from one network: /24, of IPv6 /48."),
    key("throttle.window", Span, "15m", "After how long all of them are forgotten: `1m` to `1d`."),
    unset("upstream.url", Url, "https://shop.example.com/graphql", "The GraphQL endpoint of the API behind, `http://…` or `https://…`, without a user name in it. Without it, there is no API behind, and no other key of `upstream` may be set."),
    unset("upstream.sdl", Path, "api.graphql", "A file with the API's schema as SDL. Without it, the API is asked by introspection."),
    unset("upstream.headers", Headers, "X-Client: doorward", "Headers that are sent with each request to the API.").secret(),
    key("upstream.timeout", Span, "30s", "How long the API may take until its answer begins, and between two pieces of it: `1s` to `10m`."),
    key("upstream.identity", OneOf(&["none", "headers"]), "none", "What the API is told of who calls: `none`, or `headers`."),
    unset("upstream.audience", Text, "https://shop.example.com/graphql", "Kept for JWTs, which are not built yet: refused so far."),
    unset("upstream.secret", Text, "sixteen characters or more", "What shows the API that it is Doorward who says who calls: 16 visible ASCII characters or more. Needed with `headers`, unless the API is on loopback.").secret(),
    key("gateway.on_conflict", OneOf(&["api", "own"]), "api", "Whose a root field is at `/graphql` that both have: `api` or `own`."),
    unset("gateway.by_name_only", List, "Query.search", "What is opened by name only, never by a pattern. Without it: what looks as if it ran text."),
    unset("gateway.never", List, "Mutation.deleteEverything", "What is closed for everyone."),
    unset("gateway.treat_as_mutation", List, "Query.markAsRead", "Queries that read-only tokens do not run, since they change something."),
    unset("gateway.directives", List, "cached", "Directives, without `@`, that operations may use besides `skip` and `include`; `*`: all."),
    key("gateway.follow_schema_every", Span, "10m", "How often the API's schema is fetched anew. `0s`: only when told to."),
];
