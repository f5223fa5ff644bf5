//! Room on the disk that is kept for what takes powers away. When the disk is full it is given up, and nothing but that is
//! written until there is room again: a token must be revocable whatever fills the disk.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::process::geteuid;

use super::open::beside;

/// How much is kept: as long as the log of writes grows before it is taken into the database, and that much again for
/// the database.
const KEPT: u64 = 8 << 20;
/// With less than this the disk is full.
const LOW: u64 = 1 << 20;

/// The room that one server keeps.
pub(super) struct Ballast {
    file: PathBuf,
    directory: PathBuf,
    full: Arc<AtomicBool>,
}

impl Ballast {
    /// Keeps room beside the database. `full` says whether it had to be given up.
    pub(super) fn beside(database: &Path, full: Arc<AtomicBool>) -> Self {
        let directory = database.parent().unwrap_or_else(|| Path::new(".")).to_owned();
        let ballast = Self { file: beside(database, ".reserve"), directory, full };
        if ballast.room() > LOW {
            ballast.take();
        }
        ballast
    }

    /// Whether the disk is full, asked before something is written. It costs a microsecond, and a write waits for the disk.
    pub(super) fn is_full(&self) -> bool {
        let (was_full, room) = (self.full.load(Ordering::Relaxed), self.room());
        if !was_full && room < LOW {
            self.give_up();
        } else if was_full && room > KEPT + 2 * LOW {
            self.take();
            self.full.store(false, Ordering::Relaxed);
            tracing::info!("there is room on the disk again: everything is written");
        }
        self.full.load(Ordering::Relaxed)
    }

    /// The disk was found full, by a quota perhaps that it does not tell of.
    pub(super) fn give_up(&self) {
        if !self.full.swap(true, Ordering::Relaxed) {
            tracing::error!("the disk is full: nothing is written but what takes powers away");
            let _not_there = fs::remove_file(&self.file);
        }
    }

    fn room(&self) -> u64 {
        let Ok(about) = statvfs(&self.directory) else { return u64::MAX };
        // Some file systems keep blocks that root alone may use.
        let blocks = if geteuid().is_root() { about.f_bfree } else { about.f_bavail };
        blocks.saturating_mul(about.f_frsize)
    }

    /// A file system that cannot promise room has no ballast: it is told of in time all the same.
    fn take(&self) {
        let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&self.file);
        let kept = open.map_err(|error| error.to_string()).and_then(|file: File| {
            fallocate(file, FallocateFlags::empty(), 0, KEPT).map_err(|error| error.to_string())
        });
        if let Err(error) = kept {
            tracing::debug!(error, "no room is kept for when the disk is full");
            let _not_there = fs::remove_file(&self.file);
        }
    }
}
