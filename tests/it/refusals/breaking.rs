//! Refusals for which something has to be wrong with the server: no place to hash, no database, a fault of ours.

use std::pin::Pin;
use std::task::{Context, Waker};

use doorward::password::{Asks, WAITING};
use doorward::sql;

use super::{MEDIA, Stage, check};
use crate::app::TestApp;
use crate::refusals::table::{Row, Who};

const SIGN_IN: &str = "mutation { signIn(credentials: { userName: \"mia\", password: \"x\" }) { expiresIn } }";

on_both! {
    async fn more_sign_ins_than_places_are_sent_away_to_come_again(app: TestApp) {
        let stage = Stage::on(app).await;
        let passwords = &stage.app.cx().passwords;
        let mut waiting: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::new();
        // Each takes a place when it is first looked at, and keeps it until it is dropped.
        for _ in 0..WAITING {
            let mut hashing = Box::pin(passwords.verify(Asks::Known, "x".into(), None));
            assert!(hashing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            waiting.push(hashing);
        }
        for media in MEDIA {
            let row = Row {
                status: (429, 429),
                code: "TOO_MANY_REQUESTS",
                headers: &[("retry-after", "1")],
                ran: true,
                ..Row::new("no place to hash", Who::Nobody, SIGN_IN)
            };
            check(&row, media, &stage.ask(&row, media).await);
            // A live session goes on.
            let row = Row::new("a session", Who::Session, "{ me { username } }");
            assert_eq!(stage.ask(&row, media).await.code(), "");
        }
        drop(waiting);
        let row = Row::new("a place again", Who::Nobody, SIGN_IN);
        assert_eq!(stage.ask(&row, MEDIA[0]).await.code(), "INVALID_CREDENTIALS");
    }

    async fn without_a_database_nobody_is_told_that_they_are_not_signed_in(app: TestApp) {
        let stage = Stage::on(app).await;
        stage.app.cx().storage.close().await;
        for media in MEDIA {
            for (path, method) in [("/graphql", "POST"), ("/doorward/graphql", "POST"), ("/schema.graphql", "GET")] {
                // None of these has been looked up before.
                for who in [Who::Reader, Who::Narrow, Who::Expired, Who::Header("Bearer dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXc")] {
                    let row = Row {
                        status: (503, 503),
                        code: "UNAVAILABLE",
                        headers: &[("retry-after", "1")],
                        method,
                        path,
                        ..Row::new("no database", who, "{ me { username } }")
                    };
                    check(&row, media, &stage.ask(&row, media).await);
                }
            }
            let row = Row {
                status: (503, 503),
                code: "UNAVAILABLE",
                headers: &[("retry-after", "1")],
                ran: true,
                ..Row::new("no database to sign in with", Who::Nobody, SIGN_IN)
            };
            check(&row, media, &stage.ask(&row, media).await);
        }
    }

    async fn a_fault_of_ours_says_its_number_and_nothing_else(app: TestApp) {
        let stage = Stage::on(app).await;
        stage.app.database(|tx| tx.execute(sql!("alter table audit_events rename column details to gone"), &[])).await;
        for media in MEDIA {
            let make = "mutation { createPersonalAccessToken(name: \"secret-name\") }";
            let row = Row { status: (500, 500), code: "INTERNAL", ran: true, ..Row::new("a fault", Who::Session, make) };
            let answer = stage.ask(&row, media).await;
            check(&row, media, &answer);
            let error = answer.json()["errors"][0].clone();
            assert_eq!(error["message"], "internal error");
            let number = answer.header("x-request-id").unwrap();
            assert_eq!(error["extensions"], serde_json::json!({"code": "INTERNAL", "request_id": number}));
            assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
            assert!(!answer.text().contains("audit_events") && !answer.text().contains("secret-name"));
        }
    }
}
