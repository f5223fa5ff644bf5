//! What signing in costs those who have no account.

use std::pin::Pin;
use std::task::{Context, Waker};

use super::mia;
use crate::app::{PASSWORD, TestApp};
use doorward::password::{Asks, KEPT_FOR_KNOWN, WAITING};

on_both! {
    async fn an_unknown_user_waits_for_the_same_place_as_a_known_one(app: TestApp) {
        mia(&app).await;
        let mut waiting: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::new();
        // Each takes a place when it is first looked at, and keeps it until it is dropped.
        for _ in 0..WAITING - KEPT_FOR_KNOWN {
            let mut hashing = Box::pin(app.cx().passwords.verify(Asks::Stranger, "x".into(), None));
            assert!(hashing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            waiting.push(hashing);
        }
        for name in ["mia", "nobody-of-this-name"] {
            assert_eq!(app.try_sign_in(name, "x").await.code(), "TOO_MANY_REQUESTS", "{name}");
        }
        drop(waiting);
        for name in ["mia", "nobody-of-this-name"] {
            assert_eq!(app.try_sign_in(name, "x").await.code(), "INVALID_CREDENTIALS", "{name}");
        }
    }

    async fn a_flood_of_strangers_leaves_places_to_those_who_are_known(app: TestApp) {
        let mia = app.bearer(&mia(&app).await.access);
        let mut waiting: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::new();
        let taken = |waiting: &mut Vec<_>, asks, places| {
            for _ in 0..places {
                let passwords = app.cx().passwords.clone();
                let mut hashing: Pin<Box<dyn Future<Output = _>>> = Box::pin(async move { passwords.verify(asks, "x".into(), None).await });
                assert!(hashing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                waiting.push(hashing);
            }
        };
        let has_place = || {
            let pool = app.cx().passwords.pool();
            pool.running + pool.waiting
        };
        taken(&mut waiting, Asks::Stranger, WAITING - KEPT_FOR_KNOWN);
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "TOO_MANY_REQUESTS", "nobody knows from where");
        let prove = format!("mutation {{ proveSession(password: \"{PASSWORD}\") }}");
        {
            // Hers comes up once those before it are done with, or gone.
            let mut proving = Box::pin(mia.gql(&prove));
            while has_place() == WAITING - KEPT_FOR_KNOWN {
                assert!(proving.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                tokio::task::yield_now().await;
            }
            waiting.clear();
            proving.await.data();
        }
        taken(&mut waiting, Asks::Known, WAITING);
        assert_eq!(mia.gql(&prove).await.code(), "TOO_MANY_REQUESTS", "even for them it is bounded");
    }
}
