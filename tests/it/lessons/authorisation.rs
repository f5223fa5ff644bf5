//! Walks over operations that missed something.

use super::{refused, rosa};
use crate::app::TestApp;
use crate::permission::{held, missing, plain};
use doorward::config::{Config, Given};
use doorward::permission::Surface;
use doorward::storage::{Subject, sql};
use serde_json::{Value, json};

fn lacks(surface: &Surface, grants: &[&str], operation: &str) -> String {
    missing(surface, held(surface, grants), operation).join(" ")
}

on_both! {
    /// wundergraph/cosmo#1815: an alias skipped the check.
    async fn lesson_1_an_alias_is_judged_as_its_field(app: TestApp) {
        let rosa = rosa(&app).await;
        rosa.gql("{ x: users(id: 1) { y: entities { z: id } } }").await.data();
        assert_eq!(refused(&rosa.gql("{ users: roles { entities { id } } }").await), "Query.roles RoleConnection.entities");
        assert_eq!(refused(&rosa.gql("{ x: users(id: 1) { entities { id: email_address } } }").await), "User.email_address");
        assert_eq!(refused(&rosa.gql("{ x: users { a: entities { id } b: page_info { page } } }").await), "UserConnection.page_info");
    }

    /// graphql-hive/envelop#892: a meta field beside it let a field through.
    async fn lesson_2_meta_fields_shelter_nothing(app: TestApp) {
        let rosa = rosa(&app).await;
        for meta in ["__schema { __typename }", "__schema { queryType { name } }", "__type(name: \"User\") { name }", "__typename"] {
            rosa.gql(&format!("{{ {meta} me {{ username }} }}")).await.data();
            for query in [format!("{{ {meta} roles {{ entities {{ id }} }} }}"), format!("{{ roles {{ entities {{ id }} }} {meta} }}")] {
                assert_eq!(refused(&rosa.gql(&query).await), "Query.roles RoleConnection.entities", "{query}");
            }
        }
    }

    /// Escape-Technologies/graphql-armor#823, #772: what was named like a meta field was not counted.
    async fn lesson_3_what_is_named_like_a_meta_field_is_judged_and_counted(app: TestApp) {
        let rosa = rosa(&app).await;
        rosa.gql("query __schema { ...__type } fragment __type on Query { __schema: me { username } }").await.data();
        for query in [
            "query __schema { roles { entities { id } } }",
            "{ ...__schema } fragment __schema on Query { roles { entities { id } } }",
            "{ __schema: roles { __typename: entities { __type: id } } }",
        ] {
            assert_eq!(refused(&rosa.gql(query).await), "Query.roles RoleConnection.entities", "{query}");
        }
        let aliases = "__schema: me { username } ".repeat(101);
        assert_eq!(rosa.gql(&format!("{{ {aliases} }}")).await.code(), "LIMIT_EXCEEDED");
        let fragments: String = (0..101).map(|n| format!("fragment __schema{n} on Query {{ __typename }} ")).collect();
        assert_eq!(rosa.gql(&format!("{{ __typename }} {fragments}")).await.code(), "LIMIT_EXCEEDED");
        let fields: String = (0..51).map(|n| format!("__schema{n}: __typename ")).collect();
        assert_eq!(rosa.gql(&format!("{{ {fields} }}")).await.code(), "LIMIT_EXCEEDED");
    }

    /// hasura/graphql-engine#6806, #8354: what was set on one input field took the others along, or did not hold.
    async fn lesson_7_one_input_field_taken_away_leaves_the_others(app: TestApp) {
        let permissions = json!(["Query.users", "!Paginator.records_per_page", "UserConnection.*", "PageInfo.*"]);
        let token = app.admin().await.with(json!({"name": "t", "permissions": permissions})).await;
        let page = "query ($p: Paginator) { users(paginator: $p) { page_info { page records_per_page } } }";
        let answer = token.gql_with(page, json!({"p": {"page": 2}})).await.data();
        assert_eq!(answer["users"]["page_info"], json!({"page": 2, "records_per_page": 25}));
        for value in [json!(3), Value::Null] {
            let sent = json!({"p": {"page": 2, "records_per_page": value}});
            assert_eq!(refused(&token.gql_with(page, sent).await), "Paginator.records_per_page");
        }
    }

    /// TykTechnologies/tyk#8538: input fields in variables were not looked at.
    async fn lesson_8_a_restricted_input_field_is_found_in_variables_and_defaults(app: TestApp) {
        let permissions = json!(["Query.users", "!Paginator.records_per_page", "UserConnection.*", "User.id"]);
        let token = app.admin().await.with(json!({"name": "t", "permissions": permissions})).await;
        let body = "{ users(paginator: $p) { entities { id } } }";
        for (query, variables) in [
            (format!("query ($p: Paginator) {body}"), json!({"p": {"records_per_page": 1}})),
            (format!("query ($p: Paginator = {{ records_per_page: 1 }}) {body}"), json!({})),
            (format!("query ($p: Paginator = {{ records_per_page: 1 }}) {body}"), json!({"p": {"page": 1}})),
            ("query ($n: Int) { users(paginator: { records_per_page: $n }) { entities { id } } }".into(), json!({})),
            ("{ users(paginator: { page: 1, records_per_page: null }) { entities { id } } }".into(), json!({})),
        ] {
            assert_eq!(refused(&token.gql_with(&query, variables).await), "Paginator.records_per_page", "{query}");
        }
        token.gql_with(&format!("query ($p: Paginator) {body}"), json!({"p": {"page": 1}})).await.data();
    }

    /// Arize-ai/phoenix#15925: of several operations another was judged than was run.
    async fn lesson_9_the_operation_that_is_named_is_judged_and_run_and_no_other(app: TestApp) {
        let rosa = rosa(&app).await;
        let several = "query A { me { username } } query B { roles { entities { id } } }
                       mutation C { createPersonalAccessToken(name: \"x\") }";
        let run = |name: Value| rosa.posts(json!({"query": several, "operationName": name}).to_string());
        for nameless in [Value::Null, json!(""), json!("D")] {
            assert_eq!(run(nameless).await.code(), "GRAPHQL_VALIDATION_FAILED");
        }
        let before = app.made().await.tokens;
        assert_eq!(run(json!("A")).await.data(), json!({"me": {"username": "rosa"}}));
        assert_eq!(refused(&run(json!("B")).await), "Query.roles RoleConnection.entities");
        assert_eq!(app.made().await.tokens, before);
        run(json!("C")).await.data();
        assert_eq!(app.made().await.tokens, before + 1);
        // From the cache of plans each is itself, too.
        assert_eq!(run(json!("A")).await.data(), json!({"me": {"username": "rosa"}}));
        assert_eq!(refused(&run(json!("B")).await), "Query.roles RoleConnection.entities");
    }

    /// apollographql/apollo-mcp-server#780: an empty rule let everybody in.
    async fn lesson_10_an_empty_list_is_nobody(app: TestApp) {
        let ada = app.admin().await;
        let nothing = ada.with(json!({"name": "t", "role": "ROLE_READ_WRITE", "permissions": []})).await;
        assert_eq!(refused(&nothing.gql("{ me { username } }").await), "Me.username Query.me");
        assert_eq!(refused(&nothing.gql("mutation { signOut }").await), "Mutation.signOut");
        app.role("empty", &[]).await;
        app.role("only taking", &["!User.email_address"]).await;
        for role in ["empty", "only taking"] {
            let name = role.replace(' ', "-");
            app.add(doorward::users::NewUser { roles: vec![role.into()], ..crate::app::new(&name) }).await;
            let asked = app.person(&name).await.gql("{ users { entities { id } } }").await;
            assert_eq!(refused(&asked), "Query.users UserConnection.entities");
        }
        let before = app.made().await.tokens;
        for permissions in [json!([[]]), json!([null]), json!([""]), json!({}), json!([{}])] {
            let answer = ada.try_issue(json!({"name": "t", "permissions": permissions})).await;
            assert!(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&answer.code().as_str()), "{permissions} {answer}");
        }
        assert_eq!(app.made().await.tokens, before);
    }

    /// jamesedmonston/graphql-authentication#119: a token was judged by the public schema's rules.
    async fn lesson_12_a_token_is_never_judged_by_the_strangers_rules(app: TestApp) {
        app.database(|tx| {
            let anonymous: i64 = tx.one(sql!("select id from roles where name = 'anonymous'"), &[])?.get(0)?;
            for (position, grant) in (0i64..).zip(["own:Query.users", "own:UserConnection.*", "own:User.username"]) {
                tx.execute(
                    sql!("insert into role_grants (role_id, position, permission, as_of_revision) values ($1, $2, $3, 1)"),
                    doorward::params![anonymous, position, grant],
                )?;
            }
            tx.tell(Subject::Role(anonymous))
        })
        .await;
        let ada = app.admin().await;
        let narrow = ada.with(json!({"name": "t", "permissions": ["Query.me", "Me.username"]})).await;
        let wide = ada.reader().await;
        let users = "{ users { entities { username } } }";
        for _ in 0..3 {
            app.anonymous().gql(users).await.data();
            assert_eq!(refused(&narrow.gql(users).await), "Query.users User.username UserConnection.entities");
            wide.gql("{ users { entities { email_address } } }").await.data();
            assert_eq!(narrow.gql("{ me { username } }").await.data(), json!({"me": {"username": "ada"}}));
            assert_eq!(app.anonymous().gql("{ me { username } }").await.reason(), "TOKEN_MISSING");
            assert!(!narrow.get("/schema.graphql").await.text().contains("users"));
        }
    }

    /// turbot/steampipe-plugin-github#311: who may not see a list was shown an empty one.
    async fn lesson_13_a_refusal_never_looks_like_an_empty_list(app: TestApp) {
        let (rosa, mia) = (rosa(&app).await, app.member().await);
        let query = "{ users(id: 999) { entities { id } } }";
        assert_eq!(rosa.gql(query).await.data(), json!({"users": {"entities": []}}));
        assert_eq!(refused(&mia.gql(query).await), "Query.users UserConnection.entities");
        assert_eq!(refused(&rosa.gql("{ users(id: 999) { entities { id name } page_info { page } } roles { entities { id } } }").await),
            "Query.roles RoleConnection.entities UserConnection.page_info");
    }
}

/// graphql-hive/router#1422: the members of a union were judged together.
#[test]
fn lesson_4_each_member_of_a_union_is_judged_alone() {
    let surface = plain(
        "type A { x: Int } type B { x: Int } type C { x: Int } union Hit = A | B | C type Query { find: [Hit!]! }",
    );
    let a = &["Query.find", "A.x"];
    assert_eq!(lacks(&surface, a, "{ find { __typename ... on A { x } } }"), "");
    assert_eq!(lacks(&surface, a, "{ find { ... on A { x } ... on B { x } } }"), "B.x");
    assert_eq!(lacks(&surface, a, "{ find { ... on B { x } ... on C { x } } }"), "B.x C.x");
    assert_eq!(lacks(&surface, &["Query.find"], "{ find { __typename } }"), "Hit");
}

/// apollographql/router#8826, graphql-hive/router#351: private fields were read through an interface or `node`.
#[test]
fn lesson_5_an_interface_is_no_way_around_a_type() {
    let surface = plain(
        "interface Node { id: ID! code: String } type Open implements Node { id: ID! code: String }
         type Secret implements Node { id: ID! code: String }
         type Query { node(id: ID!): Node nodes: [Node!]! open: Open }",
    );
    let open = &["Query.*", "Open.*"];
    assert_eq!(lacks(&surface, open, "{ node(id: 1) { code } }"), "Secret.code");
    assert_eq!(lacks(&surface, open, "{ node(id: 1) { ... on Secret { code } } }"), "Secret.code");
    assert_eq!(lacks(&surface, open, "{ open { ... on Node { code } } }"), "Secret.code");
    assert_eq!(lacks(&surface, open, "{ nodes { ...F } } fragment F on Node { ... on Node { id } }"), "Secret.id");
    assert_eq!(lacks(&surface, open, "{ node(id: 1) { ... on Open { id code } } }"), "");
}

/// hasura/graphql-engine#8898: arguments below the root were not judged.
#[test]
fn lesson_6_arguments_are_judged_at_every_depth() {
    let surface = plain(
        "input In { x: Int } type Query { items(first: Int): [Item!]! }
         type Item { id: ID! items(first: Int, where: In): [Item!]! }",
    );
    let grants = &["Query.items", "Item.id", "Item.items(first:)"];
    assert_eq!(lacks(&surface, grants, "{ items(first: 1) { items(first: 1) { items { id } } } }"), "");
    assert_eq!(lacks(&surface, grants, "{ items { items { items(where: { x: 1 }) { id } } } }"), "Item.items(where:)");
    let taken = &["Query.items", "Item.*", "!Item.items(first:)"];
    assert_eq!(lacks(&surface, taken, "{ items(first: 1) { items(where: { x: 1 }) { id } } }"), "");
    assert_eq!(lacks(&surface, taken, "{ items { items { items(first: 1) { id } } } }"), "Item.items(first:)");
}

/// TykTechnologies/tyk#8538, further: in lists and in inputs within inputs.
#[test]
fn lesson_8_a_restricted_input_field_is_found_however_deep() {
    let surface = plain("input In { x: Int secret: Int all: [[In!]] } type Query { a(in: In, list: [In!]): Int }");
    let grants = &["Query.a", "!In.secret"];
    for (operation, expected) in [
        ("{ a(list: [{ x: 1 }, { x: 2 }]) }", ""),
        ("{ a(list: [{ x: 1 }, { secret: 2 }]) }", "In.secret"),
        ("{ a(list: { secret: 2 }) }", "In.secret"),
        ("{ a(in: { all: [[{ x: 1 }, { all: [[{ secret: 1 }]] }]] }) }", "In.secret"),
        ("query ($l: [In!] = [{ x: 1 }, { secret: 2 }]) { a(list: $l) }", "In.secret"),
    ] {
        assert_eq!(lacks(&surface, grants, operation), expected, "{operation}");
    }
}

/// apollographql/router#6853: a misspelt key of the policy was passed over.
#[test]
fn lesson_11_an_unknown_key_stops_the_start() {
    for file in [
        "[errors]\nhidden_field = \"hide\"",
        "[error]\nhidden_fields = \"hide\"",
        "[errors]\nhidden_fields = \"hidden\"",
    ] {
        let given = Given { file: Some(("doorward.toml".into(), file.into())), ..Given::default() };
        assert!(Config::read(&given).is_err(), "{file}");
    }
    let given =
        Given { environment: vec![("DOORWARD_ERRORS__HIDDEN_FIELDS".into(), "hidden".into())], ..Given::default() };
    assert!(Config::read(&given).is_err());
}
