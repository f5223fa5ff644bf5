//! What one must hold to make, change and delete a role.

use super::*;

on_both! {
    async fn an_editor_of_roles_makes_none_that_opens_more_than_they_hold(app: TestApp) {
        let rolf = rolf(&app).await;
        for (who, grants, missing) in [
            (&rolf, json!(["User.email_address"]), "User.email_address"),
            (&rolf, json!(["User.*"]), "User.created_at"),
            (&rolf, json!(["Query.*"]), "Query.all_personal_access_tokens"),
            (&rolf, json!(["*.*"]), "User.created_at"),
            (&rolf, json!(["Mutation.*"]), "Mutation.createUser"),
            (&rolf, json!(["Mutation.createRole", "UpdateUserMutationInput.super_admin"]), "UpdateUserMutationInput.super_admin"),
        ] {
            for answer in [create(who, json!({"name": "x", "applied_permissions": grants})).await, update(who, 3, json!({"applied_permissions": grants})).await] {
                assert_eq!(answer.code(), "FORBIDDEN", "{grants}: {answer}");
                assert!(answer.missing().contains(&missing.to_owned()), "{grants}: {answer}");
            }
        }
        assert_eq!(app.made().await.roles, 3);
        assert_snapshot!(create(&rolf, json!({"name": "x", "applied_permissions": ["User.*", "!User.email_address", "!User.enabled", "!User.super_admin", "!User.external_id", "!User.roles", "!User.created_at", "!User.updated_at", "!User.last_seen_at", "!User.sessions"]})).await, @r#"{"createRole":{"id":"4","name":"x","description":null,"applied_permissions":["User.*","!User.email_address","!User.enabled","!User.super_admin","!User.external_id","!User.roles","!User.created_at","!User.updated_at","!User.last_seen_at","!User.sessions"],"follow_new_fields":false,"upstream_name":null,"user_count":0}}"#);
    }

    async fn a_narrowed_token_makes_no_role_that_opens_more_than_it_holds(app: TestApp) {
        let ada = app.admin().await;
        let input = json!({"name": "narrow", "role": "ROLE_READ_WRITE", "permissions": ["Mutation.createRole", "Mutation.updateRole", "Mutation.deleteRole", "Role.*"]});
        let token = ada.with(input).await;
        app.role("users", &["Query.users"]).await;
        assert!(create(&token, json!({"name": "x", "applied_permissions": ["Query.users"]})).await.missing().contains(&"Query.users".to_owned()));
        assert!(update(&token, 3, json!({"applied_permissions": []})).await.missing().contains(&"Query.users".to_owned()));
        assert!(delete(&token, 3).await.missing().contains(&"Query.users".to_owned()));
        assert_eq!(create(&token, json!({"name": "x", "follow_new_fields": true})).await.reason(), "SUPER_ADMIN_REQUIRED");
        create(&token, json!({"name": "x", "applied_permissions": ["Role.id"]})).await.data();
    }

    async fn taking_an_exclusion_out_is_giving_what_it_took(app: TestApp) {
        let rolf = rolf(&app).await;
        app.role("names", &["Query.users", "UserConnection.*", "User.id", "User.username", "User.email_address", "!User.email_address"]).await;
        let whole = json!(["Query.users", "UserConnection.*", "User.id", "User.username", "User.email_address"]);
        assert_eq!(update(&rolf, 4, json!({"applied_permissions": whole})).await.missing(), ["User.email_address"]);
        update(&rolf, 4, json!({"applied_permissions": ["Query.users", "User.id"]})).await.data();
    }

    async fn a_role_that_opens_more_than_one_holds_is_neither_changed_nor_deleted(app: TestApp) {
        let rolf = rolf(&app).await;
        app.role("addresses", &["User.email_address"]).await;
        let before = app.made().await;
        for input in [json!({"name": "x"}), json!({"description": "x"}), json!({"applied_permissions": []})] {
            assert_eq!(update(&rolf, 4, input.clone()).await.missing(), ["User.email_address"], "{input}");
        }
        assert_eq!(delete(&rolf, 4).await.missing(), ["User.email_address"]);
        assert_eq!(app.made().await, before);
    }

    async fn what_a_role_opened_that_one_lost_is_no_longer_ones_to_give(app: TestApp) {
        let rolf = rolf(&app).await;
        rolf.gql("{ roles { entities { id } } }").await.data();
        // Behind the server's back: nothing is told, so the caller is still taken for what they were.
        app.database(|tx| tx.execute(sql!("delete from user_roles"), &[])).await;
        assert!(create(&rolf, json!({"name": "x", "applied_permissions": ["Query.roles"]})).await.missing().contains(&"Query.roles".to_owned()));
    }

    async fn only_a_super_administrator_lets_a_role_follow_new_fields(app: TestApp) {
        let rolf = rolf(&app).await;
        let ada = app.admin().await;
        assert_snapshot!(create(&rolf, json!({"name": "x", "follow_new_fields": true})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may let a role follow new fields, and not by a narrowed token");
        assert_snapshot!(update(&rolf, 3, json!({"follow_new_fields": true})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may let a role follow new fields, or stop it, and not by a narrowed token");
        app.role("names", &["User.id"]).await;
        assert_snapshot!(update(&ada, 4, json!({"follow_new_fields": true})).await, @r#"{"updateRole":{"id":"4","name":"names","description":null,"applied_permissions":["User.id"],"follow_new_fields":true,"upstream_name":null}}"#);
        // What such a role is given follows too, so its list is no longer an editor's to write.
        assert_snapshot!(update(&rolf, 4, json!({"applied_permissions": ["User.id", "User.username"]})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may change the grants of a role that follows new fields, and not by a narrowed token");
        assert_eq!(update(&rolf, 4, json!({"follow_new_fields": false})).await.reason(), "SUPER_ADMIN_REQUIRED");
        update(&rolf, 4, json!({"description": "x"})).await.data();
        update(&ada.writer().await, 4, json!({"follow_new_fields": false})).await.data();
    }

    async fn only_a_super_administrator_names_a_role_to_the_api(app: TestApp) {
        let rolf = rolf(&app).await;
        let ada = app.admin().await;
        assert_snapshot!(create(&rolf, json!({"name": "x", "upstream_name": "admin"})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may name a role to the API, and not by a narrowed token");
        assert_snapshot!(update(&rolf, 3, json!({"upstream_name": "admin"})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may name a role to the API, and not by a narrowed token");
        assert_snapshot!(create(&ada, json!({"name": "x", "upstream_name": "admin"})).await, @r#"{"createRole":{"id":"4","name":"x","description":null,"applied_permissions":[],"follow_new_fields":false,"upstream_name":"admin","user_count":0}}"#);
        assert_snapshot!(update(&rolf, 4, json!({"upstream_name": null})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may name a role to the API, and not by a narrowed token");
        assert_snapshot!(delete(&rolf, 4).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may delete a role that the API is told of, and not by a narrowed token");
        delete(&ada, 4).await.data();
    }

    async fn mutations_meant_for_an_api_open_no_administration_of_users(app: TestApp) {
        let ada = app.admin().await;
        // Where there is no API, a grant of its mutations is no grant at all.
        assert_snapshot!(create(&ada, json!({"name": "x", "applied_permissions": ["api:Mutation.*"]})).await, @r#"BAD_USER_INPUT applied_permissions: "api:Mutation.*": there is no such schema behind this server"#);
        // Without a prefix it is settled now on Doorward's own, is kept so, and asks for all of them to be held.
        let rolf = rolf(&app).await;
        assert_eq!(create(&rolf, json!({"name": "x", "applied_permissions": ["Mutation.*"]})).await.code(), "FORBIDDEN");
        let made = create(&ada, json!({"name": "x", "applied_permissions": ["Mutation.*"]})).await.data();
        let id: i64 = made["createRole"]["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(kept(&app, id).await, [("own:Mutation.*".to_owned(), app.cx().schema_revision)]);
    }

    async fn the_command_line_holds_everything(app: TestApp) {
        let role = doorward::roles::NewRole {
            name: "all".into(),
            permissions: vec!["Query.*".into(), "Mutation.*".into(), "*.*".into()],
            follow_new_fields: true,
            upstream_name: Some("all".into()),
            ..Default::default()
        };
        let made = doorward::roles::create(app.cx(), &app.operator(), role).await.unwrap();
        doorward::roles::delete(app.cx(), &app.operator(), made.id).await.unwrap();
    }
}
