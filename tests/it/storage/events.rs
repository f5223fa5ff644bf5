//! Whoever remembers powers hears of every change, in order, from any node.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use doorward::storage::{Event, Storage, Subject, params, sql};
use futures_util::future::join_all;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::databases::Database;

/// What a node hears.
struct Ear(UnboundedReceiver<Event>);

impl Ear {
    fn of(storage: &Storage) -> Self {
        let (heard, ear) = unbounded_channel();
        storage.on_change(move |events| {
            for event in events {
                // The test may have heard enough.
                let _enough = heard.send(*event);
            }
        });
        Self(ear)
    }

    /// The next event, within a second.
    async fn next(&mut self) -> Event {
        timeout(Duration::from_secs(1), self.0.recv()).await.expect("heard within a second").unwrap()
    }

    /// What has been heard by now.
    fn so_far(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

async fn tell(storage: &Storage, subject: Subject) -> i64 {
    storage
        .change(move |tx| {
            tx.tell(subject)?;
            tx.one(sql!("select n from revision"), &[])?.get(0)
        })
        .await
        .unwrap()
}

on_both! {
    async fn listeners_hear_before_whoever_asked(database: Database) {
        let storage = database.open().await;
        let mut ear = Ear::of(&storage);
        let id = storage
            .change(|tx| {
                for subject in [Subject::User(7), Subject::Token(3), Subject::User(7), Subject::Role(1), Subject::Session(9)] {
                    tx.tell(subject)?;
                }
                tx.one(sql!("select n from revision"), &[])?.get::<i64>(0)
            })
            .await
            .unwrap();
        let subjects = [Subject::User(7), Subject::Token(3), Subject::Role(1), Subject::Session(9)];
        assert_eq!(ear.so_far(), subjects.map(|subject| Event { id, subject }));
    }

    async fn concurrent_changes_are_numbered_in_order_without_gaps(database: Database) {
        let storage = database.open().await;
        let mut ear = Ear::of(&storage);
        let ids = join_all((0..32).map(|token| tell(&storage, Subject::Token(token)))).await;
        let heard = ear.so_far();
        assert_eq!(heard.iter().map(|event| event.id).collect::<Vec<_>>(), (1..=32).collect::<Vec<_>>());
        for event in heard {
            let Subject::Token(token) = event.subject else { panic!("{event:?}") };
            assert_eq!(ids[token as usize], event.id);
        }
    }

    async fn another_node_hears_within_a_second(database: Database) {
        let (here, there) = (database.open().await, database.open().await);
        let mut ear = Ear::of(&there);
        for subject in [Subject::Token(1), Subject::Everything, Subject::Role(i64::MAX)] {
            let id = tell(&here, subject).await;
            assert_eq!(ear.next().await, Event { id, subject });
        }
    }

    async fn two_nodes_changing_at_once_both_hear_everything_once_and_in_order(database: Database) {
        let (here, there) = (database.open().await, database.open().await);
        let mut ears = [Ear::of(&here), Ear::of(&there)];
        let changes = (0..40).map(|token| tell(if token % 2 == 0 { &here } else { &there }, Subject::Token(token)));
        join_all(changes).await;
        for ear in &mut ears {
            let mut heard = Vec::new();
            while heard.len() < 40 {
                heard.push(ear.next().await.id);
            }
            assert_eq!(heard, (1..=40).collect::<Vec<_>>());
            assert_eq!(ear.so_far(), []);
        }
    }

    async fn what_happened_before_a_node_opened_is_not_told(database: Database) {
        let here = database.open().await;
        tell(&here, Subject::Token(1)).await;
        let there = database.open().await;
        let mut ear = Ear::of(&there);
        let id = tell(&here, Subject::Token(2)).await;
        assert_eq!(ear.next().await, Event { id, subject: Subject::Token(2) });
    }

    async fn a_subject_of_a_newer_node_is_everything(database: Database) {
        let storage = database.open().await;
        let mut ear = Ear::of(&storage);
        let newer = |tx: &mut doorward::storage::Tx| {
            tx.execute(sql!("update revision set n = n + 1"), &[])?;
            tx.execute(sql!("insert into events (id, subject, subject_id) values (1, 'planet', $1)"), params![3])
        };
        storage.write(newer).await.unwrap();
        assert_eq!(ear.next().await, Event { id: 1, subject: Subject::Everything });
    }

    async fn who_is_far_behind_forgets_everything_at_once(database: Database) {
        let storage = database.open().await;
        let mut ear = Ear::of(&storage);
        let much = |tx: &mut doorward::storage::Tx| tx.execute(sql!("update revision set n = n + $1"), params![20_000]);
        storage.write(much).await.unwrap();
        assert_eq!(ear.next().await, Event { id: 20_000, subject: Subject::Everything });
        assert_eq!(tell(&storage, Subject::Token(1)).await, 20_001);
        assert_eq!(ear.so_far(), [Event { id: 20_001, subject: Subject::Token(1) }]);
    }

    async fn who_finds_itself_far_behind_by_its_own_change_forgets_first(database: Database) {
        let storage = database.open().await;
        let mut ear = Ear::of(&storage);
        let much = |tx: &mut doorward::storage::Tx| {
            tx.execute(sql!("update revision set n = n + $1"), params![20_000])?;
            Ok(())
        };
        // Both are on their way before the follower looks again, most of the time; either way is right. What is told
        // if so, `src/storage/events.rs` tests without a follower.
        let token = storage.change(|tx| tx.tell(Subject::Token(1)));
        let (much, token) = tokio::join!(storage.write(much), token);
        much.and(token).unwrap();
        let id = tell(&storage, Subject::Token(2)).await;
        let heard = ear.so_far();
        assert_eq!(heard.last(), Some(&Event { id, subject: Subject::Token(2) }));
        assert!(heard.iter().any(|event| event.subject == Subject::Everything), "{heard:?}");
    }

    async fn a_database_that_went_back_makes_everyone_forget(database: Database) {
        let storage = database.open().await;
        for token in 0..5 {
            tell(&storage, Subject::Token(token)).await;
        }
        let mut ear = Ear::of(&storage);
        let back = |tx: &mut doorward::storage::Tx| {
            tx.execute(sql!("delete from events where id > 2"), &[])?;
            tx.execute(sql!("update revision set n = 2"), &[])
        };
        storage.write(back).await.unwrap();
        assert_eq!(ear.next().await.subject, Subject::Everything);
        let id = tell(&storage, Subject::Token(9)).await;
        assert_eq!(id, 3);
        assert!(ear.so_far().iter().any(|event| matches!(event.subject, Subject::Token(9) | Subject::Everything)));
        let there = database.open().await;
        let id = tell(&there, Subject::Token(10)).await;
        assert_eq!(ear.next().await, Event { id, subject: Subject::Token(10) });
    }

    async fn a_listener_that_panics_harms_nobody(database: Database) {
        let storage = database.open().await;
        let heard = Arc::new(AtomicI64::new(0));
        storage.on_change(|_| panic!("on purpose"));
        let second = Arc::clone(&heard);
        storage.on_change(move |events| second.store(events[0].id, Ordering::SeqCst));
        assert_eq!(tell(&storage, Subject::Everything).await, 1);
        assert_eq!(heard.load(Ordering::SeqCst), 1);
    }
}
