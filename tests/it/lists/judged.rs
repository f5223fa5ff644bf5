//! Nobody learns by searching or sorting what they may not read.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::app::{TestApp, new};
use doorward::users::NewUser;

/// Someone who lists users by name alone.
const READER: &[&str] = &["Query.users", "UserConnection.*", "PageInfo.*", "User.username"];

async fn with_reader(app: &TestApp) {
    app.role("names", READER).await;
    app.add(NewUser { roles: vec!["names".into()], ..new("rosa") }).await;
    app.member().await;
    app.admin().await;
}

on_both! {
    async fn an_attribute_that_one_may_not_read_is_refused_wherever_it_is_named(app: TestApp) {
        with_reader(&app).await;
        let rosa = app.person("rosa").await;
        let by_email = json!({"attribute": "email_address", "search_value": "ada@example.com"});
        let texts = [
            ("query { users(search: [{ string_fields: [{ attribute: \"email_address\", search_value: \"a\" }] }]) { entities { username } } }", json!({})),
            ("query { users(search: { string_fields: { attribute: \"email_address\", search_value: \"a\" } }) { entities { username } } }", json!({})),
            ("query { users(sorter: [{ attribute: \"email_address\" }]) { entities { username } } }", json!({})),
            ("query { a: users { entities { username } } b: users(sorter: { attribute: \"username\" }) { entities { username } } ... { c: users(sorter: { attribute: \"email_address\" }) { entities { username } } } }", json!({})),
            ("query ($s: [Search!]) { users(search: $s) { entities { username } } }", json!({"s": [{"string_fields": [by_email]}]})),
            ("query ($s: [Search!]) { users(search: $s) { entities { username } } }", json!({"s": {"string_fields": by_email}})),
            ("query ($s: Search!) { users(search: [$s]) { entities { username } } }", json!({"s": {"string_fields": [by_email]}})),
            ("query ($s: StringSearch!) { users(search: [{ string_fields: [$s] }]) { entities { username } } }", json!({"s": by_email})),
            ("query ($a: String!) { users(search: [{ string_fields: [{ attribute: $a, search_value: \"a\" }] }]) { entities { username } } }", json!({"a": "email_address"})),
            ("query ($a: String! = \"email_address\") { users(sorter: [{ attribute: $a }]) { entities { username } } }", json!({})),
            ("query ($s: [Sorter!] = [{ attribute: \"email_address\" }]) { users(sorter: $s) { entities { username } } }", json!({})),
            ("query ($s: [Sorter!]) { ...F } fragment F on Query { users(sorter: $s) { entities { username } } }", json!({"s": [{"attribute": "email_address"}]})),
            ("query ($yes: Boolean!) { users(sorter: [{ attribute: \"email_address\" }]) @skip(if: $yes) { entities { username } } }", json!({"yes": true})),
        ];
        for (query, variables) in texts {
            let answer = rosa.gql_with(query, variables).await;
            assert_eq!((answer.code().as_str(), answer.missing()), ("FORBIDDEN", vec!["User.email_address".to_owned()]), "{query}\n{answer}");
        }
        // By what they may read, they may.
        let by_name = "query ($a: String! = \"email_address\") { users(sorter: [{ attribute: $a, direction: DESC }]) { entities { username } } }";
        assert_snapshot!(rosa.gql_with(by_name, json!({"a": "username"})).await, @r#"{"users":{"entities":[{"username":"rosa"},{"username":"mia"},{"username":"ada"}]}}"#);
    }

    async fn what_is_missing_is_told_together(app: TestApp) {
        with_reader(&app).await;
        let rosa = app.person("rosa").await;
        let query = "{ users(sorter: [{ attribute: \"last_seen_at\" }, { attribute: \"nonsense\" }], search: [{ boolean_fields: [{ attribute: \"enabled\", search_value: true }] }]) { entities { name email_address } } roles { entities { id } } }";
        assert_snapshot!(rosa.gql(query).await, @"FORBIDDEN: not granted: Query.roles, RoleConnection.entities, User.email_address, User.enabled, User.last_seen_at");
    }

    async fn a_narrowed_token_searches_by_what_it_was_left(app: TestApp) {
        let ada = app.admin().await;
        let token = ada.with(json!({"name": "n", "permissions": ["Query.users", "UserConnection.entities", "User.username", "!StringSearch.partial_matching"]})).await;
        let search = |fields: Value| json!({"s": [{"string_fields": [fields]}]});
        let query = "query ($s: [Search!]) { users(search: $s) { entities { username } } }";
        assert_snapshot!(token.gql_with(query, search(json!({"attribute": "username", "search_value": "ADA"}))).await, @r#"{"users":{"entities":[{"username":"ada"}]}}"#);
        assert_snapshot!(token.gql_with(query, search(json!({"attribute": "username", "search_value": "A", "partial_matching": true}))).await, @"FORBIDDEN: not granted: StringSearch.partial_matching");
        assert_snapshot!(token.gql_with(query, search(json!({"attribute": "enabled", "search_value": "true"}))).await, @"FORBIDDEN: not granted: User.enabled");
    }

    async fn a_general_search_looks_only_where_one_may_read(app: TestApp) {
        with_reader(&app).await;
        let query = "query ($text: String) { users(general_search: $text) { entities { username } } }";
        let rosa = app.person("rosa").await;
        assert_snapshot!(rosa.gql_with(query, json!({"text": "EXAMPLE"})).await, @r#"{"users":{"entities":[]}}"#);
        assert_snapshot!(rosa.gql_with(query, json!({"text": "A"})).await, @r#"{"users":{"entities":[{"username":"rosa"},{"username":"mia"},{"username":"ada"}]}}"#);
        assert_snapshot!(rosa.gql_with(query, json!({"text": ""})).await, @r#"{"users":{"entities":[{"username":"rosa"},{"username":"mia"},{"username":"ada"}]}}"#);
        assert_snapshot!(app.admin().await.gql_with(query, json!({"text": "MIA@example"})).await, @r#"{"users":{"entities":[{"username":"mia"}]}}"#);
        // Who may read no text at all finds nothing by text.
        let blind = app.admin().await.with(json!({"name": "n", "permissions": ["Query.users", "UserConnection.*", "User.id"]})).await;
        assert_snapshot!(blind.gql_with("query ($text: String) { users(general_search: $text) { entities { id } } }", json!({"text": "a"})).await, @r#"{"users":{"entities":[]}}"#);
    }

    async fn attributes_that_are_not_there_are_refused_with_those_that_are(app: TestApp) {
        with_reader(&app).await;
        let (rosa, ada) = (app.person("rosa").await, app.admin().await);
        let sorted = |attribute: &str| format!("{{ users(sorter: [{{ attribute: \"{attribute}\" }}]) {{ entities {{ username }} }} }}");
        assert_snapshot!(rosa.gql(&sorted("nonsense")).await, @"BAD_USER_INPUT attribute: `attribute` in `sorter` must be one of: id, username, name, public_name");
        assert_snapshot!(ada.gql(&sorted("username; drop table users")).await, @"BAD_USER_INPUT attribute: `attribute` in `sorter` must be one of: id, username, name, public_name, email_address, enabled, super_admin, external_id, created_at, updated_at, last_seen_at");
        let wrong_kind = "{ users(search: [{ integer_fields: [{ attribute: \"username\", search_value: 1 }] }]) { entities { username } } }";
        assert_snapshot!(ada.gql(wrong_kind).await, @"BAD_USER_INPUT attribute: `username` cannot be compared in `integer_fields`: search it by `string_fields`");
        let wrong_kind = "{ users(search: [{ string_fields: [{ attribute: \"created_at\", search_value: \"2026\" }] }]) { entities { username } } }";
        assert_snapshot!(ada.gql(wrong_kind).await, @"BAD_USER_INPUT attribute: `created_at` cannot be compared in `string_fields`: search it by `datetime_fields`");
        // Relations are no attributes.
        assert_snapshot!(ada.gql(&sorted("roles")).await, @"BAD_USER_INPUT attribute: `attribute` in `sorter` must be one of: id, username, name, public_name, email_address, enabled, super_admin, external_id, created_at, updated_at, last_seen_at");
    }

    async fn a_search_has_an_end(app: TestApp) {
        let ada = app.admin().await;
        let query = "query ($search: [Search!], $sorter: [Sorter!]) { users(search: $search, sorter: $sorter) { entities { username } } }";
        let one = json!({"attribute": "username", "search_value": "ada"});
        let many = |count: usize| json!({"search": [{"string_fields": vec![one.clone(); count]}]});
        assert_eq!(ada.gql_with(query, many(100)).await.code(), "");
        assert_snapshot!(ada.gql_with(query, many(101)).await, @"BAD_USER_INPUT search: `search` has too many comparisons: at most 100");
        let text = |length: usize| json!({"search": [{"string_fields": [{"attribute": "username", "search_value": "ä".repeat(length)}]}]});
        assert_eq!(ada.gql_with(query, text(2_000)).await.code(), "");
        assert_snapshot!(ada.gql_with(query, text(2_001)).await, @"BAD_USER_INPUT search_value: `search_value` is too long: at most 2000 characters");
        let anywhere = "query ($text: String) { users(general_search: $text) { entities { username } } }";
        assert_snapshot!(ada.gql_with(anywhere, json!({"text": "a".repeat(2_001)})).await, @"BAD_USER_INPUT general_search: `general_search` is too long: at most 2000 characters");
        let empty = |count: usize| json!({"search": vec![json!({}); count]});
        assert_eq!(ada.gql_with(query, empty(100)).await.code(), "");
        assert_eq!(ada.gql_with(query, empty(101)).await.code(), "BAD_USER_INPUT");
        let sorters = |count: usize| json!({"sorter": vec![json!({"attribute": "name"}); count]});
        assert_eq!(ada.gql_with(query, sorters(10)).await.code(), "");
        assert_snapshot!(ada.gql_with(query, sorters(11)).await, @"BAD_USER_INPUT sorter: `sorter` has too many attributes: at most 10");
        for nul in [json!({"search": [{"string_fields": [{"attribute": "name", "search_value": "a\u{0}"}]}]}), json!({"search": [{"string_fields": [{"attribute": "name", "search_value": "\u{0}", "partial_matching": true}]}]})] {
            assert_eq!(ada.gql_with(query, nul).await.code(), "BAD_USER_INPUT");
        }
    }

    async fn one_operation_asks_for_so_much_and_no_more(app: TestApp) {
        let mia = app.member().await;
        for number in 0..40 {
            mia.issue(json!({"name": format!("n{number}"), "permissions": ["Query.*", "*.*"]})).await;
        }
        let aliased = |times: usize, field: &str| {
            let fields: Vec<String> = (0..times).map(|number| format!("a{number}: {field}")).collect();
            format!("{{ {} }}", fields.join(" "))
        };
        let all = "viewPersonalAccessTokens { id effective_permissions user { id } }";
        assert_eq!(mia.gql(&aliased(1, all)).await.code(), "");
        assert_eq!(mia.gql(&aliased(49, all)).await.code(), "LIMIT_EXCEEDED");
        let sorted = "personal_access_tokens(sorter: [{ attribute: \"name\" }, { attribute: \"hint\" }, { attribute: \"id\" }, { attribute: \"created_at\" }, { attribute: \"expires_at\" }, { attribute: \"description\" }]) { entities { id } }";
        assert_eq!(mia.gql(&aliased(10, sorted)).await.code(), "");
        assert_eq!(mia.gql(&aliased(49, sorted)).await.code(), "LIMIT_EXCEEDED");
        assert_eq!(mia.gql(&aliased(49, "personal_access_tokens(paginator: { records_per_page: 100 }) { entities { id name } }")).await.code(), "");
        let issue = "mutation ($input: IssuePersonalAccessTokenMutationInput) { FIELDS }";
        let fields: Vec<String> = (0..49).map(|number| format!("a{number}: issuePersonalAccessToken(input: $input) {{ token }}")).collect();
        let documents = vec!["{ me { id } }"; 100];
        let many = mia.gql_with(&issue.replace("FIELDS", &fields.join(" ")), json!({"input": {"name": "n", "documents": documents}})).await;
        assert_eq!(many.code(), "LIMIT_EXCEEDED");
    }
}
