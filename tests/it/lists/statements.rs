//! What belongs to the entities of a list is read together: a longer page takes no more statements.

use doorward::users::NewUser;
use serde_json::json;

use crate::app::{Client, TestApp, new};

/// How many statements an operation takes, with everything about its caller known.
async fn statements(app: &TestApp, client: &Client<'_>, query: &str) -> u64 {
    client.gql(query).await.data();
    let before = app.cx().storage.statements();
    client.gql(query).await.data();
    app.cx().storage.statements() - before
}

const USERS: &str = "{ users(paginator: { records_per_page: 100 }) { entities { username roles { name applied_permissions effective_permissions user_count } } page_info { total_count } } }";
const TOKENS: &str = "{ all_personal_access_tokens(paginator: { records_per_page: 100 }) { entities { name permissions documents effective_permissions user { username roles { name } } parent { name parent { name } } children { name children { name } } } page_info { total_count } } }";
const ROLES: &str =
    "{ roles(paginator: { records_per_page: 100 }) { entities { name applied_permissions user_count } } }";

/// A token that made a token that made a token, each held to something.
async fn line(client: &Client<'_>, number: usize) {
    let make = json!({"name": format!("t-{number}"), "role": "ROLE_READ_WRITE", "permissions": ["Query.*", "Mutation.*", "*.*"]});
    let second = client.with(make.clone()).await.with(make).await;
    second.issue(json!({"name": "last", "documents": ["{ me { id } }"]})).await;
}

on_both! {
    async fn a_longer_page_takes_no_more_statements(app: TestApp) {
        let ada = app.admin().await;
        app.role("first", &["Query.users"]).await;
        app.add(NewUser { roles: vec!["first".into()], ..new("user-0") }).await;
        let mias = app.person("user-0").await;
        line(&mias, 0).await;
        let queries = [("users", USERS), ("roles", ROLES), ("tokens", TOKENS)];
        let mut few = Vec::new();
        for (_, query) in queries {
            few.push(statements(&app, &ada, query).await);
        }
        for number in 1..30 {
            app.role(&format!("role-{number}"), &["Query.users", "User.*"]).await;
            let roles = vec!["first".into(), format!("role-{number}")];
            app.add(NewUser { roles, password: None, ..new(&format!("user-{number}")) }).await;
        }
        for number in 1..8 {
            line(&mias, number).await;
        }
        line(&ada, 8).await;
        for ((name, query), few) in queries.into_iter().zip(few) {
            let many = statements(&app, &ada, query).await;
            assert_eq!(many, few, "{name}");
            assert!((2..=25).contains(&many), "{name}: {many}");
        }
    }
}
