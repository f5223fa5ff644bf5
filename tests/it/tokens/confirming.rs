//! Standing by a token again.

use insta::assert_snapshot;
use serde_json::json;

use super::{DAY, ME, audited, confirm, rotate, try_rotate, update};
use crate::app::TestApp;
use doorward::sql;
use doorward::storage::{Subject, params};

const USERS: &str = "{ users { entities { username } } }";

async fn promote(app: &TestApp, name: &'static str) {
    let now = app.cx().world.now();
    app.database(move |tx| {
        let id: i64 = tx.one(sql!("select id from users where username = $1"), params![name])?.get(0)?;
        tx.execute(sql!("update users set super_admin_since = $1 where id = $2"), params![now, id])?;
        tx.tell(Subject::User(id))
    })
    .await;
}

on_both! {
    async fn promotion_arms_no_old_token_until_it_is_confirmed_one_by_one(app: TestApp) {
        let mia = app.member().await;
        app.admin().await;
        let parent = mia.issue(json!({"name": "parent", "role": "ROLE_READ_WRITE"})).await;
        let child = app.bearer(&parent.secret).issue(json!({"name": "child", "role": "ROLE_READ_WRITE"})).await;
        app.later(60);
        promote(&app, "mia").await;
        for token in [&parent, &child] {
            assert_eq!(app.bearer(&token.secret).gql(USERS).await.code(), "FORBIDDEN");
        }
        // Renewing itself is no person's standing by it.
        let parent_secret = rotate(&app.bearer(&parent.secret), "").await.secret;
        assert_eq!(app.bearer(&parent_secret).gql(USERS).await.code(), "FORBIDDEN");
        assert_snapshot!(confirm(&mia, &parent.id).await, @r#"{"confirmPersonalAccessToken":{"id":"1","confirmed_at":"2026-03-01T00:01:00Z"}}"#);
        assert_snapshot!(audited(&app).await, @"token.confirm | mia | session 1 | parent |");
        assert_eq!(app.bearer(&parent_secret).gql(USERS).await.code(), "");
        assert_eq!(app.bearer(&child.secret).gql(USERS).await.code(), "FORBIDDEN", "what it made is confirmed by itself");
        confirm(&mia, &child.id).await.data();
        assert_eq!(app.bearer(&child.secret).gql(USERS).await.code(), "");
    }

    async fn no_token_confirms_itself_or_another(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        let other = mia.issue(json!({"name": "m", "role": "ROLE_READ_WRITE"})).await;
        app.later(60);
        assert_snapshot!(confirm(&app.bearer(&token.secret), &token.id).await, @"FORBIDDEN SESSION_REQUIRED: this takes a session, not a token: sign in");
        assert_eq!(confirm(&app.bearer(&token.secret), &other.id).await.reason(), "SESSION_REQUIRED");
        assert_snapshot!(confirm(&mia, "99").await, @"BAD_USER_INPUT id: there is no token 99 of yours");
        let his = app.admin().await.issue(json!({"name": "his"})).await;
        assert_eq!(confirm(&mia, &his.id).await.code(), "BAD_USER_INPUT", "another's is not there");
        mia.revoke(&token.id).await.data();
        assert_snapshot!(confirm(&mia, &token.id).await, @"BAD_USER_INPUT id: token 1 was revoked, and that is for ever: make a new one");
        assert_eq!(mia.gql("{ viewPersonalAccessTokens { confirmed_at } }").await.to_string().matches("00:00:00Z").count(), 2);
    }

    async fn a_confirmed_line_goes_on(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(json!({"name": "parent", "role": "ROLE_READ_WRITE", "expires_in_days": 365})).await;
        app.later(364 * DAY);
        let child = app.bearer(&parent.secret).issue(json!({"name": "child", "role": "ROLE_READ_WRITE", "expires_in_days": 365})).await;
        app.later(364 * DAY);
        // Two days before the end of the line only that much is left; then a person stands by the first of it.
        let ends = try_rotate(&app.bearer(&child.secret), "(overlap_hours: 24)").await.data();
        assert_snapshot!(ends["rotatePersonalAccessToken"]["personal_access_token"]["expires_at"], @r#""2028-02-29T00:00:00Z""#);
        let secret = ends["rotatePersonalAccessToken"]["token"].as_str().unwrap().to_owned();
        let mia = app.member().await;
        confirm(&mia, &parent.id).await.data();
        let ends = try_rotate(&app.bearer(&secret), "").await.data();
        assert_snapshot!(ends["rotatePersonalAccessToken"]["personal_access_token"]["expires_at"], @r#""2029-02-26T00:00:00Z""#);
        assert_eq!(app.bearer(ends["rotatePersonalAccessToken"]["token"].as_str().unwrap()).gql(ME).await.code(), "");
    }

    async fn standing_by_a_child_gives_its_parent_no_longer_life(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(json!({"name": "parent", "role": "ROLE_READ_WRITE", "expires_in_days": 365})).await;
        app.later(300 * DAY);
        let parent = rotate(&app.bearer(&parent.secret), "").await;
        let child = app.bearer(&parent.secret).issue(json!({"name": "child", "role": "ROLE_READ_WRITE"})).await;
        app.later(360 * DAY);
        confirm(&app.member().await, &child.id).await.data();
        let end = async |secret: &str| try_rotate(&app.bearer(secret), "").await.data()["rotatePersonalAccessToken"]["personal_access_token"]["expires_at"].clone();
        assert_snapshot!(end(&parent.secret).await, @r#""2028-02-29T00:00:00Z""#);
        assert_snapshot!(end(&child.secret).await, @r#""2028-12-20T00:00:00Z""#);
    }

    async fn what_a_list_did_not_open_when_it_was_made_it_opens_once_a_person_confirms_or_writes_it(app: TestApp) {
        let mia = app.member().await;
        let list = json!(["Query.me", "Me.*", "Mutation.updatePersonalAccessToken", "Mutation.rotatePersonalAccessToken", "PersonalAccessToken.*", "IssuedPersonalAccessToken.*"]);
        let input = json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": list});
        let token = mia.issue(input.clone()).await;
        let child = mia.writer().await.issue(input).await;
        // As if the fields of `Me` had come after the token was made.
        let long_ago = async |id: &str| {
            let id: i64 = id.parse().unwrap();
            app.database(move |tx| {
                tx.execute(sql!("update token_grants set as_of_revision = 0 where permission = 'own:Me.*' and token_id = $1"), params![id])?;
                tx.tell(Subject::Everything)
            }).await;
        };
        long_ago(&token.id).await;
        let client = app.bearer(&token.secret);
        assert_eq!(client.gql(ME).await.missing(), ["Me.username"]);
        // The token itself opens nothing by writing the same list again, nor by rotating.
        assert_eq!(update(&client, &token.id, json!({"permissions": list})).await.code(), "");
        assert_eq!(update(&client, &token.id, json!({"permissions": ["Query.me", "Me.username", "Mutation.updatePersonalAccessToken", "PersonalAccessToken.*"]})).await.missing(), ["Me.username"]);
        let client = app.bearer(&rotate(&client, "").await.secret);
        assert_eq!(client.gql(ME).await.missing(), ["Me.username"]);
        confirm(&mia, &token.id).await.data();
        assert_eq!(client.gql(ME).await.code(), "");
        long_ago(&token.id).await;
        assert_eq!(client.gql(ME).await.code(), "FORBIDDEN");
        update(&mia, &token.id, json!({"permissions": list})).await.data();
        assert_eq!(client.gql(ME).await.code(), "");
        // What is confirmed of a parent opens nothing of its child's own list.
        long_ago(&child.id).await;
        confirm(&mia, &token.id).await.data();
        assert_eq!(app.bearer(&child.secret).gql(ME).await.missing(), ["Me.username"]);
    }

    async fn a_session_that_has_ended_changes_no_token_any_more(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n"})).await;
        let before = mia.gql("{ viewPersonalAccessTokens { name hint confirmed_at } }").await.to_string();
        app.later(60);
        for then in ["rotatePersonalAccessToken(id: 1) { token }", "confirmPersonalAccessToken(id: 1) { id }", "updatePersonalAccessToken(id: 1, input: { name: \"x\" }) { id }"] {
            let mia = app.member().await;
            let answer = mia.gql(&format!("mutation {{ signOut {then} }}")).await;
            assert_eq!((answer.code().as_str(), answer.reason().as_str()), ("UNAUTHENTICATED", "TOKEN_REVOKED"), "{then}: {answer}");
        }
        assert_eq!(app.member().await.gql("{ viewPersonalAccessTokens { name hint confirmed_at } }").await.to_string(), before);
        assert_eq!(app.bearer(&token.secret).gql(ME).await.code(), "");
    }
}
