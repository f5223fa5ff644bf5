//! The same SQL gives the same answers.

use doorward::error::Code;
use doorward::storage::{Comparison, Condition, Filter, Order, Value, params, sql};
use doorward::world::Timestamp;

use super::{fault, refusal, with_things};
use crate::databases::Database;

on_both! {
    async fn parameters_go_by_their_number_and_not_by_where_they_stand(database: Database) {
        let storage = database.open().await;
        let row = storage.read(|tx| tx.one(sql!("select $2, $1, $2"), params!["one", 2])).await.unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 2);
        assert_eq!(row.get::<String>(1).unwrap(), "one");
        assert_eq!(row.get::<i64>(2).unwrap(), 2);
    }

    async fn values_come_back_as_they_went_in(database: Database) {
        let storage = database.open().await;
        let row = storage
            .write(|tx| {
                let create = sql!("create table kept (a bigint, b bigint, c text, d bytea, e bytea, f text, g bigint)");
                tx.execute(create, &[])?;
                let text = "Ünï\u{202e}→🦀'\"\\;--";
                let insert = sql!("insert into kept (a, b, c, d, e, f, g) values ($1, $2, $3, $4, $5, $6, $7)");
                tx.execute(insert, params![i64::MIN, true, text, vec![0_u8, 255, 0], [7_u8; 32], None::<String>, Timestamp(5)])?;
                tx.one(sql!("select a, b, c, d, e, f, g from kept"), &[])
            })
            .await
            .unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), i64::MIN);
        assert!(row.get::<bool>(1).unwrap());
        assert_eq!(row.get::<String>(2).unwrap(), "Ünï\u{202e}→🦀'\"\\;--");
        assert_eq!(row.get::<Vec<u8>>(3).unwrap(), [0, 255, 0]);
        assert_eq!(row.get::<[u8; 32]>(4).unwrap(), [7; 32]);
        assert_eq!(row.get::<Option<String>>(5).unwrap(), None);
        assert_eq!(row.get::<Option<Timestamp>>(6).unwrap(), Some(Timestamp(5)));
    }

    async fn truth_and_sums_are_numbers_in_both(database: Database) {
        let storage = with_things(&database).await;
        let row = storage
            .write(|tx| {
                for (id, size) in [(1, i64::MAX - 2), (2, 2)] {
                    tx.execute(sql!("insert into things (id, size) values ($1, $2)"), params![id, size])?;
                }
                tx.one(sql!("select exists (select 1 from things where id = $1), sum(size), count(*) > 5 from things"), params![2])
            })
            .await
            .unwrap();
        assert!(row.get::<bool>(0).unwrap());
        assert_eq!(row.get::<i64>(1).unwrap(), i64::MAX);
        assert!(!row.get::<bool>(2).unwrap());
    }

    async fn an_absent_value_can_be_asked_for(database: Database) {
        let storage = with_things(&database).await;
        let found = storage
            .write(|tx| {
                tx.execute(sql!("insert into things (id, name) values (1, 'a'), (2, null)"), &[])?;
                let select = sql!("select id from things where $1 is null or name = $1 order by id limit $2");
                Ok((tx.all(select.clone(), params![None::<&str>, 5])?.len(), tx.all(select, params!["a", 5])?.len()))
            })
            .await
            .unwrap();
        assert_eq!(found, (2, 1));
    }

    async fn statements_say_how_many_rows_they_touched(database: Database) {
        let storage = with_things(&database).await;
        let touched = storage
            .write(|tx| {
                let three = tx.execute(sql!("insert into things (id, kind, size) values (1, 1, 1), (2, 1, 2), (3, 1, 3)"), &[])?;
                let two = tx.execute(sql!("update things set kind = 2 where size > $1"), params![1])?;
                let none = tx.execute(sql!("delete from things where id = $1"), params![9])?;
                Ok((three, two, none))
            })
            .await
            .unwrap();
        assert_eq!(touched, (3, 2, 0));
    }

    async fn returning_gives_the_rows_written(database: Database) {
        let storage = with_things(&database).await;
        let ids: Vec<i64> = storage
            .write(|tx| {
                let rows = tx.all(sql!("insert into things (id) values (1), (2) returning id"), &[])?;
                rows.iter().map(|row| row.get(0)).collect()
            })
            .await
            .unwrap();
        assert_eq!(ids, [1, 2]);
        let row = storage.write(|tx| tx.optional(sql!("delete from things where id = $1 returning id"), params![9])).await;
        assert_eq!(row.unwrap(), None);
    }

    async fn nul_in_a_text_is_refused_in_words(database: Database) {
        let storage = database.open().await;
        let refusal = refusal(storage.read(|tx| tx.one(sql!("select $1"), params!["a\0b"])).await);
        assert_eq!(refusal.code, Code::BadUserInput);
        assert_eq!(refusal.message, "text must not hold the character NUL (U+0000)");
    }

    async fn a_column_of_another_kind_is_a_fault(database: Database) {
        let storage = database.open().await;
        let row = storage.read(|tx| tx.one(sql!("select $1, $2"), params!["x", None::<i64>])).await.unwrap();
        assert_eq!(fault(row.get::<i64>(0)).to_string(), "reading a row: a column holds text, not an integer");
        assert_eq!(fault(row.get::<i64>(1)).to_string(), "reading a row: a column holds null, not an integer");
        assert_eq!(fault(row.get::<bool>(2)).to_string(), "reading a row: no column 2");
        let fraction = storage.read(|tx| tx.one(sql!("select 1.5"), &[])).await;
        assert!(!fault(fraction).passing);
    }

    async fn one_row_means_one(database: Database) {
        let storage = with_things(&database).await;
        storage.write(|tx| tx.execute(sql!("insert into things (id) values (1), (2)"), &[])).await.unwrap();
        let many = storage.read(|tx| tx.optional(sql!("select id from things"), &[])).await;
        assert_eq!(fault(many).to_string(), "reading one row: the statement gave 2");
        let none = storage.read(|tx| tx.one(sql!("select id from things where id = 3"), &[])).await;
        assert_eq!(fault(none).to_string(), "reading one row: the statement gave none");
    }

    async fn what_was_to_be_stored_stays_out_of_faults(database: Database) {
        let storage = with_things(&database).await;
        let insert = sql!("insert into things (id, name) values ($1, $2)");
        storage.write({ let insert = insert.clone(); move |tx| tx.execute(insert, params![1, "s3cret"]) }).await.unwrap();
        let twice = fault(storage.write(|tx| tx.execute(insert, params![2, "s3cret"])).await);
        assert!(!format!("{twice:?}").contains("s3cret"), "{twice:?}");
        let wrong = fault(storage.write(|tx| tx.execute(sql!("insert into thongs values ($1)"), params!["s3cret"])).await);
        assert!(wrong.to_string().contains("thongs") && !format!("{wrong:?}").contains("s3cret"), "{wrong:?}");
        assert!(!twice.passing && !wrong.passing);
    }

    async fn a_row_can_be_one_of_more_than_a_statement_has_parameters(database: Database) {
        let storage = with_things(&database).await;
        let among = |among: Vec<i64>| Filter::default().and(&Condition::OneOf("id", among)).and(&Condition::Compare("size", Comparison::More, Value::Int(1)));
        let found = storage
            .write(move |tx| {
                for (id, size) in [(i64::MIN, 2), (-1, 2), (7, 1), (70_000, 2), (i64::MAX, 3)] {
                    tx.execute(sql!("insert into things (id, size) values ($1, $2)"), params![id, size])?;
                }
                let many = (1..=70_000).chain([i64::MIN, i64::MAX, -2]).collect();
                let (sql, values) = among(many).all("select id from things", &Order::default().then("id", false));
                tx.all(sql, &values)?.iter().map(|row| row.get::<i64>(0)).collect::<Result<Vec<_>, _>>()
            })
            .await
            .unwrap();
        assert_eq!(found, [i64::MIN, 70_000, i64::MAX]);
    }
}
