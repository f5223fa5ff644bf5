//! Looking after users over GraphQL: who may, what of them, and what nobody may.

mod audit;
mod oneself;
mod password_link;
mod sessions;
mod state;
mod super_admins;
mod taking_over;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::app::{Answer, Client, PASSWORD, TestApp, new};
use doorward::sql;
use doorward::users::NewUser;

/// What looks after users, and holds nothing else.
const EDITING: &[&str] = &[
    "Query.users",
    "UserConnection.*",
    "User.*",
    "Role.id",
    "Role.name",
    "Mutation.createUser",
    "Mutation.updateUser",
    "Mutation.disableUser",
    "Mutation.enableUser",
];

const CREATE: &str = "mutation ($input: CreateUserMutationInput) {
  createUser(input: $input) { id username name public_name email_address enabled super_admin external_id roles { name } }
}";
const UPDATE: &str = "mutation ($id: Int64Bit!, $input: UpdateUserMutationInput) {
  updateUser(id: $id, input: $input) { id username name public_name email_address enabled super_admin external_id roles { name } }
}";
const ME: &str = "{ me { username } }";

/// Ada and an editor of users called Edna, with whom everything here begins: they are 1 and 2.
async fn edna(app: &TestApp) -> Client<'_> {
    app.admin().await;
    app.role("editing", EDITING).await;
    app.add(NewUser { roles: vec!["editing".into()], ..new("edna") }).await;
    app.person("edna").await
}

async fn create(who: &Client<'_>, input: Value) -> Answer {
    who.gql_with(CREATE, json!({ "input": input })).await
}

async fn update(who: &Client<'_>, id: i64, input: Value) -> Answer {
    who.gql_with(UPDATE, json!({ "id": id, "input": input })).await
}

/// The number of a role.
async fn role_id(app: &TestApp, name: &'static str) -> i64 {
    app.database(move |tx| Ok(doorward::roles::by_name(tx, name)?.id.0)).await
}

/// Who signs in by this name with the password that everyone has.
async fn whose(app: &TestApp, name: &str) -> String {
    let answer = app.try_sign_in(name, PASSWORD).await;
    match answer.code().as_str() {
        "" => app.bearer(answer.data()["signIn"]["accessToken"].as_str().unwrap()).gql(ME).await.to_string(),
        code => code.to_owned(),
    }
}

