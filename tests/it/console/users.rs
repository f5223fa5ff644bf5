//! Looking after users in the console.

use axum::http::StatusCode;
use doorward::storage::{Row, sql};
use doorward::users::NewUser;
use serde_json::{Value, json};

use super::{Browser, form, secret, unescaped};
use crate::app::{PASSWORD, TestApp, new};

/// Ada, who holds everything, and her browser.
async fn ada(app: &TestApp) -> Browser<'_> {
    app.admin().await;
    Browser::of(app, "ada").await
}

/// What looks after users, and may not give `super_admin`, nor what it does not hold.
const EDITING: &[&str] = &[
    "Query.users",
    "Query.roles",
    "UserConnection.*",
    "RoleConnection.*",
    "User.*",
    "Role.*",
    "Mutation.createUser",
    "Mutation.updateUser",
    "Mutation.disableUser",
    "Mutation.enableUser",
];

async fn edna(app: &TestApp) -> Browser<'_> {
    app.admin().await;
    app.role("editing", EDITING).await;
    app.add(NewUser { roles: vec!["editing".into()], ..new("edna") }).await;
    Browser::of(app, "edna").await
}

async fn role_id(app: &TestApp, name: &'static str) -> String {
    app.database(move |tx| Ok(doorward::roles::by_name(tx, name)?.id.0)).await.to_string()
}

