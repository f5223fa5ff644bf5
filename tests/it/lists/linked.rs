//! Users are searched by the roles that they were given.

use doorward::users::NewUser;
use serde_json::{Value, json};

use crate::app::{Client, TestApp, new};

const FOUND: &str =
    "query ($search: [Search!]) { users(search: $search) { entities { username } page_info { total_count } } }";

async fn found(who: &Client<'_>, comparison: Value) -> String {
    let data = who.gql_with(FOUND, json!({"search": [{"integer_fields": [comparison]}]})).await.data();
    let names =
        data["users"]["entities"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned());
    let names: Vec<String> = names.collect();
    assert_eq!(data["users"]["page_info"]["total_count"], names.len());
    names.join(" ")
}

on_both! {
    async fn users_are_found_by_their_roles(app: TestApp) {
        let ada = app.admin().await;
        app.role("first", &["Query.users"]).await;
        app.role("second", &["Query.users"]).await;
        for (name, roles) in [("mia", vec!["first"]), ("nils", vec!["first", "second"]), ("olga", vec![])] {
            let roles = roles.into_iter().map(String::from).collect();
            app.add(NewUser { roles, ..new(name) }).await;
        }
        let id = app.database(|tx| Ok(doorward::roles::by_name(tx, "first")?.id.0)).await;
        assert_eq!(found(&ada, json!({"attribute": "roles", "search_value": id})).await, "mia nils");
        assert_eq!(found(&ada, json!({"attribute": "roles", "search_value": id + 1})).await, "nils");
        assert_eq!(found(&ada, json!({"attribute": "roles", "search_value": id, "operator": "NEQ"})).await, "ada olga");
        assert_eq!(found(&ada, json!({"attribute": "roles", "search_value": -1})).await, "");
        let more = json!({"search": [{"integer_fields": [{"attribute": "roles", "search_value": id, "operator": "GT"}]}]});
        assert_eq!(ada.gql_with(FOUND, more).await.code(), "BAD_USER_INPUT");
    }

    async fn who_may_not_read_roles_searches_by_none(app: TestApp) {
        app.admin().await;
        app.role("names", &["Query.users", "UserConnection.*", "PageInfo.*", "User.username"]).await;
        app.add(NewUser { roles: vec!["names".into()], ..new("mia") }).await;
        let mia = app.person("mia").await;
        let search = json!({"search": [{"integer_fields": [{"attribute": "roles", "search_value": 3}]}]});
        let answer = mia.gql_with(FOUND, search).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        assert!(answer.to_string().contains("User.roles"), "{answer}");
    }
}
