//! What only PostgreSQL has: a url, and connections that break.

use std::time::Duration;

use doorward::error::Code;
use doorward::storage::{Event, Location, Storage, Subject, sql};
use doorward::world::World;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;

use super::{fault, refusal};
use crate::databases::Database;

async fn open(url: &str) -> Result<Storage, doorward::error::Error> {
    Storage::open(&Location::Postgres(url.to_owned()), World::real()).await
}

#[tokio::test]
async fn a_url_that_wants_tls_is_refused_in_words() {
    for mode in ["require", "verify-full", "verify-ca"] {
        let refusal = refusal(open(&format!("postgres://localhost/doorward?sslmode={mode}")).await);
        assert_eq!(refusal.code, Code::BadUserInput);
        assert!(refusal.message.starts_with("connections to PostgreSQL over TLS are not supported yet"), "{refusal}");
    }
}

#[tokio::test]
async fn a_url_that_cannot_be_read_is_not_repeated() {
    let refusal = refusal(open("postgres://doorward:s3cret@localhost:door/doorward").await);
    assert_eq!(refusal.message, "the database url is not of the form postgres://user:password@host:port/database");
}

#[tokio::test]
async fn a_server_that_is_away_is_a_passing_fault() {
    let away = fault(open("postgres://doorward@127.0.0.1:1/doorward").await);
    assert!(away.passing, "{away}");
}

#[tokio::test]
async fn broken_connections_are_made_anew_and_no_event_is_missed() {
    let database = Database::postgres().await;
    let (here, there) = (database.open().await, database.open().await);
    assert!(!here.is_new());
    let (heard, mut ear) = unbounded_channel();
    there.on_change(move |events| events.iter().for_each(|event| heard.send(*event).unwrap()));
    let terminate = sql!(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()"
    );
    here.write(|tx| tx.one(terminate, &[])).await.unwrap();
    let mut changes = Vec::new();
    for token in 0..3 {
        let id = here.change(move |tx| {
            tx.tell(Subject::Token(token))?;
            tx.one(sql!("select n from revision"), &[])?.get::<i64>(0)
        });
        changes.push((id.await.unwrap(), Subject::Token(token)));
    }
    // Who connects anew is told to forget everything, which is as good as each event up to there.
    let mut heard = Vec::new();
    let covers = |heard: &[Event], (id, subject): (i64, Subject)| {
        heard.iter().any(|event| event.subject == subject || (event.subject == Subject::Everything && event.id >= id))
    };
    while !changes.iter().all(|change| covers(&heard, *change)) {
        heard.push(timeout(Duration::from_secs(2), ear.recv()).await.expect("nothing is missed").unwrap());
    }
}

#[tokio::test]
async fn tables_changed_by_a_newer_node_are_not_in_the_way_for_long() {
    let database = Database::postgres().await;
    let (here, there) = (database.open().await, database.open().await);
    let select = sql!("select * from revision");
    for _ in 0..2 {
        let select = select.clone();
        here.write(|tx| tx.one(select, &[])).await.unwrap();
    }
    there.write(|tx| tx.execute(sql!("alter table revision add column newer bigint"), &[])).await.unwrap();
    let (first, second) = (select.clone(), select);
    assert!(here.write(|tx| tx.one(first, &[])).await.is_err());
    here.write(|tx| tx.one(second, &[])).await.unwrap();
}
