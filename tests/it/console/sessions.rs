//! Signing in by a cookie, and what a cookie is good for.

use axum::http::{Request, StatusCode};
use serde_json::json;

use super::{Browser, form};
use crate::app::{PASSWORD, TestApp, URL, new};
use crate::databases::Database;
use doorward::config::HiddenFields;

const NEW: &[(&str, &str)] = &[("name", "crm"), ("access", "ROLE_READ_ONLY"), ("expiry", "30"), ("powers", "all")];

on_both! {
    async fn a_cookie_is_the_browsers_alone_and_is_another_after_each_sign_in(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::new(&app);
        let answer = browser.signs_in("mia", PASSWORD).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, Some("/tokens")));
        let set = answer.header("set-cookie").unwrap().to_owned();
        assert!(set.starts_with("doorward-8080=dwd_ck_"), "{set}");
        assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000"), "{set}");
        let before = browser.cookie.clone();
        browser.signs_in("mia", PASSWORD).await;
        assert_ne!(browser.cookie, before);
        let now = std::mem::replace(&mut browser.cookie, before);
        assert_eq!(browser.get("/tokens").await.header("location"), Some("/sign-in?next=%2Ftokens"), "the one before is over");
        browser.cookie = now;
        assert_eq!(browser.get("/tokens").await.status, StatusCode::OK);
        let left = browser.post("/sign-out", &[]).await;
        assert_eq!(left.status, StatusCode::FORBIDDEN, "not without the form's token");
    }

    async fn signing_out_ends_the_session_and_forgets_the_cookie(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let cookie = browser.cookie.clone();
        // The first form of every page is the one that signs out.
        let page = browser.get("/tokens").await.text();
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let answer = browser.post("/sign-out", &[("csrf", &csrf)]).await;
        assert_eq!(answer.header("location"), Some("/sign-in?done=signed-out"));
        assert_eq!(browser.cookie, None, "{:?}", answer.header("set-cookie"));
        browser.cookie = cookie;
        assert_eq!(browser.get("/me").await.header("location"), Some("/sign-in?next=%2Fme"));
    }

    async fn a_form_of_another_sites_page_is_not_taken(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let own = form(&browser.get("/tokens/new").await);
        let mut fields: Vec<_> = own.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend(NEW);
        for origin in [None, Some("null"), Some("http://evil.example"), Some("http://localhost:8080")] {
            let answer = browser.posts_from(origin, "/tokens", &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?}");
            assert!(answer.text().contains("was not opened at http://127.0.0.1:8080"), "{answer}");
        }
        let mut eve = Browser::of(&app, "mia").await;
        let theirs = form(&eve.get("/tokens/new").await);
        let csrf = theirs.hidden.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, if *name == "csrf" { csrf.as_str() } else { value })).collect();
        let answer = browser.post("/tokens", &fields).await;
        assert!(answer.status == StatusCode::FORBIDDEN && answer.text().contains("made for another session"), "{answer}");
        assert!(browser.get("/tokens").await.text().contains("No tokens yet"));
    }

    async fn a_cookie_counts_at_the_endpoint_for_a_post_from_our_own_page_alone(app: TestApp) {
        app.add(new("mia")).await;
        let cookie = Browser::of(&app, "mia").await.cookie.unwrap();
        let ask = |origin: Option<&'static str>, authorization: Option<String>| {
            let mut request = Request::post("/graphql").header("content-type", "application/json").header("cookie", &cookie);
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            app.send(request.body(crate::app::body("{ me { username } }", &json!({}))).unwrap())
        };
        assert_eq!(ask(Some(URL), None).await.data(), json!({"me": {"username": "mia"}}));
        for origin in [None, Some("http://evil.example"), Some("null"), Some("http://localhost:8080")] {
            let answer = ask(origin, None).await;
            assert_eq!((answer.status.as_u16(), answer.reason().as_str()), (401, "TOKEN_MISSING"), "{origin:?}");
        }
        let dead = ask(Some(URL), Some("Bearer dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXc".into())).await;
        assert_eq!(dead.reason(), "TOKEN_UNKNOWN", "a header beats a cookie, even a dead one");
        let secret = cookie.split_once('=').unwrap().1;
        let bearer = ask(None, Some(format!("Bearer {secret}"))).await;
        assert_eq!(bearer.reason(), "TOKEN_UNKNOWN", "a cookie is no bearer token");
        let get = Request::get("/graphql?query=%7Bme%7Busername%7D%7D").header("cookie", &cookie).header("origin", URL);
        let answer = app.send(get.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.reason(), "TOKEN_MISSING", "never for GET");
    }

    async fn no_other_secret_passes_for_a_cookie(app: TestApp) {
        let tokens = { app.add(new("mia")).await; app.sign_in("mia").await };
        let token = app.bearer(&tokens.access).reader().await.secret().to_owned();
        for secret in [&tokens.access, &tokens.refresh, &token] {
            let mut browser = Browser::new(&app);
            browser.cookie = Some(format!("doorward-8080={secret}"));
            assert_eq!(browser.get("/tokens").await.status, StatusCode::SEE_OTHER);
        }
    }

    async fn what_was_typed_when_the_session_ended_is_kept(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let typed = form(&browser.get("/tokens/new").await);
        app.person("mia").await.gql("mutation { signOut(everywhere: true) }").await.data();
        let mut fields = NEW.to_vec();
        fields.push(("description", "Vendor: \"Halcyon\" <CRM>"));
        let page = browser.send(&typed, &fields).await;
        assert!(page.status == StatusCode::UNAUTHORIZED && page.text().contains("What you typed is kept"), "{page}");
        let sign_in = form(&page);
        let page = browser.send(&sign_in, &[("username", "mia"), ("password", PASSWORD)]).await;
        assert!(page.status == StatusCode::OK && page.text().contains("You are signed in again"), "{page}");
        let go_on = form(&page);
        assert_eq!(go_on.action, "/tokens");
        assert!(!go_on.hidden.iter().any(|(name, _)| name == "password"), "{go_on:?}");
        let made = browser.send(&go_on, &[]).await;
        assert!(made.status == StatusCode::OK && made.text().contains("crm is ready"), "{made}");
        assert!(browser.get("/tokens").await.text().contains("Vendor: &#34;Halcyon&#34; &#60;CRM&#62;"));
    }

    async fn a_console_session_lasts_as_long_as_it_is_used(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        for _ in 0..2 {
            app.later(29 * 86_400);
            assert_eq!(browser.get("/tokens").await.status, StatusCode::OK, "used within 30 days");
            app.write_uses().await;
        }
        app.later(31 * 86_400);
        assert_eq!(browser.get("/tokens").await.status, StatusCode::SEE_OTHER, "idle for 31 days");
        let mut browser = Browser::of(&app, "mia").await;
        for _ in 0..3 {
            app.later(25 * 86_400);
            assert_eq!(browser.get("/tokens").await.status, StatusCode::OK);
            app.write_uses().await;
        }
        app.later(16 * 86_400);
        assert_eq!(browser.get("/tokens").await.status, StatusCode::SEE_OTHER, "90 days in all");
    }

    async fn a_disabled_user_is_led_to_the_sign_in_with_their_next_click(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        app.enable("mia", false).await;
        assert_eq!(browser.get("/tokens").await.header("location"), Some("/sign-in?next=%2Ftokens"));
        let again = browser.signs_in("mia", PASSWORD).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        let unknown = browser.signs_in("nobody-there", "wrong-password-1").await;
        let words = |answer: &crate::app::Answer| answer.text().contains("That user name and password do not go together.");
        assert!(words(&again) && words(&unknown), "the same words");
    }

    async fn a_page_that_is_not_theirs_names_the_missing_permission(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        let own = browser.get("/tokens").await.text();
        assert!(!own.contains("href=\"/users\"") && !own.contains("href=\"/audit\""), "what one may not is not offered");
        let page = browser.get("/users").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text().contains("<code>Query.users</code>"), "{page}");
        assert_eq!(browser.get("/nowhere").await.status, StatusCode::NOT_FOUND);
    }

    async fn pages_are_kept_by_nobody_and_take_nothing_from_elsewhere(app: TestApp) {
        app.add(new("mia")).await;
        let mut browser = Browser::of(&app, "mia").await;
        for path in ["/tokens", "/tokens/new", "/me", "/schema", "/sign-in", "/users", "/nowhere"] {
            let page = browser.get(path).await;
            assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
            let policy = page.header("content-security-policy").unwrap_or_default();
            assert!(policy.starts_with("default-src 'self';") && policy.contains("frame-ancestors 'none'"), "{path} {policy}");
            assert!(!policy.contains("unsafe"), "{path} {policy}");
            assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{path}");
            let text = page.text();
            for inline in ["<style", " style=", "onclick=", "javascript:", "<script>"] {
                assert!(!text.contains(inline), "{path} {inline}");
            }
        }
    }
}

