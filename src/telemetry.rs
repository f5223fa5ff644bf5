//! The log: structured lines on stderr, each request's with its number. No secret, no email address, no variables,
//! no query strings, at any level.

use crate::config::LogFormat;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// Begins to write the log. `filter` is in the form of tracing's directives (`info`, `doorward=debug`); default:
/// `info`.
pub fn begin(format: Option<LogFormat>, filter: Option<&str>) {
    let text = format.map_or_else(|| std::io::stderr().is_terminal(), |format| format == LogFormat::Text);
    let filter = filter.and_then(|filter| filter.parse().ok()).unwrap_or_else(|| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second app in one process finds the log begun: that is as good.
    let _begun = if text {
        lines.with_ansi(std::io::stderr().is_terminal()).try_init()
    } else {
        lines.json().flatten_event(true).try_init()
    };
}
