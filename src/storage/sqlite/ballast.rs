//! Room on the disk that a server keeps for what takes powers away. When the disk is full it is given up, by whoever finds
//! it so first, the server or a command, and nothing but that is written until there is room again: a token must be
//! revocable whatever fills the disk. Its file stays there without its bytes then, by which all others know.

use std::cell::Cell;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::open::beside;

/// How much is kept: as long as the log of writes grows before it is taken into the database, and that much again for
/// the database.
const KEPT: u64 = 8 << 20;
/// With less than this the disk is full.
const LOW: u64 = 1 << 20;
/// What there must be before the disk is full no longer: the ballast, and something for others besides.
const ENOUGH: u64 = KEPT + 2 * LOW;
/// How long a commit that failed for want of room, or room that was looked for in vain, is believed: by a quota a disk
/// is full though it tells of room.
const BELIEVED: Duration = Duration::from_secs(5);

/// The room that one server keeps, as the server has it or a command.
pub(super) struct Ballast {
    file: PathBuf,
    directory: PathBuf,
    /// Whether it is kept here, and taken again.
    keeps: bool,
    given_up: Cell<bool>,
    /// Until then the disk is full, whatever it tells.
    full_until: Cell<Option<Instant>>,
}

impl Ballast {
    /// Keeps room beside the database.
    pub(super) fn beside(database: &Path) -> Self {
        let ballast = Self { keeps: true, ..Self::of_a_server(database) };
        if ballast.room() > LOW {
            ballast.take(KEPT);
        }
        ballast
    }

    /// What a server keeps beside the database, for who does not serve.
    pub(super) fn of_a_server(database: &Path) -> Self {
        let directory = database.parent().unwrap_or_else(|| Path::new(".")).to_owned();
        let file = beside(database, ".reserve");
        Self { file, directory, keeps: false, given_up: Cell::default(), full_until: Cell::default() }
    }

    /// Whether the disk is full, asked before something is written. It costs a microsecond, and a write waits for the disk.
    pub(super) fn is_full(&self) -> bool {
        let (was_full, room) = (self.given_up.get(), self.room());
        if !was_full && (room < LOW || room <= ENOUGH && self.is_let_go()) {
            self.let_go();
        } else if was_full && room > ENOUGH && self.full_until.get().is_none_or(|until| Instant::now() >= until) {
            // Under a quota there is always room for the ballast that was let go; there must be some beside it, or it
            // would be let go again for a write, and the next revocation find none.
            if !self.keeps || self.take(ENOUGH) {
                self.given_up.set(false);
            } else {
                self.believe();
            }
        }
        self.given_up.get()
    }

    /// Whether it had to be given up.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.get()
    }

    /// Whether the next write will find the disk full.
    pub(super) fn is_low(&self) -> bool {
        let room = self.room();
        room < LOW || room <= ENOUGH && self.is_let_go()
    }

    /// Lets it go where the disk is so full that the database cannot even be opened; whether that makes room.
    pub(super) fn makes_room(&self) -> bool {
        let makes = self.room() < LOW && self.file.metadata().is_ok_and(|file| file.len() > 0);
        if makes {
            self.let_go();
        }
        makes
    }

    /// Whether whoever kept it had to let it go, or a command for them.
    fn is_let_go(&self) -> bool {
        self.file.metadata().is_ok_and(|file| file.len() == 0)
    }

    /// A commit found the disk full, by a quota perhaps that it does not tell of.
    pub(super) fn give_up(&self) {
        // Who keeps nothing has nothing to lose by trying again.
        if self.keeps {
            self.believe();
        }
        self.let_go();
    }

    fn believe(&self) {
        self.full_until.set(Instant::now().checked_add(BELIEVED));
    }

    fn let_go(&self) {
        if !self.given_up.replace(true) {
            let _not_there = OpenOptions::new().write(true).truncate(true).open(&self.file);
        }
    }

    fn room(&self) -> u64 {
        let Ok(about) = statvfs(&self.directory) else { return u64::MAX };
        // Some file systems keep blocks that root alone may use.
        let blocks = if geteuid().is_root() { about.f_bfree } else { about.f_bavail };
        blocks.saturating_mul(about.f_frsize)
    }

    /// Keeps the ballast, if so much room can be had; whether it can. A file system that cannot promise room has no
    /// ballast: it is told of in time all the same.
    fn take(&self, room: u64) -> bool {
        let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&self.file);
        let kept = open.and_then(|file| {
            fallocate(&file, FallocateFlags::empty(), 0, room)?;
            file.set_len(KEPT)
        });
        let Err(error) = kept else { return true };
        tracing::debug!(%error, "no room is kept for when the disk is full");
        // Where it had been let go, that is still to be known.
        let _not_there = if self.given_up.get() {
            OpenOptions::new().write(true).truncate(true).open(&self.file).map(|_| ())
        } else {
            fs::remove_file(&self.file)
        };
        ![Errno::NOSPC, Errno::DQUOT, Errno::INTR].iter().any(|no| error.raw_os_error() == Some(no.raw_os_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_failed_is_believed_for_a_while_though_the_disk_tells_of_room() {
        let directory = tempfile::tempdir().unwrap();
        let ballast = Ballast::beside(&directory.path().join("doorward.db"));
        assert!(!ballast.is_full());
        ballast.give_up();
        assert!(ballast.is_full() && ballast.file.metadata().unwrap().len() == 0);
        assert!(ballast.is_full(), "the room that it has just let go is no room");
        ballast.full_until.set(Some(Instant::now()));
        assert!(!ballast.is_full() && !ballast.is_given_up());
        if let Ok(about) = ballast.file.metadata() {
            assert_eq!(about.len(), KEPT, "what was looked for beside it is not kept");
        }
    }

    #[test]
    fn what_a_command_lets_go_the_server_knows_and_the_other_way_round() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("doorward.db");
        let server = Ballast::beside(&database);
        let command = Ballast::of_a_server(&database);
        assert!(!command.is_full() && !server.is_let_go());
        command.let_go();
        assert!(server.is_let_go() && Ballast::of_a_server(&database).is_let_go());
        assert!(!command.is_full(), "there is room in truth, and it is the server that keeps some of it");
        assert!(command.is_let_go());
        server.given_up.set(true);
        assert!(!server.is_full() && !command.is_let_go());
    }
}
