//! Revisions of the schema: written by whoever serves it, and read by everyone else.

use crate::databases::{Database, START};
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use doorward::permission::{Origins, PinnedGrant, Source, Surface, SurfaceSettings};
use doorward::revisions::{self, Revision};
use doorward::storage::{Storage, sql};
use doorward::world::World;

fn older() -> Valid<Schema> {
    Schema::parse_and_validate("type Query { a: Int b: Int }", "older").unwrap()
}

fn newer() -> Valid<Schema> {
    Schema::parse_and_validate("type Query { a: Int b: String c: Int }", "newer").unwrap()
}

/// Every coordinate with its revisions: what is written down.
async fn written(storage: &Storage) -> Vec<(String, i64, Option<i64>)> {
    let select = sql!("select coordinate, first_seen_revision, gone_revision from coordinates order by coordinate");
    let rows = storage.read(|tx| tx.all(select, &[])).await.unwrap();
    rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap())).collect()
}

/// What `Query.*` reaches if it was granted at that revision.
fn reached(schema: Valid<Schema>, revision: Revision, as_of: i64) -> Vec<String> {
    let surface = Surface::new(schema, Origins::all(Source::Own), SurfaceSettings::default(), revision.first_seen);
    let grant = PinnedGrant { grant: surface.accept("Query.*").unwrap(), as_of };
    surface.coordinates(&surface.compile(&[grant], false)).collect()
}

on_both! {
    async fn an_older_command_beside_a_newer_server_takes_nothing_from_it(database: Database) {
        let (storage, world) = (database.open().await, World::fixed(START));
        revisions::follow(&storage, &world, Source::Own, &older()).await.unwrap();
        revisions::follow(&storage, &world, Source::Own, &newer()).await.unwrap();
        let before = written(&storage).await;
        assert_eq!(before, [("Query.a".into(), 1, None), ("Query.b".into(), 2, None), ("Query.c".into(), 2, None)]);
        let seen = revisions::latest_of(&storage, &world, Source::Own, &older()).await.unwrap();
        assert_eq!(seen.number, 2);
        assert_eq!(written(&storage).await, before);
        let again = revisions::follow(&storage, &world, Source::Own, &newer()).await.unwrap();
        assert_eq!(again.number, 2);
    }

    async fn to_a_newer_command_what_the_server_does_not_serve_yet_is_new(database: Database) {
        let (storage, world) = (database.open().await, World::fixed(START));
        revisions::follow(&storage, &world, Source::Own, &older()).await.unwrap();
        let seen = revisions::latest_of(&storage, &world, Source::Own, &newer()).await.unwrap();
        assert_eq!(seen.number, 1);
        assert_eq!(reached(newer(), seen, 1), ["Query.a"]);
        assert_eq!(written(&storage).await.len(), 2);
    }

    async fn what_was_accepted_is_new_again_when_it_changes_or_comes_back(database: Database) {
        let (storage, world) = (database.open().await, World::fixed(START));
        let follow = async |schema: &Valid<Schema>| revisions::follow(&storage, &world, Source::Own, schema).await.unwrap();
        let accept = async || {
            let accept = sql!("update coordinates set accepted_at = 1 where accepted_at is null");
            storage.change(|tx| tx.execute(accept, &[])).await.unwrap()
        };
        let accepted = async || {
            let select = sql!("select coordinate from coordinates where accepted_at is not null order by coordinate");
            let rows = storage.read(|tx| tx.all(select, &[])).await.unwrap();
            rows.iter().map(|row| row.get::<String>(0).unwrap()).collect::<Vec<_>>().join(" ")
        };
        follow(&older()).await;
        let newer_revision = follow(&newer()).await;
        assert_eq!(reached(newer(), newer_revision, 1), ["Query.a"]);
        accept().await;
        assert_eq!(reached(newer(), follow(&newer()).await, 1), ["Query.a", "Query.b", "Query.c"]);
        // `b` leads to another type, `c` is gone.
        assert_eq!(reached(older(), follow(&older()).await, 1), ["Query.a"]);
        assert_eq!(accepted().await, "Query.a Query.c");
        // `c` is back.
        assert_eq!(reached(newer(), follow(&newer()).await, 1), ["Query.a"]);
        assert_eq!(accepted().await, "Query.a");
    }

    async fn the_first_command_on_an_empty_database_writes_the_first_revision(database: Database) {
        let (storage, world) = (database.open().await, World::fixed(START));
        let first = revisions::latest_of(&storage, &world, Source::Own, &older()).await.unwrap();
        assert_eq!((first.number, written(&storage).await.len()), (1, 2));
    }
}
