//! Rotation: a new secret, the same token.

use insta::assert_snapshot;
use serde_json::json;

use super::{DAY, ME, audited, rotate, try_rotate, update};
use crate::app::TestApp;

const HOUR: i64 = 3_600;
const SELF: &str =
    "{ current_personal_access_token { id name role permissions hint created_at expires_at previous_secret_until } }";

on_both! {
    async fn a_token_gives_itself_a_new_secret_and_stays_what_it_is(app: TestApp) {
        let mia = app.member().await;
        let made = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE", "expires_in_days": 30, "permissions": ["Query.*", "*.*", "Mutation.*"]})).await;
        let old = app.bearer(&made.secret);
        assert_snapshot!(old.gql(SELF).await, @r#"{"current_personal_access_token":{"id":"1","name":"n","role":"ROLE_READ_WRITE","permissions":["Query.*","*.*","Mutation.*"],"hint":"dwd_pat_…pB8t","created_at":"2026-03-01T00:00:00Z","expires_at":"2026-03-31T00:00:00Z","previous_secret_until":null}}"#);
        app.later(10 * DAY);
        let new = rotate(&old, "").await;
        assert_eq!(new.id, made.id);
        assert_ne!(new.secret, made.secret);
        assert_snapshot!(audited(&app).await, @"token.rotate | mia | token n | n | the secret before ends at 2026-03-12T00:00:00Z, the token at 2026-04-10T00:00:00Z");
        let client = app.bearer(&new.secret);
        assert_snapshot!(client.gql(SELF).await, @r#"{"current_personal_access_token":{"id":"1","name":"n","role":"ROLE_READ_WRITE","permissions":["Query.*","*.*","Mutation.*"],"hint":"dwd_pat_…cYzu","created_at":"2026-03-01T00:00:00Z","expires_at":"2026-04-10T00:00:00Z","previous_secret_until":"2026-03-12T00:00:00Z"}}"#);
        // Both work until the overlap is over, and each answer says when its secret ends.
        let ends = async |client: &crate::app::Client<'_>| client.gql(ME).await.header("doorward-token-expires-at").map(str::to_owned);
        assert_eq!(ends(&old).await.unwrap(), "2026-03-12T00:00:00Z");
        assert_eq!(ends(&client).await.unwrap(), "2026-04-10T00:00:00Z");
        app.later(24 * HOUR - 1);
        assert_eq!(old.gql(ME).await.code(), "");
        app.later(1);
        assert_snapshot!(old.gql(ME).await, @"UNAUTHENTICATED TOKEN_EXPIRED: this secret was replaced by a rotation: use the new one");
        assert_eq!(client.gql(ME).await.code(), "");
    }

    async fn the_overlap_is_as_long_as_was_asked(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n"})).await;
        let first = app.bearer(&token.secret);
        first.gql(ME).await.data();
        let second = rotate(&mia, &format!("(id: {}, overlap_hours: 0)", token.id)).await;
        assert_snapshot!(first.gql(ME).await, @"UNAUTHENTICATED TOKEN_EXPIRED: this secret was replaced by a rotation: use the new one");
        let third = rotate(&mia, &format!("(id: {}, overlap_hours: 720)", token.id)).await;
        app.later(720 * HOUR - 1);
        let mia = app.member().await;
        assert_eq!(app.bearer(&second.secret).gql(ME).await.code(), "");
        // Whoever rotates again within an overlap ends the older secret: there are two at most.
        let fourth = rotate(&mia, &format!("(id: {}, overlap_hours: null)", token.id)).await;
        assert_eq!(app.bearer(&second.secret).gql(ME).await.reason(), "TOKEN_UNKNOWN");
        assert_eq!(app.bearer(&third.secret).gql(ME).await.code(), "");
        app.later(24 * HOUR);
        assert_eq!(app.bearer(&third.secret).gql(ME).await.reason(), "TOKEN_EXPIRED");
        assert_eq!(app.bearer(&fourth.secret).gql(ME).await.code(), "");
        let mia = app.member().await;
        for hours in ["-1", "721", "2147483647"] {
            let answer = try_rotate(&mia, &format!("(id: {}, overlap_hours: {hours})", token.id)).await;
            assert_eq!(answer.to_string(), "BAD_USER_INPUT overlap_hours: `overlap_hours` must be 0 to 720");
        }
        assert_snapshot!(try_rotate(&mia, "").await, @"BAD_USER_INPUT id: a session has to say which token: `id` may be left out by a token alone");
        let unset = "mutation ($id: Int64Bit!, $hours: Int) { rotatePersonalAccessToken(id: $id, overlap_hours: $hours) { personal_access_token { previous_secret_until } } }";
        assert_snapshot!(mia.gql_with(unset, json!({"id": token.id})).await, @r#"{"rotatePersonalAccessToken":{"personal_access_token":{"previous_secret_until":"2026-04-01T23:59:59Z"}}}"#);
    }

    async fn the_old_secret_never_outlives_its_own_end(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n", "expires_in_days": 2})).await;
        app.later(DAY + 20 * HOUR);
        let mia = app.member().await;
        assert_snapshot!(try_rotate(&mia, &format!("(id: {})", token.id)).await.data()["rotatePersonalAccessToken"]["personal_access_token"], @r#"{"id":"1","hint":"dwd_pat_…OhGL","expires_at":"2026-03-04T20:00:00Z","previous_secret_until":"2026-03-03T00:00:00Z"}"#);
        app.later(4 * HOUR - 1);
        assert_eq!(app.bearer(&token.secret).gql(ME).await.code(), "");
        app.later(1);
        assert_eq!(app.bearer(&token.secret).gql(ME).await.reason(), "TOKEN_EXPIRED");
    }

    async fn a_secret_in_its_overlap_works_and_neither_rotates_changes_nor_makes_a_token(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        let old = app.bearer(&token.secret);
        let new = app.bearer(&rotate(&old, "").await.secret);
        let before = app.made().await;
        assert_snapshot!(try_rotate(&old, "").await, @"FORBIDDEN: this secret was replaced by a rotation: it neither makes, changes nor rotates tokens; use the new one");
        assert_eq!(try_rotate(&old, &format!("(id: {}, overlap_hours: 0)", token.id)).await.code(), "FORBIDDEN");
        assert_eq!(update(&old, &token.id, json!({"name": "changed"})).await.code(), "FORBIDDEN");
        assert_eq!(update(&old, &token.id, json!({})).await.code(), "FORBIDDEN");
        assert_eq!(old.try_issue(json!({"name": "child"})).await.code(), "FORBIDDEN");
        assert_eq!(old.gql("mutation { createPersonalAccessToken(name: \"child\") }").await.code(), "FORBIDDEN");
        assert_eq!(app.made().await, before);
        for client in [&old, &new] {
            assert_eq!(client.gql(ME).await.code(), "", "and its successor lives on");
        }
        // Ending itself, it may.
        assert_eq!(old.revoke(&token.id).await.code(), "");
        for client in [&old, &new] {
            assert_eq!(client.gql(ME).await.reason(), "TOKEN_REVOKED");
        }
    }

    async fn what_has_ended_is_not_rotated(app: TestApp) {
        let mia = app.member().await;
        let revoked = mia.issue(json!({"name": "n"})).await;
        let expired = mia.issue(json!({"name": "n", "expires_in_days": 1})).await;
        mia.revoke(&revoked.id).await.data();
        app.later(DAY);
        let mia = app.member().await;
        assert_snapshot!(try_rotate(&mia, &format!("(id: {})", revoked.id)).await, @"BAD_USER_INPUT id: token 1 was revoked, and that is for ever: make a new one");
        assert_snapshot!(try_rotate(&mia, &format!("(id: {})", expired.id)).await, @"BAD_USER_INPUT id: token 2 has expired: make a new one");
        assert_snapshot!(try_rotate(&mia, "(id: 99)").await, @"BAD_USER_INPUT id: there is no token 99 of yours");
        for token in [&revoked, &expired] {
            assert_eq!(app.bearer(&token.secret).gql(ME).await.code(), "UNAUTHENTICATED");
        }
    }

    async fn a_line_of_rotations_ends_without_a_person(app: TestApp) {
        let mia = app.member().await;
        let made = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE", "expires_in_days": 300})).await;
        let mut secret = made.secret;
        let mut ends = Vec::new();
        for _ in 0..3 {
            app.later(250 * DAY);
            let answer = try_rotate(&app.bearer(&secret), "").await;
            let data = answer.json();
            let Some(token) = data["data"]["rotatePersonalAccessToken"]["token"].as_str() else {
                ends.push(answer.to_string());
                break;
            };
            secret = token.to_owned();
            ends.push(data["data"]["rotatePersonalAccessToken"]["personal_access_token"]["expires_at"].to_string());
        }
        assert_snapshot!(ends.join("\n"), @r#"
        "2027-09-02T00:00:00Z"
        "2028-02-29T00:00:00Z"
        UNAUTHENTICATED TOKEN_EXPIRED: this token has expired
        "#);
        assert_eq!(app.bearer(&secret).gql(ME).await.reason(), "TOKEN_EXPIRED");
    }

    async fn two_rotations_at_once_leave_one_secret_that_rotates(app: TestApp) {
        let mia = app.member().await;
        let made = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        let client = app.bearer(&made.secret);
        let all = futures_util::future::join_all((0..8).map(|_| try_rotate(&client, ""))).await;
        let won: Vec<_> = all.iter().filter(|answer| answer.code().is_empty()).collect();
        assert_eq!(won.len(), 1, "{all:?}");
        let secret = won[0].data()["rotatePersonalAccessToken"]["token"].as_str().unwrap().to_owned();
        assert_eq!(app.bearer(&secret).gql(ME).await.code(), "");
        assert_eq!(client.gql(ME).await.code(), "");
    }

    async fn a_call_that_rotates_goes_on_with_a_secret_that_was_replaced(app: TestApp) {
        let mia = app.member().await;
        for (overlap, then) in [
            (0, "createPersonalAccessToken(name: \"child\")"),
            (24, "issuePersonalAccessToken(input: { name: \"child\", role: ROLE_READ_WRITE }) { token }"),
            (0, "updatePersonalAccessToken(id: $id, input: { name: \"changed\" }) { id }"),
            (24, "again: rotatePersonalAccessToken { token }"),
        ] {
            let made = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
            let before = app.made().await;
            let rotates = format!("rotatePersonalAccessToken(id: $id, overlap_hours: {overlap}) {{ token }}");
            let document = format!("mutation ($id: Int64Bit) {{ {rotates} {} }}", then.replace("$id", &made.id));
            let answer = app.bearer(&made.secret).gql_with(&document, json!({"id": made.id})).await;
            assert!(answer.to_string().ends_with("FORBIDDEN: this secret was replaced by a rotation: it neither makes, changes nor rotates tokens; use the new one"), "{then}: {answer}");
            assert_eq!(app.made().await.tokens, before.tokens, "{then}");
        }
    }
}
