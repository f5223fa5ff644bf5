//! Making, changing and deleting roles over GraphQL: nobody gives away what they do not hold.

mod built_in;
mod conferring;
mod presets;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::app::{Answer, Client, TestApp, new};
use doorward::sql;
use doorward::storage::params;
use doorward::users::NewUser;

/// What looks after roles and sees names of users, and no more.
const EDITING: &[&str] = &[
    "Query.roles",
    "RoleConnection.*",
    "Role.*",
    "Query.users",
    "UserConnection.*",
    "User.id",
    "User.username",
    "Mutation.createRole",
    "Mutation.updateRole",
    "Mutation.deleteRole",
];

const CREATE: &str = "mutation ($input: CreateRoleMutationInput) {
  createRole(input: $input) { id name description applied_permissions follow_new_fields upstream_name user_count }
}";
const UPDATE: &str = "mutation ($id: Int64Bit!, $input: UpdateRoleMutationInput) {
  updateRole(id: $id, input: $input) { id name description applied_permissions follow_new_fields upstream_name }
}";
const ADDRESSES: &str = "{ users { entities { email_address } } }";

/// Rolf, who edits roles: the role `editing` is 3.
async fn rolf(app: &TestApp) -> Client<'_> {
    app.admin().await;
    app.role("editing", EDITING).await;
    app.add(NewUser { roles: vec!["editing".into()], ..new("rolf") }).await;
    app.person("rolf").await
}

async fn create(who: &Client<'_>, input: Value) -> Answer {
    who.gql_with(CREATE, json!({ "input": input })).await
}

async fn update(who: &Client<'_>, id: i64, input: Value) -> Answer {
    who.gql_with(UPDATE, json!({ "id": id, "input": input })).await
}

async fn delete(who: &Client<'_>, id: i64) -> Answer {
    who.gql_with("mutation ($id: Int64Bit!) { deleteRole(id: $id) }", json!({ "id": id })).await
}

/// The grants of a role as they are kept, each with its moment.
async fn kept(app: &TestApp, id: i64) -> Vec<(String, i64)> {
    app.database(move |tx| {
        let rows = tx.all(
            sql!("select permission, as_of_revision from role_grants where role_id = $1 order by position"),
            params![id],
        )?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    })
    .await
}