on_both! {
    async fn an_editor_adds_a_user_who_can_sign_in(app: TestApp) {
        let edna = edna(&app).await;
        assert_snapshot!(create(&edna, json!({"username": "nils"})).await, @r#"{"createUser":{"id":"3","username":"nils","name":"nils","public_name":"nils","email_address":null,"enabled":true,"super_admin":false,"external_id":null,"roles":[]}}"#);
        let all = json!({"username": "Olga", "name": "Olga Öst", "public_name": "O.", "email_address": "olga@example.com", "password": PASSWORD, "role_ids": [role_id(&app, "editing").await]});
        assert_snapshot!(create(&edna, all).await, @r#"{"createUser":{"id":"4","username":"Olga","name":"Olga Öst","public_name":"O.","email_address":"olga@example.com","enabled":true,"super_admin":false,"external_id":null,"roles":[{"name":"editing"}]}}"#);
        assert_eq!(whose(&app, "OLGA@example.com").await, r#"{"me":{"username":"Olga"}}"#);
        assert_eq!(whose(&app, "nils").await, "INVALID_CREDENTIALS", "without a password nobody signs in");
    }

    async fn strangers_members_and_readers_add_and_change_nobody(app: TestApp) {
        let edna = edna(&app).await;
        let before = app.made().await;
        let reader = edna.reader().await;
        let narrowed = edna.with(json!({"name": "narrow", "role": "ROLE_READ_WRITE", "permissions": ["Query.users"]})).await;
        for who in [app.anonymous(), app.member().await, reader, narrowed] {
            for document in [
                "mutation { createUser(input: { username: \"x\" }) { id } }",
                "mutation { updateUser(id: 1, input: { name: \"x\" }) { id } }",
                "mutation { disableUser(id: 1) { id } }",
                "mutation { enableUser(id: 1) { id } }",
            ] {
                let answer = who.gql(document).await;
                assert!(["FORBIDDEN", "UNAUTHENTICATED"].contains(&answer.code().as_str()), "{document}: {answer}");
                assert_eq!(answer.json().get("data"), None, "nothing ran");
            }
        }
        assert_eq!(app.made().await.users, before.users + 1, "mia alone came along");
    }

    async fn what_is_not_fit_is_refused_with_its_field(app: TestApp) {
        let edna = edna(&app).await;
        let before = app.made().await;
        assert_snapshot!(edna.gql("mutation { createUser { id } }").await, @"BAD_USER_INPUT input: `input` must be given, with a `username` at least");
        assert_snapshot!(edna.gql("mutation { createUser(input: null) { id } }").await, @"BAD_USER_INPUT input: `input` must be given, with a `username` at least");
        assert_snapshot!(edna.gql("mutation { updateUser(id: 1) { id } }").await, @"BAD_USER_INPUT input: `input` must be given: what is to change");
        assert_snapshot!(edna.gql("mutation { updateMe { id } }").await, @"BAD_USER_INPUT input: `input` must be given: what is to change");
        assert_snapshot!(create(&edna, json!({"username": ""})).await, @"BAD_USER_INPUT username: `username` must not be empty: 1 to 100 characters");
        assert_snapshot!(create(&edna, json!({"username": "x", "email_address": "nowhere"})).await, @"BAD_USER_INPUT email_address: `email_address` must be an address like name@example.com");
        assert_snapshot!(create(&edna, json!({"username": "x", "password": "short"})).await, @"BAD_USER_INPUT password: the password is too short: at least 12 characters");
        assert_snapshot!(create(&edna, json!({"username": "longish-username", "password": "longish-username"})).await, @"BAD_USER_INPUT password: the password is too easy to guess: use several unrelated words, or let a password manager make one");
        assert_snapshot!(create(&edna, json!({"username": "x", "public_name": "\u{202e}x"})).await, @"BAD_USER_INPUT public_name: `public_name` must not hold control or text-direction characters");
        assert_snapshot!(create(&edna, json!({"username": "x", "role_ids": [999]})).await, @"BAD_USER_INPUT role_ids: there is no role of the number 999");
        assert_snapshot!(create(&edna, json!({"username": "x", "role_ids": [1]})).await, @"BAD_USER_INPUT role_ids: the built-in role `member` is not given to users");
        assert_snapshot!(create(&edna, json!({"username": "x", "role_ids": [2]})).await, @"BAD_USER_INPUT role_ids: the built-in role `anonymous` is not given to users");
        assert_snapshot!(create(&edna, json!({"username": "EDNA"})).await, @"BAD_USER_INPUT username: `EDNA` is taken: user names and email addresses must differ from all others");
        assert_snapshot!(create(&edna, json!({"username": "x", "email_address": "Edna@example.com"})).await, @"BAD_USER_INPUT email_address: `Edna@example.com` is taken: user names and email addresses must differ from all others");
        assert_snapshot!(update(&edna, 999, json!({"name": "x"})).await, @"BAD_USER_INPUT id: there is no user of the number 999");
        assert_snapshot!(edna.gql("mutation { disableUser(id: 999) { id } }").await, @"BAD_USER_INPUT id: there is no user of the number 999");
        for field in ["username", "name", "public_name", "password", "super_admin"] {
            let answer = update(&edna, 2, json!({ field: null })).await;
            assert_eq!(answer.to_string(), format!("BAD_USER_INPUT {field}: `{field}` cannot be null: leave it out to keep what is there"));
        }
        assert_eq!(app.made().await, before, "nothing half-made");
    }

    async fn what_is_left_out_stays_and_null_clears(app: TestApp) {
        let edna = edna(&app).await;
        let editing = role_id(&app, "editing").await;
        create(&edna, json!({"username": "olga", "email_address": "olga@example.com", "name": "Olga", "role_ids": [editing]})).await.data();
        assert_snapshot!(update(&edna, 3, json!({})).await, @r#"{"updateUser":{"id":"3","username":"olga","name":"Olga","public_name":"Olga","email_address":"olga@example.com","enabled":true,"super_admin":false,"external_id":null,"roles":[{"name":"editing"}]}}"#);
        assert_snapshot!(update(&edna, 3, json!({"name": "Olga Öst"})).await, @r#"{"updateUser":{"id":"3","username":"olga","name":"Olga Öst","public_name":"Olga","email_address":"olga@example.com","enabled":true,"super_admin":false,"external_id":null,"roles":[{"name":"editing"}]}}"#);
        // A variable that is not given, inside the object, is a field that is left out.
        let unset = "mutation ($mail: String, $roles: [Int64Bit!], $public: String) {
          updateUser(id: 3, input: { email_address: $mail, role_ids: $roles, public_name: $public }) { public_name email_address roles { name } }
        }";
        assert_snapshot!(edna.gql_with(unset, json!({"public": "O."})).await, @r#"{"updateUser":{"public_name":"O.","email_address":"olga@example.com","roles":[{"name":"editing"}]}}"#);
        assert_snapshot!(update(&edna, 3, json!({"email_address": null})).await, @r#"{"updateUser":{"id":"3","username":"olga","name":"Olga Öst","public_name":"O.","email_address":null,"enabled":true,"super_admin":false,"external_id":null,"roles":[{"name":"editing"}]}}"#);
        assert_snapshot!(update(&edna, 3, json!({"role_ids": null})).await, @r#"{"updateUser":{"id":"3","username":"olga","name":"Olga Öst","public_name":"O.","email_address":null,"enabled":true,"super_admin":false,"external_id":null,"roles":[]}}"#);
        assert_eq!(whose(&app, "olga@example.com").await, "INVALID_CREDENTIALS", "the address is free");
        create(&edna, json!({"username": "olga@example.com"})).await.data();
    }

    async fn what_changes_nothing_writes_nothing(app: TestApp) {
        let edna = edna(&app).await;
        let before = app.made().await;
        update(&edna, 1, json!({})).await.data();
        update(&edna, 1, json!({"username": "ada", "email_address": "ada@example.com", "super_admin": true, "role_ids": []})).await.data();
        assert_eq!(app.made().await, before);
    }

    async fn user_names_and_addresses_are_one_namespace_through_every_change(app: TestApp) {
        let edna = edna(&app).await;
        create(&edna, json!({"username": "olga", "email_address": "olga@example.com", "password": PASSWORD})).await.data();
        create(&edna, json!({"username": "nils", "password": PASSWORD})).await.data();
        assert_snapshot!(update(&edna, 4, json!({"username": "Olga@Example.com"})).await, @"BAD_USER_INPUT username: `Olga@Example.com` is taken: user names and email addresses must differ from all others");
        assert_snapshot!(update(&edna, 4, json!({"email_address": "OLGA@example.com"})).await, @"BAD_USER_INPUT email_address: `OLGA@example.com` is taken: user names and email addresses must differ from all others");
        assert_snapshot!(update(&edna, 4, json!({"username": "ｏｌｇａ"})).await, @"BAD_USER_INPUT username: `ｏｌｇａ` is taken: user names and email addresses must differ from all others");
        // One's own address may be one's user name, in whatever case.
        update(&edna, 3, json!({"username": "Olga@example.com"})).await.data();
        assert_eq!(whose(&app, "olga").await, "INVALID_CREDENTIALS");
        assert_eq!(whose(&app, "olga@example.com").await, r#"{"me":{"username":"Olga@example.com"}}"#);
        update(&edna, 4, json!({"username": "olga"})).await.data();
        assert_eq!(whose(&app, "OLGA").await, r#"{"me":{"username":"olga"}}"#, "who left a name lets go of it");
        // And of the two the one that stays is not let go.
        update(&edna, 3, json!({"email_address": null})).await.data();
        assert_eq!(whose(&app, "olga@example.com").await, r#"{"me":{"username":"Olga@example.com"}}"#);
        let names = app.database(|tx| tx.one(sql!("select count(*) from user_names"), &[])?.get::<i64>(0)).await;
        assert_eq!(names, 6, "ada and edna have two each, the others one");
    }

    async fn users_are_found_by_what_they_are_called_now(app: TestApp) {
        let edna = edna(&app).await;
        create(&edna, json!({"username": "olga", "name": "Olga"})).await.data();
        update(&edna, 3, json!({"name": "Ärla", "username": "Ärla", "email_address": "Ärla@example.com", "public_name": "ÄRLA"})).await.data();
        for attribute in ["username", "name", "public_name", "email_address"] {
            let value = if attribute == "email_address" { "ärla@example.com" } else { "ärla" };
            let search = json!({"search": [{"string_fields": [{"attribute": attribute, "search_value": value}]}]});
            let found = edna.gql_with("query ($search: [Search!]) { users(search: $search) { entities { id } } }", search).await;
            assert_eq!(found.to_string(), r#"{"users":{"entities":[{"id":"3"}]}}"#, "{attribute}");
        }
    }
}
