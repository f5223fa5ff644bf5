//! What a start asks for: the right key, and data where some must be.

use super::Program;
use crate::databases::Database;
use insta::assert_snapshot;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER: &str = "//////////////////////////////////////////8=";

fn refused(program: &Program) -> String {
    program.run(["serve", "--listen", "127.0.0.1:0"]).told()
}

#[test]
fn the_first_start_makes_a_key_that_later_starts_must_have() {
    let program = Program::new();
    program.serve().stop();
    let file = program.directory().join("doorward-data/key");
    let key = fs::read_to_string(&file).unwrap();
    assert_eq!((key.len(), fs::metadata(&file).unwrap().permissions().mode() & 0o777), (45, 0o600));
    program.serve().stop();
    assert_eq!(fs::read_to_string(&file).unwrap(), key);

    fs::remove_file(&file).unwrap();
    assert_snapshot!(refused(&program), @"
    exit 1
    err  doorward: the key of this database is missing: put doorward-data/key back, or set `key` (DOORWARD_KEY)
    ");
    assert!(!file.exists(), "no other key may take its place");
    fs::write(&file, "no key").unwrap();
    assert_snapshot!(refused(&program), @"
    exit 1
    err  doorward: doorward-data/key does not hold 32 bytes in base64: put the right file back
    ");
    fs::write(&file, OTHER).unwrap();
    assert_snapshot!(refused(&program), @"
    exit 1
    err  doorward: this is not the key that this database was sealed with: set `key` (DOORWARD_KEY) to the right one, or leave it out where the file `key` in the data directory holds it
    ");
    // It may as well be configured.
    let program = program.with("DOORWARD_KEY", key.trim());
    program.serve().stop();
}

on_both! {
    async fn a_configured_key_is_the_same_for_all_nodes(database: Database) {
        let program = Program::on(&database).with("DOORWARD_KEY", ONE);
        program.serve().stop();
        assert!(!program.directory().join("doorward-data/key").exists());
        let with = |key: Option<&str>| {
            let mut other = Program::on(&database);
            if database.url().is_none() {
                other = other.with("DOORWARD_DATA_DIR", program.directory().join("doorward-data").to_str().unwrap());
            }
            key.map_or_else(|| Program { directory: tempfile::tempdir().unwrap(), environment: other.environment.clone() }, |key| {
                Program { directory: tempfile::tempdir().unwrap(), environment: other.environment.clone() }.with("DOORWARD_KEY", key)
            })
        };
        assert_snapshot!(refused(&with(Some(OTHER))), @"
        exit 1
        err  doorward: this is not the key that this database was sealed with: set `key` (DOORWARD_KEY) to the right one, or leave it out where the file `key` in the data directory holds it
        ");
        assert_snapshot!(refused(&with(Some("short"))), @"
        exit 1
        err  doorward: DOORWARD_KEY: `key` must be 32 bytes in base64, as `openssl rand -base64 32` prints them
        ");
        assert!(refused(&with(None)).contains("key"));
        with(Some(ONE)).serve().stop();
    }

    async fn where_data_is_expected_an_empty_database_is_not_served(database: Database) {
        let program = Program::on(&database);
        let expecting = ["serve", "--listen", "127.0.0.1:0", "--expect-data"];
        assert_snapshot!(program.run(expecting).told(), @"
        exit 1
        err  doorward: this database is empty, and with --expect-data an empty one is not served: look at --data-dir, --database and the file systems that should be mounted, or restore a backup; to begin anew, leave --expect-data out
        ");
        assert!(!program.directory().join("doorward-data").exists(), "nothing is made");
        // Tables alone are no data.
        program.does(["user", "list"]);
        assert_eq!(program.run(expecting).status, 1);
        program.add_user("mia", &[]);
        let server = program.serve_with(&["--expect-data"]);
        assert_eq!(server.http.get("/readyz").status, 200);
    }
}

#[test]
fn on_postgresql_no_key_is_made() {
    crate::databases::run(async {
        let program = Program::on(&Database::postgres().await);
        program.serve().stop();
        program.serve().stop();
        assert!(!program.directory().join("doorward-data").exists());
    });
}

#[test]
fn a_second_server_on_one_data_directory_is_warned_of() {
    let program = Program::new();
    let server = program.serve();
    assert!(!server.said.so_far().contains("another `doorward serve`"), "{}", server.said.so_far());
    let second = program.serve();
    second.said.wait_for("the warning", |said| {
        said.contains("another `doorward serve` has this data directory").then_some(())
    });
    second.stop();
    server.stop();
    let third = program.serve();
    assert!(!third.said.so_far().contains("another `doorward serve`"), "{}", third.said.so_far());
}
