//! The IDE's page and what it asks for besides GraphQL.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::Browser;
use crate::app::{Answer, TestApp, URL, new};
use doorward::console::HAS_IDE;

async fn snippets(app: &TestApp, origin: &str, asked: &Value) -> Answer {
    let request =
        Request::post("/graphiql/snippets").header("content-type", "application/json").header("origin", origin);
    app.send(request.body(Body::from(asked.to_string())).unwrap()).await
}

on_both! {
    async fn opening_an_endpoint_in_a_browser_shows_the_page_and_runs_nothing(app: TestApp) {
        for path in ["/graphiql", "/graphql?query=%7Bme%7Bid%7D%7D", "/graphql/", "/api/graphql", "/doorward/graphql"] {
            let request = Request::get(path).header("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
            let page = app.send(request.body(Body::empty()).unwrap()).await;
            let wanted = if HAS_IDE { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(page.status, wanted, "{path}");
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'self';") && !policy.contains("script-src"), "{policy}");
            assert_eq!(page.header("cache-control"), Some("no-store"));
        }
        let program = app.send(Request::get("/graphql?query=%7B__typename%7D").header("accept", "*/*").body(Body::empty()).unwrap()).await;
        assert_eq!(program.reason(), "TOKEN_MISSING", "a program is answered as ever");
    }

    async fn the_page_begins_with_who_is_signed_in_and_what_of_theirs_they_may_act_as(app: TestApp) {
        assert_eq!(
            Browser::new(&app).get("/graphiql/start").await.json(),
            json!({"user": null, "csrf": "", "endpoint": "/graphql", "tokens": [], "roles": []})
        );
        let mia = app.member().await;
        mia.issue(json!({"name": "crm", "permissions": ["Query.me"]})).await;
        let gone = mia.issue(json!({"name": "gone"})).await;
        mia.revoke(&gone.id).await.data();
        let start = Browser::of(&app, "mia").await.get("/graphiql/start").await;
        assert_eq!(start.header("cache-control"), Some("no-store"));
        let start = start.json();
        assert_eq!(start["user"], json!({"name": "mia", "username": "mia", "about": "mia"}));
        assert_eq!(start["tokens"], json!([{"id": "1", "name": "crm", "about": "read-only, 1 permission"}]));
        assert_eq!(start["roles"], json!([]), "roles are for those who manage them");
        app.admin().await;
        let start = Browser::of(&app, "ada").await.get("/graphiql/start").await.json();
        let names: Vec<&str> = start["roles"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"member"), "{start}");
    }

    async fn snippets_are_written_for_pages_of_the_server_alone(app: TestApp) {
        app.add(new("mia")).await;
        let asked = json!({"query": "query A($id: Int64Bit) { users(id: $id) { entities { id } } }", "variables": {"id": "7"}});
        let written = snippets(&app, URL, &asked).await.json();
        for language in ["curl", "javascript", "python", "go", "postman"] {
            let text = written[language].as_str().unwrap();
            assert!(text.contains("YOUR_TOKEN") && text.contains("http://127.0.0.1:8080/graphql"), "{language}: {text}");
        }
        let with = json!({"query": "{ me { id } }", "token": "dwd_pat_x"});
        let written = snippets(&app, URL, &with).await.json();
        assert!(written["curl"].as_str().unwrap().contains("Authorization: Bearer dwd_pat_x"), "{written}");
        assert_eq!(snippets(&app, "http://evil.example", &asked).await.status, StatusCode::FORBIDDEN);
        let wrong = snippets(&app, URL, &json!("x")).await;
        assert_eq!((wrong.status, wrong.message()), (StatusCode::BAD_REQUEST, "this is no request".to_owned()));
    }
}
