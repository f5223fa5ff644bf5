//! `errors.hidden_fields = "hide"`: what a caller may not see answers, byte for byte, like what does not exist.

use doorward::config::HiddenFields;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::accepting::newer;
use crate::app::{Answer, Client, TestApp, new};
use crate::databases::Database;
use doorward::users::NewUser;

async fn hiding(database: Database) -> TestApp {
    TestApp::with(database, |config| config.errors.hidden_fields = HiddenFields::Hide).await
}

/// Everything of an answer but its number, with `name` written as `NAME`.
fn told(answer: &Answer, name: &str) -> String {
    let mut told = format!("{}\n", answer.status);
    for (header, value) in answer.headers.iter().filter(|(header, _)| *header != "x-request-id") {
        told += &format!("{header}: {}\n", value.to_str().unwrap());
    }
    (told + &answer.text()).replace(name, "NAME")
}

/// One probe: a body with `NAME` in it, a name that is hidden, and one as long that does not exist.
struct Probe {
    body: Value,
    hidden: &'static str,
    absent: &'static str,
}

fn probe(query: &str, hidden: &'static str, absent: &'static str) -> Probe {
    with(json!({ "query": query }), hidden, absent)
}

fn with(body: Value, hidden: &'static str, absent: &'static str) -> Probe {
    assert_eq!(hidden.len(), absent.len(), "{hidden}");
    Probe { body, hidden, absent }
}

/// Asks for both, and answers what came; that is no data of the probe's own.
async fn same(client: &Client<'_>, probe: &Probe) -> String {
    let ask = |name: &'static str| client.posts(probe.body.to_string().replace("NAME", name));
    let (hidden, absent) = (ask(probe.hidden).await, ask(probe.absent).await);
    assert_eq!(told(&hidden, probe.hidden), told(&absent, probe.absent), "{}", probe.body);
    // And again, from the caches.
    assert_eq!(told(&ask(probe.hidden).await, probe.hidden), told(&absent, probe.absent), "{}", probe.body);
    assert!(!hidden.text().to_lowercase().contains("did you mean"), "{}", hidden.text());
    told(&hidden, probe.hidden)
}

/// Rosa sees a part of the users.
async fn rosa(app: &TestApp) -> Client<'_> {
    app.role("part", &["Query.users(id:)", "UserConnection.entities", "User.id"]).await;
    app.add(NewUser { roles: vec!["part".into()], ..new("rosa") }).await;
    app.person("rosa").await
}

fn probes() -> Vec<Probe> {
    vec![
        // Fields: at the root, of a type that is seen, of one that is not, behind aliases and fragments.
        probe("{ NAME { entities { id } } }", "roles", "rolez"),
        probe("{ NAME }", "all_personal_access_tokens", "all_personal_access_tokenz"),
        probe("{ me { username } x: NAME { entities { id } } }", "roles", "rolez"),
        probe("{ users { entities { NAME } } }", "email_address", "email_addresz"),
        probe("{ users { entities { NAME { id } } } }", "email_address", "email_addresz"),
        probe("{ users { entities { ...F } } } fragment F on User { x: NAME }", "super_admin", "super_admim"),
        probe("{ users { NAME { page } } }", "page_info", "page_infp"),
        probe("mutation { NAME }", "acceptSchemaCoordinates", "acceptSchemaCoordinatez"),
        probe("mutation { NAME(refreshToken: \"x\") { accessToken } signOut }", "signInRefresh", "signInRefresz"),
        // Arguments.
        probe("{ users(NAME: { page: 1 }) { entities { id } } }", "paginator", "paginatoz"),
        probe("{ users(NAME: 1) { entities { id } } }", "paginator", "paginatoz"),
        // Types.
        probe("{ __typename ...F } fragment F on NAME { entities { id } }", "RoleConnection", "RoleConnectiom"),
        probe("{ __typename ... on NAME { __typename } }", "RoleConnection", "RoleConnectiom"),
        probe("{ me { ... on NAME { id } } }", "RoleConnection", "RoleConnectiom"),
        probe("query ($v: NAME) { __typename }", "SignInCredentials", "SignInCredentialz"),
        probe("query ($v: [NAME!]!) { users(id: $v) { entities { id } } }", "SignInCredentials", "SignInCredentialz"),
        probe("{ __type(name: \"NAME\") { kind name fields { name } } }", "RoleConnection", "RoleConnectiom"),
        with(
            json!({"query": "query ($n: String!) { __type(name: $n) { name } }", "variables": {"n": "NAME"}}),
            "SignInPayload",
            "SignInPayloae",
        ),
        // What is not asked for.
        with(
            json!({"query": "query A { me { username } } query B { NAME { entities { id } } }", "operationName": "A"}),
            "roles",
            "rolez",
        ),
        probe("{ me { username } } fragment Unused on NAME { id }", "RoleConnection", "RoleConnectiom"),
        // Several things wrong at once.
        probe("{ nothing NAME users { entities { NAME } } }", "email_address", "email_addresz"),
    ]
}

