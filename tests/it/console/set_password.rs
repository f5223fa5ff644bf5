//! A link by which somebody sets their own password: made on a page of the console, and opened.

use axum::http::StatusCode;
use doorward::users::NewUser;

use super::{Browser, form, secret};
use crate::app::{PASSWORD, TestApp, URL, new};

const OTHER: &str = "heron-copper-violet-4";

/// Ada, who holds everything, and her browser.
async fn ada(app: &TestApp) -> Browser<'_> {
    app.admin().await;
    Browser::of(app, "ada").await
}

/// The path of a link.
#[track_caller]
fn path(link: &str) -> String {
    let path = link.strip_prefix(URL).unwrap_or_else(|| panic!("{link}"));
    assert!(path.starts_with("/set-password?code=dwd_pw_"), "{path}");
    path.to_owned()
}

on_both! {
    async fn a_new_user_sets_their_password_by_a_link_that_is_shown_once(app: TestApp) {
        let mut ada = ada(&app).await;
        let page = ada.get("/users/new").await;
        assert!(page.text().contains("A link to set it themselves"), "{page}");
        let fields = [("username", "nils"), ("name", "Nils <Öst>"), ("way", "link")];
        let call = ada.send(&form(&page), &[fields.as_slice(), &[("show", "call")]].concat()).await.json();
        assert!(call["document"].as_str().unwrap().contains("createUser") && !call["variables"].to_string().contains("password"), "{call}");
        let made = ada.send(&form(&page), &fields).await;
        assert_eq!(made.status, StatusCode::OK, "{made}");
        assert_eq!((made.header("cache-control"), made.header("content-encoding")), (Some("no-store"), None));
        let link = secret(&made);
        assert_eq!(made.text().matches("dwd_pw_").count(), 1, "neither the call nor the command holds it");
        assert!(made.text().contains("createPasswordLink(id: $id)"), "{made}");
        let again = ada.send(&form(&page), &fields).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(!again.text().contains("dwd_pw_"), "{again}");
        assert_eq!(app.made().await.users, 2);

        let mut nils = Browser::new(&app);
        for _ in 0..2 {
            let opened = nils.get(&path(&link)).await;
            assert_eq!(opened.status, StatusCode::OK, "{opened}");
            assert_eq!((opened.header("cache-control"), opened.header("referrer-policy")), (Some("no-store"), Some("same-origin")));
            assert!(opened.text().contains("<b>nils</b>") && !opened.text().contains("<Öst>"), "{opened}");
        }
        let opened = nils.get(&path(&link)).await;
        for weak in ["short", "nilsnilsnilsnils"] {
            let refused = nils.send(&form(&opened), &[("password", weak)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
            assert!(refused.text().contains("id=\"password-error\"") && refused.text().contains("aria-invalid=\"true\""), "{refused}");
            assert!(!refused.text().contains(&format!("value=\"{weak}\"")), "{refused}");
            assert_eq!(form(&refused).hidden, form(&opened).hidden, "it can be sent again");
        }
        let done = nils.send(&form(&opened), &[("password", OTHER)]).await;
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, Some("/sign-in?done=password-set")), "{done}");
        assert_eq!(nils.cookie, None, "whoever set it signs in with it");
        assert!(nils.get("/sign-in?done=password-set").await.text().contains("Your password is set. Sign in with it."));
        let over = nils.send(&form(&opened), &[("password", PASSWORD)]).await;
        assert_eq!(over.status, StatusCode::FORBIDDEN);
        assert!(over.text().contains("This link does not hold") && over.text().contains("href=\"/sign-in\""), "{over}");
        assert_eq!(nils.get(&path(&link)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(nils.signs_in("nils", OTHER).await.status, StatusCode::SEE_OTHER);
        assert_eq!(nils.get("/tokens").await.status, StatusCode::OK);
        for (action, through) in [("user.password_link", "until "), ("user.set_password", "every session ended")] {
            let log = ada.get(&format!("/audit?action={action}")).await.text();
            assert!(log.contains("<tbody") && log.contains(through) && !log.contains("dwd_pw_"), "{log}");
        }
    }

    async fn a_link_for_somebody_ends_nothing_before_it_is_used(app: TestApp) {
        let mut ada = ada(&app).await;
        app.add(new("mia")).await;
        let mut mia = Browser::of(&app, "mia").await;
        let page = ada.get("/users/2/password").await;
        let call = ada.send(&form(&page), &[("way", "link"), ("show", "call")]).await.json();
        assert!(call["document"].as_str().unwrap().contains("createPasswordLink"), "{call}");
        let made = ada.send(&form(&page), &[("way", "link")]).await;
        let link = path(&secret(&made));
        assert!(made.text().contains("action=\"/users/2\""), "{made}");
        assert_eq!(mia.get("/tokens").await.status, StatusCode::OK);
        let second = ada.fills("/users/2/password", &[("way", "link")]).await;
        assert_eq!(mia.get(&link).await.status, StatusCode::FORBIDDEN, "another took its place");
        let done = mia.fills(&path(&secret(&second)), &[("password", OTHER)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{done}");
        assert_eq!(mia.get("/tokens").await.status, StatusCode::SEE_OTHER, "the session is over");
        assert_eq!(app.try_sign_in("mia", OTHER).await.code(), "");
    }

    async fn a_form_of_another_sites_page_sets_nothing(app: TestApp) {
        let mut ada = ada(&app).await;
        app.add(new("mia")).await;
        let link = path(&secret(&ada.fills("/users/2/password", &[("way", "link")]).await));
        let code = link.strip_prefix("/set-password?code=").unwrap();
        let mut browser = Browser::new(&app);
        for origin in [None, Some("null"), Some("http://evil.example")] {
            let answer = browser.posts_from(origin, "/set-password", &[("code", code), ("password", OTHER)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?}");
        }
        assert_eq!(browser.get(&link).await.status, StatusCode::OK, "it is not spent");
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "");
    }

    async fn a_link_is_offered_only_to_who_may_make_one_and_for_who_is_enabled(app: TestApp) {
        let mut ada = ada(&app).await;
        let grants = ["Query.users", "Query.roles", "UserConnection.*", "RoleConnection.*", "User.*", "Role.*", "Mutation.createUser", "Mutation.updateUser"];
        app.role("editing", &grants).await;
        app.add(NewUser { roles: vec!["editing".into()], ..new("edna") }).await;
        app.add(new("mia")).await;
        let mut edna = Browser::of(&app, "edna").await;
        for page in ["/users/new", "/users/3/password"] {
            let page = edna.get(page).await;
            assert!(page.status == StatusCode::OK && !page.text().contains("value=\"link\""), "{page}");
        }
        for (page, name) in [("/users/new", "nils"), ("/users/3/password", "mia")] {
            let refused = edna.fills(page, &[("username", name), ("way", "link")]).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused}");
            assert!(refused.text().contains("<code>Mutation.createPasswordLink</code>"), "{refused}");
        }
        assert_eq!(app.made().await.users, 3, "nobody was added who would have got none");
        assert!(ada.get("/users/3/password").await.text().contains("value=\"link\""));
        app.enable("mia", false).await;
        assert!(!ada.get("/users/3/password").await.text().contains("value=\"link\""));
        let refused = ada.fills("/users/3/password", &[("way", "link")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        assert!(refused.text().contains("is disabled: enable them first"), "{refused}");
        let without = edna.get("/set-password").await;
        assert_eq!(without.status, StatusCode::FORBIDDEN);
        assert!(without.text().contains("This link does not hold"), "{without}");
    }
}
