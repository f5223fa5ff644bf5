//! What belongs to the entities of a list is read together: a longer page takes no more statements.

use doorward::users::NewUser;

use crate::app::{Client, TestApp, new};

/// How many statements an operation takes, with everything about its caller known.
async fn statements(app: &TestApp, client: &Client<'_>, query: &str) -> u64 {
    client.gql(query).await.data();
    let before = app.cx().storage.statements();
    client.gql(query).await.data();
    app.cx().storage.statements() - before
}

const USERS: &str = "{ users(paginator: { records_per_page: 100 }) { entities { username roles { name applied_permissions effective_permissions user_count } } page_info { total_count } } }";
const ROLES: &str =
    "{ roles(paginator: { records_per_page: 100 }) { entities { name applied_permissions user_count } } }";

on_both! {
    async fn a_longer_page_takes_no_more_statements(app: TestApp) {
        let ada = app.admin().await;
        app.role("first", &["Query.users"]).await;
        app.add(NewUser { roles: vec!["first".into()], password: None, ..new("user-0") }).await;
        let queries = [("users", USERS), ("roles", ROLES)];
        let mut few = Vec::new();
        for (_, query) in queries {
            few.push(statements(&app, &ada, query).await);
        }
        for number in 1..30 {
            app.role(&format!("role-{number}"), &["Query.users", "User.*"]).await;
            let roles = vec!["first".into(), format!("role-{number}")];
            app.add(NewUser { roles, password: None, ..new(&format!("user-{number}")) }).await;
        }
        for ((name, query), few) in queries.into_iter().zip(few) {
            let many = statements(&app, &ada, query).await;
            assert_eq!(many, few, "{name}");
            assert!((2..=7).contains(&many), "{name}: {many}");
        }
    }
}
