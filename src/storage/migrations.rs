//! The tables, step by step, the same for both databases. Steps are only ever added.

use crate::error::{Code, Error, Refusal};

/// One step.
pub(super) struct Migration {
    pub version: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal) => {
        Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// All steps, in their order.
const ALL: &[Migration] = &[
    migration!(1, "0001_foundation"),
    migration!(2, "0002_api"),
    migration!(3, "0003_addresses"),
    migration!(4, "0004_nodes"),
    migration!(5, "0005_console"),
];

/// The refusal where data was expected and there is none: what to do.
#[must_use]
pub fn no_data() -> Refusal {
    let message = "this database is empty, and with --expect-data an empty one is not served: look at --data-dir, \
                   --database and the file systems that should be mounted, or restore a backup; to begin anew, leave \
                   --expect-data out";
    Refusal::new(Code::NotFound, message)
}

/// The steps that a database still needs, given the newest it has; a refusal when that is newer than all we know.
pub(super) fn pending(newest: Option<(i64, String)>) -> Result<impl Iterator<Item = &'static Migration>, Error> {
    let known = ALL.last().map_or(0, |migration| migration.version);
    let (version, name) = newest.unwrap_or_default();
    if version > known {
        let message = format!(
            "this database was last used by a newer Doorward (its tables are at step {version}, \"{name}\"; this \
             program knows {known}): start the newer program, or restore a backup from before the upgrade"
        );
        return Err(Refusal::new(Code::BadUserInput, message).into());
    }
    Ok(ALL.iter().filter(move |migration| migration.version > version))
}

/// The steps up to this one.
pub(super) fn until(version: i64) -> impl Iterator<Item = &'static Migration> {
    ALL.iter().filter(move |migration| migration.version <= version)
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn steps_count_from_one_and_their_files_say_so() {
        for (index, migration) in ALL.iter().enumerate() {
            assert_eq!(migration.version, index as i64 + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.version)), "{}", migration.name);
        }
    }
}
