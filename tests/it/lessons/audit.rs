//! On what the audit trail says.

use serde_json::json;

use crate::app::{Client, PASSWORD, TestApp};

const TRAIL: &str = "{ audit_events(paginator: { records_per_page: 100 }) { entities { action actor actor_user_id credential credential_token_id subject subject_type subject_id details } } }";

async fn trail(client: &Client<'_>) -> Vec<serde_json::Value> {
    let data = client.gql(TRAIL).await.data();
    data["audit_events"]["entities"].as_array().unwrap().clone()
}

on_both! {
    // grafana/grafana#78375, #79254
    async fn lesson_38_the_last_use_moves_for_the_token_that_was_used_and_no_other(app: TestApp) {
        let mia = app.member().await;
        let tokens = [mia.issue(json!({"name": "a"})).await, mia.issue(json!({"name": "b", "role": "ROLE_READ_WRITE"})).await];
        let used = async || {
            app.write_uses().await;
            let data = mia.gql("{ viewPersonalAccessTokens { name last_used_at } }").await.data();
            data["viewPersonalAccessTokens"].as_array().unwrap().iter().filter(|token| !token["last_used_at"].is_null()).map(|token| token["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(used().await.is_empty());
        app.bearer(&tokens[1].secret).gql("{ me { id } }").await.data();
        assert_eq!(used().await, ["b"]);
        // By every way in: the schema as text too, and a secret that was rotated away.
        app.bearer(&tokens[0].secret).get("/schema.graphql").await;
        assert_eq!(used().await, ["a", "b"]);
        let data = mia.gql("mutation { issuePersonalAccessToken(input: { name: \"c\", role: ROLE_READ_WRITE }) { token } }").await.data();
        let before = app.bearer(data["issuePersonalAccessToken"]["token"].as_str().unwrap());
        mia.gql("mutation { rotatePersonalAccessToken(id: 3) { token } }").await.data();
        assert_eq!(used().await, ["a", "b"]);
        before.gql("{ me { id } }").await.data();
        assert_eq!(used().await, ["a", "b", "c"]);
    }

    // getnora-io/nora#985, corezoid/corezoid-ai-plugin#178
    async fn lesson_39_a_session_and_a_token_of_one_user_are_told_apart_and_nobody_is_nameless(app: TestApp) {
        let ada = app.admin().await;
        let helper = ada.issue(json!({"name": "helper", "role": "ROLE_READ_WRITE"})).await;
        ada.gql("mutation { updateMe(input: { public_name: \"One\" }) { id } }").await.data();
        app.bearer(&helper.secret).gql("mutation { updateMe(input: { public_name: \"Two\" }) { id } }").await.data();
        let rows = trail(&ada).await;
        let updates: Vec<_> = rows.iter().filter(|row| row["action"] == "user.update").collect();
        let credential = |row: &serde_json::Value| (row["actor"].as_str().unwrap().to_owned(), row["credential"].as_str().unwrap().to_owned(), row["credential_token_id"].as_str().map(str::to_owned));
        assert_eq!(credential(updates[0]), ("ada".into(), "session 1".into(), None));
        assert_eq!(credential(updates[1]), ("ada".into(), "token helper".into(), Some(helper.id.clone())));
        for row in &rows {
            let actor = row["actor"].as_str().unwrap();
            assert!(actor.starts_with("operator ") || actor == "ada", "{row}");
        }
    }

    // nightscout/nocturne#765, Morelitea/initiative#1575
    async fn lesson_40_whose_credential_was_tried_is_the_one_it_was_done_to_and_not_the_one_who_did_it(app: TestApp) {
        let ada = app.admin().await;
        app.member().await;
        let stolen = app.sign_in("mia").await.refresh;
        app.enable("mia", false).await;
        app.anonymous().gql_with("mutation ($r: String!) { signInRefresh(refreshToken: $r) { expiresIn } }", json!({ "r": stolen })).await;
        app.try_sign_in("mia", "a guess").await;
        app.try_sign_in("mia", PASSWORD).await;
        let rows = trail(&ada).await;
        let refused: Vec<_> = rows.iter().filter(|row| row["action"] == "session.refused").collect();
        assert_eq!(refused.len(), 3);
        for row in refused {
            assert_eq!((row["actor"].as_str(), row["actor_user_id"].as_str()), (Some("nobody"), None), "{row}");
            assert_eq!((row["subject"].as_str(), row["subject_id"].as_str()), (Some("mia"), Some("2")), "{row}");
        }
        // Who looks after another's token is not its owner.
        app.enable("mia", true).await;
        let token = app.member().await.issue(json!({"name": "mias"})).await;
        ada.gql(&format!("mutation {{ revokeAnyPersonalAccessToken(id: {}) {{ id }} }}", token.id)).await.data();
        let rows = trail(&ada).await;
        let revoked = rows.iter().find(|row| row["action"] == "token.revoke").unwrap();
        assert_eq!((revoked["actor"].as_str(), revoked["subject"].as_str()), (Some("ada"), Some("mias")));
    }

    // trento-project/web#3817
    async fn lesson_41_what_is_gone_or_renamed_is_still_named(app: TestApp) {
        let ada = app.admin().await;
        ada.gql("mutation { createRole(input: { name: \"support\" }) { id } }").await.data();
        ada.gql("mutation { deleteRole(id: 3) }").await.data();
        let token = ada.issue(json!({"name": "backup", "role": "ROLE_READ_WRITE"})).await;
        app.bearer(&token.secret).gql("mutation { updateMe(input: { name: \"A\" }) { id } }").await.data();
        ada.gql("mutation { updatePersonalAccessToken(id: 1, input: { name: \"else\" }) { id } }").await.data();
        ada.gql("mutation { revokePersonalAccessToken(id: 1) { id } }").await.data();
        let told: Vec<String> = trail(&ada).await.iter().filter(|row| row["subject_type"] == "role" || row["subject_type"] == "token" || row["credential_token_id"] == "1").map(|row| format!("{} {} by {}", row["action"], row["subject"], row["credential"])).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        "role.create" "support" by "session 1"
        "role.delete" "support" by "session 1"
        "token.create" "backup" by "session 1"
        "user.update" "ada" by "token backup"
        "token.update" "else" by "session 1"
        "token.revoke" "else" by "session 1"
        "#);
    }
}
