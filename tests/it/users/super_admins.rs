//! Super administrators: who makes one, who unmakes one, and that one is always left.

use super::*;
use futures_util::future::join_all;

on_both! {
    async fn only_a_super_administrators_session_makes_another(app: TestApp) {
        let edna = edna(&app).await;
        let ada = app.admin().await;
        assert_snapshot!(create(&edna, json!({"username": "x", "super_admin": true})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may make or change a super administrator, and not by a narrowed token");
        assert_snapshot!(update(&edna, 2, json!({"super_admin": true})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may make or change a super administrator, and not by a narrowed token");
        let token = ada.writer().await;
        assert_snapshot!(create(&token, json!({"username": "x", "super_admin": true})).await, @"FORBIDDEN SESSION_REQUIRED: this takes a session, not a token: sign in");
        assert_snapshot!(update(&token, 2, json!({"super_admin": true})).await, @"FORBIDDEN SESSION_REQUIRED: this takes a session, not a token: sign in");
        assert_eq!(app.made().await.users, 2);
        assert_snapshot!(update(&ada, 2, json!({"super_admin": true})).await, @r#"{"updateUser":{"id":"2","username":"edna","name":"edna","public_name":"edna","email_address":"edna@example.com","enabled":true,"super_admin":true,"external_id":null,"roles":[{"name":"editing"}]}}"#);
        assert_snapshot!(create(&ada, json!({"username": "x", "super_admin": true})).await, @r#"{"createUser":{"id":"3","username":"x","name":"x","public_name":"x","email_address":null,"enabled":true,"super_admin":true,"external_id":null,"roles":[]}}"#);
        assert_eq!(update(&token, 3, json!({"super_admin": false})).await.reason(), "SESSION_REQUIRED", "nor does a token unmake one");
    }

    async fn a_token_sets_no_super_administrators_way_to_sign_in(app: TestApp) {
        // It would be a session to come by, and with that everything that takes one.
        edna(&app).await;
        let token = app.admin().await.writer().await;
        app.add(NewUser { super_admin: true, ..new("anna") }).await;
        for input in [json!({"password": "heron-copper-violet-4"}), json!({"email_address": "ada@evil.example"}), json!({"username": "other"})] {
            assert_eq!(update(&token, 3, input.clone()).await.reason(), "SESSION_REQUIRED", "{input}");
            update(&token, 2, input).await.data();
        }
        token.gql("mutation { disableUser(id: 3) { id } }").await.data();
    }

    async fn promotion_arms_no_token_that_was_there_before(app: TestApp) {
        let edna = edna(&app).await;
        let (old, roles) = (edna.writer().await, "{ roles { entities { id } } }");
        app.later(60);
        update(&app.admin().await, 2, json!({"super_admin": true})).await.data();
        assert_eq!(old.gql(roles).await.code(), "FORBIDDEN");
        assert_eq!(update(&old, 1, json!({"password": "heron-copper-violet-4"})).await.reason(), "SUPER_ADMIN_REQUIRED");
        assert_eq!(edna.gql(roles).await.code(), "", "the session is a person");
        // Unmade and made again, what was made in between is old again.
        let between = edna.writer().await;
        assert_eq!(between.gql(roles).await.code(), "");
        app.later(60);
        let ada = app.admin().await;
        update(&ada, 2, json!({"super_admin": false})).await.data();
        assert_eq!(between.gql(roles).await.code(), "FORBIDDEN");
        app.later(60);
        update(&ada, 2, json!({"super_admin": true})).await.data();
        assert_eq!(between.gql(roles).await.code(), "FORBIDDEN");
    }

    async fn the_last_super_administrator_stays(app: TestApp) {
        let edna = edna(&app).await;
        let ada = app.admin().await;
        assert_snapshot!(update(&ada, 1, json!({"super_admin": false})).await, @"BAD_USER_INPUT super_admin: `ada` is the last super administrator who is enabled; make another first");
        assert_snapshot!(ada.gql("mutation { disableUser(id: 1) { id } }").await, @"BAD_USER_INPUT id: `ada` is the last super administrator who is enabled; make another first");
        // A disabled one is none that one could fall back on.
        update(&ada, 2, json!({"super_admin": true})).await.data();
        ada.gql("mutation { disableUser(id: 2) { id } }").await.data();
        assert_eq!(update(&ada, 1, json!({"super_admin": false})).await.code(), "BAD_USER_INPUT");
        ada.gql("mutation { enableUser(id: 2) { id } }").await.data();
        assert_eq!(edna.gql(ME).await.reason(), "TOKEN_REVOKED");
        update(&ada, 1, json!({"super_admin": false})).await.data();
        assert_eq!(update(&ada, 1, json!({"super_admin": true})).await.code(), "FORBIDDEN", "that way leads not back");
    }

    async fn unmaking_oneself_takes_proof(app: TestApp) {
        edna(&app).await;
        let ada = app.admin().await;
        update(&ada, 2, json!({"super_admin": true})).await.data();
        app.later(600);
        assert_eq!(update(&ada, 1, json!({"super_admin": false})).await.reason(), "PROOF_REQUIRED");
    }

    async fn of_two_who_unmake_each_other_at_once_one_stays(app: TestApp) {
        let ada = app.admin().await;
        app.add(NewUser { super_admin: true, ..new("anna") }).await;
        let anna = app.person("anna").await;
        for (first, second) in [
            ("mutation { updateUser(id: 2, input: { super_admin: false }) { id } }", "mutation { updateUser(id: 1, input: { super_admin: false }) { id } }"),
            ("mutation { disableUser(id: 2) { id } }", "mutation { disableUser(id: 1) { id } }"),
        ] {
            let answers = join_all([ada.gql(first), anna.gql(second)]).await;
            let done = answers.iter().filter(|answer| answer.code().is_empty()).count();
            assert_eq!(done, 1, "{} {}", answers[0], answers[1]);
            let left = app.database(doorward::users::super_admins).await;
            assert_eq!(left, 1);
            // As they were, for the next round.
            app.database(|tx| {
                tx.execute(sql!("update users set super_admin_since = 1, enabled = 1, session_generation = 0"), &[])?;
                tx.tell(doorward::storage::Subject::Everything)
            }).await;
        }
    }

    async fn of_two_who_unmake_themselves_at_once_one_stays(app: TestApp) {
        let ada = app.admin().await;
        app.add(NewUser { super_admin: true, ..new("anna") }).await;
        let anna = app.person("anna").await;
        let (of_ada, of_anna) = (update(&ada, 1, json!({"super_admin": false})), update(&anna, 2, json!({"super_admin": false})));
        let answers = join_all([of_ada, of_anna]).await;
        let codes: Vec<String> = answers.iter().map(Answer::code).collect();
        assert!(codes.contains(&String::new()) && codes.contains(&"BAD_USER_INPUT".to_owned()), "{codes:?}");
    }

    async fn a_narrowed_token_of_theirs_is_none_even_if_its_list_opens_everything(app: TestApp) {
        let ada = app.admin().await;
        app.add(NewUser { super_admin: true, ..new("zoe") }).await;
        let wide = ada.with(json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": ["Query.*", "Mutation.*", "*.*"]})).await;
        let follow = "mutation { createRole(input: { name: \"x\", follow_new_fields: true }) { id } }";
        assert_eq!(wide.gql(follow).await.reason(), "SUPER_ADMIN_REQUIRED");
        assert_eq!(update(&wide, 2, json!({"external_id": "1"})).await.reason(), "SUPER_ADMIN_REQUIRED");
        assert_eq!(ada.writer().await.gql(follow).await.code(), "", "one that is not narrowed is theirs");
    }
}
