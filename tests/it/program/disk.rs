//! A disk of a test's own, to fill it, to close it, and to let it fail.

use super::figure;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk of its own; gone when this is dropped.
pub struct Disk(PathBuf);

impl Disk {
    /// In memory; `None`, with a loud word, where this machine lets nobody mount one: then the test tries nothing.
    pub fn mounted(at: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let mount = ["-t", "tmpfs", "-o", options, "doorward-test"];
        Self::mount(at, &mount)
    }

    /// In a file, with a file system that closes itself where it finds a fault; `None` as there.
    pub fn in_file(image: &Path, at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        File::create(image).unwrap().set_len(32 << 20).unwrap();
        let image = image.to_str().unwrap();
        let made = Command::new("mkfs.ext4").args(["-q", "-m", "0", "-E", "root_owner", image]).output();
        if made.is_ok_and(|done| done.status.success()) {
            return Self::mount(at, &["-o", "loop,errors=remount-ro", image]);
        }
        figure("NOT TRIED: a file system that closes itself, since there is no mkfs.ext4 here");
        None
    }

    fn mount(at: PathBuf, mount: &[&str]) -> Option<Self> {
        let mounted = Command::new("mount").args(mount).arg(&at).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Self(at));
        }
        // In a container even root may not: then it has to be said that this is meant.
        let is_meant = std::env::var_os("DOORWARD_TEST_NO_MOUNTS").is_some();
        assert!(
            is_meant || !rustix::process::geteuid().is_root(),
            "root cannot mount a disk here, so nothing of this can be tried: set DOORWARD_TEST_NO_MOUNTS=1 to do without"
        );
        figure(
            "NOT TRIED: a full disk and one that cannot be written, since nothing may be mounted here (run as root)",
        );
        None
    }

    pub fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", options]).arg(&self.0).status().unwrap();
        assert!(done.success());
    }

    /// Lets the file system in a file find a fault, by which it closes itself against writing.
    pub fn find_fault(&self) {
        let source = Command::new("findmnt").args(["-n", "-o", "SOURCE"]).arg(&self.0).output().unwrap();
        let source = String::from_utf8(source.stdout).unwrap();
        let device = source.trim().strip_prefix("/dev/").expect("it is on a device").to_owned();
        fs::write(format!("/sys/fs/ext4/{device}/trigger_fs_error"), "1").unwrap();
    }

    /// Writes until nothing more can be.
    pub fn fill(&self) -> PathBuf {
        let path = self.0.join("something-else");
        let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        for size in [64 * 1024, 4096, 512, 1] {
            while file.write_all(&vec![0x5a; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _still_in_use = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
