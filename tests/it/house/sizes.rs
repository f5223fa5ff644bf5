//! Files that one reads in one go.

use super::{inside, sources};

/// No file is longer.
const LONGEST: usize = 500;
/// Nine files in ten are no longer.
const MOST: usize = 300;
/// Half of the files are no longer.
const HALF: usize = 130;

#[test]
fn files_stay_readable() {
    let mut sizes: Vec<(usize, String)> =
        sources("src").into_iter().map(|(path, text)| (text.lines().count(), inside(&path))).collect();
    sizes.sort();
    let (longest, file) = sizes.last().unwrap();
    assert!(*longest <= LONGEST, "{file} has {longest} lines: split it by verb");
    let (most, file) = &sizes[sizes.len() * 9 / 10];
    assert!(*most <= MOST, "too many files over {MOST} lines, {file} among them");
    let (half, _) = &sizes[sizes.len() / 2];
    assert!(*half <= HALF, "the median file has {half} lines");
}

#[test]
fn every_module_says_what_it_is() {
    for folder in ["src", "tests"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{} begins without a //! that says what it owns", inside(&path));
        }
    }
}
