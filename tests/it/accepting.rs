//! New is closed, until an administrator accepts it: then it is open to what was granted before, at once.

use axum::body::Body;
use axum::http::{Request, header};
use doorward::app::App;
use doorward::storage::{Sql, Subject, sql};
use http_body_util::BodyExt as _;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tower::ServiceExt as _;

use crate::app::{TestApp, body, new};
use crate::databases::{self, Database};
use doorward::users::NewUser;

const USERNAMES: &str = "{ users { entities { username } } }";
const EMAILS: &str = "{ users { entities { email_address } } }";
const PAGE: &str = "query ($p: Paginator) { users(paginator: $p) { entities { id } } }";
const ACCEPT: &str = "mutation ($c: [String!]) { acceptSchemaCoordinates(coordinates: $c) }";

/// Rosa holds `grants`, made at the first revision of the schema.
async fn rosa(app: &TestApp, grants: &[&str]) -> String {
    app.role("from before", grants).await;
    app.add(NewUser { roles: vec!["from before".into()], ..new("rosa") }).await;
    app.sign_in("rosa").await.access
}

/// Behind the server's back the coordinates come with the second revision, as if an update had brought them.
pub async fn newer(app: &TestApp, coordinates: &'static [&'static str]) {
    app.database(move |tx| {
        if tx.optional(sql!("select id from schema_revisions where id = 2"), &[])?.is_none() {
            tx.execute(
                sql!(
                    "insert into schema_revisions (id, digest, made_at)
                     select 2, digest, made_at from schema_revisions where id = 1"
                ),
                &[],
            )?;
        }
        for coordinate in coordinates {
            let bring = sql!("update coordinates set first_seen_revision = 2 where coordinate = $1");
            assert_eq!(tx.execute(bring, doorward::params![*coordinate])?, 1, "{coordinate}");
        }
        tx.tell(Subject::Everything)
    })
    .await;
}

async fn told(app: &TestApp, sql: Sql) -> String {
    app.database(move |tx| tx.one(sql, &[])?.get::<String>(0)).await
}

