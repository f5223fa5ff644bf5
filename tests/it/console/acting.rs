//! Acting as a token or a role that one looks after, to try what it may do.

use axum::http::Request;
use serde_json::json;

use super::Browser;
use crate::app::{Answer, TestApp, URL, body as json_body, new};
use doorward::users::NewUser;

async fn asked(app: &TestApp, cookie: &str, act_as: &str, query: &str) -> Answer {
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("origin", URL)
        .header("cookie", cookie)
        .header("doorward-act-as", act_as);
    app.send(request.body(json_body(query, &json!({}))).unwrap()).await
}

on_both! {
    async fn one_may_what_the_token_may_and_sees_what_it_sees(app: TestApp) {
        app.admin().await.issue(json!({"name": "names", "permissions": ["Query.me", "Me.name"]})).await;
        let cookie = Browser::of(&app, "ada").await.cookie.unwrap();
        assert_eq!(asked(&app, &cookie, "token:1", "{ me { name } }").await.data(), json!({"me": {"name": "ada"}}));
        assert_eq!(asked(&app, &cookie, "token:1", "{ me { id } }").await.missing(), ["Me.id"]);
        let seen = asked(&app, &cookie, "token:1", "{ __type(name: \"Me\") { fields { name } } }").await.data();
        assert_eq!(seen, json!({"__type": {"fields": [{"name": "name"}]}}));
        // Read-only, as the token is.
        let change = asked(&app, &cookie, "token:1", "mutation { updateMe(input: {name: \"x\"}) { name } }").await;
        assert_eq!(change.code(), "FORBIDDEN");
    }

    async fn a_role_gives_nothing_that_one_does_not_hold_and_is_the_managers_alone(app: TestApp) {
        app.role("directory", &["Query.users", "UserConnection.*", "User.*"]).await;
        app.role("roles", &["Mutation.updateRole", "Role.*"]).await;
        app.add(NewUser { roles: vec!["roles".into()], ..new("rosa") }).await;
        app.add(new("mia")).await;
        app.admin().await;
        let number = app.database(|tx| Ok(doorward::roles::by_name(tx, "directory")?.id.0)).await;
        let role = format!("role:{number}");
        let users = "{ users { entities { username } } }";
        let ada = Browser::of(&app, "ada").await.cookie.unwrap();
        asked(&app, &ada, &role, users).await.data();
        assert_eq!(asked(&app, &ada, &role, "{ me { id } }").await.missing(), ["Me.id", "Query.me"]);
        let rosa = Browser::of(&app, "rosa").await.cookie.unwrap();
        assert_eq!(asked(&app, &rosa, &role, users).await.missing(), ["Query.users", "UserConnection.entities"]);
        let mia = Browser::of(&app, "mia").await.cookie.unwrap();
        assert_eq!(asked(&app, &mia, &role, users).await.missing(), ["Mutation.updateRole"]);
    }

    async fn anothers_token_is_for_who_may_revoke_it(app: TestApp) {
        app.member().await.issue(json!({"name": "mias"})).await;
        app.add(new("otto")).await;
        app.admin().await;
        let otto = Browser::of(&app, "otto").await.cookie.unwrap();
        let refused = asked(&app, &otto, "token:1", "{ me { id } }").await;
        assert_eq!(refused.message(), "there is no token 1");
        assert_eq!(asked(&app, &otto, "token:77", "{ me { id } }").await.message(), "there is no token 77");
        let ada = Browser::of(&app, "ada").await.cookie.unwrap();
        let answer = asked(&app, &ada, "token:1", "{ me { username } }").await.data();
        assert_eq!(answer, json!({"me": {"username": "ada"}}), "one stays oneself");
    }

    async fn documents_hold_whoever_acts_as_their_token(app: TestApp) {
        app.admin().await.issue(json!({"name": "one", "documents": ["{ me { name } }"]})).await;
        let cookie = Browser::of(&app, "ada").await.cookie.unwrap();
        asked(&app, &cookie, "token:1", "{ me { name } }").await.data();
        assert_eq!(asked(&app, &cookie, "token:1", "{ me { id } }").await.reason(), "DOCUMENT_NOT_ALLOWED");
        asked(&app, &cookie, "token:1", "{ __schema { queryType { name } } }").await.data();
        assert_eq!(asked(&app, &cookie, "token:1", "{ __typename me { id } }").await.reason(), "DOCUMENT_NOT_ALLOWED");
    }

    async fn the_header_goes_with_the_cookie_alone_and_is_read_strictly(app: TestApp) {
        let ada = app.admin().await;
        ada.issue(json!({"name": "names", "permissions": ["Query.me", "Me.name"]})).await;
        let request = ada.post("/graphql").header("doorward-act-as", "token:1");
        let answer = ada.send(request.body(json_body("{ me { id } }", &json!({})))).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "BAD_REQUEST"), "{answer}");
        let cookie = Browser::of(&app, "ada").await.cookie.unwrap();
        let answer = asked(&app, &cookie, "everyone", "{ me { id } }").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "BAD_REQUEST"));
    }

    async fn nothing_is_got_by_it_that_outlives_it(app: TestApp) {
        app.admin().await;
        app.role("makers", &["Mutation.*", "IssuedPersonalAccessToken.*", "Me.*"]).await;
        let number = app.database(|tx| Ok(doorward::roles::by_name(tx, "makers")?.id.0)).await;
        let cookie = Browser::of(&app, "ada").await.cookie.unwrap();
        let before = app.made().await;
        for mutation in [
            "issuePersonalAccessToken(input: {name: \"x\", role: ROLE_READ_WRITE}) { token }",
            "createPersonalAccessToken(name: \"x\")",
            "changePassword(current_password: \"x\", new_password: \"y\")",
            "proveSession(password: \"x\")",
        ] {
            let answer = asked(&app, &cookie, &format!("role:{number}"), &format!("mutation {{ {mutation} }}")).await;
            assert_eq!(answer.reason(), "SESSION_REQUIRED", "{mutation}: {answer}");
        }
        let accepting = "mutation { acceptSchemaCoordinates(coordinates: []) }";
        let answer = asked(&app, &cookie, &format!("role:{number}"), accepting).await;
        assert_eq!(answer.reason(), "SUPER_ADMIN_REQUIRED", "{answer}");
        assert_eq!(app.made().await.tokens, before.tokens);
    }
}
