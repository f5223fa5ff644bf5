//! The keys of the configuration by name: what can be set, and what of it is secret.

/// Every key there is, as it is written in the file, with a dot before each part but the first.
pub const KEYS: &[&str] = &[
    "listen",
    "admin_listen",
    "public_url",
    "data_dir",
    "trusted_proxies",
    "cors.origins",
    "database.url",
    "tls.certificate",
    "tls.key",
    "log.format",
    "errors.hidden_fields",
    "tokens.prefix",
    "tokens.max_lifetime_days",
    "tokens.unattended_days",
    "sessions.access_minutes",
    "sessions.refresh_idle_days",
    "sessions.refresh_max_days",
    "limits.body_bytes",
    "limits.depth",
    "limits.tokens",
    "limits.aliases",
    "limits.root_fields",
    "limits.directives",
    "limits.fragments",
    "limits.variables",
    "limits.requests",
    "limits.connections",
    "throttle.account_tries",
    "throttle.address_tries",
    "throttle.network_tries",
    "throttle.window",
    "upstream.url",
    "upstream.sdl",
    "upstream.headers",
    "upstream.timeout",
    "upstream.identity",
    "upstream.audience",
    "upstream.secret",
    "gateway.on_conflict",
    "gateway.by_name_only",
    "gateway.never",
    "gateway.treat_as_mutation",
    "gateway.directives",
    "gateway.follow_schema_every",
];

/// The keys whose environment variable may name a file that holds the value (`…_FILE`), because they hold secrets.
pub(super) const SECRETS: &[&str] = &["database.url", "upstream.headers", "upstream.secret"];

/// What a value of a key may be, where its kind does not say it.
pub(super) fn allowed(key: &str) -> &'static str {
    match key {
        "listen" | "admin_listen" => "an address and a port, like 127.0.0.1:8080",
        "log.format" => "`text` or `json`",
        "errors.hidden_fields" => "`name` or `hide`",
        "upstream.identity" => "`none` or `headers`",
        "upstream.timeout" | "gateway.follow_schema_every" | "throttle.window" => {
            "a length of time, like 30s, 15m or 12h"
        }
        "upstream.headers" => "a table of headers, each with a text, { env = \"NAME\" } or { file = \"PATH\" }",
        "gateway.on_conflict" => "`api` or `own`",
        key if key.starts_with("gateway.") || ["trusted_proxies", "cors.origins"].contains(&key) => "a list of texts",
        _ => "of another kind",
    }
}
