//! What people change of themselves, and what that takes.

use super::*;

const PROVE: &str = "mutation ($password: String, $code: String) { proveSession(password: $password, code: $code) }";
const CHANGE: &str =
    "mutation ($old: String!, $new: String!) { changePassword(current_password: $old, new_password: $new) }";
const REFRESH: &str = "mutation ($token: String!) { signInRefresh(refreshToken: $token) { accessToken } }";
const NEW: &str = "heron-copper-violet-4";

async fn change(who: &Client<'_>, old: &str, new: &str) -> Answer {
    who.gql_with(CHANGE, json!({"old": old, "new": new})).await
}

async fn update_me(who: &Client<'_>, input: Value) -> Answer {
    let query =
        "mutation ($input: UpdateMeMutationInput) { updateMe(input: $input) { name public_name email_address } }";
    who.gql_with(query, json!({ "input": input })).await
}

on_both! {
    async fn one_changes_ones_names_by_a_session_or_a_token_that_may_write(app: TestApp) {
        let mia = app.member().await;
        app.later(3_000);
        assert_snapshot!(update_me(&mia, json!({"name": "Mia M."})).await, @r#"{"updateMe":{"name":"Mia M.","public_name":"mia","email_address":"mia@example.com"}}"#);
        assert_snapshot!(update_me(&mia.writer().await, json!({"public_name": "M."})).await, @r#"{"updateMe":{"name":"Mia M.","public_name":"M.","email_address":"mia@example.com"}}"#);
        assert_snapshot!(update_me(&mia.reader().await, json!({"public_name": "X"})).await, @"FORBIDDEN: not granted: Mutation.updateMe");
        assert_snapshot!(update_me(&mia, json!({"name": null})).await, @"BAD_USER_INPUT name: `name` cannot be null: leave it out to keep what is there");
        assert_snapshot!(mia.gql("{ me { name public_name email_address } }").await, @r#"{"me":{"name":"Mia M.","public_name":"M.","email_address":"mia@example.com"}}"#);
    }

    async fn ones_own_address_takes_a_session_that_was_proved_lately(app: TestApp) {
        let mia = app.member().await;
        let token = mia.writer().await;
        assert_snapshot!(update_me(&token, json!({"email_address": "m@example.com"})).await, @"FORBIDDEN SESSION_REQUIRED: this takes a session, not a token: sign in");
        app.later(599);
        assert_snapshot!(update_me(&mia, json!({"email_address": "m@example.com"})).await, @r#"{"updateMe":{"name":"mia","public_name":"mia","email_address":"m@example.com"}}"#);
        app.later(1);
        assert_snapshot!(update_me(&mia, json!({"email_address": null})).await, @"FORBIDDEN PROOF_REQUIRED: this takes a session that was proved in the last 10 minutes: call `proveSession` first");
        assert_snapshot!(update_me(&mia, json!({"email_address": "m@example.com", "name": "Mia"})).await, @r#"{"updateMe":{"name":"Mia","public_name":"mia","email_address":"m@example.com"}}"#);
        mia.gql_with(PROVE, json!({"password": PASSWORD})).await.data();
        assert_snapshot!(update_me(&mia, json!({"email_address": null})).await, @r#"{"updateMe":{"name":"Mia","public_name":"mia","email_address":null}}"#);
        assert_eq!(whose(&app, "mia@example.com").await, "INVALID_CREDENTIALS");
    }

    async fn a_session_is_proved_by_the_password_for_ten_minutes(app: TestApp) {
        let mia = app.member().await;
        app.later(1_000);
        assert_snapshot!(mia.gql_with(PROVE, json!({"password": PASSWORD})).await, @r#"{"proveSession":"2026-03-01T00:26:40Z"}"#);
        let before = app.made().await;
        assert_snapshot!(mia.gql_with(PROVE, json!({"password": "wrong"})).await, @"INVALID_CREDENTIALS: the password is wrong");
        assert_eq!(app.made().await.audit, before.audit + 1, "a wrong try is written down");
        assert_snapshot!(mia.gql_with(PROVE, json!({})).await, @"BAD_USER_INPUT password: `password` must be given");
        assert_snapshot!(mia.gql_with(PROVE, json!({"code": "123456"})).await, @"BAD_USER_INPUT code: there is no second factor yet: leave `code` out and give `password`");
        assert_snapshot!(mia.writer().await.gql_with(PROVE, json!({"password": PASSWORD})).await, @"FORBIDDEN SESSION_REQUIRED: this takes a session, not a token: sign in");
        // Another session of the same person is proved by itself.
        let other = app.bearer(&app.sign_in("mia").await.access).clone();
        app.later(700);
        mia.gql_with(PROVE, json!({"password": PASSWORD})).await.data();
        assert_eq!(update_me(&other, json!({"email_address": null})).await.reason(), "PROOF_REQUIRED");
        assert_eq!(update_me(&mia, json!({"email_address": null})).await.code(), "");
    }

    async fn a_new_password_of_ones_own_ends_every_session_but_this(app: TestApp) {
        app.member().await;
        let (this, other) = (app.sign_in("mia").await, app.sign_in("mia").await);
        let (mia, elsewhere) = (app.bearer(&this.access), app.bearer(&other.access));
        let token = mia.writer().await;
        elsewhere.gql(ME).await.data();
        app.later(1_000);
        assert_snapshot!(change(&token, PASSWORD, NEW).await, @"FORBIDDEN SESSION_REQUIRED: this takes a session, not a token: sign in");
        let before = app.made().await;
        assert_snapshot!(change(&mia, "wrong", NEW).await, @"INVALID_CREDENTIALS: the password is wrong");
        assert_eq!(app.made().await.audit, before.audit + 1, "a wrong try is written down");
        assert_snapshot!(change(&mia, PASSWORD, "short").await, @"BAD_USER_INPUT new_password: the password is too short: at least 12 characters");
        assert_snapshot!(change(&mia, PASSWORD, "mia@example.com").await, @"BAD_USER_INPUT new_password: the password is too easy to guess: use several unrelated words, or let a password manager make one");
        elsewhere.gql(ME).await.data();
        assert_snapshot!(change(&mia, PASSWORD, NEW).await, @r#"{"changePassword":true}"#);
        mia.gql(ME).await.data();
        token.gql(ME).await.data();
        assert_eq!(elsewhere.gql(ME).await.reason(), "TOKEN_REVOKED");
        let refresh = async |token: &str| app.anonymous().gql_with(REFRESH, json!({ "token": token })).await;
        assert_eq!(refresh(&other.refresh).await.reason(), "TOKEN_REVOKED");
        let fresh = refresh(&this.refresh).await.data()["signInRefresh"]["accessToken"].as_str().unwrap().to_owned();
        app.bearer(&fresh).gql(ME).await.data();
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "INVALID_CREDENTIALS");
        assert_eq!(app.try_sign_in("mia", NEW).await.code(), "");
        // The right password was proof.
        update_me(&mia, json!({"email_address": null})).await.data();
        let sessions = mia.gql("{ sessions { current } }").await;
        assert_snapshot!(sessions, @r#"{"sessions":[{"current":false},{"current":true}]}"#);
    }

    async fn of_two_new_passwords_at_once_one_counts(app: TestApp) {
        let mia = app.member().await;
        let (first, second) = tokio::join!(change(&mia, PASSWORD, NEW), change(&mia, PASSWORD, "walnut-ember-quiet-7"));
        let codes = [first.code(), second.code()];
        assert!(codes.contains(&String::new()) && codes.contains(&"INVALID_CREDENTIALS".to_owned()), "{codes:?}");
        mia.gql(ME).await.data();
    }

    async fn one_operation_tries_one_password(app: TestApp) {
        let mia = app.member().await;
        let before = app.made().await;
        let (prove, change) = ("proveSession(password: \"x\")", "changePassword(current_password: \"x\", new_password: \"heron-copper-violet-4\")");
        for twice in [format!("a: {prove} b: {prove}"), format!("a: {prove} b: {change}"), format!("a: {prove} ...F }} fragment F on Mutation {{ {change}")] {
            assert_eq!(mia.gql(&format!("mutation {{ {twice} }}")).await.code(), "BAD_REQUEST", "{twice}");
        }
        assert_eq!(app.made().await, before);
    }

    async fn a_stranger_has_nothing_of_their_own(app: TestApp) {
        for document in ["mutation { updateMe(input: { name: \"x\" }) { id } }", "mutation { proveSession(password: \"x\") }", "mutation { changePassword(current_password: \"x\", new_password: \"y\") }"] {
            assert_eq!(app.anonymous().gql(document).await.code(), "UNAUTHENTICATED", "{document}");
        }
    }
}
