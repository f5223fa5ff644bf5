//! The second step of setting up: the API behind.

use super::Browser;
use crate::app::{TestApp, new};
use crate::databases::Database;
use crate::gateway::{Behind, SHOP, before};
use doorward::users::NewUser;

on_both! {
    async fn without_an_api_it_is_told_how_to_name_one(app: TestApp) {
        app.add(NewUser { super_admin: true, ..new("ada") }).await;
        app.add(new("mia")).await;
        let page = Browser::of(&app, "ada").await.get("/setup/api").await.text();
        assert!(page.contains("None is named yet") && page.contains("href=\"/tokens/new?first=1\""), "{page}");
        let mias = Browser::of(&app, "mia").await.get("/setup/api").await;
        assert_eq!(mias.header("location"), Some("/tokens"), "it is for those who look after the server: {mias}");
    }

    async fn the_api_behind_is_shown_with_what_it_offers(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        app.add(NewUser { super_admin: true, ..new("ada") }).await;
        let page = Browser::of(&app, "ada").await.get("/setup/api").await.text();
        assert!(page.contains(&behind.url()), "{page}");
        // The fields are those of Product, User, Filter and NewProduct.
        assert!(page.contains("4 queries, 3 mutations, 1 subscription, 12 fields"), "{page}");
    }
}
