//! Opening: the tables are made once, and what cannot be served is refused in words.

use doorward::error::Code;
use doorward::storage::{params, sql};
use futures_util::future::join_all;

use super::refusal;
use crate::databases::Database;

on_both! {
    async fn nodes_that_start_at_once_make_the_tables_once(database: Database) {
        let nodes = join_all((0..4).map(|_| database.try_open())).await;
        for node in nodes {
            let select = sql!("select version, name, applied_at, (select count(*) from revision) from migrations order by version");
            let rows = node.unwrap().read(|tx| tx.all(select, &[])).await.unwrap();
            assert_eq!(rows[0].get::<i64>(0).unwrap(), 1);
            assert_eq!(rows[0].get::<String>(1).unwrap(), "0001_foundation");
            assert_eq!(rows[0].get::<i64>(2).unwrap(), 1_772_323_200_000_000);
            assert_eq!(rows[0].get::<i64>(3).unwrap(), 1);
        }
    }

    async fn a_newer_database_is_refused_in_words(database: Database) {
        let storage = database.open().await;
        let insert = sql!("insert into migrations (version, name, applied_at) values ($1, $2, $3)");
        storage.write(|tx| tx.execute(insert, params![999, "0999_teleportation", 0])).await.unwrap();
        storage.close().await;
        let refusal = refusal(database.try_open().await);
        assert_eq!(refusal.code, Code::BadUserInput);
        assert!(
            refusal.message.starts_with("this database was last used by a newer Doorward (its tables are at step 999, \"0999_teleportation\""),
            "{refusal}"
        );
    }
}
