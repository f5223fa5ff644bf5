//! One's own details in the console.

use axum::http::StatusCode;
use serde_json::json;

use super::{Browser, form};
use crate::app::{PASSWORD, TestApp, new};

const NEW_PASSWORD: &str = "lagoon-mitten-cello-44";

async fn me(app: &TestApp) -> serde_json::Value {
    let mia = app.person("mia").await;
    mia.gql("{ me { name public_name email_address } }").await.data()["me"].clone()
}

on_both! {
    async fn names_are_changed_and_what_is_no_name_is_told_of_at_its_field(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let done = browser.fills("/me/names", &[("name", " Mia Lind "), ("public_name", "Mia")]).await;
        assert_eq!(done.header("location"), Some("/me?done=saved"), "{done}");
        assert_eq!(me(&app).await, json!({"name": "Mia Lind", "public_name": "Mia", "email_address": "mia@example.com"}));
        let page = browser.fills("/me/names", &[("name", "Mia <b>"), ("public_name", "")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        let text = page.text();
        assert!(text.contains("id=\"public_name-error\"") && !text.contains("id=\"name-error\""), "{page}");
        assert!(text.contains("value=\"Mia &#60;b&#62;\""), "what was typed is kept: {page}");
        let call = browser.fills("/me/names", &[("name", "X"), ("public_name", "Y"), ("show", "call")]).await.json();
        assert!(call["variables"].as_str().unwrap().contains("\"public_name\": \"Y\""), "{call}");
        assert_eq!(me(&app).await["name"], "Mia Lind", "a call that is shown is not run");
    }

    async fn another_email_address_asks_for_the_password_where_the_session_was_not_proved_lately(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let lately = browser.fills("/me/email", &[("email_address", "m@example.com")]).await;
        assert_eq!(lately.header("location"), Some("/me?done=saved"), "{lately}");
        app.later(601);
        assert!(browser.get("/me/email").await.text().contains("id=\"current_password\""));
        let asked = browser.fills("/me/email", &[("email_address", "mia@example.org")]).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{asked}");
        assert!(asked.text().contains("id=\"current_password-error\"") && asked.text().contains("value=\"mia@example.org\""));
        let wrong = browser.send(&form(&asked), &[("email_address", "mia@example.org"), ("current_password", "wrong")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("not your current password"), "{wrong}");
        assert_eq!(me(&app).await["email_address"], "m@example.com");
        let right = browser.send(&form(&wrong), &[("email_address", "mia@example.org"), ("current_password", PASSWORD)]).await;
        assert_eq!(right.header("location"), Some("/me?done=saved"), "{right}");
        assert_eq!(me(&app).await["email_address"], "mia@example.org");
        let none = browser.fills("/me/email", &[("email_address", "")]).await;
        assert_eq!(none.header("location"), Some("/me?done=saved"), "proved a moment ago: {none}");
        assert_eq!(me(&app).await["email_address"], json!(null));
        let no_address = browser.fills("/me/email", &[("email_address", "nowhere")]).await;
        assert!(no_address.text().contains("id=\"email_address-error\""), "{no_address}");
    }

    async fn another_password_ends_every_other_session(app: TestApp) {
        app.add(new("mia")).await;
        let (mut here, mut elsewhere) = (Browser::of(&app, "mia").await, Browser::of(&app, "mia").await);
        let wrong = here.fills("/me/password", &[("current_password", "wrong"), ("new_password", NEW_PASSWORD)]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("id=\"current_password-error\""), "{wrong}");
        let weak = here.fills("/me/password", &[("current_password", PASSWORD), ("new_password", "passwordpassword")]).await;
        assert!(weak.status == StatusCode::UNPROCESSABLE_ENTITY && weak.text().contains("id=\"new_password-error\""), "{weak}");
        assert!(!weak.text().contains(PASSWORD) && !weak.text().contains("value=\"passwordpassword\""), "{weak}");
        let shown = here.fills("/me/password", &[("current_password", PASSWORD), ("new_password", NEW_PASSWORD), ("show", "call")]).await;
        assert!(shown.text().contains("YOUR PASSWORD") && !shown.text().contains(NEW_PASSWORD), "{shown}");
        let done = here.fills("/me/password", &[("current_password", PASSWORD), ("new_password", NEW_PASSWORD)]).await;
        assert_eq!(done.header("location"), Some("/me?done=password"), "{done}");
        assert_eq!(here.get("/me").await.status, StatusCode::OK);
        assert_eq!(elsewhere.get("/me").await.status, StatusCode::SEE_OTHER);
        assert_eq!(Browser::new(&app).signs_in("mia", NEW_PASSWORD).await.header("location"), Some("/tokens"));
    }

    async fn signing_out_everywhere_ends_all_sessions_and_forgets_the_cookie(app: TestApp) {
        app.add(new("mia")).await;
        let (mut here, mut elsewhere) = (Browser::of(&app, "mia").await, Browser::of(&app, "mia").await);
        let page = here.get("/me").await.text();
        assert_eq!(page.matches("This session").count(), 1, "{page}");
        assert!(here.get("/me/sessions/end").await.text().contains("<b>2 sessions</b>"));
        let cookie = here.cookie.clone();
        let done = here.fills("/me/sessions/end", &[]).await;
        assert_eq!((done.header("location"), &here.cookie), (Some("/sign-in?done=everywhere"), &None), "{done}");
        here.cookie = cookie;
        for browser in [&mut here, &mut elsewhere] {
            assert_eq!(browser.get("/me").await.header("location"), Some("/sign-in?next=%2Fme"));
        }
    }
}
