//! `doorward backup`

use super::Settings;
use super::output::{self, Output};
use super::place::{here, operator_name};
use super::scratch::{Scratch, with_progress};
use crate::audit::{self, Event};
use crate::error::{Code, Error, Fault, Refusal};
use crate::restore;
use crate::storage::copies::{self, About};
use crate::storage::{Location, Storage};
use crate::world::World;
use clap::Args;
use serde_json::json;
use std::fs::{self, File};
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub struct Backup {
    /// A file that is made, readable by you alone; `-`: stdout
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    pub async fn run(self, settings: &Settings, output: &Output) -> Result<ExitCode, Error> {
        let data_dir = here(settings)?;
        let database = data_dir.join("doorward.db");
        let to_stdout = self.file.as_os_str() == "-";
        if to_stdout && io::stdout().is_terminal() {
            let message = "a backup is no text for a terminal: name a file, or send stdout into a pipe or a file";
            return Err(Refusal::new(Code::BadUserInput, message).into());
        }
        let world = World::real();
        let scratch = if to_stdout { Some(Scratch::beside(&database, &world)?) } else { None };
        let into = scratch.as_ref().map_or_else(|| self.file.clone(), |scratch| scratch.path.join("backup.db"));
        let about = {
            let (from, into, shown, world) = (database.clone(), into.clone(), into.clone(), world.clone());
            let making = tokio::task::spawn_blocking(move || copies::back_up(&from, &into, &world));
            with_progress(making, &shown, &database).await?
        };
        let bytes = fs::metadata(&into).map_err(|error| Fault::new("reading the backup", error))?.len();
        if to_stdout {
            let send = || io::copy(&mut File::open(&into)?, &mut io::stdout().lock());
            send().map_err(|error| Fault::new("writing the backup to stdout", error))?;
        }
        write_down(&database, &world, bytes).await;
        let name = if to_stdout { "stdout".to_owned() } else { self.file.display().to_string() };
        let key = crate::sealing::file(&data_dir);
        tell(&about, bytes, &name, &key, output, to_stdout)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn tell(about: &About, bytes: u64, name: &str, key: &Path, output: &Output, to_stdout: bool) -> Result<(), Error> {
    let rows = |table: &str| about.rows.get(table).copied().unwrap_or(0);
    let (users, tokens, roles) = (rows("users"), rows("personal_access_tokens"), rows("roles"));
    let sentence = format!(
        "{name}: {users} users, {tokens} tokens, {roles} roles, {} rows of the audit trail; {bytes} bytes, read again and found whole",
        rows("audit_events")
    );
    let left_out = format!("the key is left out: keep {} (or DOORWARD_KEY) somewhere else", key.display());
    let thing = json!({
        "file": name,
        "bytes": bytes,
        "made_at": about.made_at.to_string(),
        "version": about.version,
        "revision": about.revision,
        "users": users,
        "personal_access_tokens": tokens,
        "roles": roles,
        "audit_events": rows("audit_events"),
        "left_out": ["key"],
    });
    if to_stdout {
        // The backup itself is on stdout.
        output::say(&sentence);
    } else {
        output.done(&sentence, json!({ "backup": thing }))?;
    }
    output::say(&left_out);
    Ok(())
}

/// Leaves a row in the audit trail. A database that cannot be written now, or that another release uses, has its backup
/// all the same.
async fn write_down(database: &Path, world: &World, bytes: u64) {
    let location = Location::Sqlite(database.to_owned());
    let written = async {
        if !copies::is_up_to_date(database)? {
            return Ok(());
        }
        let storage = Storage::open(&location, world.clone()).await?;
        let clock = world.clone();
        let done = storage
            .write(move |tx| {
                let event = Event::about("database.backup", "database").with(format!("{bytes} bytes"));
                audit::record_operator(tx, &clock, &operator_name(), &event)
            })
            .await;
        let unreadable = restore::unreadable(&storage).await;
        storage.close().await;
        for complaint in unreadable? {
            output::say(&format!("warning: a restore will refuse this backup, since it cannot be read: {complaint}"));
        }
        done
    };
    if let Err(error) = written.await {
        output::say(&format!("warning: the audit trail could not be told of this backup: {error}"));
    }
}
