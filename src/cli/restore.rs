//! `doorward restore`

use super::Settings;
use super::output::{self, Output};
use super::place::{here_with, operator_name};
use super::scratch::{Scratch, with_progress};
use crate::config::Config;
use crate::error::{Code, Error, Fault, Refusal};
use crate::restore::{self, Order, Relation, Report};
use crate::sealing;
use crate::storage::copies::{self, About};
use crate::storage::{Location, Opening, Storage, hold_alone};
use crate::world::World;
use clap::Args;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub struct Restore {
    /// What `doorward backup` made; `-`: stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Put it in the place of the data that is here, which is kept beside it
    #[arg(long)]
    replace: bool,
}

/// What was done, or would be.
struct Done {
    about: About,
    report: Report,
    /// The name under which the replaced database is kept.
    kept_as: Option<PathBuf>,
    /// Why nothing is known of the replaced database, which is broken.
    unknown: Option<String>,
    forgot_key: bool,
}

impl Restore {
    pub async fn run(self, settings: &Settings, output: &Output) -> Result<ExitCode, Error> {
        let (data_dir, config) = here_with(settings)?;
        let database = data_dir.join("doorward.db");
        self.may_replace(&database)?;
        let world = World::real();
        let scratch = match Scratch::beside(&database, &world) {
            // Whoever only looks may be somebody who may not write there.
            Err(_) if self.dry_run => Scratch::within(&settings.temporary(), &world)?,
            made => made?,
        };
        let called = if self.file.as_os_str() == "-" { "stdin".to_owned() } else { self.file.display().to_string() };
        let incoming = scratch.path.join("restored.db");
        self.fetch(&incoming, &called)?;
        let (file, name) = (incoming.clone(), called.clone());
        let judging = tokio::task::spawn_blocking(move || copies::judge(&file, &name));
        let about = with_progress(judging, &incoming, &incoming).await?;
        // Nobody may write while it is compared and replaced; looking needs no such thing.
        let alone = if self.dry_run { None } else { Some(hold_alone(&database)?) };
        // Asked again: a server may have begun here while the backup was read.
        let is_there = self.may_replace(&database)?;
        let mut done = prepare(&config, &scratch, &database, about).await?;
        if !self.dry_run {
            let kept_as = is_there.then(|| kept_as(&database, &world));
            copies::replace(&database, &incoming, kept_as.as_deref().unwrap_or(&scratch.path.join("none")))?;
            done.kept_as = kept_as;
        }
        drop(alone);
        self.tell(&done, output)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Whether there is data; a refusal where it may not be replaced.
    fn may_replace(&self, database: &Path) -> Result<bool, Error> {
        let is_there = is_there(database)?;
        if is_there && !self.replace && !self.dry_run {
            let message = format!(
                "there is data in {} already: with --replace the backup takes its place, and --dry-run says what that \
                 would do",
                database.parent().unwrap_or(database).display()
            );
            return Err(Refusal::new(Code::BadUserInput, message).into());
        }
        Ok(is_there)
    }

    /// Takes the file in: it is not ours, and is not changed.
    fn fetch(&self, into: &Path, called: &str) -> Result<(), Error> {
        let refuse = |error: io::Error| Refusal::new(Code::BadUserInput, format!("{called}: {error}"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(into);
        let file = file.as_mut().map_err(|error| Fault::new("taking the backup in", error.to_string()))?;
        if self.file.as_os_str() == "-" {
            io::copy(&mut io::stdin().lock(), file).map_err(refuse)?;
        } else {
            io::copy(&mut File::open(&self.file).map_err(refuse)?, file).map_err(refuse)?;
        }
        Ok(())
    }

    fn tell(&self, done: &Done, output: &Output) -> Result<(), Error> {
        let Done { about, report, kept_as, unknown, forgot_key } = done;
        if let Some(why) = unknown {
            output::say(&format!(
                "warning: the database that was here cannot be read ({why}): what was taken away since the backup is \
                 not known, and may be back"
            ));
        }
        if unknown.is_none() && matches!(report.relation, None | Some(Relation::Foreign)) {
            output::say(
                "warning: there is nothing to compare the backup with: what was taken away since is not known, and may \
                 be back",
            );
        }
        match report.relation {
            Some(Relation::Foreign) => {
                output::say("the database that was here is another one's: nothing of it concerns this backup");
            }
            Some(Relation::Earlier) => {
                output::say("the database that was here is an earlier state: the backup knows all that it took away");
            }
            Some(Relation::Kin) => output::say(
                "the database that was here is no later state of this backup, but of the same origin: what is taken away \
                 in either stays away, and no secret of it replaces a newer one",
            ),
            Some(Relation::Later) | None => {}
        }
        for taken in &report.taken {
            let id = taken.id.map(|id| format!("{id} ")).unwrap_or_default();
            output::say(&format!("{} {id}`{}`: {}", taken.of, taken.name, taken.what));
        }
        let are = if self.dry_run { "would be" } else { "were" };
        output::say(&format!("sessions that {are} ended, so that people sign in again: {}", report.sessions));
        output::say(&format!("rows of the audit trail since the backup that {are} kept: {}", report.trail));
        if *forgot_key {
            output::say(
                "the key that the backup knows is not here; nothing in it is sealed, so another takes its place",
            );
        }
        if report.super_admins == 0 {
            output::say("no super administrator is left: `doorward user add NAME --super-admin` makes one");
        }
        if let Some(path) = kept_as {
            output::say(&format!("the database that was here is kept as {}", path.display()));
        }
        let sentence = format!(
            "{}the backup of {} (Doorward {})",
            if self.dry_run { "nothing was changed; this would restore " } else { "restored " },
            about.made_at,
            about.version
        );
        output.done(&sentence, json!({ "restore": self.thing(done) }))?;
        Ok(())
    }

    fn thing(&self, done: &Done) -> Value {
        let Done { about, report, kept_as, unknown, forgot_key } = done;
        let taken: Vec<Value> = report
            .taken
            .iter()
            .map(|taken| {
                let id = taken.id.map(|id| id.to_string());
                json!({ "of": taken.of, "id": id, "name": taken.name, "what": taken.what })
            })
            .collect();
        json!({
            "dry_run": self.dry_run,
            "made_at": about.made_at.to_string(),
            "version": about.version,
            "taken_away_again": taken,
            "replaced_is_later": report.relation.map(|relation| relation == Relation::Later),
            "replaced_not_read": unknown,
            "replaced_kept_as": kept_as.as_ref().map(|path| path.display().to_string()),
            "sessions_ended": report.sessions,
            "audit_events_kept": report.trail,
            "super_admins": report.super_admins,
            "key_forgotten": forgot_key,
        })
    }
}

/// Makes the file the database that it is to be: on a copy, so that nothing is changed before all of it is right.
async fn prepare(config: &Config, scratch: &Scratch, database: &Path, about: About) -> Result<Done, Error> {
    let world = World::real();
    let (replaced, unknown) = replaced(scratch, database, &world).await?;
    let incoming = scratch.path.join("restored.db");
    copies::unsign(&incoming)?;
    let restored = Storage::open(&Location::Sqlite(incoming.clone()), world.clone()).await?;
    let unreadable = restore::unreadable(&restored).await?;
    if !unreadable.is_empty() {
        restored.close().await;
        let message = format!(
            "this backup holds what Doorward cannot read, so that nobody knows what it opens ({}): take an earlier one",
            unreadable.join("; ")
        );
        return Err(Refusal::new(Code::BadUserInput, message).into());
    }
    let forget_key = !sealing::fits(&restored, config).await?;
    let order = Order { operator: operator_name(), made_at: about.made_at, forget_key };
    let report = restore::reconcile(&restored, replaced.as_ref(), &world, order).await;
    restored.close().await;
    if let Some(replaced) = &replaced {
        replaced.close().await;
    }
    let report = report?;
    // All of it into the one file that is moved.
    copies::settle(&incoming)?;
    Ok(Done { about, report, kept_as: None, unknown, forgot_key: forget_key })
}

/// What is to be replaced, as a copy that can be read while a server goes on with it; or why nobody can read it, since it
/// is broken.
///
/// # Errors
/// Whatever else is in the way, a full disk for one, passes or can be mended: nothing that was taken away comes back for it.
async fn replaced(
    scratch: &Scratch,
    database: &Path,
    world: &World,
) -> Result<(Option<Storage>, Option<String>), Error> {
    if !is_there(database)? {
        return Ok((None, None));
    }
    let copy = scratch.path.join("replaced.db");
    let (from, into) = (database.to_owned(), copy.clone());
    let copying = tokio::task::spawn_blocking(move || copies::copy_any(&from, &into));
    let copied = with_progress(copying, &copy, database).await;
    if let Some(why) = copied.map_err(|error| cannot_compare(database, &error))? {
        return Ok((None, Some(why)));
    }
    let location = Location::Sqlite(copy);
    let opened = match Storage::open(&location, world.clone()).await {
        // A newer release's: what concerns us is read as it is.
        Err(Error::Refusal(_)) => {
            let how = Opening { as_it_is: true, ..Opening::default() };
            Storage::open_as(&location, world.clone(), how).await
        }
        opened => opened,
    };
    let storage = opened.map_err(|error| cannot_compare(database, &error))?;
    Ok((Some(storage), None))
}

fn cannot_compare(database: &Path, error: &Error) -> Error {
    let message = format!(
        "the database that is here cannot be compared with the backup ({}), and nothing was changed: mend that, or move {} \
         away, and what was taken away since the backup may be back",
        error_text(error),
        database.display()
    );
    Refusal::new(Code::Unavailable, message).into()
}

fn is_there(database: &Path) -> Result<bool, Error> {
    let asked = database.try_exists();
    Ok(asked.map_err(|error| Fault::new("looking for a database", format!("{}: {error}", database.display())))?)
}

fn error_text(error: &Error) -> String {
    match error {
        Error::Refusal(refusal) => refusal.to_string(),
        Error::Fault(fault) => fault.cause.to_string(),
    }
}

fn kept_as(database: &Path, world: &World) -> PathBuf {
    let now: String = world.now().to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".replaced-{now}"));
    while Path::new(&name).exists() {
        name.push("x");
    }
    PathBuf::from(name)
}
