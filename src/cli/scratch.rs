//! Files that are not whole yet: where they lie, and what is shown of them while they grow.

use super::output;
use crate::error::{Error, Fault};
use crate::world::World;
use std::fs::{self, File};
use std::io::{self, IsTerminal as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often progress is shown.
const SHOWN_EVERY: Duration = Duration::from_millis(250);

/// Says how far it is, where somebody looks on.
pub async fn with_progress<T: Send + 'static>(
    work: tokio::task::JoinHandle<Result<T, Error>>,
    growing: &Path,
    like: &Path,
) -> Result<T, Error> {
    let shown = io::stderr().is_terminal();
    let mut ticks = tokio::time::interval(SHOWN_EVERY);
    ticks.tick().await;
    tokio::pin!(work);
    let mut said = false;
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            _ = ticks.tick() => if shown {
                let size = |path: &Path| fs::metadata(path).map_or(0, |about| about.len()) >> 20;
                output::say_over(&format!("copying: {} of about {} MiB", size(growing), size(like)));
                said = true;
            }
        }
    };
    if said {
        output::say_over("");
    }
    done.map_err(|error| Fault::new("copying the database", error))?
}

/// What the names of such directories begin with.
const BEGINNING: &str = ".copy-";

/// A directory for files that are not whole yet: closed to others, and gone when this is dropped, with the data directory
/// where that was made for it and is still empty. As long as it is locked, somebody works in it.
pub struct Scratch {
    /// Where it is.
    pub path: PathBuf,
    /// The data directory, where it was made for this.
    made: Option<PathBuf>,
    /// Unlocked with it.
    _locked: File,
}

impl Scratch {
    /// Makes it beside the database, under a name that nobody had: other processes have theirs beside it, and in
    /// containers that share a volume they may have our number too. What a command that was killed has left there is taken
    /// away.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn beside(database: &Path, world: &World) -> Result<Self, Error> {
        let directory = database.parent().unwrap_or_else(|| Path::new("."));
        let is_new = !directory.exists();
        let io = |error: io::Error| {
            Fault::new("making a directory for the copy", format!("{}: {error}", directory.display()))
        };
        fs::DirBuilder::new().mode(0o700).recursive(true).create(directory).map_err(io)?;
        for path in left_over(directory) {
            if fs::remove_dir_all(&path).is_ok() {
                output::say(&format!("took away {}, which a command that was killed had left", path.display()));
            }
        }
        let mut scratch = Self::within(directory, world)?;
        scratch.made = is_new.then(|| directory.to_owned());
        Ok(scratch)
    }

    /// Makes it in a directory that is there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn within(directory: &Path, world: &World) -> Result<Self, Error> {
        loop {
            let mut random = [0; 16];
            world.fill(&mut random);
            let path = directory.join(format!("{BEGINNING}{:032x}", u128::from_le_bytes(random)));
            // Not `recursive`, which would take one that is there.
            let made = fs::DirBuilder::new().mode(0o700).create(&path).and_then(|()| {
                let locked = File::open(&path)?;
                locked.lock()?;
                Ok(locked)
            });
            let locked = made.map_err(|error| {
                Fault::new("making a directory for the copy", format!("{}: {error}", path.display()))
            })?;
            // Before it was locked, somebody may have taken it for one that was left.
            if path.exists() {
                return Ok(Self { path, made: None, _locked: locked });
            }
        }
    }
}

/// Such directories that nobody works in: their command was killed.
pub fn left_over(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let is_left = |path: &Path| path.is_dir() && File::open(path).is_ok_and(|file| file.try_lock().is_ok());
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(BEGINNING));
    ours.map(|entry| entry.path()).filter(|path| is_left(path)).collect()
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be taken away now is in nobody's way.
        let _left = fs::remove_dir_all(&self.path);
        if let Some(directory) = &self.made {
            let _holds_data = fs::remove_dir(directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scratch, left_over};
    use crate::world::World;
    use std::fs;

    #[test]
    fn each_has_its_own_and_takes_away_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("doorward.db");
        let one = Scratch::beside(&database, &World::real()).unwrap();
        fs::write(one.path.join("copy"), "half of it").unwrap();
        let other = Scratch::beside(&database, &World::real()).unwrap();
        assert_ne!(one.path, other.path);
        drop(other);
        assert!(one.path.join("copy").exists());
        drop(one);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_nobody_works_in_any_more_is_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("doorward.db");
        let left = directory.path().join(".copy-00000000000000000000000000000000");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("restored.db"), "half of it").unwrap();
        let one = Scratch::beside(&database, &World::real()).unwrap();
        assert!(!left.exists() && one.path.exists());
        assert_eq!(left_over(directory.path()), Vec::<std::path::PathBuf>::new());
    }
}
