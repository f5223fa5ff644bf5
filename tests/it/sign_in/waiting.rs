//! What signing in costs those who have no account.

use std::pin::Pin;
use std::task::{Context, Waker};

use super::mia;
use crate::app::TestApp;

on_both! {
    async fn an_unknown_user_waits_for_the_same_place_as_a_known_one(app: TestApp) {
        mia(&app).await;
        let mut waiting: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::new();
        // Each takes a place when it is first looked at, and keeps it until it is dropped.
        for _ in 0..128 {
            let mut hashing = Box::pin(app.cx().passwords.verify("x".into(), None));
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
}
