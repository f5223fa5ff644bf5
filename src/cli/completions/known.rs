//! What is known of names: those in the database that the command line would open, where there is one already.

use crate::app;
use crate::cli::{Everywhere, Settings, explain};
use crate::error::Error;
use crate::names::folded;
use crate::revisions;
use crate::storage::{Look, Storage, Tx};
use crate::{roles, users};
use clap_complete::engine::CompletionCandidate;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

/// More would not help anybody.
const MOST: i64 = 500;
/// Nobody waits longer for a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub enum What {
    User,
    Role,
    Coordinate,
    Grant,
    Code,
}

/// Where names are to be found.
pub struct Known {
    settings: Settings,
}

impl Known {
    /// Reads from the words before the cursor which database is meant.
    pub fn new(words: &[OsString], environment: &[(String, String)]) -> Self {
        let value = |flag: &str| {
            let with = format!("{flag}=");
            let after = words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1));
            let joined = words.iter().find_map(|word| word.to_str()?.strip_prefix(&with));
            joined.map(OsString::from).or_else(|| after.cloned())
        };
        let everywhere = Everywhere {
            config: value("--config").map(PathBuf::from),
            data_dir: value("--data-dir").map(PathBuf::from),
            database: value("--database").and_then(|url| url.into_string().ok()),
            json: false,
        };
        Self { settings: Settings { everywhere, environment: environment.to_vec() } }
    }

    /// Those that begin as the word that is being typed does. Whatever is wrong, there are none.
    pub fn beginning(&self, what: What, typed: &OsStr) -> Vec<CompletionCandidate> {
        let Some(typed) = typed.to_str() else { return Vec::new() };
        match what {
            What::User => candidates(self.read(folded(typed), users::names_beginning)),
            What::Role => candidates(self.read(folded(typed), roles::names_beginning)),
            What::Coordinate => candidates(self.coordinates(typed)),
            What::Grant => {
                let bare = typed.trim_start_matches('!');
                let bare = bare.strip_prefix("own:").or_else(|| bare.strip_prefix("api:")).unwrap_or(bare);
                let before = typed.strip_suffix(bare).unwrap_or_default();
                let found = self.coordinates(bare);
                let types: BTreeSet<String> =
                    found.iter().filter_map(|one| Some(format!("{}.*", one.split_once('.')?.0))).collect();
                let patterns = types.into_iter().filter(|pattern| pattern.starts_with(bare));
                candidates(patterns.chain(found.iter().cloned()).map(|one| format!("{before}{one}")).collect())
            }
            What::Code => {
                let typed = typed.to_ascii_uppercase();
                let named = explain::names().filter(|(name, _)| name.starts_with(&typed));
                named.map(|(name, means)| CompletionCandidate::new(name).help(Some(means.into()))).collect()
            }
        }
    }

    /// Fields of the schema; their arguments only once one is begun, since most shells trip over parentheses.
    fn coordinates(&self, text: &str) -> Vec<String> {
        let mut found = self.read(text.to_owned(), revisions::beginning);
        if !text.contains('(') {
            found.retain(|one| !one.contains('('));
        }
        found
    }

    fn read(&self, text: String, list: fn(&mut Tx, &str, i64) -> Result<Vec<String>, Error>) -> Vec<String> {
        let Ok((config, _)) = self.settings.config(Vec::new()) else { return Vec::new() };
        let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() else {
            return Vec::new();
        };
        let asked = async {
            let Ok(Look::Open(storage)) = Storage::look(&app::location(&config)).await else { return Vec::new() };
            storage.read(move |tx| list(tx, &text, MOST)).await.unwrap_or_default()
        };
        let found = runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await });
        // What still waits for the database is not waited for.
        runtime.shutdown_background();
        found.unwrap_or_default()
    }
}

fn candidates(names: Vec<String>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}
