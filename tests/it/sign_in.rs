//! Signing in: what it gives, how long that lasts, and what ends it.

mod clearing;
mod waiting;

use futures_util::future::join_all;
use insta::assert_snapshot;
use serde_json::json;

use crate::app::{PASSWORD, TestApp, Tokens, new};
use doorward::users;

const ME: &str = "{ me { username } }";
const REFRESH: &str = "mutation Refresh($token: String!) {
  signInRefresh(refreshToken: $token) { accessToken tokenType expiresIn }
}";
const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

async fn refresh(app: &TestApp, token: &str) -> crate::app::Answer {
    app.anonymous().gql_with(REFRESH, json!({ "token": token })).await
}

async fn me(app: &TestApp, token: &str) -> String {
    app.bearer(token).gql(ME).await.to_string()
}

/// Mia, signed in.
async fn mia(app: &TestApp) -> Tokens {
    app.add(new("mia")).await;
    app.sign_in("mia").await
}

on_both! {
    async fn one_signs_in_by_user_name_in_any_case_and_by_email_address(app: TestApp) {
        app.add(new("Mia")).await;
        for name in ["Mia", "mia", "MIA", "ＭＩＡ", "mia@example.com", "Mia@Example.COM"] {
            let tokens = app.sign_in(name).await;
            assert_eq!(me(&app, &tokens.access).await, r#"{"me":{"username":"Mia"}}"#, "{name}");
        }
        let answer = app.try_sign_in("mia", PASSWORD).await.data();
        assert_eq!(answer["signIn"]["tokenType"], "Bearer");
        assert_eq!(answer["signIn"]["expiresIn"], 3_600);
        assert!(answer["signIn"]["accessToken"].as_str().unwrap().starts_with("dwd_at_"));
        assert!(answer["signIn"]["refreshToken"].as_str().unwrap().starts_with("dwd_rt_"));
    }

    async fn the_flag_that_old_clients_send_means_nothing(app: TestApp) {
        app.add(new("mia")).await;
        for flag in ["true", "false", "null"] {
            let answer = app.anonymous().gql(&format!(
                "mutation {{ signIn(credentials: {{ userName: \"mia\", password: \"{PASSWORD}\" }}, useManagementflow: {flag}) {{ expiresIn }} }}"
            )).await;
            assert_snapshot!(answer, @r#"{"signIn":{"expiresIn":3600}}"#);
        }
    }

    async fn a_refresh_token_stays_valid_and_fifty_may_use_it_at_once(app: TestApp) {
        let tokens = mia(&app).await;
        let answers = join_all((0..50).map(|_| refresh(&app, &tokens.refresh))).await;
        let mut secrets = std::collections::BTreeSet::new();
        for answer in &answers {
            let data = answer.data();
            assert_eq!((&data["signInRefresh"]["tokenType"], &data["signInRefresh"]["expiresIn"]), (&json!("Bearer"), &json!(3_600)));
            secrets.insert(data["signInRefresh"]["accessToken"].as_str().unwrap().to_owned());
        }
        assert_eq!(secrets.len(), 50, "each gets a token of its own");
        let all = secrets.iter().chain([&tokens.access]);
        let answers = join_all(all.map(|secret| me(&app, secret))).await;
        assert!(answers.iter().all(|answer| answer == r#"{"me":{"username":"mia"}}"#), "{answers:?}");
        assert_eq!(app.made().await.sessions, 1);
        assert_eq!(refresh(&app, &tokens.refresh).await.code(), "");
    }

    async fn an_access_token_lives_one_hour(app: TestApp) {
        let tokens = mia(&app).await;
        app.later(59 * MINUTE);
        assert_snapshot!(me(&app, &tokens.access).await, @r#"{"me":{"username":"mia"}}"#);
        app.later(MINUTE - 1);
        assert_snapshot!(me(&app, &tokens.access).await, @r#"{"me":{"username":"mia"}}"#);
        app.later(1);
        assert_snapshot!(me(&app, &tokens.access).await, @"UNAUTHENTICATED TOKEN_EXPIRED: this token has expired");
        // Not found in the cache of those that were used, it is refused for the same reason.
        let unused = refresh(&app, &tokens.refresh).await.data()["signInRefresh"]["accessToken"].as_str().unwrap().to_owned();
        app.later(60 * MINUTE);
        assert_snapshot!(me(&app, &unused).await, @"UNAUTHENTICATED TOKEN_EXPIRED: this token has expired");
    }

    async fn a_refresh_token_ends_after_thirty_idle_days(app: TestApp) {
        let tokens = mia(&app).await;
        app.later(30 * DAY - 1);
        assert_eq!(refresh(&app, &tokens.refresh).await.code(), "");
        app.later(30 * DAY - 1);
        assert_eq!(refresh(&app, &tokens.refresh).await.code(), "", "its use began the thirty days anew");
        app.later(30 * DAY);
        assert_snapshot!(refresh(&app, &tokens.refresh).await, @"UNAUTHENTICATED TOKEN_EXPIRED: this refresh token has expired; sign in again");
    }

    async fn a_refresh_token_ends_after_ninety_days_however_much_it_is_used(app: TestApp) {
        let tokens = mia(&app).await;
        for _ in 0..4 {
            app.later(20 * DAY);
            assert_eq!(refresh(&app, &tokens.refresh).await.code(), "");
        }
        app.later(10 * DAY - 1);
        assert_eq!(refresh(&app, &tokens.refresh).await.code(), "");
        app.later(1);
        assert_snapshot!(refresh(&app, &tokens.refresh).await, @"UNAUTHENTICATED TOKEN_EXPIRED: this refresh token has expired; sign in again");
    }

    async fn another_password_ends_every_session_and_no_token(app: TestApp) {
        let tokens = mia(&app).await;
        let other = app.sign_in("mia").await;
        let token = app.bearer(&tokens.access).writer().await;
        assert_eq!(me(&app, &other.access).await, me(&app, token.secret()).await);
        let secret = "heron-copper-violet-4".to_owned();
        users::set_password(app.cx(), &app.operator(), "mia", secret.clone()).await.unwrap();
        assert_snapshot!(me(&app, &tokens.access).await, @"UNAUTHENTICATED TOKEN_REVOKED: this token was revoked");
        assert_eq!(me(&app, &other.access).await, me(&app, &tokens.access).await);
        assert_snapshot!(refresh(&app, &tokens.refresh).await, @"UNAUTHENTICATED TOKEN_REVOKED: the session of this refresh token has ended; sign in again");
        assert_eq!(refresh(&app, &other.refresh).await.reason(), "TOKEN_REVOKED");
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "INVALID_CREDENTIALS");
        assert_eq!(app.try_sign_in("mia", &secret).await.code(), "");
        assert_snapshot!(me(&app, token.secret()).await, @r#"{"me":{"username":"mia"}}"#);
    }

    async fn disabling_ends_every_session_for_good_and_pauses_tokens(app: TestApp) {
        let tokens = mia(&app).await;
        let token = app.bearer(&tokens.access).writer().await;
        app.enable("mia", false).await;
        assert_snapshot!(me(&app, &tokens.access).await, @"UNAUTHENTICATED USER_DISABLED: the user of this token is disabled");
        assert_snapshot!(refresh(&app, &tokens.refresh).await, @"UNAUTHENTICATED USER_DISABLED: the user of this refresh token is disabled");
        assert_snapshot!(me(&app, token.secret()).await, @"UNAUTHENTICATED USER_DISABLED: the user of this token is disabled");
        app.enable("mia", true).await;
        assert_snapshot!(me(&app, &tokens.access).await, @"UNAUTHENTICATED TOKEN_REVOKED: this token was revoked");
        assert_snapshot!(refresh(&app, &tokens.refresh).await, @"UNAUTHENTICATED TOKEN_REVOKED: the session of this refresh token has ended; sign in again");
        assert_snapshot!(me(&app, token.secret()).await, @r#"{"me":{"username":"mia"}}"#);
    }

    async fn signing_out_ends_one_session_or_all(app: TestApp) {
        let (one, two, three) = (mia(&app).await, app.sign_in("mia").await, app.sign_in("mia").await);
        let ada = app.admin().await;
        let more = refresh(&app, &one.refresh).await.data()["signInRefresh"]["accessToken"].as_str().unwrap().to_owned();
        assert_snapshot!(app.bearer(&one.access).gql("mutation { signOut }").await, @r#"{"signOut":true}"#);
        assert_snapshot!(me(&app, &one.access).await, @"UNAUTHENTICATED TOKEN_REVOKED: this token was revoked");
        assert_eq!(app.bearer(&more).gql(ME).await.reason(), "TOKEN_REVOKED", "another access token of that session");
        assert_eq!(refresh(&app, &one.refresh).await.reason(), "TOKEN_REVOKED");
        assert_eq!(app.bearer(&two.access).gql(ME).await.code(), "");

        let token = app.bearer(&two.access).writer().await;
        assert_snapshot!(token.gql("mutation { signOut }").await, @"BAD_USER_INPUT everywhere: a personal access token has no session of its own; `everywhere: true` ends all of its user's sessions");
        assert_snapshot!(app.bearer(&two.access).gql("mutation { signOut(everywhere: true) }").await, @r#"{"signOut":true}"#);
        for tokens in [&two, &three] {
            assert_eq!(app.bearer(&tokens.access).gql(ME).await.reason(), "TOKEN_REVOKED");
            assert_eq!(refresh(&app, &tokens.refresh).await.reason(), "TOKEN_REVOKED");
        }
        assert_eq!(token.gql(ME).await.code(), "", "a token is no session");
        assert_eq!(ada.gql(ME).await.code(), "", "nor is someone else's");
        let four = app.sign_in("mia").await;
        assert_snapshot!(token.gql("mutation { signOut(everywhere: true) }").await, @r#"{"signOut":true}"#);
        assert_eq!(app.bearer(&four.access).gql(ME).await.reason(), "TOKEN_REVOKED");
    }

    async fn one_sees_ones_own_sessions_and_which_one_asks(app: TestApp) {
        let (first, second) = (mia(&app).await, app.sign_in("mia").await);
        app.admin().await;
        let sessions = "{ sessions { id created_at current } }";
        assert_snapshot!(app.bearer(&first.access).gql(sessions).await, @r#"{"sessions":[{"id":"2","created_at":"2026-03-01T00:00:00Z","current":false},{"id":"1","created_at":"2026-03-01T00:00:00Z","current":true}]}"#);
        app.bearer(&first.access).gql("mutation { signOut }").await;
        assert_snapshot!(app.bearer(&second.access).gql(sessions).await, @r#"{"sessions":[{"id":"2","created_at":"2026-03-01T00:00:00Z","current":true}]}"#);
        let token = app.bearer(&second.access).reader().await;
        assert_snapshot!(token.gql("{ sessions { current } }").await, @r#"{"sessions":[{"current":false}]}"#);
    }

    async fn a_wrong_name_a_wrong_password_and_a_disabled_user_answer_the_same_bytes(app: TestApp) {
        app.add(new("mia")).await;
        app.add(new("otto")).await;
        app.add(users::NewUser { password: None, ..new("nils") }).await;
        app.enable("otto", false).await;
        let tries = [("nobody", PASSWORD), ("mia", "wrong"), ("otto", PASSWORD), ("otto", "wrong"), ("nils", PASSWORD), ("", "")];
        let mut seen = Vec::new();
        for (name, password) in tries {
            let mut answer = app.try_sign_in(name, password).await;
            assert!(answer.headers.remove("x-request-id").is_some());
            let headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            seen.push((answer.status, headers, answer.text()));
        }
        assert_snapshot!(seen[0].2, @r#"{"errors":[{"message":"the user name or the password is wrong, or the account is disabled","path":["signIn"],"extensions":{"code":"INVALID_CREDENTIALS"}}],"data":null}"#);
        assert_eq!(seen[0].0, 200);
        assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:#?}");
    }

    async fn what_is_written_of_a_failed_sign_in_never_holds_an_unknown_name(app: TestApp) {
        app.add(new("mia")).await;
        app.try_sign_in("my-secret-pass", "x").await;
        app.try_sign_in("mia", "my-secret-pass").await;
        let rows = app.database(|tx| {
            let rows = tx.all(doorward::sql!("select action, coalesce(subject, '-'), coalesce(details, '-') from audit_events order by id"), &[])?;
            rows.iter().map(|row| Ok(format!("{} {} {}", row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?))).collect::<Result<Vec<_>, _>>()
        }).await;
        assert_snapshot!(rows.join("\n"), @r"
        user.create mia -
        session.refused - -
        session.refused mia -
        ");
    }

    async fn signing_in_heeds_no_credential_that_comes_along(app: TestApp) {
        let tokens = mia(&app).await;
        let ada = app.admin().await;
        let reader = app.bearer(&tokens.access).reader().await;
        let nothing = app.bearer(&tokens.access).with(json!({"name": "nothing", "permissions": []})).await;
        app.bearer(&tokens.access).gql("mutation { signOut }").await;
        let again = app.sign_in("mia").await;
        let sign_in = format!("mutation {{ signIn(credentials: {{ userName: \"mia\", password: \"{PASSWORD}\" }}) {{ expiresIn }} }}");
        let refresh = format!("mutation {{ signInRefresh(refreshToken: \"{}\") {{ expiresIn }} }}", again.refresh);
        let along = [tokens.access.as_str(), &again.access, ada.secret(), reader.secret(), nothing.secret(), "dwd_pat_x", "", &again.refresh];
        for secret in along {
            let client = app.bearer(secret);
            assert_eq!(client.gql(&sign_in).await.to_string(), r#"{"signIn":{"expiresIn":3600}}"#, "{secret}");
            assert_eq!(client.gql(&refresh).await.to_string(), r#"{"signInRefresh":{"expiresIn":3600}}"#, "{secret}");
        }
        for scheme in ["Basic bWlhOng=", "Bearer", "x"] {
            let request = app.anonymous().post("/graphql").header("authorization", scheme);
            let answer = app.anonymous().send(request.body(crate::app::body(&sign_in, &json!({})))).await;
            assert_eq!(answer.to_string(), r#"{"signIn":{"expiresIn":3600}}"#, "{scheme}");
        }
    }

    async fn a_strangers_document_that_does_more_than_sign_in_is_refused_whether_or_not_it_is_valid(app: TestApp) {
        app.add(new("mia")).await;
        let sign_in = format!("signIn(credentials: {{ userName: \"mia\", password: \"{PASSWORD}\" }}) {{ accessToken }}");
        let before = app.made().await;
        for more in [
            ME.to_owned(),
            "{ __schema { queryType { name } } }".into(),
            "{ __typename }".into(),
            "{ nonsense }".into(),
            "{ me {".into(),
            String::new(),
            "subscription { a }".into(),
            "mutation { signOut }".into(),
            "mutation { __typename }".into(),
            format!("mutation {{ {sign_in} signOut }}"),
            format!("mutation {{ {sign_in} nonsense }}"),
            format!("mutation {{ {sign_in} __typename }}"),
            format!("mutation A {{ {sign_in} }} query B {{ me {{ id }} }}"),
            format!("mutation A {{ {sign_in} }} mutation A {{ {sign_in} }}"),
            format!("mutation {{ {sign_in} }} fragment F on User {{ email_address }}"),
            format!("mutation {{ {sign_in} ...F }} fragment F on Mutation {{ signOut }}"),
            format!("mutation {{ {sign_in} }} type Query {{ me: String }}"),
            format!("query {{ {sign_in} }}"),
        ] {
            let answer = app.anonymous().gql(&more).await;
            assert_eq!((answer.status.as_u16(), answer.reason().as_str()), (401, "TOKEN_MISSING"), "{more}: {answer}");
            assert_eq!(answer.message(), "no credential: send `Authorization: Bearer <token>`", "{more}");
            assert!(answer.json().get("data").is_none(), "{more}");
        }
        assert_eq!(app.made().await, before);
    }

    async fn one_operation_tries_one_password(app: TestApp) {
        app.add(new("mia")).await;
        let sign_in = format!("signIn(credentials: {{ userName: \"mia\", password: \"{PASSWORD}\" }}) {{ accessToken }}");
        let twice = format!("mutation {{ a: {sign_in} b: {sign_in} }}");
        let before = app.made().await;
        assert_snapshot!(app.anonymous().gql(&twice).await, @"BAD_REQUEST: one sign-in in an operation: more would be guessing in bulk");
        assert_eq!(app.made().await, before);
        // An administrator's document may hold more than sign-in, and still tries one password.
        let ada = app.admin().await;
        let before = app.made().await;
        let more = format!("mutation {{ a: {sign_in} b: {sign_in} revokePersonalAccessToken(id: 1) {{ id }} }}");
        assert_snapshot!(ada.gql(&more).await, @"BAD_REQUEST: one sign-in in an operation: more would be guessing in bulk");
        assert_eq!(app.made().await, before);
    }

    async fn a_dead_refresh_token_is_told_what_is_wrong_with_it(app: TestApp) {
        let tokens = mia(&app).await;
        for (what, token) in [("access token", tokens.access.as_str()), ("nothing", ""), ("garbage", "garbage"), ("unknown", "dwd_rt_Doorward0Doorward1Doorward2xyz2mLsXc")] {
            let answer = refresh(&app, token).await;
            assert_eq!((answer.code().as_str(), answer.reason().as_str()), ("UNAUTHENTICATED", "TOKEN_UNKNOWN"), "{what}");
        }
        assert_snapshot!(refresh(&app, "garbage").await, @"UNAUTHENTICATED TOKEN_UNKNOWN: this is not a refresh token of ours; sign in again");
        assert_snapshot!(app.bearer(&tokens.refresh).gql(ME).await, @"UNAUTHENTICATED TOKEN_UNKNOWN: this is a refresh token: pass it to `signInRefresh` and send the access token that it answers");
    }
}
