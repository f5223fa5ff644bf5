//! Disabling and enabling.

use super::*;

const DISABLE: &str = "mutation { disableUser(id: 3) { username enabled } }";
const ENABLE: &str = "mutation { enableUser(id: 3) { username enabled } }";

on_both! {
    async fn a_disabled_user_is_out_at_once_and_comes_back_with_the_tokens_that_were_not_revoked(app: TestApp) {
        let edna = edna(&app).await;
        let mia = app.member().await;
        let (token, revoked) = (mia.reader().await, mia.issue(json!({"name": "revoked"})).await);
        let refresh = app.sign_in("mia").await.refresh;
        for client in [&mia, &token] {
            client.gql(ME).await.data();
        }
        mia.revoke(&revoked.id).await.data();
        assert_snapshot!(edna.gql(DISABLE).await, @r#"{"disableUser":{"username":"mia","enabled":false}}"#);
        assert_eq!(token.gql(ME).await.reason(), "USER_DISABLED");
        assert_eq!(mia.gql(ME).await.reason(), "USER_DISABLED");
        assert_eq!(whose(&app, "mia").await, "INVALID_CREDENTIALS");
        let again = "mutation ($token: String!) { signInRefresh(refreshToken: $token) { accessToken } }";
        assert_eq!(app.anonymous().gql_with(again, json!({"token": refresh})).await.reason(), "USER_DISABLED");
        let before = app.made().await;
        edna.gql(DISABLE).await.data();
        assert_eq!(app.made().await, before, "done once is done");
        assert_snapshot!(edna.gql(ENABLE).await, @r#"{"enableUser":{"username":"mia","enabled":true}}"#);
        assert_eq!(token.gql(ME).await.code(), "");
        assert_eq!(app.bearer(&revoked.secret).gql(ME).await.reason(), "TOKEN_REVOKED");
        assert_eq!(mia.gql(ME).await.reason(), "TOKEN_REVOKED", "a session does not come back");
        assert_eq!(app.anonymous().gql_with(again, json!({"token": refresh})).await.reason(), "TOKEN_REVOKED");
    }

    async fn what_has_ended_changes_nobody_any_more(app: TestApp) {
        let edna = edna(&app).await;
        app.member().await;
        let late = "
          a: createUser(input: {username: \"late\"}) { id }
          b: updateUser(id: 3, input: {public_name: \"late\"}) { id }
          c: disableUser(id: 3) { id }
          d: updateMe(input: {name: \"late\"}) { name }";
        let token = edna.issue(json!({"name": "hers", "role": "ROLE_READ_WRITE"})).await;
        let revoked = format!("mutation {{ revokePersonalAccessToken(id: {}) {{ id }} {late} }}", token.id);
        let signed_out = format!("mutation {{ signOut {late} }}");
        for (client, mutation) in [(&app.bearer(&token.secret), revoked), (&edna, signed_out)] {
            let errors = client.gql(&mutation).await.json()["errors"].clone();
            let reasons = errors.as_array().unwrap().iter().map(|error| error["extensions"]["reason"].clone());
            assert_eq!(reasons.collect::<Vec<_>>(), ["TOKEN_REVOKED"; 4], "{mutation}");
        }
        let users = app.admin().await.gql("{ users { entities { name public_name enabled } } }").await;
        assert!(!users.text().contains("late") && !users.text().contains("false"), "{}", users.text());
    }

    async fn a_role_that_is_taken_away_is_gone_with_the_next_request(app: TestApp) {
        let edna = edna(&app).await;
        let (ada, token) = (app.admin().await, edna.reader().await);
        let users = "{ users { entities { id } } }";
        for client in [&edna, &token] {
            client.gql(users).await.data();
        }
        update(&ada, 2, json!({"role_ids": []})).await.data();
        for client in [&edna, &token] {
            assert_eq!(client.gql(users).await.code(), "FORBIDDEN");
        }
        let editing = role_id(&app, "editing").await;
        update(&ada, 2, json!({"role_ids": [editing]})).await.data();
        for client in [&edna, &token] {
            client.gql(users).await.data();
        }
    }

    async fn anothers_new_password_ends_their_sessions_and_no_token(app: TestApp) {
        let edna = edna(&app).await;
        let mia = app.member().await;
        let token = mia.reader().await;
        update(&edna, 3, json!({"password": "heron-copper-violet-4"})).await.data();
        assert_eq!(mia.gql(ME).await.reason(), "TOKEN_REVOKED");
        token.gql(ME).await.data();
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "INVALID_CREDENTIALS");
        assert_eq!(app.try_sign_in("mia", "heron-copper-violet-4").await.code(), "");
    }
}
