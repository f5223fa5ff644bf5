//! Guessing at passwords: how far one gets with it, and whom it keeps out.

mod kept;
mod places;
mod shared;
mod victims;

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use futures_util::future::join_all;
use serde_json::json;

use crate::app::{Answer, PASSWORD, SIGN_IN, TestApp, body, new};

/// Somebody who signs in, or tries to, from an address.
async fn sign_in(app: &TestApp, from: &str, name: &str, password: &str) -> Answer {
    let body = body(SIGN_IN, &json!({"name": name, "password": password}));
    let mut request = app.anonymous().post("/graphql").body(body).expect("a request");
    if !from.is_empty() {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(from.parse().expect("an address"), 4_711)));
    }
    app.send(request).await
}

/// Tries so many wrong passwords at one name; what the answers' codes are.
async fn guess(app: &TestApp, from: &str, name: &str, times: usize) -> Vec<String> {
    let mut codes = Vec::new();
    for _ in 0..times {
        codes.push(sign_in(app, from, name, "wrong").await.code());
    }
    codes
}

/// How many of them were looked at; the others were sent away.
fn looked_at(codes: &[String]) -> usize {
    assert!(
        codes.iter().all(|code| ["INVALID_CREDENTIALS", "TOO_MANY_REQUESTS"].contains(&code.as_str())),
        "{codes:?}"
    );
    codes.iter().filter(|code| *code == "INVALID_CREDENTIALS").count()
}

/// What an answer says that sends away: how, when to come again, in what words.
fn sent_away(answer: &Answer) -> String {
    let again = answer.header("retry-after").expect("it says when to come again");
    format!("{} {} {again}: {}", answer.status.as_u16(), answer.code(), answer.message())
}

on_both! {
    async fn after_ten_wrong_passwords_an_account_takes_no_more_and_says_until_when(app: TestApp) {
        app.add(new("mia")).await;
        assert_eq!(looked_at(&guess(&app, "", "mia", 60).await), 10);
        let answer = sign_in(&app, "", "mia", "wrong").await;
        insta::assert_snapshot!(sent_away(&answer), @"429 TOO_MANY_REQUESTS 90: too many wrong passwords: try again in 90 seconds; open sessions and tokens go on working");
        assert_eq!(sign_in(&app, "", "mia", PASSWORD).await.text(), answer.text(), "whether it would be right is not told");
        app.later(89);
        insta::assert_snapshot!(sent_away(&sign_in(&app, "", "mia", "wrong").await), @"429 TOO_MANY_REQUESTS 1: too many wrong passwords: try again in a second; open sessions and tokens go on working");
        app.later(1);
        assert_eq!(looked_at(&guess(&app, "", "mia", 2).await), 1);
        app.later(90);
        assert_eq!(sign_in(&app, "", "mia", PASSWORD).await.code(), "");
        app.later(900);
        assert_eq!(looked_at(&guess(&app, "", "mia", 11).await), 10, "after a quiet window it is as at first");
    }

    async fn however_one_writes_a_name_it_is_the_same_account(app: TestApp) {
        app.add(new("mia")).await;
        let names = ["mia", "MIA", "ＭＩＡ", "mia@example.com", "Mia@Example.COM", "m\u{200d}ia"];
        let mut codes = Vec::new();
        for at in 0..12 {
            codes.extend(guess(&app, "", names[at % names.len()], 1).await);
        }
        assert_eq!(looked_at(&codes), 10);
    }

    async fn a_name_that_nobody_has_is_answered_as_one_that_somebody_has(app: TestApp) {
        app.add(new("mia")).await;
        app.add(new("otto")).await;
        app.enable("otto", false).await;
        let mut told = Vec::new();
        for name in ["mia", "nobody-of-this-name", "otto"] {
            let mut answers = Vec::new();
            for _ in 0..12 {
                let mut answer = sign_in(&app, "", name, if name == "otto" { PASSWORD } else { "wrong" }).await;
                answer.headers.remove("x-request-id");
                answers.push(format!("{} {:?} {}", answer.status, answer.headers, answer.text()));
            }
            told.push(answers);
        }
        assert!(told.iter().all(|answers| *answers == told[0]), "{told:#?}");
    }

    async fn many_guesses_at_once_get_no_further_than_one_after_the_other(app: TestApp) {
        app.add(new("mia")).await;
        let answers = join_all((0..40).map(|_| sign_in(&app, "192.0.2.1", "mia", "wrong"))).await;
        assert_eq!(looked_at(&answers.iter().map(Answer::code).collect::<Vec<_>>()), 10);
    }

    async fn right_passwords_never_count_however_many_and_however_close_to_the_limit(app: TestApp) {
        app.add(new("mia")).await;
        for _ in 0..15 {
            assert_eq!(sign_in(&app, "", "mia", PASSWORD).await.code(), "");
        }
        assert_eq!(looked_at(&guess(&app, "", "mia", 9).await), 9);
        let answers = join_all((0..15).map(|_| sign_in(&app, "", "mia", PASSWORD))).await;
        assert!(answers.iter().all(|answer| answer.code().is_empty()), "{:?}", answers.iter().map(Answer::code).collect::<Vec<_>>());
        assert_eq!(looked_at(&guess(&app, "", "mia", 3).await), 1);
    }
}