on_both! {
    async fn the_form_that_old_clients_send_makes_a_role(app: TestApp) {
        let rolf = rolf(&app).await;
        let form = "mutation ($x: CreateRoleMutationInput) { createRole(input: $x) { id name } }";
        assert_snapshot!(rolf.gql_with(form, json!({"x": {"name": "support", "applied_permissions": ["Query.users"]}})).await, @r#"{"createRole":{"id":"4","name":"support"}}"#);
        assert_snapshot!(rolf.gql_with(form, json!({"x": null})).await, @"BAD_USER_INPUT input: `input` must be given, with a `name` at least");
        assert_snapshot!(rolf.gql_with(form, json!({})).await, @"BAD_USER_INPUT input: `input` must be given, with a `name` at least");
    }

    async fn a_role_is_made_changed_and_deleted(app: TestApp) {
        let rolf = rolf(&app).await;
        assert_snapshot!(create(&rolf, json!({"name": "names", "description": "Names", "applied_permissions": ["Query.users", "UserConnection.*", "User.username"]})).await, @r#"{"createRole":{"id":"4","name":"names","description":"Names","applied_permissions":["Query.users","UserConnection.*","User.username"],"follow_new_fields":false,"upstream_name":null,"user_count":0}}"#);
        assert_snapshot!(update(&rolf, 4, json!({})).await, @r#"{"updateRole":{"id":"4","name":"names","description":"Names","applied_permissions":["Query.users","UserConnection.*","User.username"],"follow_new_fields":false,"upstream_name":null}}"#);
        assert_snapshot!(update(&rolf, 4, json!({"name": "Names", "description": null})).await, @r#"{"updateRole":{"id":"4","name":"Names","description":null,"applied_permissions":["Query.users","UserConnection.*","User.username"],"follow_new_fields":false,"upstream_name":null}}"#);
        // A variable that is not given, inside the object, is a field that is left out.
        let unset = "mutation ($name: String, $grants: [Permission!]) { updateRole(id: 4, input: { name: $name, applied_permissions: $grants }) { name applied_permissions } }";
        assert_snapshot!(rolf.gql_with(unset, json!({"name": "who"})).await, @r#"{"updateRole":{"name":"who","applied_permissions":["Query.users","UserConnection.*","User.username"]}}"#);
        assert_snapshot!(update(&rolf, 4, json!({"applied_permissions": ["User.id", "!User.username"]})).await, @r#"{"updateRole":{"id":"4","name":"who","description":null,"applied_permissions":["User.id","!User.username"],"follow_new_fields":false,"upstream_name":null}}"#);
        assert_snapshot!(update(&rolf, 4, json!({"applied_permissions": null})).await, @r#"{"updateRole":{"id":"4","name":"who","description":null,"applied_permissions":[],"follow_new_fields":false,"upstream_name":null}}"#);
        assert_snapshot!(delete(&rolf, 4).await, @r#"{"deleteRole":true}"#);
        assert_snapshot!(delete(&rolf, 4).await, @"BAD_USER_INPUT id: there is no role of the number 4");
        assert_eq!(app.made().await.roles, 3);
        assert_eq!(create(&rolf, json!({"name": "new"})).await.data()["createRole"]["id"], "5", "a number means one role for ever");
        assert!(kept(&app, 4).await.is_empty());
    }

    async fn strangers_members_and_readers_make_and_change_no_role(app: TestApp) {
        let rolf = rolf(&app).await;
        let before = app.made().await.roles;
        let reader = rolf.reader().await;
        let narrowed = rolf.with(json!({"name": "narrow", "role": "ROLE_READ_WRITE", "permissions": ["Query.roles"]})).await;
        for who in [app.anonymous(), app.member().await, reader, narrowed] {
            for document in [
                "mutation { createRole(input: { name: \"x\" }) { id } }",
                "mutation { updateRole(id: 3, input: { name: \"x\" }) { id } }",
                "mutation { deleteRole(id: 3) }",
            ] {
                let answer = who.gql(document).await;
                assert!(["FORBIDDEN", "UNAUTHENTICATED"].contains(&answer.code().as_str()), "{document}: {answer}");
                assert_eq!(answer.json().get("data"), None, "nothing ran");
            }
        }
        assert_eq!(app.made().await.roles, before);
    }

    async fn what_is_not_fit_is_refused_with_its_field(app: TestApp) {
        let (rolf, ada) = (rolf(&app).await, app.admin().await);
        app.role("taken", &[]).await;
        ada.gql("mutation { updateRole(id: 4, input: { upstream_name: \"taken\" }) { id } }").await.data();
        let before = app.made().await;
        assert_snapshot!(create(&rolf, json!({"name": ""})).await, @"BAD_USER_INPUT name: `name` must not be empty: 1 to 100 characters");
        assert_snapshot!(create(&rolf, json!({"name": "TAKEN"})).await, @"BAD_USER_INPUT name: there is a role named `TAKEN` already");
        assert_snapshot!(create(&rolf, json!({"name": "Member"})).await, @"BAD_USER_INPUT name: there is a role named `Member` already");
        assert_snapshot!(create(&rolf, json!({"name": "x", "applied_permissions": ["User.nme"]})).await, @r#"BAD_USER_INPUT applied_permissions: "User.nme": User has no field nme; the nearest is User.name"#);
        assert_snapshot!(create(&rolf, json!({"name": "x", "applied_permissions": ["api:Query.users"]})).await, @r#"BAD_USER_INPUT applied_permissions: "api:Query.users": there is no such schema behind this server"#);
        assert_snapshot!(update(&rolf, 3, json!({"name": "Anonymous"})).await, @"BAD_USER_INPUT name: there is a role named `Anonymous` already");
        assert_snapshot!(update(&rolf, 3, json!({"name": null})).await, @"BAD_USER_INPUT name: `name` cannot be null: leave it out to keep what is there");
        assert_snapshot!(update(&rolf, 3, json!({"follow_new_fields": null})).await, @"BAD_USER_INPUT follow_new_fields: `follow_new_fields` cannot be null: leave it out to keep what is there");
        assert_snapshot!(update(&rolf, 3, json!({"description": "\u{7}"})).await, @"BAD_USER_INPUT description: `description` must not hold control or text-direction characters");
        assert_snapshot!(update(&rolf, 999, json!({"name": "x"})).await, @"BAD_USER_INPUT id: there is no role of the number 999");
        assert_snapshot!(rolf.gql("mutation { updateRole(id: 3) { id } }").await, @"BAD_USER_INPUT input: `input` must be given: what is to change");
        for name in ["", "Admin", "x,admin", "x admin", "ä", "x\nadmin", "\"admin\""] {
            let answer = create(&ada, json!({"name": "x", "upstream_name": name})).await;
            assert_eq!(answer.to_string(), "BAD_USER_INPUT upstream_name: `upstream_name` must be 1 to 100 characters of a to z, 0 to 9, `_` and `-`", "{name:?}");
        }
        assert_snapshot!(create(&ada, json!({"name": "x", "upstream_name": "taken"})).await, @"BAD_USER_INPUT upstream_name: the API is told of another role as `taken` already");
        assert_snapshot!(update(&ada, 3, json!({"upstream_name": "taken"})).await, @"BAD_USER_INPUT upstream_name: the API is told of another role as `taken` already");
        assert_eq!(app.made().await, before, "nothing half-made");
    }

    async fn whoever_holds_a_role_feels_its_change_with_the_next_request(app: TestApp) {
        let ada = app.admin().await;
        app.role("addresses", &["Query.users", "UserConnection.*", "User.*"]).await;
        app.add(NewUser { roles: vec!["addresses".into()], ..new("rosa") }).await;
        let rosa = app.person("rosa").await;
        let token = rosa.reader().await;
        for who in [&rosa, &token] {
            who.gql(ADDRESSES).await.data();
        }
        update(&ada, 3, json!({"applied_permissions": ["Query.users", "UserConnection.*", "User.*", "!User.email_address"]})).await.data();
        for who in [&rosa, &token] {
            assert_eq!(who.gql(ADDRESSES).await.missing(), ["User.email_address"]);
        }
        update(&ada, 3, json!({"applied_permissions": ["Query.users", "UserConnection.*", "User.*"]})).await.data();
        for who in [&rosa, &token] {
            who.gql(ADDRESSES).await.data();
        }
        delete(&ada, 3).await.data();
        for who in [&rosa, &token] {
            assert_eq!(who.gql(ADDRESSES).await.code(), "FORBIDDEN");
        }
        assert_snapshot!(rosa.gql("{ me { roles { name } } }").await, @r#"{"me":{"roles":[]}}"#);
    }

    async fn a_list_that_is_written_anew_is_confirmed_and_another_change_confirms_nothing(app: TestApp) {
        let ada = app.admin().await;
        app.role("old", &["User.*"]).await;
        app.database(|tx| tx.execute(sql!("update role_grants set as_of_revision = 0"), &[])).await;
        let opens = "{ roles(id: 3) { entities { effective_permission_count } } }";
        assert_snapshot!(ada.gql(opens).await, @r#"{"roles":{"entities":[{"effective_permission_count":0}]}}"#);
        update(&ada, 3, json!({"name": "older", "description": "x"})).await.data();
        assert_eq!(kept(&app, 3).await, [("own:User.*".to_owned(), 0)]);
        update(&ada, 3, json!({"applied_permissions": ["User.*"]})).await.data();
        assert_eq!(kept(&app, 3).await, [("own:User.*".to_owned(), app.cx().schema_revision)]);
        assert_snapshot!(ada.gql(opens).await, @r#"{"roles":{"entities":[{"effective_permission_count":13}]}}"#);
    }

    async fn every_change_of_a_role_is_written_down(app: TestApp) {
        let rolf = rolf(&app).await;
        let ada = app.admin().await;
        create(&rolf, json!({"name": "names", "applied_permissions": ["Query.users"]})).await.data();
        update(&rolf, 4, json!({"name": "who", "applied_permissions": ["User.id", "!User.username"]})).await.data();
        update(&ada, 4, json!({"follow_new_fields": true, "upstream_name": "who", "description": "x"})).await.data();
        update(&ada, 4, json!({"upstream_name": null})).await.data();
        update(&ada, 4, json!({"upstream_name": null})).await.data();
        app.add(NewUser { roles: vec!["who".into()], ..new("mia") }).await;
        delete(&rolf, 4).await.data();
        delete(&rolf, 4).await;
        let rows = app.database(|tx| {
            let rows = tx.all(sql!("select action, actor, subject, details from audit_events where subject_id = 4 and subject_type = 'role' order by id"), &[])?;
            rows.iter().map(|row| {
                let (action, actor, subject, details): (String, String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok(format!("{action} | {actor} | {subject} | {}", details.unwrap_or_default()))
            }).collect::<Result<Vec<_>, doorward::error::Error>>()
        }).await;
        assert_snapshot!(rows.join("\n"), @"
        role.create | rolf | names | applied_permissions (+ own:Query.users)
        role.update | rolf | names | name (now who), applied_permissions (+ own:User.id, + !own:User.username, - own:Query.users)
        role.update | ada | who | description, follow_new_fields (now true), upstream_name (now who)
        role.update | ada | who | upstream_name (now none)
        role.delete | rolf | who | held by: 1
        ");
    }
}
