//! Who is at the command line, and where the data is that they mean.

use super::{Settings, output};
use crate::config::{Config, Notice};
use crate::error::{Code, Error, Refusal};
use std::ffi::OsStr;
use std::path::PathBuf;

/// The operating system's user, for the audit trail.
pub fn operator_name() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".into())
}

/// A name as a shell takes it for one word: in quotes, where it holds anything that a shell would obey.
pub fn quoted(name: impl AsRef<OsStr>) -> String {
    let name = name.as_ref().to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !name.is_empty() && name.chars().all(is_plain) {
        return name.into_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}

/// The data directory of a SQLite database, for commands that act on its file.
pub fn here(settings: &Settings) -> Result<PathBuf, Error> {
    here_with(settings).map(|(data_dir, _)| data_dir)
}

/// The same with the whole configuration.
pub fn here_with(settings: &Settings) -> Result<(PathBuf, Config), Error> {
    let (config, notices) = settings.config(Vec::new())?;
    for Notice(notice) in notices {
        output::say(&format!("warning: {notice}"));
    }
    if config.database.url.is_some() {
        let message = "this database is PostgreSQL's: back it up and restore it by its own tools, `pg_dump \
                       --format=custom` and `pg_restore`, or by what archives its log (see docs/backup.md)";
        return Err(Refusal::new(Code::BadUserInput, message).into());
    }
    Ok((config.data_dir.clone(), config))
}
