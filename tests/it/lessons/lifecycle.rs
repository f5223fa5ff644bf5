//! How credentials end, and how they renew themselves.
//!
//! Open, because their part does not exist: of 22, introspection for other services, forward-auth and sockets; 24 in what it
//! asks of introspection for other services; 29 beyond sessions; 30 (nothing is released yet); 36 for tokens
//! derived offline, of which there are none.

use futures_util::future::join_all;
use serde_json::json;

use crate::app::TestApp;
use crate::tokens::addresses::Calls;
use crate::tokens::{confirm, rotate, try_rotate, update};

const ME: &str = "{ me { username } }";
const DAY: i64 = 86_400;
const REFRESH: &str = "mutation ($t: String!) { signInRefresh(refreshToken: $t) { accessToken } }";

on_both! {
    /// makeplane/plane#9225, marmotdata/marmot#252, directus/directus#2070
    async fn lesson_22_a_disabled_users_credentials_are_refused_with_the_next_call(app: TestApp) {
        let mia = app.member().await;
        let session = app.sign_in("mia").await;
        let token = mia.writer().await;
        token.gql(ME).await.data();
        app.enable("mia", false).await;
        assert_eq!(token.gql(ME).await.reason(), "USER_DISABLED");
        assert_eq!(mia.gql(ME).await.reason(), "USER_DISABLED");
        assert_eq!(token.get("/schema.graphql").await.reason(), "USER_DISABLED");
        assert_eq!(app.anonymous().gql_with(REFRESH, json!({"t": session.refresh})).await.reason(), "USER_DISABLED");
    }

    /// riparias/gbif-alert#427
    async fn lesson_23_a_refused_call_is_no_use_and_enabling_brings_back_what_was_not_revoked(app: TestApp) {
        let mia = app.member().await;
        let (kept, revoked) = (mia.issue(json!({"name": "kept"})).await, mia.issue(json!({"name": "revoked"})).await);
        mia.revoke(&revoked.id).await.data();
        app.enable("mia", false).await;
        app.bearer(&kept.secret).gql(ME).await;
        app.write_uses().await;
        app.enable("mia", true).await;
        let mia = app.member().await;
        let list = mia.gql("{ viewPersonalAccessTokens { status last_used_at } }").await.to_string();
        assert_eq!(list, r#"{"viewPersonalAccessTokens":[{"status":"ACTIVE","last_used_at":null},{"status":"REVOKED","last_used_at":null}]}"#);
        assert_eq!(app.bearer(&kept.secret).gql(ME).await.code(), "");
        assert_eq!(app.bearer(&revoked.secret).gql(ME).await.reason(), "TOKEN_REVOKED");
    }

    /// zitadel/zitadel#8489, #8631
    async fn lesson_24_a_disabled_user_gets_no_new_tokens(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        app.enable("mia", false).await;
        let before = app.made().await.tokens;
        assert_eq!(app.bearer(&token.secret).try_issue(json!({"name": "x"})).await.code(), "UNAUTHENTICATED");
        assert_eq!(try_rotate(&app.bearer(&token.secret), "").await.code(), "UNAUTHENTICATED");
        assert_eq!(mia.try_issue(json!({"name": "x"})).await.code(), "UNAUTHENTICATED");
        assert_eq!(app.try_sign_in("mia", crate::app::PASSWORD).await.code(), "INVALID_CREDENTIALS");
        assert_eq!(app.made().await.tokens, before);
    }

    /// masumi-network/sokosumi#4412
    async fn lesson_25_one_token_alone_stops_though_its_user_and_its_parent_live(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        let child = app.bearer(&parent.secret).issue(json!({"name": "n"})).await;
        mia.revoke(&child.id).await.data();
        assert_eq!(app.bearer(&child.secret).gql(ME).await.reason(), "TOKEN_REVOKED");
        assert_eq!(app.bearer(&parent.secret).gql(ME).await.code(), "");
    }

    /// devtron-labs/devtron#4957
    async fn lesson_26_a_new_token_of_the_old_name_revives_no_old_secret(app: TestApp) {
        let mia = app.member().await;
        let old = mia.issue(json!({"name": "same"})).await;
        let rotated = rotate(&mia, &format!("(id: {})", old.id)).await;
        mia.revoke(&old.id).await.data();
        mia.issue(json!({"name": "same"})).await;
        for secret in [&old.secret, &rotated.secret] {
            assert_eq!(app.bearer(secret).gql(ME).await.reason(), "TOKEN_REVOKED");
        }
    }

    /// gitlab 418769, 524639
    async fn lesson_28_a_rotated_secret_kills_no_successor_neither_by_use_nor_by_rotating(app: TestApp) {
        let mia = app.member().await;
        let first = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        let old = app.bearer(&first.secret);
        let new = app.bearer(&rotate(&old, "").await.secret);
        for _ in 0..3 {
            assert_eq!(old.gql(ME).await.code(), "");
            assert_eq!(try_rotate(&old, "").await.code(), "FORBIDDEN");
        }
        assert_eq!(new.gql(ME).await.code(), "");
        app.later(2 * DAY);
        assert_eq!(old.gql(ME).await.reason(), "TOKEN_EXPIRED");
        assert_eq!(try_rotate(&old, "").await.reason(), "TOKEN_EXPIRED");
        assert_eq!(new.gql(ME).await.code(), "");
    }

    /// HQBase/hqbase#41, get-engram/engram#389, F3-Nation/f3-nation#375
    async fn lesson_29_fifty_refreshes_at_once_all_go_well_and_the_refresh_token_stays(app: TestApp) {
        app.member().await;
        let session = app.sign_in("mia").await;
        let nobody = app.anonymous();
        let refreshes = join_all((0..50).map(|_| nobody.gql_with(REFRESH, json!({"t": session.refresh})))).await;
        for answer in &refreshes {
            let access = answer.data()["signInRefresh"]["accessToken"].as_str().unwrap().to_owned();
            assert_eq!(app.bearer(&access).gql(ME).await.code(), "");
        }
        assert_eq!(refreshes.len(), 50);
        assert_eq!(nobody.gql_with(REFRESH, json!({"t": session.refresh})).await.code(), "");
        assert_eq!(app.bearer(&session.access).gql(ME).await.code(), "");
    }

    /// gitlab 413969
    async fn lesson_31_what_has_ended_stays_listed_with_its_reason(app: TestApp) {
        let mia = app.member().await;
        let ada = app.admin().await;
        mia.issue(json!({"name": "expired", "expires_in_days": 1})).await;
        let revoked = mia.issue(json!({"name": "revoked"})).await;
        let leaked = mia.issue(json!({"name": "leaked"})).await;
        ada.gql(&format!("mutation {{ revokeAnyPersonalAccessToken(id: {}, reason: \"left\") {{ id }} }}", revoked.id)).await.data();
        ada.gql(&format!("mutation {{ revokeAnyPersonalAccessToken(id: {}, compromised: true) {{ id }} }}", leaked.id)).await.data();
        app.later(DAY);
        let list = app.member().await.gql("{ viewPersonalAccessTokens { name status revoke_reason } }").await.to_string();
        assert_eq!(list, r#"{"viewPersonalAccessTokens":[{"name":"expired","status":"EXPIRED","revoke_reason":null},{"name":"revoked","status":"REVOKED","revoke_reason":"left"},{"name":"leaked","status":"COMPROMISED","revoke_reason":"compromised"}]}"#);
    }

    /// lightdash/lightdash#12466
    async fn lesson_32_a_token_describes_and_rotates_itself_without_its_number(app: TestApp) {
        let mia = app.member().await;
        let token = mia.writer().await;
        assert_eq!(token.gql("{ current_personal_access_token { name } }").await.to_string(), r#"{"current_personal_access_token":{"name":"writer"}}"#);
        let new = rotate(&token, "").await;
        assert_eq!(app.bearer(&new.secret).gql("{ current_personal_access_token { name } }").await.to_string(), r#"{"current_personal_access_token":{"name":"writer"}}"#);
    }

    /// Laisky/one-api#176
    async fn lesson_33_mapped_addresses_are_in_ranges_of_ipv4(app: TestApp) {
        let mia = app.member().await;
        let four = mia.issue(json!({"name": "n", "ip_ranges": ["192.0.2.0/24"]})).await.secret;
        let six = mia.issue(json!({"name": "n", "ip_ranges": ["2001:db8::/48"]})).await.secret;
        let code = async |secret: &str, from: &str| Calls::from(&app, secret, Some(from)).gql(ME).await.reason();
        for from in ["192.0.2.9", "::ffff:192.0.2.9", "::ffff:c000:209"] {
            assert_eq!(code(&four, from).await, "", "{from}");
            assert_eq!(code(&six, from).await, "ADDRESS_NOT_ALLOWED", "{from}");
        }
        assert_eq!(code(&six, "2001:db8:0:1::1").await, "");
        assert_eq!(code(&four, "::192.0.2.9").await, "ADDRESS_NOT_ALLOWED");
    }

    /// hasura/graphql-engine#8360
    async fn lesson_34_a_document_that_was_taken_off_the_list_can_be_put_back(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n", "documents": [ME]})).await;
        let client = app.bearer(&token.secret);
        for (documents, reason) in [(json!(["{ me { id } }"]), "DOCUMENT_NOT_ALLOWED"), (json!([ME, "{ me { id } }"]), ""), (json!([]), "DOCUMENT_NOT_ALLOWED"), (json!([ME]), "")] {
            update(&mia, &token.id, json!({"documents": documents})).await.data();
            assert_eq!(client.gql(ME).await.reason(), reason, "{documents}");
        }
    }

    /// Point One's self-renewal
    async fn lesson_35_a_line_of_renewals_gets_no_wider_and_ends_without_a_person(app: TestApp) {
        let mia = app.member().await;
        let first = json!({"name": "n", "role": "ROLE_READ_WRITE", "ip_ranges": ["10.0.0.0/8"], "expires_in_days": 365,
            "permissions": ["Mutation.issuePersonalAccessToken", "IssuedPersonalAccessToken.*", "PersonalAccessToken.expires_at"]});
        let made = mia.issue(first.clone()).await;
        let client = Calls::from(&app, &made.secret, Some("10.0.0.1"));
        for (wider, said) in [(json!({"permissions": ["Query.me"]}), "Query.me"), (json!({"ip_ranges": ["0.0.0.0/0"]}), "addresses")] {
            let mut input = first.clone();
            input.as_object_mut().unwrap().extend(wider.as_object().unwrap().clone());
            let answer = client.issue(input).await;
            assert!(answer.code() == "FORBIDDEN" && answer.message().contains(said), "{answer}");
        }
        let reader = mia.reader().await;
        assert_eq!(reader.try_issue(json!({"name": "x"})).await.missing()[0], "Mutation.issuePersonalAccessToken");
        let mut secret = made.secret;
        let mut renewed = 0;
        loop {
            app.later(300 * DAY);
            let answer = Calls::from(&app, &secret, Some("10.0.0.1")).issue(first.clone()).await;
            let json = answer.json();
            let Some(token) = json["data"]["issuePersonalAccessToken"]["token"].as_str() else {
                assert_eq!(answer.reason(), "TOKEN_EXPIRED", "{answer}");
                break;
            };
            secret = token.to_owned();
            renewed += 1;
        }
        assert_eq!(renewed, 2, "730 days after a person made the first");
        // A person who stands by it in time prolongs it.
        let made = app.member().await.issue(first.clone()).await;
        app.later(360 * DAY);
        confirm(&app.member().await, &made.id).await.data();
        let ends = Calls::from(&app, &made.secret, Some("10.0.0.1")).gql_with("mutation ($input: IssuePersonalAccessTokenMutationInput) { issuePersonalAccessToken(input: $input) { personal_access_token { expires_at } } }", json!({"input": first})).await.data();
        assert!(!ends.is_null());
    }

    /// Ory Talos, docs/concepts/security-model.md
    async fn lesson_36_what_a_token_made_goes_along_when_asked_or_when_it_is_compromised(app: TestApp) {
        for (how, reason) in [("", ""), (", with_descendants: true", "TOKEN_REVOKED"), (", compromised: true", "TOKEN_REVOKED")] {
            let mia = app.member().await;
            let parent = mia.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
            let child = app.bearer(&parent.secret).issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
            let grandchild = app.bearer(&child.secret).issue(json!({"name": "n"})).await;
            app.bearer(&grandchild.secret).gql(ME).await.data();
            mia.gql(&format!("mutation {{ revokePersonalAccessToken(id: {}{how}) {{ id }} }}", parent.id)).await.data();
            for secret in [&child.secret, &grandchild.secret] {
                assert_eq!(app.bearer(secret).gql(ME).await.reason(), reason, "{how}");
            }
        }
    }
}

on_both! {
    async fn lesson_27_a_live_cookie_does_not_stand_in_for_a_dead_bearer_token(app: TestApp) {
        let ada = app.admin().await;
        let dead = ada.issue(json!({"name": "dead"})).await;
        ada.revoke(&dead.id).await.data();
        let cookie = crate::console::Browser::of(&app, "ada").await.cookie.unwrap();
        let request = app.bearer(&dead.secret).post("/graphql").header("cookie", cookie).header("origin", crate::app::URL);
        let answer = app.anonymous().send(request.body(crate::app::body("{ me { username } }", &json!({})))).await;
        assert_eq!((answer.status.as_u16(), answer.reason().as_str()), (401, "TOKEN_REVOKED"), "{answer}");
    }
}