fn grants() -> Vec<Probe> {
    let grant = |grant: &'static str, hidden, absent| {
        let query = "mutation ($p: [Permission!]) {
            issuePersonalAccessToken(input: { name: \"x\", permissions: $p }) { token } }";
        with(json!({"query": query, "variables": {"p": [grant]}}), hidden, absent)
    };
    let document = |document: &'static str, hidden, absent| {
        let query = "mutation ($d: [String!]) {
            issuePersonalAccessToken(input: { name: \"x\", documents: $d }) { token } }";
        with(json!({"query": query, "variables": {"d": [document]}}), hidden, absent)
    };
    vec![
        document("{ NAME { entities { id } } }", "roles", "rolez"),
        document("{ users(id: 1) { entities { NAME } } }", "email_address", "email_addresz"),
        document("{ users(NAME: \"x\") { entities { id } } }", "general_search", "general_searcz"),
        document("{ me { ... on NAME { id } } }", "RoleConnection", "RoleConnectiom"),
        grant("Query.NAME", "roles", "rolez"),
        grant("!own:Query.NAME", "roles", "rolez"),
        grant("User.NAME", "email_address", "email_addresz"),
        grant("Query.users(NAME:)", "paginator", "paginatoz"),
        grant("NAME.*", "RoleConnection", "RoleConnectiom"),
        grant("NAME.userName", "SignInCredentials", "SignInCredentialz"),
        grant("Mutation.NAME", "acceptSchemaCoordinates", "acceptSchemaCoordinatez"),
    ]
}

on_both! {
    async fn what_is_hidden_answers_like_what_is_not_there(database: Database) {
        let app = hiding(database).await;
        let rosa = rosa(&app).await;
        for probe in probes().iter().chain(&grants()) {
            let told = same(&rosa, probe).await;
            assert!(!told.contains("FORBIDDEN") && !told.contains("missing"), "{told}");
            assert!(!told.contains("\"entities\""), "{told}");
        }
        // By a token, and by one that may only read: to that no mutation is there.
        let reader = rosa.reader().await;
        for probe in &probes() {
            same(&reader, probe).await;
        }
        for mutation in ["signOut", "createPersonalAccessToken", "nothing"] {
            let answer = reader.gql(&format!("mutation {{ {mutation} }}")).await;
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{answer}");
        }
        assert_snapshot!(rosa.gql("{ roles { entities { id } } }").await, @"GRAPHQL_VALIDATION_FAILED: type `Query` does not have a field `roles`");
        assert_snapshot!(rosa.gql("{ users(paginator: {page: 1}) { entities { id email_address } } }").await, @"
        GRAPHQL_VALIDATION_FAILED: the argument `paginator` is not supported by `Query.users`
        GRAPHQL_VALIDATION_FAILED: type `User` does not have a field `email_address`
        ");
        assert_snapshot!(rosa.gql("{ ...F } fragment F on RoleConnection { entities { id } }").await, @"
        GRAPHQL_VALIDATION_FAILED: cannot find fragment `F` in this document
        GRAPHQL_VALIDATION_FAILED: type condition `RoleConnection` of fragment `F` is not a type defined in the schema
        ");
    }

    async fn input_fields_that_are_hidden_are_not_there_wherever_they_stand(database: Database) {
        let app = hiding(database).await;
        let permissions = json!(["Query.users", "!Paginator.records_per_page", "UserConnection.*", "PageInfo.*", "User.id"]);
        let token = app.admin().await.with(json!({"name": "t", "permissions": permissions})).await;
        let (hidden, absent) = ("records_per_page", "records_per_pagf");
        let users = "query ($p: Paginator) { users(paginator: $p) { entities { id } } }";
        for body in [
            json!({"query": "{ users(paginator: { NAME: 1 }) { entities { id } } }"}),
            json!({"query": "{ users(paginator: { page: 1, NAME: null }) { entities { id } } }"}),
            json!({"query": "query ($n: Int) { users(paginator: { NAME: $n }) { entities { id } } }"}),
            json!({"query": "query ($p: Paginator = { NAME: 1 }) { users(paginator: $p) { entities { id } } }"}),
            json!({"query": users, "variables": {"p": {"NAME": 1}}}),
            json!({"query": users, "variables": {"p": {"page": 1, "NAME": null}}}),
            json!({"query": users, "variables": {"p": {"NAME": {"x": ["y"]}}}}),
        ] {
            let told = same(&token, &with(body, hidden, absent)).await;
            assert!(told.contains("GRAPHQL_VALIDATION_FAILED"), "{told}");
        }
        // The schema's defaults are the server's: what is hidden has its own all the same.
        let page = "query ($p: Paginator) { users(paginator: $p) { page_info { page records_per_page } } }";
        assert_snapshot!(token.gql_with(page, json!({"p": {"page": 1}})).await, @r#"{"users":{"page_info":{"page":1,"records_per_page":25}}}"#);
        // Enums are not listed when a value is wrong, and are not there where nothing leads to them.
        let value = "query ($r: NAME) { users { entities { id } } }";
        same(&token, &probe(value, "TokenRole", "TokenRolf")).await;
        let wrong = "mutation { createPersonalAccessToken(name: \"x\", role: ROLE_READ) }";
        assert_snapshot!(app.member().await.gql(wrong).await, @"GRAPHQL_VALIDATION_FAILED: value `ROLE_READ` does not exist on `TokenRole`");
    }

    async fn who_holds_nothing_sees_a_field_that_cannot_be_asked_for(database: Database) {
        let app = hiding(database).await;
        let nothing = app.member().await.with(json!({"name": "t", "permissions": []})).await;
        assert!(nothing.get("/schema.graphql").await.text().contains("_nothing_granted"));
        same(&nothing, &probe("{ NAME }", "_nothing_granted", "_nothing_grantee")).await;
        same(&nothing, &probe("{ NAME }", "_nothing_granted", "personal_access_")).await;
        same(&nothing, &probe("{ NAME { id } }", "users", "userz")).await;
        assert_snapshot!(nothing.gql("{ __typename }").await, @r#"{"__typename":"Query"}"#);
        assert_snapshot!(nothing.gql("{ me { username } }").await, @"GRAPHQL_VALIDATION_FAILED: type `Query` does not have a field `me`");
    }

    async fn what_is_seen_works_as_ever(database: Database) {
        let app = hiding(database).await;
        let rosa = rosa(&app).await;
        assert_snapshot!(rosa.gql("query Q($id: Int64Bit = 1) { me { username } users(id: $id) { entities { id } } }").await, @r#"{"me":{"username":"rosa"},"users":{"entities":[{"id":"1"}]}}"#);
        // One text for two callers, and each has its own answer.
        let both = "{ users { entities { username } } }";
        app.admin().await.gql(both).await.data();
        let full = app.admin().await.gql("{ users { entities { email_address } } }").await;
        assert!(full.data().to_string().contains("rosa@example.com"));
        assert_eq!(rosa.gql("{ users { entities { email_address } } }").await.code(), "GRAPHQL_VALIDATION_FAILED");
        // Sign-in is a stranger's, whatever comes with it.
        let sign_in = "mutation { signIn(credentials: { userName: \"rosa\", password: \"otter-lantern-fjord-9\" }) { tokenType } }";
        assert_snapshot!(rosa.gql(sign_in).await, @r#"{"signIn":{"tokenType":"Bearer"}}"#);
        // Strangers learn as little as ever.
        assert_eq!(app.anonymous().gql(both).await.reason(), "TOKEN_MISSING");
        assert_snapshot!(rosa.gql("{ users { entities { id }").await, @"
        GRAPHQL_PARSE_FAILED: syntax error: expected R_CURLY, got EOF
        GRAPHQL_PARSE_FAILED: syntax error: expected R_CURLY, got EOF
        ");
    }

    async fn a_refusal_that_is_left_names_nothing(database: Database) {
        let app = hiding(database).await;
        newer(&app, &["User.email_address"]).await;
        let accept = "mutation { acceptSchemaCoordinates }";
        assert_eq!(rosa(&app).await.gql(accept).await.code(), "GRAPHQL_VALIDATION_FAILED");
        let narrow = json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": ["Mutation.acceptSchemaCoordinates"]});
        let refused = app.admin().await.with(narrow).await.gql(accept).await;
        assert_snapshot!(refused, @"FORBIDDEN: not granted: this takes more than the credential holds");
        assert!(refused.missing().is_empty());
    }

    async fn what_a_list_cannot_be_searched_by_is_not_there(database: Database) {
        let app = hiding(database).await;
        app.role("part", &["Query.users", "UserConnection.entities", "User.id"]).await;
        app.add(NewUser { roles: vec!["part".into()], ..new("rosa") }).await;
        let rosa = app.person("rosa").await;
        let (hidden, absent) = ("email_address", "email_adresse");
        let probes = [
            probe("{ users(sorter: [{ attribute: \"NAME\" }]) { entities { id } } }", hidden, absent),
            probe("{ users(search: [{ string_fields: [{ attribute: \"NAME\", search_value: \"a\" }] }]) { entities { id } } }", hidden, absent),
            with(json!({"query": "query ($s: [Sorter!]) { users(sorter: $s) { entities { id } } }", "variables": {"s": [{"attribute": "NAME"}]}}), hidden, absent),
        ];
        for probe in &probes {
            assert!(same(&rosa, probe).await.contains("BAD_USER_INPUT"), "{}", probe.body);
        }
    }

    async fn a_token_is_held_to_no_document_that_its_maker_cannot_see(database: Database) {
        let app = hiding(database).await;
        let rosa = rosa(&app).await;
        let issue = "mutation ($input: IssuePersonalAccessTokenMutationInput) { issuePersonalAccessToken(input: $input) { token } }";
        let held_to = |document: &str| json!({"query": issue, "variables": {"input": {"name": "n", "documents": [document]}}});
        let probes = [
            with(held_to("{ users { entities { NAME } } }"), "email_address", "email_adresse"),
            with(held_to("{ NAME { entities { id } } }"), "roles", "rules"),
            with(held_to("{ users(id: 1) { entities { id ... on NAME { id } } } }"), "AuditEvent", "AuditEvant"),
        ];
        for probe in &probes {
            assert!(same(&rosa, probe).await.contains("does not fit the schema"), "{}", probe.body);
        }
        assert_eq!(rosa.posts(held_to("{ users(id: 1) { entities { id } } }").to_string()).await.code(), "");
    }
}
