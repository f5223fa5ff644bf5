//! What the variables of the environment set: each has the name of its key, and secrets may be in files.

use super::files;
use super::keys::{KEYS, KeyRow};
use super::read::{Notice, wrong};
use crate::error::Refusal;
use crate::names::nearest;
use std::path::Path;

/// The key that an environment variable sets, and its value; a `…_FILE` is read.
pub(super) fn setting(rest: &str, name: &str, value: &str) -> Result<Option<(&'static KeyRow, String)>, Refusal> {
    let named = |rest: &str| KEYS.iter().find(|key| key.variable().strip_prefix("DOORWARD_") == Some(rest));
    if let Some(key) = named(rest) {
        return Ok(Some((key, value.to_owned())));
    }
    let Some(key) = rest.strip_suffix("_FILE").and_then(named).filter(|key| key.secret) else {
        return Ok(None);
    };
    let text = files::read_unnamed(Path::new(value), files::LONGEST).map_err(|why| wrong(format!("{name}: {why}")))?;
    Ok(Some((key, text.trim_end().to_owned())))
}

/// What is said of a variable that sets nothing, with the nearest that does.
pub(super) fn unknown(rest: &str, name: &str) -> Notice {
    let variables: Vec<String> = KEYS.iter().map(KeyRow::variable).collect();
    // All begin alike: what follows tells how near they are.
    let own = variables.iter().filter_map(|known| known.strip_prefix("DOORWARD_"));
    let near = nearest(rest, own, 1);
    let hint = near.first().map(|near| format!("; did you mean DOORWARD_{near}?")).unwrap_or_default();
    Notice(format!("the environment variable {name} means nothing to Doorward{hint}"))
}
