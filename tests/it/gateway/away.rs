//! An API that is away, or whose schema is none: what was last seen of it is served, and that alone.

use super::following::passes;
use super::{Behind, SHOP, before, list};
use crate::app::{TestApp, ask, get, new};
use crate::databases::{Database, START};
use axum::http::StatusCode;
use doorward::app::App;
use doorward::error::Error;
use doorward::users::NewUser;
use doorward::world::World;
use insta::assert_snapshot;
use serde_json::json;

const NOWHERE: &str = "http://127.0.0.1:9/graphql";

async fn why(app: &TestApp) -> String {
    match app.try_pull().await {
        Err(Error::Refusal(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn an_api_that_is_away_at_the_start_is_served_as_it_was_last_seen(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.admin().await;
        let away = app.beside(|config| {
            config.upstream.url = Some(NOWHERE.into());
            config.upstream.sdl = None;
        })
        .await;
        assert_snapshot!(get(&away, "/readyz?verbose").await.text(), @"
        ready
        database: answers
        changes by other nodes: known
        api: not asked yet
        api schema: known
        ");
        assert_eq!(get(&away, "/readyz").await.status, StatusCode::OK);
        let shown = ask(&away, ada.secret(), "{ __type(name: \"Product\") { name } me { username } }").await;
        assert_snapshot!(shown.text(), @r#"{"data":{"__type":{"name":"Product"},"me":{"username":"ada"}}}"#);
        let failed = ask(&away, ada.secret(), "{ version }").await;
        assert_eq!(failed.status, StatusCode::BAD_GATEWAY);
        assert_snapshot!(failed, @"UPSTREAM_UNAVAILABLE: the API behind cannot be reached, or broke the connection; try again in a moment");
        let both = ask(&away, ada.secret(), "{ version me { username } }").await;
        assert_eq!(both.status, StatusCode::OK);
        assert_snapshot!(both, @r#"
        {"version":null,"me":{"username":"ada"}}
        UPSTREAM_UNAVAILABLE: the API behind cannot be reached, or broke the connection; try again in a moment
        "#);
        let ready = get(&away, "/readyz?verbose").await;
        assert_eq!(ready.status, StatusCode::OK);
        let text = ready.text();
        let (state, _) = text.split_once(", for ").expect("how long it has been so");
        assert_snapshot!(state, @"
        ready
        database: answers
        changes by other nodes: known
        api: cannot be reached
        ");
        assert!(behind.got().is_empty());
    }

    async fn while_nothing_is_known_of_the_api_doorwards_own_schema_is_served(database: Database) {
        let behind = Behind::new(SHOP).await;
        behind.answers(|_| {
            let page = axum::body::Body::from("<h1>back soon</h1>");
            axum::http::Response::builder().status(503).header("content-type", "text/html").body(page).unwrap()
        });
        let url = behind.url();
        let app = TestApp::with(database, |config| config.upstream.url = Some(url)).await;
        let ada = app.admin().await;
        ada.gql("{ users { entities { username } } }").await.data();
        assert_eq!(ada.gql("{ version }").await.code(), "GRAPHQL_VALIDATION_FAILED");
        let ready = ada.get("/readyz?verbose").await;
        assert_eq!((ready.status, ready.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, Some("1")));
        assert_snapshot!(ready.text(), @"
        the schema of the API behind is not known yet
        database: answers
        changes by other nodes: known
        api: not asked yet
        api schema: not known yet
        ");
        // What a grant without a source would mean cannot be told; with one, it can.
        let role = |grant: &str| format!("mutation {{ createRole(input: {{ name: \"r\", applied_permissions: [\"{grant}\"] }}) {{ applied_permissions }} }}");
        assert_snapshot!(ada.gql(&role("Query.users")).await, @r#"BAD_USER_INPUT applied_permissions: "Query.users": the schema of the API behind is not known yet; `own:` before a grant says that it is Doorward's"#);
        assert_snapshot!(ada.gql(&role("api:Query.*")).await, @r#"BAD_USER_INPUT applied_permissions: "api:Query.*": the schema of the API behind is not known yet; `own:` before a grant says that it is Doorward's"#);
        assert_eq!(ada.try_issue(json!({"name": "t", "permissions": ["*.*"]})).await.code(), "BAD_USER_INPUT");
        assert_snapshot!(ada.gql(&role("own:Query.users")).await, @r#"{"createRole":{"applied_permissions":["own:Query.users"]}}"#);
        assert_snapshot!(why(&app).await, @"the schema of the API behind cannot be had: what it answered is not GraphQL: status 503: its content type is not JSON in UTF-8");
        behind.describes(SHOP, r#"{"data":{"version":"1"}}"#);
        let pulled = app.pull().await;
        assert!(pulled.is_new && pulled.is_first);
        behind.got();
        assert_eq!(ada.get("/readyz").await.status, StatusCode::OK);
        passes(&ada, &behind, "{ version }").await;
        // The role from before is Doorward's, though the API has such a field too.
        assert_snapshot!(ada.gql("{ roles(id: 3) { entities { applied_permissions } } }").await, @r#"{"roles":{"entities":[{"applied_permissions":["own:Query.users"]}]}}"#);
    }

    async fn a_schema_that_is_none_leaves_the_last_good_one(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.admin().await;
        let file = behind.sdl().display().to_string();
        let mut said = Vec::new();
        for broken in ["type Query { version: Missing }", "", "{\"data\": null}", "type Query { version String }", "type Product { id: ID }"] {
            behind.becomes(broken);
            said.push(why(&app).await.replace(&file, "api.graphql"));
        }
        std::fs::remove_file(behind.sdl()).unwrap();
        said.push(why(&app).await.replace(&file, "api.graphql"));
        assert_snapshot!(said.join("\n"), @"
        the schema of the API behind cannot be had: api.graphql holds no schema that can be served: line 1: cannot find type `Missing` in this document
        the schema of the API behind cannot be had: api.graphql holds no schema that can be served: it is empty
        the schema of the API behind cannot be had: api.graphql holds no schema that can be served: line 1: it begins like JSON or a query, and a schema does not
        the schema of the API behind cannot be had: api.graphql holds no schema that can be served: line 1: syntax error: expected a type
        the schema of the API behind cannot be had: api.graphql holds no schema that can be served: missing query root operation type in schema definition
        the schema of the API behind cannot be had: api.graphql: No such file or directory (os error 2)
        ");
        passes(&ada, &behind, "{ version }").await;
        assert_eq!(ada.get("/readyz").await.status, StatusCode::OK);
        behind.becomes(SHOP);
        assert!(!app.pull().await.is_new);
    }

    async fn an_introspection_that_says_nothing_leaves_the_last_good_one(database: Database) {
        let behind = Behind::new(SHOP).await;
        behind.describes(SHOP, r#"{"data":{"version":"1"}}"#);
        let url = behind.url();
        let app = TestApp::with(database, |config| config.upstream.url = Some(url)).await;
        let ada = app.admin().await;
        app.pull().await;
        let mut said = Vec::new();
        for nothing in [
            r#"{"data":{}}"#,
            r#"{"data":null}"#,
            r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[],"directives":[]}}}"#,
            r#"{"errors":[{"message":"introspection is off\u001b[2J"}]}"#,
            "[]",
        ] {
            behind.says(nothing);
            said.push(why(&app).await);
        }
        assert_snapshot!(said.join("\n"), @"
        the schema of the API behind cannot be had: it does not say what its schema is (it holds no `__schema`): let it answer introspection to Doorward, or give its schema as a file by --upstream-sdl
        the schema of the API behind cannot be had: it does not say what its schema is (it gave no data): let it answer introspection to Doorward, or give its schema as a file by --upstream-sdl
        the schema of the API behind cannot be had: the API's introspection holds no schema that can be served: line 2: cannot find type `Query` in this document
        the schema of the API behind cannot be had: it does not say what its schema is (introspection is off[2J): let it answer introspection to Doorward, or give its schema as a file by --upstream-sdl
        the schema of the API behind cannot be had: what it answered is not GraphQL: status 200: it is no JSON object, or is cut off
        ");
        behind.describes(SHOP, r#"{"data":{"version":"1"}}"#);
        behind.got();
        passes(&ada, &behind, "{ version }").await;
        assert_eq!(ada.get("/readyz").await.status, StatusCode::OK);
        assert!(!app.pull().await.is_new);
    }

    async fn an_api_that_is_left_out_for_a_while_binds_nothing_anew(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        app.role("theirs", &["Query.*", "*.*", "api:Query.users"]).await;
        app.add(NewUser { roles: vec!["theirs".into()], ..new("rosa") }).await;
        let rosa = app.person("rosa").await;
        passes(&rosa, &behind, "{ version users { email } }").await;
        let without = app.beside(|config| config.upstream = Default::default()).await;
        let own = ask(&without, rosa.secret(), "{ users { entities { email_address } } }").await;
        assert_snapshot!(own, @"FORBIDDEN: not granted: Query.users, User.email_address, UserConnection.entities");
        let roles = ask(&without, app.admin().await.secret(), "{ roles(id: 3) { entities { applied_permissions } } }").await;
        assert_snapshot!(roles, @r#"{"roles":{"entities":[{"applied_permissions":["api:Query.*","api:*.*","api:Query.users"]}]}}"#);
        assert_eq!(ask(&without, rosa.secret(), "{ version }").await.code(), "GRAPHQL_VALIDATION_FAILED");
        let again = app.beside(|_| {}).await;
        ask(&again, rosa.secret(), "{ version users { email } }").await.data();
        behind.one();
    }

    async fn a_setting_that_names_nothing_stops_the_start_unless_the_api_had_it_once(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        let start = async |never: &str| {
            let mut config = app.cx().config.clone();
            config.gateway.never = list(&[never]);
            match App::build(config, World::fixed(START)).await {
                Ok(_) => "starts".to_owned(),
                Err(Error::Refusal(refusal)) => refusal.to_string(),
                Err(fault) => panic!("{fault:?}"),
            }
        };
        assert_snapshot!(start("Product.sekret").await, @"a setting of `gateway` names `Product.sekret`, which is not in the schema: mend it, or leave it out");
        assert_eq!(start("Product.secret").await, "starts");
        behind.becomes(&SHOP.replace("secret: String", ""));
        app.pull().await;
        assert_eq!(start("Product.secret").await, "starts");
        for never in ["Product.sekret", "Product.secre", "Prod.*", "Product.secret(x:)"] {
            assert_ne!(start(never).await, "starts", "{never}");
        }
    }
}
