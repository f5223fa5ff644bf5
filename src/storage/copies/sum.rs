//! The last line of a backup's file: a checksum of all that stands before it. It tells a file that came whole from one
//! that a disk or a way changed; whoever may write the file may write another line, too.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// What the line begins with; the digest follows in hexadecimal, and an end of line.
const BEGINNING: &str = "\ndoorward backup sha256 ";
/// How long the line is.
const LENGTH: usize = BEGINNING.len() + 64 + 1;
/// So much is read at a time.
const AT_ONCE: usize = 1 << 20;

/// What the last line of a file says of the rest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Summed {
    /// The checksum is that of so many bytes before it.
    Fits(u64),
    /// It is of something else.
    Differs,
    /// There is no such line.
    Lacks,
}

/// Adds the line, and sees to it that the whole file is on the disk.
pub(super) fn add(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let size = file.metadata()?.len();
    let line = line(&mut file, size)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

/// Holds a file to its last line.
pub(super) fn check(path: &Path) -> io::Result<Summed> {
    let mut file = File::open(path)?;
    let length = LENGTH as u64;
    let Some(size) = file.metadata()?.len().checked_sub(length) else { return Ok(Summed::Lacks) };
    let mut found = [0; LENGTH];
    file.seek(SeekFrom::Start(size))?;
    file.read_exact(&mut found)?;
    if !found.starts_with(BEGINNING.as_bytes()) {
        return Ok(Summed::Lacks);
    }
    file.rewind()?;
    let wanted = line(&mut file, size)?;
    Ok(if found == wanted.as_bytes() { Summed::Fits(size) } else { Summed::Differs })
}

/// Takes the line off again, where there is one.
pub(super) fn take_off(path: &Path) -> io::Result<()> {
    if let Summed::Fits(size) = check(path)? {
        OpenOptions::new().write(true).open(path)?.set_len(size)?;
    }
    Ok(())
}

/// The line for the first bytes of a file.
fn line(file: &mut File, size: u64) -> io::Result<String> {
    let (mut digest, mut left, mut part) = (Sha256::new(), size, vec![0; AT_ONCE]);
    while left > 0 {
        let wanted = usize::try_from(left).map_or(AT_ONCE, |left| left.min(AT_ONCE));
        file.read_exact(&mut part[..wanted])?;
        digest.update(&part[..wanted]);
        left -= wanted as u64;
    }
    let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{BEGINNING}{hex}\n"))
}

#[cfg(test)]
mod tests {
    use super::{Summed, add, check, take_off};
    use std::fs;

    #[test]
    fn a_file_whose_bytes_were_changed_is_told_from_one_that_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.backup");
        let content = vec![7; (1 << 20) + 5];
        fs::write(&path, &content).unwrap();
        assert_eq!(check(&path).unwrap(), Summed::Lacks);
        add(&path).unwrap();
        assert_eq!(check(&path).unwrap(), Summed::Fits(content.len() as u64));
        let whole = fs::read(&path).unwrap();
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut other = whole.clone();
            change(&mut other);
            fs::write(&path, other).unwrap();
            check(&path).unwrap()
        };
        assert_eq!(with(&|bytes| bytes[1 << 20] = 8), Summed::Differs);
        assert_eq!(with(&|bytes| bytes[0] = 8), Summed::Differs);
        assert_eq!(with(&|bytes| bytes.rotate_left(1)), Summed::Lacks, "the line is not at the end any more");
        assert_eq!(with(&|bytes| bytes.truncate(1 << 20)), Summed::Lacks);
        assert_eq!(with(&|bytes| bytes.push(b'\n')), Summed::Lacks);
        assert_eq!(with(&|bytes| bytes.clear()), Summed::Lacks);
        fs::write(&path, &whole).unwrap();
        take_off(&path).unwrap();
        assert!(fs::read(&path).unwrap() == content);
    }
}
