//! What the API is told of who calls: in four headers that are always there, from Doorward alone, as it is now.

use super::behind::Got;
use super::{Behind, SHOP, before};
use crate::app::{Client, TestApp, new};
use crate::databases::Database;
use doorward::config::Identity;
use doorward::users::NewUser;
use serde_json::{Value, json};

const SECRET: &str = "a secret that the API shares";
const NAMES: [&str; 4] = ["doorward-user-id", "doorward-external-id", "doorward-token-id", "doorward-roles"];
const GOOD: &str = r#"{"data":{"version":"9"}}"#;

/// A server that tells who calls, and the roles `shopper` (3), which the API is told of as `buyers`, and `plain` (4).
async fn telling(database: Database) -> (Behind, TestApp) {
    let behind = Behind::new(SHOP).await;
    let app = before(database, &behind, |config| {
        config.upstream.identity = Identity::Headers;
        config.upstream.secret = Some(SECRET.into());
    })
    .await;
    behind.says(GOOD);
    let ada = app.admin().await;
    role(&ada, "shopper", json!(["Query.version"]), json!("buyers")).await;
    role(&ada, "plain", json!([]), Value::Null).await;
    (behind, app)
}

async fn role(ada: &Client<'_>, name: &str, grants: Value, upstream_name: Value) {
    let input = json!({"name": name, "applied_permissions": grants, "upstream_name": upstream_name});
    let create = "mutation ($input: CreateRoleMutationInput) { createRole(input: $input) { id } }";
    ada.gql_with(create, json!({ "input": input })).await.data();
}

async fn update_role(ada: &Client<'_>, id: i64, input: Value) {
    let update =
        "mutation ($id: Int64Bit!, $input: UpdateRoleMutationInput) { updateRole(id: $id, input: $input) { id } }";
    ada.gql_with(update, json!({ "id": id, "input": input })).await.data();
}

async fn update_user(ada: &Client<'_>, id: i64, input: Value) {
    let update =
        "mutation ($id: Int64Bit!, $input: UpdateUserMutationInput) { updateUser(id: $id, input: $input) { id } }";
    ada.gql_with(update, json!({ "id": id, "input": input })).await.data();
}

/// What the API was told, and that it was told each once.
#[track_caller]
fn told(got: &Got) -> [String; 4] {
    assert_eq!(got.header("doorward-secret"), Some(SECRET));
    NAMES.map(|name| {
        assert_eq!(got.headers.get_all(name).iter().count(), 1, "{name}: {:?}", got.headers);
        got.header(name).expect("it is there").to_owned()
    })
}

/// Asks, and answers what the API was told of it.
async fn tells(who: &Client<'_>, behind: &Behind) -> [String; 4] {
    assert_eq!(who.gql("{ version }").await.text(), GOOD);
    told(&behind.one())
}

