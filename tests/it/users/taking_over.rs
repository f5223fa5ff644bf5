//! Nobody takes the place of somebody who holds more, by whatever they may change of them.

use super::*;

const FIELDS: [&str; 6] = ["username", "email_address", "password", "super_admin", "external_id", "role_ids"];

fn value(field: &str) -> Value {
    match field {
        "super_admin" => json!(false),
        "role_ids" => json!([]),
        "password" => json!("heron-copper-violet-4"),
        other => json!(format!("{other}@evil.example")),
    }
}

/// Rosa, who is 3, holds a role that opens more than an editor holds.
async fn rosa(app: &TestApp) {
    app.role("roles", &["Query.roles", "RoleConnection.*", "Role.*"]).await;
    app.add(NewUser { roles: vec!["roles".into()], ..new("rosa") }).await;
}

on_both! {
    async fn an_editor_changes_an_administrators_address_and_resets_by_mail(app: TestApp) {
        let edna = edna(&app).await;
        assert_snapshot!(update(&edna, 1, json!({"email_address": "edna@evil.example"})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may make or change a super administrator, and not by a narrowed token");
        assert_snapshot!(update(&edna.writer().await, 1, json!({"email_address": null})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may make or change a super administrator, and not by a narrowed token");
        assert_eq!(whose(&app, "ada@example.com").await, r#"{"me":{"username":"ada"}}"#);
    }

    async fn an_editor_changes_nothing_by_which_an_administrator_could_be_replaced(app: TestApp) {
        let edna = edna(&app).await;
        let before = app.made().await;
        for field in FIELDS {
            let answer = update(&edna, 1, json!({ field: value(field) })).await;
            if field == "role_ids" {
                answer.data();
                continue; // Ada has none: nothing changes.
            }
            assert_eq!((answer.code(), answer.reason()), ("FORBIDDEN".into(), "SUPER_ADMIN_REQUIRED".into()), "{field}: {answer}");
        }
        let editing = role_id(&app, "editing").await;
        assert_eq!(update(&edna, 1, json!({"role_ids": [editing]})).await.reason(), "SUPER_ADMIN_REQUIRED");
        assert_snapshot!(edna.gql("mutation { disableUser(id: 1) { id } }").await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may make or change a super administrator, and not by a narrowed token");
        assert_eq!(app.made().await, before);
        assert_eq!(whose(&app, "ada").await, r#"{"me":{"username":"ada"}}"#);
        // What others see of her is not what she is.
        update(&edna, 1, json!({"name": "Ada A.", "public_name": "A."})).await.data();
    }

    async fn an_editor_changes_nothing_of_who_holds_a_role_that_opens_more(app: TestApp) {
        let edna = edna(&app).await;
        rosa(&app).await;
        for field in ["username", "email_address", "password", "role_ids"] {
            let answer = update(&edna, 3, json!({ field: value(field) })).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{field}: {answer}");
            assert!(answer.missing().contains(&"Query.roles".to_owned()), "{field}: {answer}");
        }
        for mutation in ["disableUser", "enableUser"] {
            assert_eq!(edna.gql(&format!("mutation {{ {mutation}(id: 3) {{ id }} }}")).await.code(), "FORBIDDEN", "{mutation}");
        }
        assert_eq!(whose(&app, "rosa").await, r#"{"me":{"username":"rosa"}}"#);
        // With what Rosa holds, she may.
        let roles = role_id(&app, "roles").await;
        let editing = role_id(&app, "editing").await;
        update(&app.admin().await, 2, json!({"role_ids": [roles, editing]})).await.data();
        update(&edna, 3, json!({"password": "heron-copper-violet-4"})).await.data();
        assert_eq!(whose(&app, "rosa").await, "INVALID_CREDENTIALS");
    }

    async fn a_role_is_given_and_taken_only_by_who_holds_what_it_opens(app: TestApp) {
        let edna = edna(&app).await;
        rosa(&app).await;
        let (roles, editing) = (role_id(&app, "roles").await, role_id(&app, "editing").await);
        for (id, what) in [(2, "oneself"), (4, "another")] {
            if id == 4 {
                create(&edna, json!({"username": "nils"})).await.data();
            }
            let answer = update(&edna, id, json!({"role_ids": [editing, roles]})).await;
            assert_eq!((answer.code().as_str(), answer.missing().contains(&"Role.description".to_owned())), ("FORBIDDEN", true), "{what}");
        }
        assert_eq!(create(&edna, json!({"username": "x", "role_ids": [roles]})).await.code(), "FORBIDDEN");
        assert_snapshot!(update(&edna, 4, json!({"role_ids": [editing, editing]})).await, @r#"{"updateUser":{"id":"4","username":"nils","name":"nils","public_name":"nils","email_address":null,"enabled":true,"super_admin":false,"external_id":null,"roles":[{"name":"editing"}]}}"#);
        // What somebody has already is not given: the rest of the list may change around it.
        assert_eq!(update(&edna, 3, json!({"role_ids": [roles, editing]})).await.code(), "FORBIDDEN", "Rosa holds more");
    }

    async fn a_user_name_that_is_anothers_address_is_refused(app: TestApp) {
        let edna = edna(&app).await;
        assert_snapshot!(create(&edna, json!({"username": "ADA@example.com"})).await, @"BAD_USER_INPUT username: `ADA@example.com` is taken: user names and email addresses must differ from all others");
        assert_eq!(create(&edna, json!({"username": "\u{200b}ada"})).await.code(), "BAD_USER_INPUT", "it looks like ada");
        assert_snapshot!(update(&edna, 2, json!({"username": "ada@example.com"})).await, @"BAD_USER_INPUT username: `ada@example.com` is taken: user names and email addresses must differ from all others");
        assert_snapshot!(edna.gql("mutation { updateMe(input: { email_address: \"Ada@example.com\" }) { id } }").await, @"BAD_USER_INPUT email_address: `Ada@example.com` is taken: user names and email addresses must differ from all others");
    }

    async fn a_narrowed_token_of_an_administrator_takes_nobodys_place(app: TestApp) {
        let edna = edna(&app).await;
        let ada = app.admin().await;
        app.add(NewUser { super_admin: true, ..new("anna") }).await;
        let narrow = |grants: &[&str]| json!({"name": "narrow", "role": "ROLE_READ_WRITE", "permissions": grants});
        let token = ada.with(narrow(&["Mutation.updateUser", "Mutation.createUser", "Mutation.disableUser", "User.*", "Role.name"])).await;
        for id in [2, 3] {
            let answer = update(&token, id, json!({"password": "heron-copper-violet-4"})).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{id}: {answer}");
            assert_eq!(token.gql(&format!("mutation {{ disableUser(id: {id}) {{ id }} }}")).await.code(), "FORBIDDEN", "{id}");
        }
        let editing = role_id(&app, "editing").await;
        assert_eq!(create(&token, json!({"username": "x", "role_ids": [editing]})).await.code(), "FORBIDDEN");
        // Nor its own user's: password, name and address are a session's to change.
        for field in ["username", "email_address", "password"] {
            assert_eq!(update(&token, 1, json!({ field: value(field) })).await.reason(), "SESSION_REQUIRED", "{field}");
        }
        // Not narrowed, it looks after Edna, who holds less.
        update(&ada.writer().await, 2, json!({"password": "heron-copper-violet-4"})).await.data();
        assert_eq!(edna.gql(ME).await.reason(), "TOKEN_REVOKED");
    }

    async fn updating_oneself_as_a_user_is_no_way_round_the_proof(app: TestApp) {
        let edna = edna(&app).await;
        let token = edna.writer().await;
        for field in ["username", "email_address", "password"] {
            assert_eq!(update(&token, 2, json!({ field: value(field) })).await.reason(), "SESSION_REQUIRED", "{field}");
        }
        app.later(600);
        for field in ["username", "email_address", "password"] {
            assert_eq!(update(&edna, 2, json!({ field: value(field) })).await.reason(), "PROOF_REQUIRED", "{field}");
        }
        edna.gql_with("mutation ($password: String) { proveSession(password: $password) }", json!({"password": PASSWORD})).await.data();
        update(&edna, 2, json!({"username": "edda"})).await.data();
        update(&edna, 2, json!({"password": "heron-copper-violet-4"})).await.data();
        assert_eq!(edna.gql(ME).await.reason(), "TOKEN_REVOKED", "a password set this way ends all sessions");
    }

    async fn who_somebody_is_at_the_api_is_a_super_administrators_to_say(app: TestApp) {
        let edna = edna(&app).await;
        for answer in [
            create(&edna, json!({"username": "x", "password": PASSWORD, "external_id": "1"})).await,
            update(&edna, 2, json!({"external_id": "1"})).await,
        ] {
            assert_snapshot!(answer, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator may say who somebody is at the API, and not by a narrowed token");
        }
        let ada = app.admin().await;
        assert_snapshot!(update(&ada, 2, json!({"external_id": "17"})).await, @r#"{"updateUser":{"id":"2","username":"edna","name":"edna","public_name":"edna","email_address":"edna@example.com","enabled":true,"super_admin":false,"external_id":"17","roles":[{"name":"editing"}]}}"#);
        assert_snapshot!(create(&ada, json!({"username": "x", "external_id": "17"})).await, @"BAD_USER_INPUT external_id: `17` is taken: it is another user's at the API");
        assert_snapshot!(update(&ada, 1, json!({"external_id": "17"})).await, @"BAD_USER_INPUT external_id: `17` is taken: it is another user's at the API");
        assert_snapshot!(update(&ada, 2, json!({"external_id": null})).await, @r#"{"updateUser":{"id":"2","username":"edna","name":"edna","public_name":"edna","email_address":"edna@example.com","enabled":true,"super_admin":false,"external_id":null,"roles":[{"name":"editing"}]}}"#);
    }

    async fn a_role_that_the_api_is_told_of_is_given_only_by_who_holds_it(app: TestApp) {
        // The role opens nothing here, and may open everything there.
        let edna = edna(&app).await;
        let ada = app.admin().await;
        let made = ada.gql("mutation { createRole(input: { name: \"chief\", upstream_name: \"admin\" }) { id } }").await.data();
        let chief: i64 = made["createRole"]["id"].as_str().unwrap().parse().unwrap();
        let editing = role_id(&app, "editing").await;
        assert_snapshot!(update(&edna, 2, json!({"role_ids": [editing, chief]})).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: the API is told of a role that this concerns: that takes a super administrator, or who holds it");
        assert_eq!(create(&edna, json!({"username": "x", "role_ids": [chief]})).await.reason(), "SUPER_ADMIN_REQUIRED");
        app.add(new("olga")).await;
        update(&ada, 3, json!({"role_ids": [chief]})).await.data();
        assert_eq!(update(&edna, 3, json!({"password": "heron-copper-violet-4"})).await.reason(), "SUPER_ADMIN_REQUIRED");
        update(&ada, 2, json!({"role_ids": [editing, chief]})).await.data();
        update(&edna, 3, json!({"password": "heron-copper-violet-4"})).await.data();
    }

    async fn what_was_taken_from_an_editor_meanwhile_counts(app: TestApp) {
        // The change waits for its turn while another takes the editor's role away.
        let edna = edna(&app).await;
        create(&edna, json!({"username": "nils"})).await.data();
        let editing = role_id(&app, "editing").await;
        edna.gql(ME).await.data();
        app.database(move |tx| {
            // Behind the server's back: nothing is told, so the caller is still taken for what they were.
            tx.execute(sql!("delete from user_roles where user_id = 2"), &[])
        }).await;
        assert_eq!(update(&edna, 3, json!({"role_ids": [editing]})).await.code(), "FORBIDDEN");
        app.database(move |tx| tx.execute(sql!("update users set enabled = 0 where id = 2"), &[])).await;
        assert_eq!(update(&edna, 3, json!({"username": "nora"})).await.reason(), "USER_DISABLED");
    }

    async fn a_call_changes_nobodys_powers_once_what_it_was_made_with_has_ended(app: TestApp) {
        app.admin().await;
        for ends in ["signOut", "signOut(everywhere: true)", "revokePersonalAccessToken(id: $id) { id }"] {
            for then in [
                "createUser(input: { username: \"later\" }) { id }",
                "updateUser(id: 1, input: { external_id: \"later\" }) { id }",
                "createRole(input: { name: \"later\" }) { id }",
            ] {
                let ada = app.admin().await;
                let made = ada.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
                let token = app.bearer(&made.secret);
                let who = if ends.starts_with("revoke") { &token } else { &ada };
                let before = app.made().await;
                let both = format!("mutation {{ {} {then} }}", ends.replace("$id", &made.id));
                let answer = who.gql(&both).await;
                assert_eq!((answer.code().as_str(), answer.reason().as_str()), ("UNAUTHENTICATED", "TOKEN_REVOKED"), "{both}: {answer}");
                let after = app.made().await;
                assert_eq!((after.users, after.roles), (before.users, before.roles), "{both}");
            }
        }
    }

    async fn a_token_that_is_held_to_something_sets_no_password_that_would_shed_it(app: TestApp) {
        let edna = edna(&app).await;
        create(&edna, json!({"username": "olga"})).await.data();
        let documents = json!([CREATE, UPDATE]);
        let helds = [
            json!({"name": "n", "role": "ROLE_READ_WRITE", "documents": documents}),
            json!({"name": "n", "role": "ROLE_READ_WRITE", "ip_ranges": ["127.0.0.1"]}),
        ];
        for held in helds {
            let secret = edna.issue(held.clone()).await.secret;
            let ask = async |query: &str, variables: Value| {
                let calls = crate::tokens::addresses::Calls::from(&app, &secret, Some("127.0.0.1"));
                calls.gql_with(query, variables).await
            };
            let made = ask(CREATE, json!({"input": {"username": "escape", "password": PASSWORD}})).await;
            assert_eq!((made.code().as_str(), made.reason().as_str()), ("FORBIDDEN", "SESSION_REQUIRED"), "{held}");
            let set = ask(UPDATE, json!({"id": 3, "input": {"password": PASSWORD}})).await;
            assert_eq!((set.code().as_str(), set.reason().as_str()), ("FORBIDDEN", "SESSION_REQUIRED"), "{held}");
            assert_eq!(ask(UPDATE, json!({"id": 3, "input": {"name": "O"}})).await.code(), "", "{held}");
        }
        // Nor does a secret that was replaced, though it goes on working.
        let token = edna.issue(json!({"name": "n", "role": "ROLE_READ_WRITE"})).await;
        let old = app.bearer(&token.secret);
        assert_eq!(create(&old, json!({"username": "before", "password": PASSWORD})).await.code(), "");
        edna.gql(&format!("mutation {{ rotatePersonalAccessToken(id: {}) {{ token }} }}", token.id)).await.data();
        assert_eq!(create(&old, json!({"username": "after", "password": PASSWORD})).await.reason(), "SESSION_REQUIRED");
        assert_eq!(create(&old, json!({"username": "after"})).await.code(), "");
    }

    async fn nobody_is_called_like_those_who_are_no_users(app: TestApp) {
        let ada = app.admin().await;
        for name in ["operator", "Operator root", "NOBODY", "ｎｏｂｏｄｙ"] {
            let refused = create(&ada, json!({"username": name})).await;
            assert_eq!((refused.code().as_str(), refused.json()["errors"][0]["extensions"]["field"].as_str()), ("BAD_USER_INPUT", Some("username")), "{name}");
            assert_eq!(update(&ada, 1, json!({"username": name})).await.code(), "BAD_USER_INPUT", "{name}");
        }
        create(&ada, json!({"username": "operators"})).await.data();
    }
}