#[tokio::test]
async fn over_plain_http_elsewhere_the_sign_in_says_why_it_fails() {
    let app =
        TestApp::with(Database::sqlite(), |config| config.public_url = Some("http://door.example:8080".into())).await;
    app.add(new("mia")).await;
    let mut browser = Browser::new(&app);
    let page = browser
        .posts_from(Some("http://door.example:8080"), "/sign-in", &[("username", "mia"), ("password", PASSWORD)])
        .await;
    assert_eq!((page.status, page.header("set-cookie")), (StatusCode::FORBIDDEN, None));
    assert!(page.text().contains("Browsers keep no session for http://door.example:8080"), "{page}");
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_this_host_alone() {
    let app = TestApp::with(Database::sqlite(), |config| config.public_url = Some("https://door.example".into())).await;
    app.add(new("mia")).await;
    let mut browser = Browser::new(&app);
    let fields = [("username", "mia"), ("password", PASSWORD)];
    let page = browser.posts_from(Some("https://door.example"), "/sign-in", &fields).await;
    let set = page.header("set-cookie").unwrap_or_default();
    assert!(set.starts_with("__Host-doorward=dwd_ck_") && set.ends_with("; Secure"), "{set}");
    assert_eq!(browser.get("/tokens").await.status, StatusCode::OK);
}

on_both! {
    async fn a_browser_that_is_known_is_kept_out_by_nobodys_guesses_and_others_are(app: TestApp) {
        app.add(new("mia")).await;
        let mut known = Browser::of(&app, "mia").await;
        known.cookie = None;
        assert!(known.known_by.as_deref().unwrap().starts_with("doorward-8080-browser=dwd_br_"));
        let mut stranger = Browser::new(&app);
        let mut last = StatusCode::OK;
        for _ in 0..12 {
            last = stranger.signs_in("mia", "wrong-password-1").await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
        let kept_out = stranger.signs_in("mia", PASSWORD).await;
        assert!(kept_out.text().contains("Too many tries. Try again in "), "{kept_out}");
        assert_eq!(known.signs_in("mia", PASSWORD).await.status, StatusCode::SEE_OTHER);
        // It is known for this user alone, and its own mistakes count.
        app.add(new("otto")).await;
        for _ in 0..12 {
            stranger.signs_in("otto", "wrong-password-1").await;
        }
        assert_eq!(known.signs_in("otto", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        for _ in 0..12 {
            last = known.signs_in("mia", "wrong-password-1").await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    }

    async fn no_form_is_taken_without_its_token(app: TestApp) {
        app.admin().await;
        let mut browser = Browser::of(&app, "ada").await;
        let before = app.made().await;
        for route in doorward::app::ROUTES.iter() {
            let guarded = route.at == doorward::app::At::Console && route.access == doorward::app::Access::Guarded;
            if guarded {
                let answer = browser.post(&route.path.replace("{id}", "1"), &[("csrf", "x")]).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", route.path);
            }
        }
        assert_eq!(app.made().await, before);
    }
}

#[tokio::test]
async fn what_is_hidden_is_told_by_no_page() {
    let hide = |config: &mut doorward::config::Config| config.errors.hidden_fields = HiddenFields::Hide;
    let app = TestApp::with(Database::sqlite(), hide).await;
    app.add(new("mia")).await;
    let mut browser = Browser::of(&app, "mia").await;
    for path in ["/users", "/users/1", "/users/new", "/roles", "/roles/new", "/audit", "/users/1/password"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        let text = page.text();
        assert!(text.contains("You may not see this page") && !text.contains("<code>"), "{path}: {text}");
    }
    let mut typed = form(&browser.get("/tokens/new").await);
    typed.action = "/tokens/new/query".into();
    for query in ["{ audit_events { entities { action } } }", "{ audit_events { entities { nonsense } } }"] {
        let told = browser.send(&typed, &[("powers", "paste"), ("query", query)]).await.json();
        let problem = told["problem"].as_str().unwrap();
        assert!(problem.contains("audit_events") && !problem.contains("AuditEvent"), "{problem}");
    }
}