on_both! {
    async fn the_api_is_told_who_calls(database: Database) {
        let (behind, app) = telling(database).await;
        let shoppers = ["shopper", "plain"].map(str::to_owned).to_vec();
        app.add(NewUser { roles: shoppers.clone(), external_id: Some("auth0|Zoë 1".into()), ..new("mia") }).await;
        app.add(NewUser { roles: shoppers, ..new("nils") }).await;
        let (ada, mia, nils) = (app.admin().await, app.member().await, app.person("nils").await);
        assert_eq!(tells(&ada, &behind).await, ["1", "", "", ""]);
        assert_eq!(tells(&mia, &behind).await, ["2", "auth0|Zo%C3%AB%201", "", "buyers"]);
        assert_eq!(tells(&nils, &behind).await, ["3", "", "", "buyers"]);
        let token = mia.issue(json!({"name": "a script"})).await;
        let script = app.bearer(&token.secret);
        // The second time it is answered from the cache.
        for _ in 0..2 {
            assert_eq!(tells(&script, &behind).await, ["2", "auth0|Zo%C3%AB%201", token.id.as_str(), "buyers"]);
        }
        // Of a narrowed token's user the same is told: what the API lets them do is the API's to say.
        let narrow = mia.issue(json!({"name": "narrow", "permissions": ["api:Query.version"]})).await;
        let narrowed = app.bearer(&narrow.secret);
        assert_eq!(tells(&narrowed, &behind).await, ["2", "auth0|Zo%C3%AB%201", narrow.id.as_str(), "buyers"]);
        // With own fields beside it is the same.
        mia.gql("{ me { id } version }").await.data();
        assert_eq!(told(&behind.one()), ["2", "auth0|Zo%C3%AB%201", "", "buyers"]);
        behind.says(r#"{"data":{"ping":"pong"}}"#);
        ada.gql("mutation { ping }").await.data();
        assert_eq!(told(&behind.one()), ["1", "", "", ""]);
    }

    async fn of_a_stranger_it_is_told_that_it_is_nobody(database: Database) {
        let (behind, app) = telling(database).await;
        let ada = app.admin().await;
        assert_eq!(app.anonymous().gql("{ version }").await.code(), "UNAUTHENTICATED");
        assert!(behind.got().is_empty());
        update_role(&ada, 2, json!({"applied_permissions": ["api:Query.version"]})).await;
        assert_eq!(tells(&app.anonymous(), &behind).await, ["", "", "", ""]);
        // A credential that does not hold is that of nobody.
        assert_eq!(tells(&app.bearer("dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXc"), &behind).await, ["", "", "", ""]);
    }

    async fn nothing_that_a_client_says_of_itself_reaches_the_api(database: Database) {
        let (behind, app) = telling(database).await;
        let ada = app.admin().await;
        let forged = [
            "doorward-user-id", "doorward-external-id", "doorward-token-id", "doorward-roles", "doorward-secret",
            "doorward-anything", "x-doorward-user-id", "x-doorward-roles", "cookie", "x-forwarded-for", "forwarded",
            "x-forwarded-host", "x-forwarded-user", "x-real-ip", "x-user-id", "x-hasura-role", "proxy-authorization",
            "x-request-id", "x-api-key", "origin", "referer", "baggage", "via", "te", "x-http-method-override",
        ];
        let mut request = ada.post("/graphql").header("user-agent", "forged");
        for name in forged {
            request = request.header(name, "forged").header(name, "forged again");
        }
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let request = request.header("traceparent", trace).header("tracestate", "a=1");
        let answer = ada.send(request.body(r#"{"query":"{ version }"}"#.into())).await;
        assert_eq!(answer.text(), GOOD);
        let got = behind.one();
        assert_eq!(told(&got), ["1", "", "", ""]);
        let values: Vec<_> = got.headers.values().map(|value| value.to_str().unwrap()).collect();
        assert!(!values.iter().any(|value| value.contains("forged") || value.contains(ada.secret())), "{values:?}");
        assert_eq!((got.header("traceparent"), got.header("tracestate")), (Some(trace), Some("a=1")));
        let mut names: Vec<_> = got.headers.keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        let own = ["accept", "content-length", "content-type"];
        let told = ["doorward-external-id", "doorward-roles", "doorward-secret", "doorward-token-id", "doorward-user-id"];
        let rest = ["host", "traceparent", "tracestate", "user-agent", "x-request-id"];
        assert_eq!(names, [&own[..], &told, &rest].concat());
    }

    async fn what_is_taken_away_or_changed_is_told_with_the_next_request(database: Database) {
        let (behind, app) = telling(database).await;
        app.add(NewUser { roles: vec!["shopper".into(), "plain".into()], ..new("mia") }).await;
        let (ada, mia) = (app.admin().await, app.member().await);
        let token = mia.issue(json!({"name": "a script"})).await;
        let script = app.bearer(&token.secret);
        let id = token.id.as_str();
        let told = |external: &str, roles: &str| ["2", external, id, roles].map(str::to_owned);
        assert_eq!(tells(&script, &behind).await, told("", "buyers"));
        update_role(&ada, 4, json!({"upstream_name": "all"})).await;
        assert_eq!(tells(&script, &behind).await, told("", "all,buyers"));
        update_role(&ada, 3, json!({"upstream_name": "clients"})).await;
        assert_eq!(tells(&script, &behind).await, told("", "all,clients"));
        update_role(&ada, 3, json!({"upstream_name": null})).await;
        assert_eq!(tells(&script, &behind).await, told("", "all"));
        update_user(&ada, 2, json!({"role_ids": [3]})).await;
        assert_eq!(tells(&script, &behind).await, told("", ""));
        for external in ["17", "18"] {
            update_user(&ada, 2, json!({"external_id": external})).await;
            assert_eq!(tells(&script, &behind).await, told(external, ""));
        }
        update_user(&ada, 2, json!({"external_id": null})).await;
        assert_eq!(tells(&script, &behind).await, told("", ""));
    }

    async fn only_a_super_administrator_says_what_the_api_is_told(database: Database) {
        let (behind, app) = telling(database).await;
        let editing = ["Query.roles", "RoleConnection.*", "Role.*", "Mutation.createRole", "Mutation.updateRole"];
        let editing = editing.map(|grant| format!("own:{grant}"));
        app.role("editing", &editing.each_ref().map(String::as_str)).await;
        app.add(NewUser { roles: vec!["shopper".into(), "editing".into()], ..new("mia") }).await;
        let mia = app.member().await;
        let create = "mutation { createRole(input: {name: \"x\", upstream_name: \"admins\"}) { id } }";
        assert_eq!(mia.gql(create).await.code(), "FORBIDDEN");
        let update = "mutation { updateRole(id: 3, input: {upstream_name: \"admins\"}) { id } }";
        assert_eq!(mia.gql(update).await.code(), "FORBIDDEN");
        for name in ["Admins", "a,b", "a b", "", "ä", "a\\r\\nb"] {
            let wrong = format!("mutation {{ updateRole(id: 3, input: {{upstream_name: \"{name}\"}}) {{ id }} }}");
            assert_eq!(app.admin().await.gql(&wrong).await.code(), "BAD_USER_INPUT", "{name}");
        }
        assert_eq!(tells(&mia, &behind).await, ["2", "", "", "buyers"]);
    }

    async fn an_api_that_is_to_be_told_nothing_is_told_nothing(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        behind.says(GOOD);
        let ada = app.admin().await;
        role(&ada, "shopper", json!(["Query.version"]), json!("buyers")).await;
        update_role(&ada, 2, json!({"applied_permissions": ["api:Query.version"]})).await;
        app.add(NewUser { roles: vec!["shopper".into()], external_id: Some("17".into()), ..new("mia") }).await;
        let mia = app.member().await;
        for who in [&ada, &mia, &mia.reader().await, &app.anonymous()] {
            assert_eq!(who.gql("{ version }").await.text(), GOOD);
            let got = behind.one();
            let mut names: Vec<_> = got.headers.keys().map(|name| name.as_str()).collect();
            names.sort_unstable();
            assert_eq!(names, ["accept", "content-length", "content-type", "host", "user-agent", "x-request-id"]);
        }
    }
}
