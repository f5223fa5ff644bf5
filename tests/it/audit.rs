//! The audit trail: each mutation that does something leaves one row that says who, through what, to what, from where
//! and in which request; names are copied in, so that it still reads when they are gone.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use apollo_compiler::schema::ExtendedType;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use doorward::graphql::schema;
use serde_json::{Value, json};

use crate::accepting::newer;
use crate::app::{Answer, PASSWORD, TestApp, body, new};
use doorward::users::NewUser;

/// What is done, by whom, and what the trail says of it.
struct Deed {
    mutation: &'static str,
    by: By,
    variables: Value,
    /// Action, kind and name of the subject.
    told: (&'static str, &'static str, &'static str),
    /// Actor and credential.
    doer: (&'static str, &'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Stranger,
    Session,
    Token,
}

const ADA: (&str, &str) = ("ada", "session 1");

fn deed(mutation: &'static str, told: (&'static str, &'static str, &'static str)) -> Deed {
    Deed { mutation, by: By::Session, variables: json!({}), told, doer: ADA }
}

/// One for each mutation of the schema, in an order in which each can be done.
fn deeds(refresh: &str) -> Vec<Deed> {
    let by_token = |deed: Deed| Deed { by: By::Token, doer: ("ada", "token helper"), ..deed };
    let stranger = |deed: Deed, credential| Deed { by: By::Stranger, doer: ("ada", credential), ..deed };
    vec![
        stranger(
            Deed {
                variables: json!({ "p": PASSWORD }),
                ..deed(
                    "mutation ($p: String!) { signIn(credentials: { userName: \"ADA\", password: $p }) { expiresIn } }",
                    ("session.begin", "user", "ada"),
                )
            },
            "password",
        ),
        stranger(
            Deed {
                variables: json!({ "r": refresh }),
                ..deed(
                    "mutation ($r: String!) { signInRefresh(refreshToken: $r) { expiresIn } }",
                    ("session.refresh", "user", "ada"),
                )
            },
            "refresh token",
        ),
        deed("mutation { createRole(input: { name: \"support\" }) { id } }", ("role.create", "role", "support")),
        deed(
            "mutation { updateRole(id: ROLE, input: { name: \"helpers\" }) { id } }",
            ("role.update", "role", "support"),
        ),
        deed(
            "mutation { createUser(input: { username: \"olga\", role_ids: [ROLE] }) { id } }",
            ("user.create", "user", "olga"),
        ),
        by_token(deed(
            "mutation { updateUser(id: 3, input: { username: \"olga2\" }) { id } }",
            ("user.update", "user", "olga"),
        )),
        deed("mutation { disableUser(id: 3) { id } }", ("user.disable", "user", "olga2")),
        deed("mutation { enableUser(id: 3) { id } }", ("user.enable", "user", "olga2")),
        deed("mutation { createPasswordLink(id: 3) { expires_at } }", ("user.password_link", "user", "olga2")),
        deed("mutation { deleteRole(id: ROLE) }", ("role.delete", "role", "helpers")),
        deed("mutation { updateMe(input: { public_name: \"A\" }) { id } }", ("user.update", "user", "ada")),
        Deed {
            variables: json!({ "p": PASSWORD }),
            ..deed("mutation ($p: String) { proveSession(password: $p) }", ("session.prove", "user", "ada"))
        },
        Deed {
            variables: json!({ "p": PASSWORD }),
            ..deed(
                "mutation ($p: String!) { changePassword(current_password: $p, new_password: \"walnut-ember-quiet-7\") }",
                ("user.change_password", "user", "ada"),
            )
        },
        deed("mutation { createPersonalAccessToken(name: \"first\") }", ("token.create", "token", "first")),
        by_token(deed(
            "mutation { issuePersonalAccessToken(input: { name: \"second\" }) { token } }",
            ("token.create", "token", "second"),
        )),
        deed(
            "mutation { updatePersonalAccessToken(id: 4, input: { name: \"third\" }) { id } }",
            ("token.update", "token", "third"),
        ),
        deed("mutation { rotatePersonalAccessToken(id: 4) { token } }", ("token.rotate", "token", "third")),
        deed("mutation { confirmPersonalAccessToken(id: 4) { id } }", ("token.confirm", "token", "third")),
        deed("mutation { revokePersonalAccessToken(id: 4) { id } }", ("token.revoke", "token", "third")),
        deed(
            "mutation { revokeAnyPersonalAccessToken(id: 2, reason: \"found\") { id } }",
            ("token.revoke", "token", "mias"),
        ),
        deed("mutation { acceptSchemaCoordinates }", ("schema.accept", "schema", "")),
        deed("mutation { signOut }", ("session.end", "user", "ada")),
    ]
}

/// Asks from an address.
async fn ask(app: &TestApp, secret: Option<&str>, query: &str, variables: &Value) -> Answer {
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    if let Some(secret) = secret {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    let mut request: Request<Body> = request.body(body(query, variables)).unwrap();
    let peer: IpAddr = "192.0.2.7".parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 4_711)));
    app.send(request).await
}

