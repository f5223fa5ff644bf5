//! Room on the disk that a server keeps for what changes powers. When the disk is full it is given up, by the server or
//! by a command, whichever meets it first, and nothing but that is written until there is room again: a token must be
//! revocable whatever fills the disk. An empty file says to all of them, and to the next server, that it was given up.

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
    /// Whether it is kept from here. Commands give it up and take it again where there is one, and make none.
    keeps: bool,
    /// It was given up, and that could not be written down.
    given_up: Cell<bool>,
    /// Until then the disk is full, whatever it tells.
    full_until: Cell<Option<Instant>>,
}

impl Ballast {
    /// Keeps room beside the database; what was given up before is not there before there is room.
    pub(super) fn beside(database: &Path) -> Self {
        let ballast = Self { keeps: true, ..Self::of_a_server(database) };
        if !ballast.is_full() {
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

    /// Whether the disk is full, asked before something is written. It costs a microsecond or two, and a write waits for the
    /// disk.
    pub(super) fn is_full(&self) -> bool {
        let room = self.room();
        if room < LOW && !self.is_given_up() {
            self.let_go();
        } else if room > ENOUGH
            && self.is_given_up()
            && self.full_until.get().is_none_or(|until| Instant::now() >= until)
        {
            // Under a quota there is always room for the ballast that was let go; there must be some beside it, or it
            // would be let go again for a write, and the next revocation find none.
            if self.take(ENOUGH) {
                self.given_up.set(false);
            } else {
                self.believe();
            }
        }
        self.is_given_up()
    }

    /// Whether it had to be given up, by whomever.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.get() || self.file.metadata().is_ok_and(|file| file.len() == 0)
    }

    /// Whether the next write will find the disk full.
    pub(super) fn is_low(&self) -> bool {
        let room = self.room();
        room < LOW || room <= ENOUGH && self.is_given_up()
    }

    /// Lets it go where the disk is so full that the database cannot even be opened; whether that makes room.
    pub(super) fn makes_room(&self) -> bool {
        let makes = self.room() < LOW && self.file.metadata().is_ok_and(|file| file.len() > 0);
        if makes {
            self.let_go();
        }
        makes
    }

    /// A commit found the disk full, by a quota perhaps that it does not tell of.
    pub(super) fn give_up(&self) {
        if self.keeps {
            self.believe();
        }
        self.let_go();
    }

    fn believe(&self) {
        self.full_until.set(Instant::now().checked_add(BELIEVED));
    }

    fn let_go(&self) {
        let emptied = OpenOptions::new().write(true).create(self.keeps).truncate(true).mode(0o600).open(&self.file);
        self.given_up.set(emptied.is_err());
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
        let was_given_up = self.is_given_up();
        let open = OpenOptions::new().write(true).create(self.keeps).truncate(false).mode(0o600).open(&self.file);
        let kept = open.and_then(|file| {
            fallocate(&file, FallocateFlags::empty(), 0, room)?;
            file.set_len(KEPT)
        });
        let Err(error) = kept else { return true };
        tracing::debug!(%error, "no room is kept for when the disk is full");
        let no_room = [Errno::NOSPC, Errno::DQUOT, Errno::INTR];
        let no_room = no_room.iter().any(|no| error.raw_os_error() == Some(no.raw_os_error()));
        if no_room && was_given_up {
            self.let_go();
        } else {
            let _not_there = fs::remove_file(&self.file);
        }
        !no_room
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
    fn what_one_lets_go_the_others_know_and_take_again_once_there_is_room() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("doorward.db");
        let server = Ballast::beside(&database);
        let command = Ballast::of_a_server(&database);
        if server.file.metadata().is_err() {
            // This file system promises no room.
            return;
        }
        let kept = || server.file.metadata().unwrap().len() == KEPT;
        assert!(kept() && !command.is_full() && !server.is_given_up());
        // There is room in truth, so that whoever looks next takes it again: the server itself, ...
        command.let_go();
        assert!(server.is_given_up() && Ballast::of_a_server(&database).is_given_up());
        assert!(!server.is_full() && kept() && !command.is_given_up());
        // ... a command, ...
        command.let_go();
        assert!(!command.is_full() && kept() && !server.is_given_up());
        // ... or the next server, even while the one before still believes a commit that failed.
        server.give_up();
        assert!(server.is_full() && !kept());
        assert!(!Ballast::beside(&database).is_full() && kept() && !server.is_full());
    }

    #[test]
    fn a_command_keeps_no_room_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let command = Ballast::of_a_server(&directory.path().join("doorward.db"));
        command.give_up();
        assert!(command.is_given_up());
        assert!(!command.is_full() && !command.file.exists());
    }
}
