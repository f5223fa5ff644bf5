//! The machine: its clock, and who else may read the files.

use super::Finding;
use crate::cli::place::quoted;
use crate::cli::scratch;
use crate::config::{Config, Given, Origin, Reading};
use crate::storage::{self, Storage};
use crate::world::{Timestamp, World};
use crate::{audit, proxies};
use rustix::fs::{Access, access};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

const CLOCK: &str = "clock";
const FILES: &str = "files";

/// How far two clocks may be apart, in microseconds.
const APART: i64 = 2_000_000;
/// How long the clock is looked at, and by how much it may go another way meanwhile.
const LOOKED_AT: Duration = Duration::from_millis(200);
const JUMP: i64 = 50_000;

/// Whether the clock goes evenly, and agrees with the database's and with what was written down.
pub async fn clock(world: &World, storage: Option<&Storage>, theirs: Option<Timestamp>) -> Vec<Finding> {
    let mend = "let a time service (chrony, systemd-timesyncd) keep it: tokens end and are refused by it";
    let mut found = Vec::new();
    let now = world.now();
    if let Some(theirs) = theirs {
        let apart = now.0 - theirs.0;
        if apart.abs() > APART {
            let (seconds, way) = (apart.abs() / 1_000_000, if apart > 0 { "ahead of" } else { "behind" });
            found.push(Finding::fault(CLOCK, format!("it is {seconds} s {way} the database's"), mend));
        }
    }
    if let Some(storage) = storage
        && let Ok(Some(last)) = storage.read(audit::newest_at).await
        && last.0 - now.0 > APART
    {
        found.push(Finding::fault(
            CLOCK,
            format!("the last change was written at {last}, which is still to come"),
            mend,
        ));
    }
    let (began, wall) = (Instant::now(), world.now());
    tokio::time::sleep(LOOKED_AT).await;
    let gone = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
    if (world.now().0 - wall.0 - gone).abs() > JUMP {
        found.push(Finding::warning(CLOCK, "it jumped while it was looked at", mend));
    }
    if found.is_empty() {
        found.push(Finding::ok(CLOCK, format!("{now}, and it goes evenly")));
    }
    found
}

/// Whether somebody says that they ask for others, and is not believed.
pub async fn proxies(world: &World, storage: &Storage) -> Vec<Finding> {
    let since = world.now().plus_days(-1);
    let seen = storage.read(move |tx| proxies::untrusted(tx, since)).await.unwrap_or_default();
    let told = |(address, at): (String, Timestamp)| {
        Finding::warning(
            "proxies",
            format!("{address} sends X-Forwarded-For and is not in `trusted_proxies` (last seen {at}): it is ignored"),
            "if it is your proxy, list it in `trusted_proxies`; until then all its clients count as one address",
        )
    };
    seen.into_iter().map(told).collect()
}

/// Whether others may read the files that hold secrets of the configuration.
pub fn files(reading: &Reading, given: &Given<'_>) -> Vec<Finding> {
    let secrets = reading.settings().filter(|setting| setting.key.secret);
    let mut paths: Vec<String> = secrets
        .filter_map(|setting| match setting.origin {
            Origin::File(name) => Some(name),
            Origin::Environment(name) if name.ends_with("_FILE") => {
                given.environment.iter().find(|(key, _)| *key == name).map(|(_, path)| path.clone())
            }
            _ => None,
        })
        .collect();
    paths.sort();
    paths.dedup();
    paths.iter().filter_map(|path| open_to_others(Path::new(path), 0o004, "holds a secret")).collect()
}

/// Whether others may look into the data.
pub fn data(config: &Config) -> Vec<Finding> {
    if config.database.url.is_some() || !config.data_dir.exists() {
        return Vec::new();
    }
    let mut found: Vec<Finding> = open_to_others(&config.data_dir, 0o077, "holds the data").into_iter().collect();
    let entries = std::fs::read_dir(&config.data_dir).into_iter().flatten().flatten();
    found.extend(entries.filter_map(|entry| open_to_others(&entry.path(), 0o077, "holds data")));
    if let Err(error) = access(&config.data_dir, Access::WRITE_OK) {
        let message = format!("{} cannot be written: {error}", config.data_dir.display());
        let to_do = "see that its file system is not mounted read-only, and that the directory is yours";
        found.push(Finding::fault(FILES, message, to_do));
    }
    if storage::is_disk_full(&config.data_dir.join("doorward.db")) {
        let message = format!(
            "the disk of {} is full: nothing is written but what changes powers, such as revoking a token",
            config.data_dir.display()
        );
        found.push(Finding::fault(FILES, message, "make room: a few ten MiB are enough to go on"));
    }
    found.extend(scratch::left_over(&config.data_dir).into_iter().map(|path| {
        let message = format!("{} is left over from a restore or a backup that was killed", path.display());
        Finding::warning(FILES, message, "the next `doorward restore` takes it away; it can be deleted")
    }));
    if found.is_empty() {
        found.push(Finding::ok(FILES, format!("{} is closed to others", config.data_dir.display())));
    }
    found
}

/// A finding where a file has any of these bits in its mode.
fn open_to_others(path: &Path, bits: u32, what: &str) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & bits != 0).then(|| {
        let closed = mode & !0o077;
        let message = format!("{} {what} and is open to other users of the machine (mode {mode:o})", path.display());
        Finding::fault(FILES, message, format!("chmod {closed:o} {}", quoted(path)))
    })
}
