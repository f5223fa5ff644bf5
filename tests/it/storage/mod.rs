//! What the storage promises, on both databases.

mod events;
mod opening;
mod postgres;
mod sqlite;
mod statements;
mod transactions;

use doorward::error::{Error, Fault, Refusal};
use doorward::storage::{Storage, sql};

use crate::databases::Database;

/// A database with a table to try things on.
async fn with_things(database: &Database) -> Storage {
    let storage = database.open().await;
    storage
        .write(|tx| {
            tx.execute(
                sql!(
                    "create table things
                     (id bigint primary key, name text unique, kind bigint, size bigint, unique (kind, size))"
                ),
                &[],
            )
        })
        .await
        .unwrap();
    storage
}

/// How many things there are.
async fn things(storage: &Storage) -> i64 {
    storage.read(|tx| tx.one(sql!("select count(*) from things"), &[])?.get(0)).await.unwrap()
}

/// The fault that it must be.
#[track_caller]
fn fault<T>(result: Result<T, Error>) -> Fault {
    match result {
        Err(Error::Fault(fault)) => fault,
        Err(Error::Refusal(refusal)) => panic!("refused: {refusal}"),
        Ok(_) => panic!("it went well"),
    }
}

/// The refusal that it must be.
#[track_caller]
fn refusal<T>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refusal(refusal)) => *refusal,
        Err(Error::Fault(fault)) => panic!("a fault: {fault}"),
        Ok(_) => panic!("it went well"),
    }
}