const TRAIL: &str = "query ($request: String!) {
  audit_events(search: [{ string_fields: [{ attribute: \"request_id\", search_value: $request }] }]) {
    entities { at action actor actor_user_id credential credential_token_id subject subject_type subject_id ip request_id details }
  }
}";

on_both! {
    async fn every_mutation_leaves_its_row(app: TestApp) {
        let ada = app.admin().await;
        let helper = ada.issue(json!({"name": "helper", "role": "ROLE_READ_WRITE"})).await;
        app.add(NewUser { username: "mia".into(), ..new("mia") }).await;
        app.person("mia").await.issue(json!({"name": "mias"})).await;
        newer(&app, &["User.email_address"]).await;
        let refresh = app.sign_in("ada").await.refresh;
        let watcher = app.person("ada").await.reader().await;
        // Confirms what has come since, so that the session under test is the first.
        let deeds = deeds(&refresh);
        let mut done = BTreeSet::new();
        for deed in &deeds {
            app.later(1);
            let query = deed.mutation.replace("ROLE", "3");
            let secret = match deed.by {
                By::Stranger => None,
                By::Session => Some(ada.secret()),
                By::Token => Some(helper.secret.as_str()),
            };
            let answer = ask(&app, secret, &query, &deed.variables).await;
            answer.data();
            let request = answer.header("x-request-id").unwrap().to_owned();
            let rows = watcher.gql_with(TRAIL, json!({ "request": request })).await.data();
            let rows = rows["audit_events"]["entities"].as_array().unwrap().clone();
            assert_eq!(rows.len(), 1, "{query}: {rows:?}");
            let row = &rows[0];
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            assert_eq!((text("action").as_str(), text("subject_type").as_str(), text("subject").as_str()), deed.told, "{query}");
            assert_eq!((text("actor").as_str(), text("credential").as_str()), deed.doer, "{query}");
            assert_eq!(row["actor_user_id"], "1", "{query}");
            let token = if deed.by == By::Token { json!(helper.id) } else { json!(null) };
            assert_eq!(row["credential_token_id"], token, "{query}");
            assert_eq!(row["at"], app.cx().world.now().to_string(), "{query}");
            assert_eq!(row["ip"], "192.0.2.7", "{query}");
            assert_eq!(row["subject_id"].is_null(), deed.told.1 == "schema", "{query}");
            let details = row["details"].to_string();
            assert!(!details.contains(PASSWORD) && !details.contains("walnut") && !details.contains("dwd_"), "{details}");
            done.insert(field_of(deed.mutation));
        }
        let there = mutations();
        assert_eq!(done, there, "the deeds of this test and the mutations of the schema");
    }

    async fn what_was_refused_leaves_no_deed(app: TestApp) {
        let (ada, mia) = (app.admin().await, app.member().await);
        let rows = async || ada.gql("{ audit_events { page_info { total_count } } }").await.data()["audit_events"]["page_info"]["total_count"].as_i64().unwrap();
        let before = rows().await;
        for query in ["mutation { createRole(input: { name: \"x\" }) { id } }", "mutation { disableUser(id: 1) { id } }", "mutation { revokeAnyPersonalAccessToken(id: 1) { id } }"] {
            assert_eq!(mia.gql(query).await.code(), "FORBIDDEN", "{query}");
        }
        for query in ["mutation { createRole(input: { name: \"member\" }) { id } }", "mutation { disableUser(id: 1) { id } }", "mutation { updateUser(id: 99, input: { name: \"x\" }) { id } }", "mutation { createPersonalAccessToken(name: \"\") }"] {
            assert_eq!(ada.gql(query).await.code(), "BAD_USER_INPUT", "{query}");
        }
        assert_eq!(rows().await, before);
    }

    async fn a_dead_refresh_token_names_its_user_as_the_one_it_was_tried_on(app: TestApp) {
        let ada = app.admin().await;
        app.member().await;
        let tokens = app.sign_in("mia").await;
        app.enable("mia", false).await;
        let tried = app.anonymous().gql_with("mutation ($r: String!) { signInRefresh(refreshToken: $r) { expiresIn } }", json!({"r": tokens.refresh})).await;
        assert_eq!(tried.reason(), "USER_DISABLED");
        app.try_sign_in("mia", "wrong").await;
        app.try_sign_in("my password by mistake", "wrong").await;
        let query = "{ audit_events(search: [{ string_fields: [{ attribute: \"action\", search_value: \"session.refused\" }] }]) { entities { actor actor_user_id credential subject subject_id details } } }";
        insta::assert_snapshot!(ada.gql(query).await, @r#"{"audit_events":{"entities":[{"actor":"nobody","actor_user_id":null,"credential":"none","subject":"mia","subject_id":"2","details":"refresh token of session 3: USER_DISABLED"},{"actor":"nobody","actor_user_id":null,"credential":"none","subject":"mia","subject_id":"2","details":null},{"actor":"nobody","actor_user_id":null,"credential":"none","subject":null,"subject_id":null,"details":null}]}}"#);
    }
}

/// The root field of a mutation's text.
fn field_of(text: &str) -> String {
    let (_, fields) = text.split_once("{ ").unwrap();
    fields.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn mutations() -> BTreeSet<String> {
    let types = schema::types(&schema::own());
    let Some(ExtendedType::Object(object)) = types.types.get("Mutation") else { panic!("there are mutations") };
    object.fields.keys().map(ToString::to_string).collect()
}
