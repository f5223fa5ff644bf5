//! Files that somebody names: read whole, and never longer than they may be. What has no end would otherwise be read
//! until memory has.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// No file of settings is longer, and none that holds a single value.
pub const LONGEST: usize = 1 << 20;

/// Reads a text file of at most so many bytes.
///
/// # Errors
/// Says what is wrong, after the file's name.
pub fn read(path: &Path, most: usize) -> Result<String, String> {
    read_unnamed(path, most).map_err(|what| format!("{}: {what}", path.display()))
}

/// The same of a file whose name is not said: it may be a secret that somebody took for one.
pub(super) fn read_unnamed(path: &Path, most: usize) -> Result<String, String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(|error| error.to_string())?;
    if bytes.len() > most {
        return Err(format!("it is longer than {most} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::read;
    use std::path::Path;

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        assert_eq!(read(Path::new("/dev/zero"), 1000).unwrap_err(), "/dev/zero: it is longer than 1000 bytes");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.txt");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read(&path, 4).unwrap(), "four");
        assert!(read(&path, 3).is_err());
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(read(&path, 4).unwrap_err(), format!("{}: it is not UTF-8", path.display()));
    }
}
