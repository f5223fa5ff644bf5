//! What only SQLite has: a file, its rights, one writer among processes, and a disk that fills up.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use doorward::storage::{Location, Storage, params, sql};
use doorward::world::World;
use futures_util::future::join_all;

use super::{fault, things, with_things};
use crate::databases::Database;

#[tokio::test]
async fn the_sqlite_within_is_one_that_keeps_its_data() {
    let database = Database::sqlite();
    let storage = database.open().await;
    let version: String = storage.read(|tx| tx.one(sql!("select sqlite_version()"), &[])?.get(0)).await.unwrap();
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    assert!(parts >= vec![3, 51, 3], "{version}");
    assert!(storage.is_new());
    assert!(!database.open().await.is_new());
}

#[tokio::test]
async fn what_is_written_is_on_the_disk_when_it_is_answered() {
    let database = Database::sqlite();
    let storage = database.open().await;
    let synchronous = |tx: &mut doorward::storage::Tx| {
        let full: i64 = tx.one(sql!("pragma synchronous"), &[])?.get(0)?;
        let journal: String = tx.one(sql!("pragma journal_mode"), &[])?.get(0)?;
        Ok((full, journal))
    };
    assert_eq!(storage.write(synchronous).await.unwrap(), (2, "wal".to_owned()));
}

#[tokio::test]
async fn nobody_else_can_read_the_files() {
    let outer = tempfile::tempdir().unwrap();
    let directory = outer.path().join("data");
    let storage = Storage::open(&Location::Sqlite(directory.join("doorward.sqlite")), World::real()).await.unwrap();
    storage.write(|tx| tx.execute(sql!("create table t (id integer) strict"), &[])).await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 5, "the database, -wal, -shm, .lock and .open: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn two_processes_write_to_one_file() {
    let database = Database::sqlite();
    let (here, there) = (with_things(&database).await, database.open().await);
    let writes = (0..400_i64).map(|id| {
        let storage = if id % 4 == 0 { &there } else { &here };
        storage.write(move |tx| tx.execute(sql!("insert into things (id) values ($1)"), params![id]))
    });
    for written in join_all(writes).await {
        assert_eq!(written.unwrap(), 1);
    }
    assert_eq!(things(&there).await, 400);
}

#[tokio::test]
async fn a_full_disk_is_a_passing_fault_and_forgets_nothing() {
    let database = Database::sqlite();
    let storage = with_things(&database).await;
    storage.write(|tx| tx.execute(sql!("insert into things (id) values (1)"), &[])).await.unwrap();
    storage.write(|tx| tx.all(sql!("pragma max_page_count = 1"), &[])).await.unwrap();
    let insert = |id: i64, name: String| {
        storage.write(move |tx| tx.execute(sql!("insert into things (id, name) values ($1, $2)"), params![id, name]))
    };
    let full = fault(insert(2, "x".repeat(100_000)).await);
    assert!(full.passing, "{full}");
    storage.write(|tx| tx.all(sql!("pragma max_page_count = 1000000"), &[])).await.unwrap();
    insert(3, "x".repeat(100_000)).await.unwrap();
    assert_eq!(things(&storage).await, 2);
}
