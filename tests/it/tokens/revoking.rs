//! Revoking: who may, how far it reaches, and that it holds at once.

use axum::body::Body;
use futures_util::{future::join, stream};
use insta::assert_snapshot;
use serde_json::json;
use tokio::sync::oneshot;

use super::{DAY, LIST, ME};
use crate::app::{Client, TestApp};
use doorward::{guard, tokens};

fn writing(name: &str) -> serde_json::Value {
    json!({"name": name, "role": "ROLE_READ_WRITE"})
}

async fn ended<'a>(app: &TestApp, secrets: impl IntoIterator<Item = &'a String>) -> String {
    let mut standing = Vec::new();
    for secret in secrets {
        standing.push(if app.bearer(secret).gql(ME).await.code().is_empty() { "live" } else { "ended" });
    }
    standing.join(" ")
}

async fn revoke(client: &Client<'_>, id: &str, more: &str) -> String {
    client
        .gql(&format!("mutation {{ revokePersonalAccessToken(id: {id}{more}) {{ id status revoke_reason }} }}"))
        .await
        .to_string()
}

on_both! {
    async fn a_token_that_is_revoked_while_a_body_is_on_its_way_does_nothing_with_it(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(writing("one")).await;
        let script = app.bearer(&token.secret);
        script.gql(ME).await.data();
        let (begun, has_begun) = oneshot::channel();
        let (revoked, is_revoked) = oneshot::channel();
        let body = stream::once(async move {
            begun.send(()).unwrap();
            is_revoked.await.unwrap();
            Ok::<_, std::io::Error>(json!({"query": "mutation { updateMe(input: { name: \"Mallory\" }) { id } }"}).to_string())
        });
        let revoking = async {
            has_begun.await.unwrap();
            revoke(&mia, &token.id, "").await;
            revoked.send(()).unwrap();
        };
        let (answer, ()) = join(script.posts(Body::from_stream(body)), revoking).await;
        assert_snapshot!(answer, @"UNAUTHENTICATED TOKEN_REVOKED: this token was revoked");
    }

    async fn a_revoked_token_is_refused_at_once_and_stays_listed_with_its_reason(app: TestApp) {
        let mia = app.member().await;
        let (token, other) = (mia.issue(writing("one")).await, mia.issue(writing("two")).await);
        app.bearer(&token.secret).gql(ME).await.data();
        app.later(5);
        assert_snapshot!(revoke(&mia, &token.id, "").await, @r#"{"revokePersonalAccessToken":{"id":"1","status":"REVOKED","revoke_reason":null}}"#);
        assert_snapshot!(app.bearer(&token.secret).gql(ME).await, @"UNAUTHENTICATED TOKEN_REVOKED: this token was revoked");
        assert_snapshot!(app.bearer(&token.secret).get("/schema.graphql").await, @"UNAUTHENTICATED TOKEN_REVOKED: this token was revoked");
        assert_snapshot!(revoke(&mia, &other.id, ", compromised: true").await, @r#"{"revokePersonalAccessToken":{"id":"2","status":"COMPROMISED","revoke_reason":"compromised"}}"#);
        app.later(5);
        assert_snapshot!(revoke(&mia, &other.id, "").await, @r#"{"revokePersonalAccessToken":{"id":"2","status":"COMPROMISED","revoke_reason":"compromised"}}"#);
        assert_snapshot!(mia.gql("{ viewPersonalAccessTokens { id name status revoked_at revoke_reason } }").await, @r#"{"viewPersonalAccessTokens":[{"id":"1","name":"one","status":"REVOKED","revoked_at":"2026-03-01T00:00:05Z","revoke_reason":null},{"id":"2","name":"two","status":"COMPROMISED","revoked_at":"2026-03-01T00:00:05Z","revoke_reason":"compromised"}]}"#);
        // Another token of the old name is another token.
        mia.issue(writing("one")).await;
        assert_eq!(app.bearer(&token.secret).gql(ME).await.reason(), "TOKEN_REVOKED");
    }

    async fn a_session_revokes_any_token_of_its_user(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(writing("parent")).await;
        let child = app.bearer(&parent.secret).issue(writing("child")).await;
        let other = app.member().await;
        for token in [&child, &parent] {
            assert_eq!(other.revoke(&token.id).await.code(), "");
        }
        assert_eq!(ended(&app, [&parent.secret, &child.secret]).await, "ended ended");
    }

    async fn a_token_revokes_itself_and_what_it_made_and_nothing_else(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(writing("parent")).await;
        let token = app.bearer(&parent.secret).issue(writing("token")).await;
        let child = app.bearer(&token.secret).issue(writing("child")).await;
        let grandchild = app.bearer(&child.secret).issue(writing("grandchild")).await;
        let sibling = app.bearer(&parent.secret).issue(writing("sibling")).await;
        let client = app.bearer(&token.secret);
        assert_snapshot!(revoke(&client, &parent.id, "").await, @"FORBIDDEN: a token revokes itself and those that it made; others take a session");
        for other in [&parent, &sibling] {
            for more in ["", ", with_descendants: true", ", compromised: true"] {
                assert!(revoke(&client, &other.id, more).await.starts_with("FORBIDDEN"));
            }
        }
        assert_eq!(client.revoke(&grandchild.id).await.code(), "");
        assert_eq!(client.revoke(&token.id).await.code(), "");
        let all = [&parent, &token, &child, &grandchild, &sibling].map(|token| &token.secret);
        assert_eq!(ended(&app, all).await, "live ended live ended live");
    }

    async fn descendants_go_along_when_asked_and_always_when_compromised(app: TestApp) {
        for (more, wanted) in [("", "ended live live live"), (", with_descendants: true", "ended ended ended live"), (", compromised: true", "ended ended ended live"), (", with_descendants: false, compromised: true", "ended ended ended live"), (", with_descendants: null, compromised: null", "ended live live live")] {
            let mia = app.member().await;
            let parent = mia.issue(writing("parent")).await;
            let child = app.bearer(&parent.secret).issue(writing("child")).await;
            let grandchild = app.bearer(&child.secret).issue(writing("grandchild")).await;
            let other = mia.issue(writing("other")).await;
            let before = app.made().await.audit;
            assert!(!revoke(&mia, &parent.id, more).await.contains("FORBIDDEN"));
            let all = [&parent, &child, &grandchild, &other].map(|token| &token.secret);
            assert_eq!(ended(&app, all).await, wanted, "{more}");
            let rows = app.made().await.audit - before;
            assert_eq!(rows, i64::try_from(wanted.matches("ended").count()).unwrap(), "one audit row each");
        }
        let mia = app.member().await;
        assert_snapshot!(mia.gql("{ personal_access_tokens(paginator: { records_per_page: 12 }) { entities { name revoke_reason } } }").await, @r#"{"personal_access_tokens":{"entities":[{"name":"parent","revoke_reason":null},{"name":"child","revoke_reason":null},{"name":"grandchild","revoke_reason":null},{"name":"other","revoke_reason":null},{"name":"parent","revoke_reason":null},{"name":"child","revoke_reason":null},{"name":"grandchild","revoke_reason":null},{"name":"other","revoke_reason":null},{"name":"parent","revoke_reason":"compromised"},{"name":"child","revoke_reason":"compromised"},{"name":"grandchild","revoke_reason":"compromised"},{"name":"other","revoke_reason":null}]}}"#);
    }

    async fn nobody_reaches_anothers_token(app: TestApp) {
        let (mia, ada) = (app.member().await, app.admin().await);
        let hers = mia.issue(writing("mia's")).await;
        let his = ada.issue(writing("ada's")).await;
        let writer = mia.writer().await;
        let nobodys = revoke(&mia, "999", "").await;
        for client in [&mia, &writer] {
            for more in ["", ", with_descendants: true", ", compromised: true"] {
                let answer = revoke(client, &his.id, more).await;
                assert_eq!(answer.replace(&his.id, "N"), nobodys.replace("999", "N"), "as if it were not there");
            }
            assert_snapshot!(client.gql(&format!("{{ personal_access_tokens(id: {}) {{ entities {{ id }} page_info {{ total_count }} }} }}", his.id)).await, @r#"{"personal_access_tokens":{"entities":[],"page_info":{"total_count":0}}}"#);
        }
        assert_snapshot!(nobodys, @"BAD_USER_INPUT id: there is no token 999 of yours");
        // Not even an administrator, by this field: other people's tokens are another one's business.
        assert_eq!(ada.revoke(&hers.id).await.code(), "BAD_USER_INPUT");
        assert_eq!(ended(&app, [&hers.secret, &his.secret]).await, "live live");
        assert_snapshot!(mia.gql(LIST).await, @r#"{"viewPersonalAccessTokens":[{"id":"1","name":"mia's","role":"ROLE_READ_WRITE","status":"ACTIVE","permissions":null},{"id":"3","name":"writer","role":"ROLE_READ_WRITE","status":"ACTIVE","permissions":null}]}"#);
        assert_snapshot!(ada.gql("{ all_personal_access_tokens(user_id: 1) { page_info { total_count } entities { name user { username } } } }").await, @r#"{"all_personal_access_tokens":{"page_info":{"total_count":2},"entities":[{"name":"mia's","user":{"username":"mia"}},{"name":"writer","user":{"username":"mia"}}]}}"#);
        assert_snapshot!(ada.gql(&format!("{{ all_personal_access_tokens(id: {}) {{ entities {{ name }} }} }}", his.id)).await, @r#"{"all_personal_access_tokens":{"entities":[{"name":"ada's"}]}}"#);
    }

    async fn a_token_describes_itself_without_knowing_its_number(app: TestApp) {
        let mia = app.member().await;
        let token = mia.with(json!({"name": "self", "description": "nightly", "permissions": ["Query.current_personal_access_token", "PersonalAccessToken.*", "User.username"]})).await;
        assert_snapshot!(token.gql("{ current_personal_access_token { id name description role permissions status created_at confirmed_at expires_at last_used_at revoked_at user { username } } }").await, @r#"{"current_personal_access_token":{"id":"1","name":"self","description":"nightly","role":"ROLE_READ_ONLY","permissions":["Query.current_personal_access_token","PersonalAccessToken.*","User.username"],"status":"ACTIVE","created_at":"2026-03-01T00:00:00Z","confirmed_at":"2026-03-01T00:00:00Z","expires_at":"2027-03-01T00:00:00Z","last_used_at":null,"revoked_at":null,"user":{"username":"mia"}}}"#);
        assert_snapshot!(mia.gql("{ current_personal_access_token { id } }").await, @r#"{"current_personal_access_token":null}"#);
    }

    async fn a_token_that_has_ended_meanwhile_makes_no_child(app: TestApp) {
        // The call was let in before the token was revoked, and comes to its change after.
        let mia = app.member().await;
        let parent = mia.issue(json!({"name": "parent", "role": "ROLE_READ_WRITE"})).await;
        let presented = guard::Presented::Bearer(&parent.secret);
        let standing = guard::identify(app.cx(), &guard::Callers::default(), &presented, std::sync::Arc::default()).await;
        let Ok(guard::Standing::Live(caller)) = standing else { panic!("the token holds") };
        assert_eq!(app.bearer(mia.secret()).gql(&format!("mutation {{ revokePersonalAccessToken(id: {}, compromised: true) {{ status }} }}", parent.id)).await.code(), "");
        let before = app.made().await;
        let new = tokens::NewToken {
            name: "child".into(), lifetime_seconds: DAY, ..tokens::NewToken::default()
        };
        let user = caller.person().unwrap().id;
        let made = tokens::create(app.cx(), &caller, user, new).await;
        assert_eq!(app.made().await, before, "{made:?}");
    }

    async fn a_session_that_has_ended_makes_no_token_any_more(app: TestApp) {
        let mia = app.member().await;
        let before = app.made().await.tokens;
        let both = "mutation { signOut(everywhere: true) createPersonalAccessToken(name: \"after\", role: ROLE_READ_WRITE) }";
        let answer = mia.gql(both).await;
        assert_eq!((answer.code().as_str(), answer.reason().as_str()), ("UNAUTHENTICATED", "TOKEN_REVOKED"), "{answer}");
        assert_eq!(app.made().await.tokens, before);
    }
}
