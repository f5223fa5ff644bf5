//! Tokens in the console: made in three ways, shown once, rotated, revoked.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Browser, form, secret};
use crate::app::{Answer, TestApp, new};
use doorward::storage::sql;

const BASE: &[(&str, &str)] = &[("name", "crm"), ("access", "ROLE_READ_ONLY"), ("expiry", "30")];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    BASE.iter().chain(more).copied().collect()
}

async fn told(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Value {
    let mut form = form(&browser.get("/tokens/new").await);
    form.action = "/tokens/new/query".into();
    browser.send(&form, &with(fields)).await.json()
}

fn sentence(told: &Value) -> &str {
    told["sentence"].as_str().unwrap()
}

async fn ask(app: &TestApp, secret: &str, query: &str) -> Answer {
    app.bearer(secret).gql(query).await
}

on_both! {
    async fn a_token_is_shown_once_and_a_reload_makes_no_second(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let form = form(&browser.get("/tokens/new").await);
        let made = browser.send(&form, &with(&[("powers", "all")])).await;
        assert_eq!(made.status, StatusCode::OK, "{made}");
        assert_eq!(made.header("content-encoding"), None, "a page with a secret is not packed");
        let token = secret(&made);
        assert_eq!(ask(&app, &token, "{ me { username } }").await.data(), json!({"me": {"username": "mia"}}));
        let again = browser.send(&form, &with(&[("powers", "all")])).await;
        assert!(again.status == StatusCode::CONFLICT && again.text().contains("This was done before"), "{again}");
        assert_eq!(app.made().await.tokens, 1);
        for path in ["/tokens", "/tokens/1", "/tokens/1/edit", "/tokens/1/revoke"] {
            let page = browser.get(path).await;
            assert!(page.status == StatusCode::OK && !page.text().contains(&token), "{path}");
        }
    }

    async fn a_refused_form_keeps_what_was_typed_and_may_be_sent_again(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let page = browser.fills("/tokens/new", &[("name", " "), ("expiry", "30"), ("powers", "all"), ("description", "Vendor <x>")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        let text = page.text();
        assert!(text.contains("aria-invalid=\"true\"") && text.contains("id=\"name-wrong\""), "{page}");
        assert!(text.contains("value=\"Vendor &#60;x&#62;\""), "{page}");
        let made = browser.send(&form(&page), &with(&[("powers", "all")])).await;
        assert_eq!(made.status, StatusCode::OK, "{made}");
        // One that came to nothing may be sent again by who goes back to it.
        let before = form(&browser.get("/tokens/new").await);
        let wrong = [("name", " "), ("expiry", "30"), ("powers", "all")];
        assert_eq!(browser.send(&before, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.send(&before, &with(&[("powers", "all")])).await.status, StatusCode::OK);
        assert_eq!(browser.send(&before, &with(&[("powers", "all")])).await.status, StatusCode::CONFLICT);
        let days = browser.fills("/tokens/new", &[("name", "crm"), ("powers", "all"), ("expiry", "custom"), ("days", "400")]).await;
        assert!(days.status == StatusCode::UNPROCESSABLE_ENTITY && days.text().contains("Choose between 1 and 365 days."), "{days}");
    }

    async fn a_pasted_query_becomes_permissions_and_the_token_is_held_to_it(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let query = "query Mine {\n  me { name username }\n}";
        let mine = told(&mut browser, &[("powers", "paste"), ("query", query), ("hold", "yes")]).await;
        assert_eq!(sentence(&mine), "This token can do 1 query and read 2 fields; it cannot change anything.");
        assert_eq!(mine["listed"], json!(["Query.me", "Me.name", "Me.username"]));
        let made = browser.fills("/tokens/new", &with(&[("powers", "paste"), ("query", query), ("hold", "yes")])).await;
        let token = secret(&made);
        assert!(made.text().contains("query Mine"), "the snippets run the query: {made}");
        assert_eq!(ask(&app, &token, "query Mine { me { name username } }").await.data()["me"]["username"], "mia");
        assert_eq!(ask(&app, &token, "{ me { name } }").await.reason(), "DOCUMENT_NOT_ALLOWED");
        let free = browser.fills("/tokens/new", &with(&[("powers", "paste"), ("query", query)])).await;
        let free = secret(&free);
        assert_eq!(ask(&app, &free, "{ me { name } }").await.data(), json!({"me": {"name": "mia"}}));
        assert_eq!(ask(&app, &free, "{ me { id } }").await.missing(), ["Me.id"]);
    }

    async fn several_operations_are_one_document_and_their_number_is_bounded(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let two = "query A { me { name } }\nquery B { me { username } }";
        let made = browser.fills("/tokens/new", &with(&[("powers", "paste"), ("query", two), ("hold", "yes")])).await;
        assert!(made.text().contains("&#34;operationName&#34;:&#34;A&#34;"), "which of them the snippet runs: {made}");
        // Held to it, it shows the same after a rotation.
        let rotated = browser.fills("/tokens/1/rotate", &[("overlap", "0")]).await;
        assert!(rotated.text().contains("&#34;operationName&#34;:&#34;A&#34;"), "{rotated}");
        let many: String = (0..21).map(|at| format!("query a{at} {{ __typename }} ")).collect();
        let told = told(&mut browser, &[("powers", "paste"), ("query", &many)]).await;
        assert_eq!(told["problem"], "There are 21 operations in it: paste at most 20.");
    }

    async fn a_query_that_its_maker_may_not_run_is_told_of_before(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let problem = async |browser: &mut Browser<'_>, fields: &[(&str, &str)]| {
            told(browser, fields).await["problem"].as_str().unwrap_or_default().to_owned()
        };
        let paste = |query: &'static str| [("powers", "paste"), ("query", query)];
        assert_eq!(
            problem(&mut browser, &paste("{ users { entities { email_address } } }")).await,
            "You may not use Query.users, User.email_address, UserConnection.entities, so this token could not either."
        );
        assert_eq!(
            problem(&mut browser, &paste("mutation { updateMe(input: {name: \"x\"}) { name } }")).await,
            "Mutation.updateMe changes things. Choose “Read and write” above, or take it out."
        );
        assert!(problem(&mut browser, &paste("{ me { nme } }")).await.contains("(line 1, column 8)"));
        assert!(problem(&mut browser, &paste("{ me {")).await.contains("yntax"));
        assert_eq!(problem(&mut browser, &paste("fragment A on Me { id }")).await, "There is no operation in it.");
        let refused = browser.fills("/tokens/new", &with(&paste("{ users { entities { id } } }"))).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text().contains("You may not use"), "{refused}");
        assert_eq!(app.made().await.tokens, 0);
    }

    async fn what_the_fields_of_a_query_open_besides_is_told(app: TestApp) {
        let mut browser = { app.admin().await; Browser::of(&app, "ada").await };
        let query = "{ users { entities { id roles { name } } } roles { entities { name user_count } } }";
        let told = told(&mut browser, &[("powers", "paste"), ("query", query)]).await;
        let besides: Vec<&str> = told["besides"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        assert_eq!(besides, ["User.roles → user_count"], "users' roles could be asked for what the roles were");
    }

    async fn picked_permissions_are_said_and_wrong_ones_named(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let picked = told(&mut browser, &[("powers", "pick"), ("permissions", "Query.me\r\nMe.name\r\n\r\nMe.name")]).await;
        assert_eq!(sentence(&picked), "This token can do 1 query and read 1 field; it cannot change anything.");
        let nothing = told(&mut browser, &[("powers", "pick")]).await;
        assert_eq!(sentence(&nothing), "This token cannot do anything yet.");
        let wrong = told(&mut browser, &[("powers", "pick"), ("permissions", "Query.mee")]).await;
        assert!(wrong["problem"].as_str().unwrap().contains("Query.me"), "the nearest: {wrong}");
        let writes = told(&mut browser, &[("powers", "pick"), ("permissions", "Mutation.updateMe\nMe.*")]).await;
        assert!(!sentence(&writes).contains("mutation"), "read-only: {writes}");
        let made = browser.fills("/tokens/new", &with(&[("powers", "pick"), ("permissions", "Query.me\r\nMe.name")])).await;
        let token = secret(&made);
        assert_eq!(ask(&app, &token, "{ me { name } }").await.data(), json!({"me": {"name": "mia"}}));
        assert_eq!(ask(&app, &token, "{ me { username } }").await.missing(), ["Me.username"]);
    }

    async fn the_page_notices_the_first_request(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let token = secret(&browser.fills("/tokens/new", &with(&[("powers", "all")])).await);
        assert_eq!(browser.get("/tokens/1/seen").await.json(), json!({"seen": null}));
        ask(&app, &token, "{ me { username } }").await.data();
        app.write_uses().await;
        let seen = browser.get("/tokens/1/seen").await.json();
        assert_eq!(seen["seen"], "First request seen at 00:00:00 UTC.");
    }

    async fn a_rotated_token_has_a_new_secret_and_the_old_one_for_a_while(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let before = secret(&browser.fills("/tokens/new", &with(&[("powers", "all")])).await);
        let rotated = browser.fills("/tokens/1/rotate", &[("overlap", "1")]).await;
        assert!(rotated.text().contains("crm has a new secret") && rotated.text().contains("The old secret works for 1 hour."), "{rotated}");
        let after = secret(&rotated);
        for token in [&before, &after] {
            ask(&app, token, "{ me { id } }").await.data();
        }
        app.later(3_601);
        assert_eq!(ask(&app, &before, "{ me { id } }").await.reason(), "TOKEN_EXPIRED");
        ask(&app, &after, "{ me { id } }").await.data();
    }

    async fn a_revoked_token_takes_along_what_it_made_where_that_is_said(app: TestApp) {
        let ada = app.admin().await;
        let parent = ada.writer().await;
        let child = parent.issue(json!({"name": "child"})).await;
        let mut browser = Browser::of(&app, "ada").await;
        let question = browser.get("/tokens/1/revoke").await;
        assert!(question.text().contains("Also revoke the token that it made") && question.text().contains("child"), "{question}");
        let answer = browser.send(&form(&question), &[("with_descendants", "yes")]).await;
        assert_eq!(answer.header("location"), Some("/tokens/1?done=revoked-with"), "{answer}");
        for token in [parent.secret(), &child.secret] {
            assert_eq!(ask(&app, token, "{ me { id } }").await.reason(), "TOKEN_REVOKED");
        }
        let page = browser.get("/tokens/1?done=revoked-with").await;
        assert!(page.text().contains("Revoked") && page.text().contains("those that it made are revoked"), "{page}");
        assert!(!browser.get("/tokens/1?done=%3Cscript%3E").await.text().contains("<script>"));
    }

    async fn a_token_is_changed_in_its_own_form(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let token = secret(&browser.fills("/tokens/new", &with(&[("powers", "all")])).await);
        let changed = [("name", "crm-2"), ("powers", "pick"), ("permissions", "Query.me\nMe.id"), ("ip_ranges", "203.0.113.0/24")];
        let answer = browser.fills("/tokens/1/edit", &changed).await;
        assert_eq!(answer.header("location"), Some("/tokens/1?done=saved"), "{answer}");
        assert_eq!(ask(&app, &token, "{ me { id } }").await.reason(), "ADDRESS_NOT_ALLOWED");
        let page = browser.get("/tokens/1").await.text();
        assert!(page.contains("<h1>crm-2</h1>") && page.contains("<code>203.0.113.0/24</code>") && page.contains("Me.id"), "{page}");
        let wrong = browser.fills("/tokens/1/edit", &[("name", "crm-2"), ("powers", "pick"), ("permissions", "Nope.x")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("permissions-wrong"), "{wrong}");
        assert_eq!(browser.get("/tokens/7").await.status, StatusCode::NOT_FOUND);
    }

    async fn a_token_that_is_renamed_opens_no_more_than_before(app: TestApp) {
        app.member().await.issue(json!({"name": "crm", "permissions": ["Query.me", "Me.*"], "ip_ranges": ["203.0.113.0/24"]})).await;
        // As if it had been made before the schema had some of that: it stays closed until somebody stands by the list.
        let moments = async |app: &TestApp| {
            let select = sql!("select permission, as_of_revision from token_grants order by position");
            let rows = app.database(move |tx| tx.all(select, &[])).await;
            rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect::<Vec<(String, i64)>>()
        };
        app.database(|tx| tx.execute(sql!("update token_grants set as_of_revision = 0"), &[])).await;
        let before = moments(&app).await;
        let mut browser = Browser::of(&app, "mia").await;
        let fields = [("name", "crm-2"), ("powers", "pick"), ("permissions", "Me.*\r\nQuery.me\r\n"), ("ip_ranges", "203.0.113.0/24")];
        let saved = browser.fills("/tokens/1/edit", &fields).await;
        assert_eq!(saved.header("location"), Some("/tokens/1?done=saved"), "{saved}");
        assert_eq!(moments(&app).await, before);
        let told = app.database(|tx| {
            let select = sql!("select details from audit_events where action = 'token.update'");
            tx.all(select, &[])?.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()
        });
        assert_eq!(told.await, ["name"]);
        let again = browser.fills("/tokens/1/edit", &fields).await;
        assert_eq!(again.header("location"), Some("/tokens/1?done=saved"), "where nothing differs nothing is written");
    }

    async fn a_form_of_a_token_that_was_opened_before_widens_nothing(app: TestApp) {
        app.member().await.issue(json!({"name": "crm", "permissions": ["Query.me", "Me.*"], "ip_ranges": ["203.0.113.0/24"]})).await;
        let mut browser = Browser::of(&app, "mia").await;
        let opened = form(&browser.get("/tokens/1/edit").await);
        // In another window it is narrowed meanwhile.
        let narrow = [("powers", "pick"), ("permissions", "Query.me"), ("ip_ranges", "203.0.113.7/32"), ("name", "crm")];
        browser.fills("/tokens/1/edit", &narrow).await;
        let before = [("powers", "pick"), ("permissions", "Query.me\r\nMe.*"), ("ip_ranges", "203.0.113.0/24"), ("name", "renamed")];
        assert_eq!(browser.send(&opened, &before).await.status, StatusCode::SEE_OTHER);
        let page = browser.get("/tokens/1/edit").await.text();
        for part in ["value=\"renamed\"", ">Query.me</textarea>", ">203.0.113.7"] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }

    async fn what_had_no_box_when_the_form_was_opened_was_not_unticked(app: TestApp) {
        let mia = app.member().await;
        let made = mia.issue(json!({"name": "crm"})).await;
        let mut browser = Browser::of(&app, "mia").await;
        let opened = form(&browser.get("/tokens/1/edit").await);
        // In another window it is held to a document meanwhile.
        let hold = "mutation ($id: Int64Bit!) { updatePersonalAccessToken(id: $id, input: { documents: [\"{ me { name } }\"] }) { id } }";
        mia.gql_with(hold, json!({"id": made.id})).await.data();
        let wrong = [("powers", "all"), ("name", "crm"), ("ip_ranges", "somewhere")];
        let shown = browser.send(&opened, &wrong).await;
        assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY, "{shown}");
        assert!(shown.text().contains("name=\"hold\" value=\"yes\" checked"), "{shown}");
        // Unticked now that it is there, it is let go.
        let saved = browser.send(&form(&shown), &[("powers", "all"), ("name", "crm"), ("ip_ranges", "")]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved}");
        assert!(!browser.get("/tokens/1/edit").await.text().contains("name=\"hold\""));
    }

    async fn what_the_drawer_shows_is_what_the_form_would_do(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let form = form(&browser.get("/tokens/new").await);
        let call = browser.send(&form, &with(&[("powers", "pick"), ("permissions", "Query.me"), ("show", "call")])).await.json();
        let variables: Value = serde_json::from_str(call["variables"].as_str().unwrap()).unwrap();
        assert_eq!(
            variables,
            json!({"input": {"name": "crm", "role": "ROLE_READ_ONLY", "expires_in_days": 30, "permissions": ["Query.me"]}})
        );
        assert!(call["curl"].as_str().unwrap().starts_with("curl -X POST http://127.0.0.1:8080/graphql"), "{call}");
        assert_eq!(app.made().await.tokens, 0, "nothing was made");
        let mia = app.person("mia").await;
        let made = mia.gql_with(call["document"].as_str().unwrap(), variables).await.data();
        assert_eq!(made["issuePersonalAccessToken"]["personal_access_token"]["name"], "crm");
    }

    async fn the_list_is_searched_and_filtered(app: TestApp) {
        let mia = app.member().await;
        for name in ["orders-sync", "crm-bridge"] {
            mia.issue(json!({"name": name, "expires_in_days": 90})).await;
        }
        let soon = mia.issue(json!({"name": "soon", "expires_in_days": 5})).await;
        let gone = mia.issue(json!({"name": "gone"})).await;
        mia.revoke(&gone.id).await.data();
        let mut browser = Browser::of(&app, "mia").await;
        let names = async |browser: &mut Browser<'_>, path: &str| {
            let text = browser.get(path).await.text();
            ["orders-sync", "crm-bridge", "soon", "gone"].into_iter().filter(|name| text.contains(&format!(">{name}</a>"))).collect::<Vec<_>>()
        };
        assert_eq!(names(&mut browser, "/tokens").await.len(), 4);
        assert_eq!(names(&mut browser, "/tokens?q=SYNC").await, ["orders-sync"]);
        assert_eq!(names(&mut browser, "/tokens?status=active").await, ["orders-sync", "crm-bridge", "soon"]);
        assert_eq!(names(&mut browser, "/tokens?status=expiring").await, ["soon"]);
        assert_eq!(names(&mut browser, "/tokens?status=ended").await, ["gone"]);
        let page = browser.get("/tokens").await.text();
        assert!(page.contains("soon expires in 5 days."), "{page}");
        assert!(browser.get("/tokens?q=nothing-like-it").await.text().contains("No token matches"));
        drop(soon);
    }
}