on_both! {
    async fn who_may_not_see_users_is_told_what_is_missing(app: TestApp) {
        app.add(new("mia")).await;
        let mut mia = Browser::of(&app, "mia").await;
        for path in ["/users", "/users/1", "/users.csv", "/users.json"] {
            let page = mia.get(path).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
            assert!(page.text().contains("<code>Query.users</code>"), "{path}: {page}");
        }
        assert!(!mia.get("/tokens").await.text().contains("href=\"/users\""), "what one may not is not offered");
        assert_eq!(mia.get("/users/new").await.status, StatusCode::FORBIDDEN);
    }

    async fn the_list_is_searched_filtered_and_sorted(app: TestApp) {
        let mut ada = ada(&app).await;
        app.role("first", &["Query.users"]).await;
        app.add(NewUser { roles: vec!["first".into()], ..new("mia") }).await;
        app.add(new("nils")).await;
        app.enable("nils", false).await;
        let first = role_id(&app, "first").await;
        let mut named = async |query: &str| {
            let text = ada.get(&format!("/users?{query}")).await.text();
            let rows = text.split("class=\"name\" href=\"/users/").skip(1);
            let names = rows.map(|row| row.split("class=\"two\">").nth(1).unwrap().split('<').next().unwrap().to_owned());
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(named("").await, "ada mia nils");
        assert_eq!(named("sort=-name").await, "nils mia ada");
        assert_eq!(named("status=disabled").await, "nils");
        assert_eq!(named("status=admins").await, "ada");
        assert_eq!(named(&format!("role={first}")).await, "mia");
        assert_eq!(named("q=MIA").await, "mia");
        assert_eq!(named("q=nobody").await, "");
        assert_eq!(named("page=7").await, "");
    }

    async fn the_list_is_taken_out_as_filtered(app: TestApp) {
        let mut ada = ada(&app).await;
        app.add(NewUser { name: Some("=1+1".into()), ..new("mia") }).await;
        let table = ada.get("/users.csv?q=mia").await;
        assert_eq!(table.header("content-disposition"), Some("attachment; filename=\"users.csv\""));
        let text = table.text();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().nth(1).unwrap().contains(",mia,'=1+1,"), "{text}");
        let all = ada.get("/users.json").await.json();
        assert_eq!(all.as_array().unwrap().len(), 2);
        assert_eq!(all[1]["name"], json!("ada"), "sorted by name, as the list is: {all}");
    }

    async fn that_users_were_taken_out_is_written_down(app: TestApp) {
        let mut ada = ada(&app).await;
        app.add(new("mia")).await;
        app.role("first", &[]).await;
        let first = role_id(&app, "first").await;
        ada.get("/users.json").await;
        ada.get(&format!("/users.csv?q=MIA&status=enabled&role={first}&sort=-name")).await;
        // Who may not gets nothing, and leaves no row.
        assert_eq!(Browser::of(&app, "mia").await.get("/users.csv").await.status, StatusCode::FORBIDDEN);
        let rows = app.database(|tx| {
            let select =
                sql!("select actor, subject_type, details from audit_events where action = 'user.export' order by id");
            tx.all(select, &[])
        });
        let text = |row: &Row, at| row.get::<String>(at).unwrap();
        let rows: Vec<_> = rows.await.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect();
        let row = |details: &str| ("ada".to_owned(), "user".to_owned(), details.to_owned());
        assert_eq!(rows, [row("all"), row(&format!("search MIA, status enabled, role {first}"))]);
    }

    async fn a_form_that_was_opened_before_brings_no_power_back(app: TestApp) {
        let mut ada = ada(&app).await;
        app.role("kept", &[]).await;
        app.role("taken", &[]).await;
        app.role("given", &[]).await;
        let (kept, taken, given) = (role_id(&app, "kept").await, role_id(&app, "taken").await, role_id(&app, "given").await);
        let number = app.add(NewUser { super_admin: true, roles: vec!["kept".into(), "taken".into()], ..new("mia") }).await;
        let (roles, edit) = (format!("/users/{number}/roles"), format!("/users/{number}/edit"));
        let known = [("external_id", "boss-7"), ("email_address", "mia@example.com")];
        let named = [("username", "mia"), ("name", "Mia"), ("public_name", "mia"), ("super_admin", "yes")];
        ada.fills(&edit, &[&known[..], &named].concat()).await;
        let (of_roles, of_edit) = (form(&ada.get(&roles).await), form(&ada.get(&edit).await));
        // Somebody else takes one away and gives another, meanwhile.
        let update = "mutation ($id: Int64Bit!, $roles: [Int64Bit!]) {
          updateUser(id: $id, input: { super_admin: false, role_ids: $roles, external_id: null, email_address: null }) { id } }";
        let variables = json!({"id": number, "roles": [kept, given]});
        app.person("ada").await.gql_with(update, variables).await.data();
        let saved = ada.send(&of_roles, &[("role_ids", &kept), ("role_ids", &taken)]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved}");
        let named = [("username", "mia"), ("name", "Mia M"), ("public_name", "mia"), ("super_admin", "yes")];
        assert_eq!(ada.send(&of_edit, &[&known[..], &named].concat()).await.status, StatusCode::SEE_OTHER);
        let select = "{ users(id: ID) { entities { name super_admin external_id email_address roles { id } } } }".replace("ID", &number.to_string());
        let user = app.person("ada").await.gql(&select).await.data()["users"]["entities"][0].clone();
        let held = |user: &Value| {
            let mut held: Vec<String> = user["roles"].as_array().unwrap().iter().map(|role| role["id"].as_str().unwrap().to_owned()).collect();
            held.sort();
            held
        };
        assert_eq!((&user["name"], &user["super_admin"]), (&json!("Mia M"), &json!(false)), "{user}");
        assert_eq!((&user["external_id"], &user["email_address"]), (&Value::Null, &Value::Null), "{user}");
        assert_eq!(held(&user), [kept.clone(), given.clone()]);
        // What is ticked anew is given, and what is unticked is taken.
        ada.fills(&roles, &[("role_ids", &taken), ("role_ids", &given)]).await;
        ada.fills(&edit, &[("username", "mia"), ("name", "Mia M"), ("public_name", "mia"), ("super_admin", "yes")]).await;
        let user = app.person("ada").await.gql(&select).await.data()["users"]["entities"][0].clone();
        assert_eq!(user["super_admin"], true);
        assert_eq!(held(&user), [taken, given]);
    }

    async fn a_box_that_was_not_there_was_not_unticked(app: TestApp) {
        ada(&app).await;
        app.role("editing", EDITING).await;
        let number = app.add(NewUser { super_admin: true, ..new("boss") }).await;
        let mia = app.add(NewUser { roles: vec!["editing".into()], ..new("mia") }).await;
        let mut browser = Browser::of(&app, "mia").await;
        let edit = format!("/users/{number}/edit");
        let opened = form(&browser.get(&edit).await);
        // Who may tick it only since the form was opened has seen no box.
        let promote = "mutation ($id: Int64Bit!) { updateUser(id: $id, input: { super_admin: true }) { id } }";
        app.person("ada").await.gql_with(promote, json!({"id": mia})).await.data();
        let saved = browser.send(&opened, &[("username", "boss"), ("name", "The Boss"), ("public_name", "boss")]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved}");
        let select = "{ users(id: ID) { entities { name super_admin } } }".replace("ID", &number.to_string());
        let user = app.person("ada").await.gql(&select).await.data()["users"]["entities"][0].clone();
        assert_eq!(user, json!({"name": "The Boss", "super_admin": true}));
    }

    async fn a_password_that_was_made_is_shown_once_and_signs_in(app: TestApp) {
        let mut ada = ada(&app).await;
        let page = ada.get("/users/new").await;
        let fields = [("username", "nils"), ("name", "Nils Öst"), ("way", "made")];
        let made = ada.send(&form(&page), &fields).await;
        assert_eq!(made.status, StatusCode::OK, "{made}");
        let password = secret(&made);
        assert_eq!(password.len(), 23);
        assert_eq!(made.text().matches(&password).count(), 1, "neither the call nor the command holds it");
        assert_eq!(app.try_sign_in("nils", &password).await.code(), "");
        let again = ada.send(&form(&page), &fields).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(!again.text().contains(&password));
        assert_eq!(app.made().await.users, 2);
    }

    async fn a_user_is_added_with_roles_and_a_typed_password(app: TestApp) {
        let mut edna = edna(&app).await;
        let editing = role_id(&app, "editing").await;
        let weak = [("username", "nils"), ("way", "typed"), ("password", "short"), ("role_ids", &*editing)];
        let refused = edna.fills("/users/new", &weak).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.text();
        assert!(text.contains("id=\"password-error\"") && text.contains("value=\"nils\"") && !text.contains("value=\"short\""), "{text}");
        assert!(text.contains(&format!("value=\"{editing}\" checked")), "what was ticked stays: {text}");
        let shown = [("username", "nils"), ("way", "typed"), ("password", PASSWORD), ("show", "call")];
        let call = edna.fills("/users/new", &shown).await.text();
        assert!(call.contains("createUser") && !call.contains(PASSWORD), "{call}");
        let fields = [("username", "nils"), ("way", "typed"), ("password", PASSWORD), ("role_ids", &*editing)];
        let done = edna.fills("/users/new", &fields).await;
        assert_eq!(done.header("location"), Some("/users/3?done=created"), "{done}");
        assert_eq!(app.try_sign_in("nils", PASSWORD).await.code(), "");
        assert!(edna.get("/users/3").await.text().contains("<b>editing</b>"));
        let without = edna.fills("/users/new", &[("username", "olga"), ("way", "without")]).await;
        assert_eq!(without.header("location"), Some("/users/4?done=created"), "{without}");
    }

    async fn what_one_does_not_hold_is_not_given_and_the_form_says_so(app: TestApp) {
        let mut edna = edna(&app).await;
        app.role("more", &["Query.audit_events"]).await;
        let more = role_id(&app, "more").await;
        app.add(new("mia")).await;
        let refused = edna.fills("/users/3/roles", &[("role_ids", &more)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("what you do not hold yourself: Query.audit_events"), "{refused}");
        let form_only = edna.fills("/users/new", &[("username", "olga"), ("way", "without"), ("role_ids", &more)]).await;
        assert!(form_only.text().contains("what you do not hold yourself"), "{form_only}");
        assert!(!edna.get("/users/3/edit").await.text().contains("name=\"super_admin\""));
        let own = role_id(&app, "editing").await;
        let done = edna.fills("/users/3/roles", &[("role_ids", &own)]).await;
        assert_eq!(done.header("location"), Some("/users/3?done=saved"), "{done}");
        let none = edna.fills("/users/3/roles", &[]).await;
        assert_eq!(none.header("location"), Some("/users/3?done=saved"), "{none}");
        assert!(!edna.get("/users/3").await.text().contains("<b>editing</b>"));
    }

    async fn details_are_changed_and_only_what_differs_is_sent(app: TestApp) {
        let mut ada = ada(&app).await;
        app.add(new("mia")).await;
        let fields = [("username", "mia"), ("name", "Mia Öst"), ("public_name", "M."), ("email_address", ""), ("external_id", "17")];
        let done = ada.fills("/users/2/edit", &fields).await;
        assert_eq!(done.header("location"), Some("/users/2?done=saved"), "{done}");
        let page = ada.get("/users/2").await.text();
        assert!(page.contains("<h1>Mia Öst</h1>") && page.contains("<dd>17</dd>") && !page.contains("mia@example.com"), "{page}");
        let taken = [("username", "ADA"), ("name", "Mia Öst"), ("public_name", "M."), ("email_address", ""), ("external_id", "17")];
        let refused = ada.fills("/users/2/edit", &taken).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("id=\"username-wrong\""), "{refused}");
        let call = ada.fills("/users/2/edit", &[fields.as_slice(), &[("show", "call")]].concat()).await.json();
        assert!(call["variables"].as_str().unwrap().contains("\"input\": {}"), "nothing differs: {call}");
        let nobody = ada.get("/users/99").await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
        assert_eq!(ada.get("/users/x").await.status, StatusCode::NOT_FOUND);
    }

    async fn changing_how_one_signs_in_oneself_asks_for_the_password(app: TestApp) {
        let mut ada = ada(&app).await;
        app.later(601);
        let fields = [("username", "ada2"), ("name", "ada"), ("public_name", "ada"), ("email_address", "ada@example.com"), ("super_admin", "yes")];
        let asked = ada.fills("/users/1/edit", &fields).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(asked.text().contains("id=\"current_password-error\"") && asked.text().contains("value=\"ada2\""), "{asked}");
        let wrong = ada.send(&form(&asked), &[fields.as_slice(), &[("current_password", "wrong")]].concat()).await;
        assert!(wrong.text().contains("not your current password"), "{wrong}");
        let right = ada.send(&form(&wrong), &[fields.as_slice(), &[("current_password", PASSWORD)]].concat()).await;
        assert_eq!(right.header("location"), Some("/users/1?done=saved"), "{right}");
        assert_eq!(app.try_sign_in("ada2", PASSWORD).await.code(), "");
    }

    async fn another_password_is_made_for_a_user_and_ends_their_sessions(app: TestApp) {
        let mut ada = ada(&app).await;
        app.add(new("mia")).await;
        let mut mia = Browser::of(&app, "mia").await;
        assert!(ada.get("/users/2/password").await.text().contains("1 session"));
        let made = ada.fills("/users/2/password", &[("way", "made")]).await;
        let password = secret(&made);
        assert_eq!(mia.get("/tokens").await.status, StatusCode::SEE_OTHER, "the session is over");
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "INVALID_CREDENTIALS");
        assert_eq!(app.try_sign_in("mia", &password).await.code(), "");
    }

    async fn disabling_names_what_it_ends_and_enabling_brings_back(app: TestApp) {
        let mut ada = ada(&app).await;
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let token = app.person("mia").await.writer().await;
        let question = ada.get("/users/2/disable").await.text();
        assert!(question.contains("2 sessions and 1 token"), "{question}");
        assert!(unescaped(&question).contains("writer"), "{question}");
        let done = ada.fills("/users/2/disable", &[]).await;
        assert_eq!(done.header("location"), Some("/users/2?done=disabled"), "{done}");
        assert_eq!(browser.get("/me").await.status, StatusCode::SEE_OTHER);
        assert_eq!(token.gql("{ me { id } }").await.code(), "UNAUTHENTICATED");
        let back = ada.fills("/users/2", &[]).await;
        assert_eq!(back.header("location"), Some("/users/2?done=enabled"), "{back}");
        token.gql("{ me { id } }").await.data();
        let last = ada.fills("/users/1/disable", &[]).await;
        assert_eq!(last.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(last.text().contains("the last super administrator"), "{last}");
    }

    async fn what_is_not_ones_to_see_of_a_user_is_left_out(app: TestApp) {
        app.admin().await;
        app.role("reading", &["Query.users", "UserConnection.*", "User.*", "Role.id", "Role.name", "Role.description", "!User.sessions"]).await;
        app.add(NewUser { roles: vec!["reading".into()], ..new("mia") }).await;
        let mut mia = Browser::of(&app, "mia").await;
        let page = mia.get("/users/1").await.text();
        assert!(page.contains("<h1>"), "{page}");
        for absent in ["id=\"sessions-title\"", "id=\"tokens-title\"", "/users/1/disable", "/users/1/edit"] {
            assert!(!page.contains(absent), "{absent}: {page}");
        }
        assert_eq!(mia.get("/users/1/disable").await.status, StatusCode::FORBIDDEN);
    }
}