on_both! {
    async fn who_has_just_signed_out_accepts_nothing(app: TestApp) {
        let ada = app.admin().await;
        newer(&app, &["User.email_address"]).await;
        let both = ada.gql("mutation { signOut acceptSchemaCoordinates }").await;
        assert_eq!(both.reason(), "TOKEN_REVOKED", "{both}");
        let ada = app.person("ada").await;
        assert_eq!(
            ada.gql("mutation { acceptSchemaCoordinates }").await.data()["acceptSchemaCoordinates"],
            json!(["User.email_address"])
        );
    }

    async fn what_is_new_is_closed_until_it_is_accepted_and_open_at_once_then(app: TestApp) {
        let rosa = rosa(&app, &["Query.*", "UserConnection.*", "User.*"]).await;
        let rosa = app.bearer(&rosa);
        let ada = app.admin().await;
        rosa.gql(EMAILS).await.data();
        newer(&app, &["User.email_address", "Query.users(paginator:)", "Paginator.page"]).await;
        assert_eq!(rosa.gql(EMAILS).await.missing(), ["User.email_address"]);
        let page = json!({"p": {"page": 1, "records_per_page": 5}});
        assert_eq!(rosa.gql_with(PAGE, page.clone()).await.missing(), ["Query.users(paginator:)"]);
        assert!(!rosa.get("/schema.graphql").await.text().contains("email_address: String\n\n  \"\"\"Whether the account"));
        // What was there is open all the while, and administrators follow the schema.
        rosa.gql(USERNAMES).await.data();
        ada.gql(EMAILS).await.data();

        let accepted = ada.gql_with(ACCEPT, json!({"c": ["User.email_address"]})).await;
        assert_snapshot!(accepted, @r#"{"acceptSchemaCoordinates":["User.email_address"]}"#);
        rosa.gql(EMAILS).await.data();
        let all = ada.gql(ACCEPT).await;
        assert_snapshot!(all, @r#"{"acceptSchemaCoordinates":["Paginator.page","Query.users(paginator:)"]}"#);
        rosa.gql_with(PAGE, page).await.data();
        // Nothing is left, and nothing is told of it.
        assert_snapshot!(ada.gql(ACCEPT).await, @r#"{"acceptSchemaCoordinates":[]}"#);
        assert_snapshot!(
            ada.gql_with(ACCEPT, json!({"c": ["User.email_address", "User.id"]})).await,
            @r#"{"acceptSchemaCoordinates":[]}"#
        );
        assert_snapshot!(
            told(&app, sql!("select actor || ' ' || action || ' ' || details from audit_events
                             where action = 'schema.accept' order by id desc limit 1")).await,
            @"ada schema.accept Paginator.page, Query.users(paginator:)"
        );
        let many = app.database(|tx| {
            tx.one(sql!("select count(*) from audit_events where action = 'schema.accept'"), &[])?.get::<i64>(0)
        });
        assert_eq!(many.await, 2);
    }

    async fn grants_that_spell_what_is_new_are_from_before_too(app: TestApp) {
        let grants = ["Query.users(id:)", "Query.users(paginator:)", "UserConnection.entities", "User.id", "User.email_address"];
        let rosa = rosa(&app, &grants).await;
        let rosa = app.bearer(&rosa);
        let ada = app.admin().await;
        let token = rosa.with(json!({"name": "x", "permissions": ["Query.users", "UserConnection.*", "User.*"]})).await;
        newer(&app, &["User.email_address", "Query.users(id:)", "Paginator.records_per_page"]).await;
        let by_id = "{ users(id: 1) { entities { email_address } } }";
        assert_eq!(rosa.gql(by_id).await.missing(), ["Query.users(id:)", "User.email_address"]);
        assert_eq!(token.gql(by_id).await.missing(), ["Query.users(id:)", "User.email_address"]);
        let page = json!({"p": {"records_per_page": 5}});
        // `member` follows Doorward's own schema, and its lists are paged; the token is held to its narrowing.
        rosa.gql_with(PAGE, page.clone()).await.data();
        assert_eq!(token.gql_with(PAGE, page.clone()).await.missing(), ["Paginator.records_per_page"]);
        token.gql_with(PAGE, json!({"p": {"page": 1}})).await.data();
        ada.gql_with(ACCEPT, json!({"c": ["Query.users(id:)"]})).await.data();
        assert_eq!(rosa.gql(by_id).await.missing(), ["User.email_address"]);
        ada.gql(ACCEPT).await.data();
        rosa.gql(by_id).await.data();
        token.gql(by_id).await.data();
        token.gql_with(PAGE, page).await.data();
    }

    async fn what_was_accepted_and_then_changed_is_closed_again(app: TestApp) {
        let rosa = rosa(&app, &["Query.*", "UserConnection.*", "User.*"]).await;
        let rosa = app.bearer(&rosa);
        let ada = app.admin().await;
        newer(&app, &["User.email_address"]).await;
        ada.gql(ACCEPT).await.data();
        rosa.gql(EMAILS).await.data();
        // Another release made something else of it: to this one it is unknown, and closed.
        app.database(|tx| {
            tx.execute(sql!("update coordinates set named_type = 'Email' where coordinate = 'User.email_address'"), &[])?;
            tx.tell(Subject::Schema)
        })
        .await;
        assert_eq!(rosa.gql(EMAILS).await.missing(), ["User.email_address"]);
        ada.gql(EMAILS).await.data();
        rosa.gql(USERNAMES).await.data();
    }

    async fn a_grant_is_of_the_revision_that_its_writer_has_seen(app: TestApp) {
        let ada = app.admin().await;
        let moment = async || {
            ada.with(json!({"name": "t", "permissions": ["Query.users"]})).await;
            let latest = sql!("select as_of_revision from token_grants order by token_id desc limit 1");
            app.database(move |tx| tx.one(latest, &[])?.get::<i64>(0)).await
        };
        assert_eq!(moment().await, 1);
        newer(&app, &["User.email_address"]).await;
        assert_eq!(moment().await, 2);
        // Another release writes a revision of its own, with more in it: what is granted here does not reach that.
        app.database(|tx| {
            tx.execute(sql!("insert into schema_revisions (id, digest, made_at) values (3, $1, 0)"), doorward::params![vec![7u8]])?;
            tx.tell(Subject::Everything)
        })
        .await;
        assert_eq!(moment().await, 2);
    }

    async fn only_administrators_accept_whatever_is_granted(app: TestApp) {
        app.role("acceptor", &["Mutation.acceptSchemaCoordinates"]).await;
        app.add(NewUser { roles: vec!["acceptor".into()], ..new("rosa") }).await;
        let rosa = app.person("rosa").await;
        let ada = app.admin().await;
        newer(&app, &["User.email_address"]).await;
        assert_snapshot!(rosa.gql(ACCEPT).await, @"FORBIDDEN SUPER_ADMIN_REQUIRED: only a super administrator accepts what is new");
        assert_snapshot!(app.member().await.gql(ACCEPT).await, @"FORBIDDEN: not granted: Mutation.acceptSchemaCoordinates");
        // A narrowed token does not open to others what it does not hold.
        let narrow = json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": ["Mutation.acceptSchemaCoordinates"]});
        let narrow = ada.with(narrow).await;
        assert_snapshot!(narrow.gql(ACCEPT).await, @"FORBIDDEN: not granted: User.email_address");
        let refused = |coordinate: &'static str| ada.gql_with(ACCEPT, json!({"c": ["User.email_address", coordinate]}));
        assert_snapshot!(refused("User.email_adress").await, @r#"BAD_USER_INPUT coordinates: "User.email_adress": User has no field email_adress; the nearest is User.email_address"#);
        assert_snapshot!(refused("User.*").await, @"BAD_USER_INPUT coordinates: `User.*` is not one coordinate: name fields of object types, arguments and input fields one by one");
        assert_snapshot!(refused("!User.id").await, @"BAD_USER_INPUT coordinates: `!User.id` is not one coordinate: name fields of object types, arguments and input fields one by one");
        assert_snapshot!(refused("User").await, @r#"BAD_USER_INPUT coordinates: "User" is no permission: it has no dot; allowed are Type.field, Type.field(argument:), Type.* and *.*, each with ! before it to take away"#);
        assert_eq!(app.database(|tx| {
            tx.one(sql!("select count(*) from coordinates where accepted_at is not null"), &[])?.get::<i64>(0)
        }).await, 0);
    }

    async fn everyone_sees_what_they_hold(app: TestApp) {
        let rosa = rosa(&app, &["Query.users(id:)", "Query.users(paginator:)", "UserConnection.entities"]).await;
        let rosa = app.bearer(&rosa);
        let list = "query ($s: String, $p: Paginator) { permissions(general_search: $s, paginator: $p) {
            entities { coordinate type_name field_name returns description source first_seen_at }
            page_info { page records_per_page total_count total_pages } } }";
        let found = rosa.gql_with(list, json!({"s": "QUERY.USERS", "p": {"records_per_page": 2}})).await.data();
        assert_snapshot!(serde_json::to_string_pretty(&found["permissions"]).unwrap(), @r#"
        {
          "entities": [
            {
              "coordinate": "PermissionInfo.coordinate",
              "type_name": "PermissionInfo",
              "field_name": "coordinate",
              "returns": "String!",
              "description": "Where it stands in the schema: `User.name`, `Query.users(id:)`, `Paginator.page`. This is what grants spell.",
              "source": "own",
              "first_seen_at": "2026-03-01T00:00:00Z"
            },
            {
              "coordinate": "Query.users",
              "type_name": "Query",
              "field_name": "users",
              "returns": "UserConnection!",
              "description": "The users: everyone with an account, enabled or not.",
              "source": "own",
              "first_seen_at": "2026-03-01T00:00:00Z"
            }
          ],
          "page_info": {
            "page": 1,
            "records_per_page": 2,
            "total_count": 4,
            "total_pages": 2
          }
        }
        "#);
        let names = |answer: Value| -> Vec<String> {
            let entities = answer["permissions"]["entities"].as_array().unwrap().clone();
            entities.iter().map(|one| one["coordinate"].as_str().unwrap().to_owned()).collect()
        };
        let all = names(rosa.gql_with(list, json!({"p": {"records_per_page": 100}})).await.data());
        assert!(all.is_sorted() && all.contains(&"Paginator.page".to_owned()), "{all:?}");
        assert!(!all.iter().any(|name| name == "User.email_address" || name == "Query.roles"), "{all:?}");
        let second = names(rosa.gql_with(list, json!({"p": {"page": 2, "records_per_page": 10}})).await.data());
        assert_eq!(second, all[10..20]);
        assert!(names(rosa.gql_with(list, json!({"p": {"page": 9, "records_per_page": 100}})).await.data()).is_empty());
        // By what they say of themselves, and for a token what is left to it.
        assert_eq!(names(rosa.gql_with(list, json!({"s": "ends THE SESSION"})).await.data()), ["Mutation.signOut"]);
        let token = json!({"name": "n", "permissions": ["Query.permissions", "PermissionConnection.*", "PermissionInfo.coordinate"]});
        let token = rosa.with(token).await;
        let coordinates = "query ($s: String) { permissions(general_search: $s) { entities { coordinate } } }";
        assert_snapshot!(token.gql(coordinates).await, @r#"{"permissions":{"entities":[{"coordinate":"Paginator.page"},{"coordinate":"Paginator.records_per_page"},{"coordinate":"PermissionConnection.entities"},{"coordinate":"PermissionConnection.page_info"},{"coordinate":"PermissionInfo.coordinate"},{"coordinate":"Query.permissions"},{"coordinate":"Query.permissions(general_search:)"},{"coordinate":"Query.permissions(paginator:)"}]}}"#);
        // Searching is reading.
        assert!(names(token.gql_with(coordinates, json!({"s": "a page of what"})).await.data()).is_empty());
        assert_eq!(names(token.gql_with(coordinates, json!({"s": "INFO.coord"})).await.data()), ["PermissionInfo.coordinate"]);
        // A later beginning is told.
        app.database(|tx| {
            tx.execute(sql!("update coordinates set first_seen_at = 1000000 where coordinate = 'Query.users(id:)'"), &[])
        })
        .await;
        let found = rosa.gql_with(list, json!({"s": "users(id:"})).await.data();
        assert_eq!(found["permissions"]["entities"][1]["first_seen_at"], "1970-01-01T00:00:01Z", "{found}");
    }
}

async fn ask(app: &App, secret: &str, query: &str) -> Value {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {secret}"));
    let Ok(answer) = app.router().oneshot(request.body(body(query, &json!({}))).unwrap()).await;
    let bytes = Body::new(answer.into_body()).collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn another_node_opens_what_was_accepted_within_a_second() {
    databases::run(async {
        let database = Database::postgres().await;
        let here = TestApp::with(database, |_| {}).await;
        let rosa = rosa(&here, &["Query.*", "UserConnection.*", "User.*"]).await;
        newer(&here, &["User.email_address"]).await;
        let there = here.beside(|_| {}).await;
        let refused = ask(&there, &rosa, EMAILS).await;
        assert_eq!(refused["errors"][0]["extensions"]["missing"], json!(["User.email_address"]));
        here.admin().await.gql(ACCEPT).await.data();
        let answered = Instant::now();
        while ask(&there, &rosa, EMAILS).await.get("errors").is_some() {
            assert!(answered.elapsed() < Duration::from_secs(1), "it stays closed on the other node");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

#[test]
fn requests_at_the_moment_of_a_change_are_all_answered() {
    databases::run(async {
        let app = TestApp::with(Database::sqlite(), |_| {}).await;
        let rosa = rosa(&app, &["Query.*", "UserConnection.*", "User.*"]).await;
        let (rosa, ada) = (app.bearer(&rosa), app.admin().await);
        newer(&app, &["User.email_address"]).await;
        for round in 0..20 {
            let coordinate = ["User.email_address", "User.name"][round % 2];
            newer(&app, if round % 2 == 0 { &["User.email_address"] } else { &["User.name"] }).await;
            let accept = ada.gql_with(ACCEPT, json!({"c": [coordinate]}));
            let ask = || rosa.gql("{ __schema { queryType { name } } users { entities { email_address name } } }");
            let (accepted, one, two, three) = tokio::join!(accept, ask(), ask(), ask());
            accepted.data();
            for answer in [one, two, three] {
                assert!(answer.code().is_empty() || answer.code() == "FORBIDDEN", "{answer}");
            }
        }
    });
}

#[test]
fn the_old_door_goes_on_where_a_new_one_cannot_be_made() {
    databases::run(async {
        let app = TestApp::with(Database::sqlite(), |_| {}).await;
        let rosa = rosa(&app, &["Query.*", "UserConnection.*", "User.*"]).await;
        let (rosa, ada) = (app.bearer(&rosa), app.admin().await);
        newer(&app, &["User.email_address"]).await;
        assert_eq!(rosa.gql(EMAILS).await.missing(), ["User.email_address"]);
        app.database(|tx| {
            tx.execute(sql!("update coordinates set accepted_at = 1 where coordinate = 'User.email_address'"), &[])?;
            tx.execute(sql!("alter table coordinates rename to elsewhere"), &[])?;
            tx.tell(Subject::Schema)
        })
        .await;
        let failed = Instant::now();
        assert_eq!(rosa.gql(EMAILS).await.missing(), ["User.email_address"]);
        ada.gql(EMAILS).await.data();
        app.database(|tx| tx.execute(sql!("alter table elsewhere rename to coordinates"), &[])).await;
        // Nobody tries again at once, and then somebody does.
        let missing = rosa.gql(EMAILS).await.missing();
        assert!(missing == ["User.email_address"] || failed.elapsed() > Duration::from_secs(1));
        while !rosa.gql(EMAILS).await.code().is_empty() {
            assert!(failed.elapsed() < Duration::from_secs(10), "nobody tries again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(failed.elapsed() >= Duration::from_millis(900), "it was tried again at once");
    });
}
