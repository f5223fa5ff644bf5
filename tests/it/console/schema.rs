//! The schema in the console: as its visitor may use it, and what of it waits.

use axum::http::StatusCode;
use doorward::users::NewUser;
use serde_json::Value;

use super::{Browser, form};
use crate::accepting::newer;
use crate::app::{TestApp, new};
use crate::databases::Database;
use crate::gateway::{Behind, SHOP, before};

/// The names of the fields of a type in the tree.
fn fields(tree: &Value, ty: &str) -> Vec<String> {
    let fields = tree["types"][ty]["fields"].as_array().cloned().unwrap_or_default();
    fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn everyone_browses_what_they_may_use_and_nothing_else(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        app.role("clerk", &["api:Query.product", "api:Query.product(id:)", "api:Product.name", "api:Product.maker", "api:User.id"]).await;
        app.add(NewUser { roles: vec!["clerk".into()], ..new("mia") }).await;
        app.add(NewUser { super_admin: true, ..new("ada") }).await;
        let (mut mia, mut ada) = (Browser::of(&app, "mia").await, Browser::of(&app, "ada").await);

        let product = mia.get("/schema?type=Product").await.text();
        assert!(product.contains("id=\"f-name\"") && !product.contains("secret"), "{product}");
        assert!(ada.get("/schema?type=Product").await.text().contains("id=\"f-secret\""));
        let found = ada.get("/schema?q=secret").await.text();
        assert!(found.contains("href=\"/schema?type=Product&#38;q=secret#f-secret\""), "{found}");
        assert!(!mia.get("/schema?q=secret").await.text().contains("Product.secret"));
        assert_eq!(mia.get("/schema?type=NewProduct").await.status, StatusCode::NOT_FOUND);

        let tree = mia.get("/schema/tree").await;
        assert_eq!(tree.header("cache-control"), Some("private, max-age=60"));
        let tree = tree.json();
        assert_eq!(fields(&tree, "Product"), ["name", "maker"]);
        assert_eq!(tree["query"], "Query");
        let text = mia.get("/schema/download").await;
        assert_eq!(text.header("content-disposition"), Some("attachment; filename=\"schema.graphql\""));
        let by_token = app.person("mia").await.get("/schema.graphql").await.text();
        assert_eq!(text.text(), by_token);
    }

    async fn what_is_new_waits_for_a_super_administrator_who_sees_whom_it_concerns(app: TestApp) {
        app.role("readers", &["Query.users", "UserConnection.*", "User.*"]).await;
        app.add(NewUser { roles: vec!["readers".into()], ..new("mia") }).await;
        app.add(NewUser { super_admin: true, ..new("ada") }).await;
        let emails = "{ users { entities { email_address } } }";
        newer(&app, &["User.email_address", "AuditEvent.ip"]).await;
        let (mut mia, mut ada) = (Browser::of(&app, "mia").await, Browser::of(&app, "ada").await);
        assert_eq!(app.person("mia").await.gql(emails).await.missing(), ["User.email_address"]);
        assert!(!mia.get("/schema").await.text().contains("/schema/accept"));
        assert_eq!(mia.get("/schema/accept").await.status, StatusCode::FORBIDDEN);

        assert!(ada.get("/schema").await.text().contains("2 new coordinates wait"));
        let page = ada.get("/schema/accept").await;
        assert!(page.text().contains("role <b>readers</b> by <code>User.*</code>"), "{page}");
        let none = ada.send(&form(&page), &[("which", "chosen")]).await;
        assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text().contains("Choose what to accept"), "{none}");
        let chosen = [("which", "chosen"), ("coordinate", "User.email_address")];
        let call = ada.send(&form(&page), &[chosen[1], ("show", "call")]).await.json();
        assert!(call["variables"].as_str().unwrap().contains("User.email_address"), "{call}");
        let done = ada.send(&form(&page), &chosen).await;
        assert_eq!(done.header("location"), Some("/schema?done=accepted"), "{done}");
        app.person("mia").await.gql(emails).await.data();
        assert!(ada.get("/schema").await.text().contains("1 new coordinate waits"));
        ada.fills("/schema/accept", &[("which", "all")]).await;
        assert!(ada.get("/schema/accept").await.text().contains("Nothing waits"));
    }
}
