//! Files that are not whole yet: where they lie, and what is shown of them while they grow.

use super::output;
use crate::error::{Error, Fault};
use crate::world::World;
use std::fs;
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

/// A directory for files that are not whole yet, beside the database: closed to others, and gone when this is dropped,
/// with the data directory where that was made for it and is still empty.
pub struct Scratch(pub PathBuf, bool);

impl Scratch {
    /// Makes it under a name that nobody had: other processes have theirs beside it, and in containers that share a volume
    /// they may have our number too.
    pub fn beside(database: &Path, world: &World) -> Result<Self, Error> {
        let directory = database.parent().unwrap_or_else(|| Path::new(".")).to_owned();
        let is_new = !directory.exists();
        let mut random = [0; 16];
        world.fill(&mut random);
        let path = directory.join(format!(".copy-{:032x}", u128::from_le_bytes(random)));
        let io =
            |error: io::Error| Fault::new("making a directory for the copy", format!("{}: {error}", path.display()));
        fs::DirBuilder::new().mode(0o700).recursive(true).create(&directory).map_err(io)?;
        // Not `recursive`, which would take one that is there.
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(io)?;
        Ok(Self(path, is_new))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be taken away now is in nobody's way.
        let _left = fs::remove_dir_all(&self.0);
        if let (true, Some(directory)) = (self.1, self.0.parent()) {
            let _holds_data = fs::remove_dir(directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scratch;
    use crate::world::World;
    use std::fs;

    #[test]
    fn each_has_its_own_and_takes_away_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("doorward.db");
        let one = Scratch::beside(&database, &World::real()).unwrap();
        fs::write(one.0.join("copy"), "half of it").unwrap();
        let other = Scratch::beside(&database, &World::real()).unwrap();
        assert_ne!(one.0, other.0);
        drop(other);
        assert!(one.0.join("copy").exists());
        drop(one);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
