//! All or nothing, whoever fails, panics or hangs up.

use doorward::error::{Code, Refusal};
use doorward::storage::{Subject, on_conflict, params, sql};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::oneshot;

use super::{fault, refusal, things, with_things};
use crate::databases::Database;

on_both! {
    async fn a_closure_that_refuses_leaves_nothing_behind(database: Database) {
        let storage = with_things(&database).await;
        let refused = storage
            .change(|tx| -> Result<(), _> {
                tx.execute(sql!("insert into things (id) values (1)"), &[])?;
                tx.tell(Subject::Everything)?;
                Err(Refusal::new(Code::Forbidden, "not today").into())
            })
            .await;
        assert_eq!(refusal(refused).message, "not today");
        assert_eq!(things(&storage).await, 0);
        let row = storage.read(|tx| tx.one(sql!("select n, (select count(*) from events) from revision"), &[])).await.unwrap();
        assert_eq!((row.get::<i64>(0).unwrap(), row.get::<i64>(1).unwrap()), (0, 0));
    }

    async fn a_failed_statement_ends_the_transaction(database: Database) {
        let storage = with_things(&database).await;
        let went_on = storage
            .write(|tx| {
                tx.execute(sql!("insert into things (id) values (1)"), &[])?;
                let _ignored = tx.execute(sql!("insert into things (id) values (1)"), &[]);
                let after = fault(tx.execute(sql!("insert into things (id) values (2)"), &[]));
                assert!(after.to_string().contains("an earlier statement of the transaction has failed"), "{after}");
                Ok(())
            })
            .await;
        assert_eq!(fault(went_on).to_string(), "running a transaction: it went on after a statement had failed");
        assert_eq!(things(&storage).await, 0);
    }

    async fn a_taken_name_becomes_the_features_refusal(database: Database) {
        let storage = with_things(&database).await;
        storage.write(|tx| tx.execute(sql!("insert into things values (1, 'a', 1, 1)"), &[])).await.unwrap();
        let taken = |id: i64, name: &'static str, kind: i64, columns: &'static str| {
            let storage = storage.clone();
            async move {
                let insert = sql!("insert into things values ($1, $2, $3, 1)");
                let refused = move |tx: &mut doorward::storage::Tx| {
                    let result = tx.execute(insert, params![id, name, kind]);
                    on_conflict(result, "things", columns, || Refusal::input("name", "taken"))
                };
                storage.write(refused).await
            }
        };
        assert_eq!(refusal(taken(2, "a", 2, "name").await).message, "taken");
        assert_eq!(refusal(taken(2, "b", 1, "kind, size").await).message, "taken");
        assert_eq!(refusal(taken(1, "b", 2, "primary key").await).message, "taken");
        assert!(!fault(taken(2, "b", 1, "name").await).passing, "another rule is another matter");
        assert_eq!(taken(2, "b", 2, "name").await.unwrap(), 1);
    }

    async fn what_does_not_exist_cannot_be_referred_to(database: Database) {
        let storage = with_things(&database).await;
        let create = sql!("create table parts (thing bigint not null references things (id))");
        storage.write(|tx| tx.execute(create, &[])).await.unwrap();
        let dangling = storage
            .write(|tx| tx.execute(sql!("insert into parts (thing) values ($1)"), params![7]))
            .await;
        assert_eq!(fault(dangling).cause.to_string(), "foreign key violated");
    }

    async fn a_panic_is_a_fault_and_the_next_transaction_runs(database: Database) {
        let storage = with_things(&database).await;
        let panicked = storage
            .change(|tx| -> Result<(), _> {
                tx.execute(sql!("insert into things (id) values (1)"), &[])?;
                panic!("on purpose");
            })
            .await;
        assert_eq!(fault(panicked).to_string(), "running a transaction: its code panicked");
        assert!(fault(storage.read(|_| -> Result<(), _> { panic!("on purpose") }).await).to_string().contains("panicked"));
        storage.write(|tx| tx.execute(sql!("insert into things (id) values (2)"), &[])).await.unwrap();
        assert_eq!(things(&storage).await, 1);
    }

    async fn each_of_many_at_once_keeps_its_own_fate(database: Database) {
        let storage = with_things(&database).await;
        let attempts = (0..60_i64).map(|id| {
            storage.change(move |tx| {
                tx.execute(sql!("insert into things (id) values ($1)"), params![id])?;
                tx.tell(Subject::Token(id))?;
                match id % 4 {
                    0 => Ok(id),
                    1 => Err(Refusal::new(Code::Forbidden, "no").into()),
                    2 => tx.one(sql!("select nothing from nowhere"), &[])?.get(0),
                    _ => panic!("on purpose"),
                }
            })
        });
        for (id, outcome) in join_all(attempts).await.into_iter().enumerate() {
            match id % 4 {
                0 => assert_eq!(outcome.unwrap(), id as i64),
                1 => assert_eq!(refusal(outcome).message, "no"),
                _ => assert!(!fault(outcome).passing),
            }
        }
        assert_eq!(things(&storage).await, 15);
        let count = sql!("select count(*), max(id), sum(subject_id) from events where subject = 'token'");
        let row = storage.read(|tx| tx.one(count, &[])).await.unwrap();
        let told: [i64; 3] = [0, 1, 2].map(|index| row.get(index).unwrap());
        assert_eq!(told, [15, 15, (0..15).map(|n| n * 4).sum()], "and the numbers have no gaps");
    }

    async fn what_was_begun_is_done_even_if_nobody_waits(database: Database) {
        let storage = with_things(&database).await;
        for id in 0..40_i64 {
            let insert = move |tx: &mut doorward::storage::Tx| tx.execute(sql!("insert into things (id) values ($1)"), params![id]);
            let _hung_up = storage.write(insert).now_or_never();
        }
        storage.close().await;
        assert_eq!(things(&database.open().await).await, 40);
    }

    async fn a_closed_storage_says_so(database: Database) {
        let storage = with_things(&database).await;
        storage.close().await;
        for result in [storage.read(|_| Ok(())).await, storage.write(|_| Ok(())).await, storage.change(|_| Ok(())).await] {
            let fault = fault(result);
            assert!(fault.passing && fault.to_string().ends_with("the storage is closed"), "{fault}");
        }
        storage.close().await;
    }

    async fn reading_cannot_write(database: Database) {
        let storage = with_things(&database).await;
        let written = fault(storage.read(|tx| tx.execute(sql!("insert into things (id) values (1)"), &[])).await);
        assert!(!written.passing, "{written}");
        let told = fault(storage.read(|tx| tx.tell(Subject::Everything)).await);
        assert_eq!(told.to_string(), "telling of a change: the transaction was not begun with `change`");
        assert!(storage.write(|tx| tx.tell(Subject::Everything)).await.is_err());
        assert_eq!(things(&storage).await, 0);
    }

    async fn reading_sees_one_moment(database: Database) {
        let storage = with_things(&database).await;
        let (begun, has_begun) = oneshot::channel();
        let (written, is_written) = oneshot::channel();
        let reader = storage.read(move |tx| {
            let count = sql!("select count(*) from things");
            let before: i64 = tx.one(count.clone(), &[])?.get(0)?;
            begun.send(()).unwrap();
            is_written.blocking_recv().unwrap();
            Ok((before, tx.one(count, &[])?.get::<i64>(0)?))
        });
        let writer = async {
            has_begun.await.unwrap();
            storage.write(|tx| tx.execute(sql!("insert into things (id) values (1)"), &[])).await.unwrap();
            written.send(()).unwrap();
        };
        let (seen, ()) = tokio::join!(reader, writer);
        assert_eq!(seen.unwrap(), (0, 0));
        assert_eq!(things(&storage).await, 1);
    }
}
