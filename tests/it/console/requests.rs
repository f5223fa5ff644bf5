//! What comes to the console's pages in another way than its own pages send it.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::{Browser, form};
use crate::app::{Answer, PASSWORD, TestApp, URL, new};
use crate::databases::Database;

const FORM: &str = "application/x-www-form-urlencoded";

async fn get(app: &TestApp, host: &str, path: &str) -> Answer {
    let request = Request::get(path).header("host", host).header("accept", "text/html");
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn post(app: &TestApp, path: &str, content_type: &str, body: String) -> Answer {
    let request = Request::post(path).header("origin", URL).header("content-type", content_type);
    app.send(request.body(body.into()).unwrap()).await
}

on_both! {
    async fn another_name_of_the_machine_itself_leads_to_the_configured_one(app: TestApp) {
        for (path, to) in [
            ("/", "http://127.0.0.1:8080/"),
            ("/sign-in?next=%2Fme", "http://127.0.0.1:8080/sign-in?next=%2Fme"),
            ("/graphiql", "http://127.0.0.1:8080/graphiql"),
            ("/graphql?query=%7Bme%7D", "http://127.0.0.1:8080/graphql?query=%7Bme%7D"),
        ] {
            let led = get(&app, "localhost:8080", path).await;
            assert_eq!((led.status, led.header("location")), (StatusCode::TEMPORARY_REDIRECT, Some(to)), "{path}");
        }
        for host in ["127.0.0.1:8080", "localhost:9090", "door.example:8080"] {
            assert_eq!(get(&app, host, "/sign-in").await.status, StatusCode::OK, "{host}");
        }
    }

    async fn a_slash_behind_a_pages_path_leads_to_the_page(app: TestApp) {
        for (path, to) in [("/users/", "/users"), ("/sign-in/?next=%2Fme", "/sign-in?next=%2Fme"), ("/roles/3/", "/roles/3")] {
            let led = get(&app, "127.0.0.1:8080", path).await;
            assert_eq!((led.status, led.header("location")), (StatusCode::PERMANENT_REDIRECT, Some(to)), "{path}");
        }
        for path in ["//evil.example/", "/users//", "/nowhere/"] {
            assert_eq!(get(&app, "127.0.0.1:8080", path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(post(&app, "/sign-in/", FORM, String::new()).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_method_that_a_page_does_not_take_is_answered_with_those_that_it_takes(app: TestApp) {
        let answer = app.send(Request::delete("/sign-in").body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("GET, HEAD, POST")));
        let answer = get(&app, "127.0.0.1:8080", "/graphiql/snippets").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("POST")));
    }

    async fn the_form_of_a_secret_is_not_kept_when_the_session_has_ended(app: TestApp) {
        let mut browser = Browser::new(&app);
        let fields = [("csrf", "x"), ("secret", "dwd_pat_x"), ("name", "crm"), ("document", "{ me { id } }")];
        let page = browser.post("/tokens/collection", &fields).await;
        assert!(page.status == StatusCode::UNAUTHORIZED && !page.text().contains("is kept"), "{page}");
        assert!(!page.text().contains("dwd_pat_x") && !page.text().contains("collection"), "{page}");
        app.add(new("mia")).await;
        let after = browser.send(&form(&page), &[("username", "mia"), ("password", PASSWORD)]).await;
        assert_eq!((after.status, after.header("location")), (StatusCode::SEE_OTHER, Some("/tokens")));
    }

    async fn a_program_with_a_token_is_not_shown_the_ide(app: TestApp) {
        let ask = |accept: &'static str, authorization: Option<&'static str>| {
            let mut request = Request::get("/graphql?query=%7B__typename%7D").header("accept", accept);
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            app.send(request.body(Body::empty()).unwrap())
        };
        let looked_at = ask("text/html", None).await;
        assert_eq!(looked_at.header("content-type"), Some("text/html; charset=utf-8"));
        let vary = looked_at.header("vary").unwrap();
        assert!(vary.contains("Accept,") && vary.contains("Authorization"), "{vary}");
        assert_eq!(ask("text/html;q=0, */*", None).await.reason(), "TOKEN_MISSING");
        let dead = "Bearer dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXc";
        assert_eq!(ask("text/html, */*", Some(dead)).await.reason(), "TOKEN_UNKNOWN");
    }
}

#[tokio::test]
async fn a_body_that_is_not_read_is_refused_for_what_it_is() {
    let app = TestApp::with(Database::sqlite(), |config| config.limits.body_bytes = 100).await;
    let long = post(&app, "/sign-in", FORM, "x".repeat(101)).await;
    assert!(long.status.as_u16() == 413 && long.text().contains("100 bytes that `limits.body_bytes` allows"), "{long}");
    assert_eq!(post(&app, "/graphiql/snippets", "application/json", "x".repeat(101)).await.status.as_u16(), 413);
    let json = post(&app, "/sign-in", "application/json", "{}".into()).await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let whole = post(&app, "/sign-in", "Application/X-WWW-Form-Urlencoded; charset=utf-8", "username=mia".into()).await;
    assert_eq!(whole.status, StatusCode::UNPROCESSABLE_ENTITY);
}
