//! The log: structured lines on stderr, each request's with its number. No secret, no email address, no variables,
//! no query strings, at any level.

use crate::config::LogFormat;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// Begins to write the log. `asked` is in the form of tracing's directives (`info`, `doorward=debug`); default:
/// `info`.
pub fn begin(format: Option<LogFormat>, asked: Option<&str>) {
    let text = format.map_or_else(|| std::io::stderr().is_terminal(), |format| format == LogFormat::Text);
    let parsed = asked.map(str::parse::<EnvFilter>);
    let unread = matches!(parsed, Some(Err(_)));
    let filter = parsed.and_then(Result::ok).unwrap_or_else(|| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second app in one process finds the log begun: that is as good.
    let _begun = if text {
        lines.with_ansi(std::io::stderr().is_terminal()).try_init()
    } else {
        lines.json().flatten_event(true).try_init()
    };
    if unread {
        tracing::warn!(
            "DOORWARD_LOG cannot be read; the log is at `info`. It is written like `info` or `doorward=debug`"
        );
    }
}
