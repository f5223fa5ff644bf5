//! Whom others guess at is not kept out by it.

use super::*;
use crate::databases::Database;

const PROVE: &str = "mutation ($password: String) { proveSession(password: $password) }";
const CHANGE: &str =
    "mutation ($old: String!) { changePassword(current_password: $old, new_password: \"heron-copper-violet-4\") }";
const REFRESH: &str = "mutation ($token: String!) { signInRefresh(refreshToken: $token) { accessToken } }";

on_both! {
    async fn sessions_tokens_and_refresh_tokens_go_on_while_others_guess(app: TestApp) {
        app.add(new("mia")).await;
        let tokens = app.sign_in("mia").await;
        let mia = app.bearer(&tokens.access);
        let token = mia.writer().await;
        guess(&app, "198.51.100.7", "mia", 11).await;
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "TOO_MANY_REQUESTS", "from nowhere in particular");
        mia.gql("{ me { username } }").await.data();
        token.gql("{ me { username } }").await.data();
        app.anonymous().gql_with(REFRESH, json!({"token": tokens.refresh})).await.data();
        mia.gql_with(PROVE, json!({"password": PASSWORD})).await.data();
        mia.gql_with(CHANGE, json!({"old": PASSWORD})).await.data();
        mia.gql("{ me { username } }").await.data();
    }

    async fn who_signed_in_from_there_before_has_an_allowance_of_their_own(app: TestApp) {
        app.add(new("mia")).await;
        app.add(new("otto")).await;
        assert_eq!(sign_in(&app, "192.0.2.1", "mia", PASSWORD).await.code(), "");
        assert_eq!(sign_in(&app, "2001:db8::1", "mia", PASSWORD).await.code(), "");
        guess(&app, "198.51.100.7", "mia", 11).await;
        assert_eq!(sign_in(&app, "192.0.2.9", "mia", PASSWORD).await.code(), "TOO_MANY_REQUESTS", "never seen there");
        for known in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::77"] {
            assert_eq!(sign_in(&app, known, "mia", PASSWORD).await.code(), "", "{known}");
        }
        guess(&app, "198.51.100.7", "otto", 11).await;
        assert_eq!(sign_in(&app, "192.0.2.1", "otto", PASSWORD).await.code(), "TOO_MANY_REQUESTS", "it is another's place");
        // The user's own mistakes end that allowance too, and it comes back.
        assert_eq!(looked_at(&guess(&app, "192.0.2.1", "mia", 12).await), 10);
        assert_eq!(sign_in(&app, "192.0.2.1", "mia", PASSWORD).await.code(), "TOO_MANY_REQUESTS");
        assert_eq!(sign_in(&app, "2001:db8::1", "mia", PASSWORD).await.code(), "");
        app.later(90);
        assert_eq!(sign_in(&app, "192.0.2.1", "mia", PASSWORD).await.code(), "");
    }

    async fn who_signed_in_from_there_before_is_let_in_though_the_address_is_used_up(database: Database) {
        let app = TestApp::with(database, |config| config.throttle.address_tries = 2).await;
        app.add(new("mia")).await;
        assert_eq!(sign_in(&app, "192.0.2.1", "mia", PASSWORD).await.code(), "");
        assert_eq!(looked_at(&guess(&app, "192.0.2.1", "somebody", 4).await), 2);
        assert_eq!(sign_in(&app, "192.0.2.1", "mia", PASSWORD).await.code(), "");
    }

    async fn a_session_tries_ten_passwords_and_others_of_the_same_user_are_not_held_up(app: TestApp) {
        app.add(new("mia")).await;
        let (stolen, own) = (app.sign_in("mia").await, app.sign_in("mia").await);
        let (stolen, own) = (app.bearer(&stolen.access), app.bearer(&own.access));
        let mut codes = Vec::new();
        for at in 0..12 {
            let answer = if at % 2 == 0 { stolen.gql_with(PROVE, json!({"password": "x"})).await } else { stolen.gql_with(CHANGE, json!({"old": "x"})).await };
            codes.push(answer.code());
        }
        assert_eq!(looked_at(&codes), 10);
        let answer = stolen.gql_with(PROVE, json!({"password": PASSWORD})).await;
        insta::assert_snapshot!(sent_away(&answer), @"429 TOO_MANY_REQUESTS 90: too many wrong passwords: try again in 90 seconds; open sessions and tokens go on working");
        stolen.gql("{ me { username } }").await.data();
        own.gql_with(PROVE, json!({"password": PASSWORD})).await.data();
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "", "signing in is counted by itself");
    }
}
