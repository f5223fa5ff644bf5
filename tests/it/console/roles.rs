//! Roles in the console: the editor, and what a change comes to before it is saved.

use axum::http::StatusCode;
use doorward::users::NewUser;

use super::{Browser, form, unescaped};
use crate::app::{Answer, TestApp, new};

/// Ada's browser, and a role that Mia holds: it is the third, after the two that are built in.
async fn ada(app: &TestApp) -> Browser<'_> {
    app.admin().await;
    app.role("desk", &["Query.me", "Me.name"]).await;
    app.add(NewUser { roles: vec!["desk".into()], ..new("mia") }).await;
    Browser::of(app, "ada").await
}

/// A form of the editor, as a browser without scripts has it.
const fn typed<'a>(name: &'a str, grants: &'a str) -> [(&'a str, &'a str); 2] {
    [("name", name), ("grants", grants)]
}

/// The grants that a page of the editor holds.
#[track_caller]
fn grants(page: &Answer) -> Vec<String> {
    let text = page.text();
    let from = text.find("name=\"grants\"").unwrap_or_else(|| panic!("no editor: {page}"));
    let rest = &text[from..];
    let inside = &rest[rest.find('>').unwrap() + 1..rest.find("</textarea>").unwrap()];
    unescaped(inside).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

async fn applied(app: &TestApp, id: i64) -> String {
    let ada = app.admin().await;
    let asked = format!("{{ roles(id: {id}) {{ entities {{ name description applied_permissions }} }} }}");
    ada.gql(&asked).await.data()["roles"]["entities"][0].to_string()
}

on_both! {
    async fn a_change_is_shown_with_whom_it_concerns_before_it_is_saved(app: TestApp) {
        let mut ada = ada(&app).await;
        let editor = ada.get("/roles/3").await;
        assert_eq!(grants(&editor), ["Query.me", "Me.name"]);
        assert!(editor.text().contains("me: Me!") && editor.text().contains("href=\"/users/2\""), "{editor}");
        let before = applied(&app, 3).await;
        let review = ada.send(&form(&editor), &typed("desk", "Query.me\r\nMe.username\r\n")).await;
        assert_eq!(review.status, StatusCode::OK);
        let text = review.text();
        for part in ["+ Me.username", "− Me.name", "1 added, 1 taken away", "1 user holds", "href=\"/users/2\""] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(applied(&app, 3).await, before, "nothing is saved yet");
        let saved = ada.send(&form(&review), &[]).await;
        assert_eq!(saved.header("location"), Some("/roles/3?done=saved"), "{saved}");
        assert_eq!(applied(&app, 3).await, r#"{"name":"desk","description":null,"applied_permissions":["Query.me","Me.username"]}"#);
    }

    async fn what_was_reviewed_is_what_is_saved(app: TestApp) {
        let mut ada = ada(&app).await;
        let review = ada.fills("/roles/3", &typed("desk", "Query.me\r\nMe.name\r\nMe.username")).await;
        // Somebody else takes a grant away before it is saved.
        let update = "mutation { updateRole(id: 3, input: { applied_permissions: [\"Query.me\"] }) { id } }";
        app.person("ada").await.gql(update).await.data();
        let before = applied(&app, 3).await;
        let again = ada.send(&form(&review), &[]).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{again}");
        let text = again.text();
        for part in ["changed meanwhile", "+ Me.name", "+ Me.username", "2 added, 0 taken away"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(applied(&app, 3).await, before, "nothing is saved that nobody has seen");
        let saved = ada.send(&form(&again), &[]).await;
        assert_eq!(saved.header("location"), Some("/roles/3?done=saved"), "{saved}");
        assert!(applied(&app, 3).await.contains("Me.username"));
        // Nor is what the API is told of it, or anything else of it.
        let review = ada.fills("/roles/3", &[("grants", "Query.me"), ("name", "desk"), ("upstream_name", "vip")]).await;
        let update = "mutation { updateRole(id: 3, input: { upstream_name: \"guest\" }) { id } }";
        app.person("ada").await.gql(update).await.data();
        let again = ada.send(&form(&review), &[]).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{again}");
        assert!(again.text().contains("The API is told of it as vip."), "{again}");
    }

    async fn one_goes_on_editing_with_what_was_typed(app: TestApp) {
        let mut ada = ada(&app).await;
        let editor = form(&ada.get("/roles/3").await);
        let fields = [typed("Desk", "Query.me\nMe.id").as_slice(), &[("edit", "yes")]].concat();
        let back = ada.send(&editor, &fields).await;
        assert_eq!(grants(&back), ["Query.me", "Me.id"]);
        assert!(back.text().contains("value=\"Desk\""));
    }

    async fn a_grant_that_names_nothing_is_told_of_at_its_field(app: TestApp) {
        let mut ada = ada(&app).await;
        let refused = ada.fills("/roles/3", &typed("desk", "Query.mee")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("the nearest is Query.me") && refused.text().contains("id=\"grants-wrong\""), "{refused}");
        assert_eq!(grants(&refused), ["Query.mee"], "what was typed is kept");
    }

    async fn what_leads_nowhere_is_told_of(app: TestApp) {
        let mut ada = ada(&app).await;
        let fields = [typed("desk", "Query.users\nMe.roles\nQuery.me\nSession.ip").as_slice(), &[("show", "sees")]].concat();
        let sees = ada.fills("/roles/3", &fields).await.json();
        let said: Vec<&str> = sees["nowhere"].as_array().unwrap().iter().filter_map(|text| text.as_str()).collect();
        assert_eq!(
            said,
            [
                "Me.roles: no field of Role, which it returns, is open.",
                "Query.me: no field of Me, which it returns, is open.",
                "Query.users: no field of UserConnection, which it returns, is open.",
                "Session: nothing that the role may ask leads to it, though 1 field of it is open.",
            ]
        );
        assert_eq!(sees["count"], "0 fields");
    }

    async fn a_role_is_begun_from_a_preset_or_another_role(app: TestApp) {
        let mut ada = ada(&app).await;
        let begun = ada.fills("/roles/new", &[("name", "all"), ("grants", ""), ("preset", "read-only")]).await;
        assert!(grants(&begun).contains(&"own:Query.*".to_owned()), "{begun}");
        assert!(begun.text().contains("value=\"all\""), "{begun}");
        assert_eq!(grants(&ada.get("/roles/new?from=3").await), ["Query.me", "Me.name"]);
        let made = ada.fills("/roles/new", &typed("second", "Query.me\nMe.*")).await;
        assert_eq!(made.header("location"), Some("/roles/4?done=created"), "{made}");
        let taken = ada.fills("/roles/new", &typed("Second", "Query.me")).await;
        assert!(taken.status == StatusCode::UNPROCESSABLE_ENTITY && taken.text().contains("id=\"name-wrong\""), "{taken}");
    }

    async fn built_in_roles_are_shown_and_strangers_rights_changed_by_super_administrators(app: TestApp) {
        let mut ada = ada(&app).await;
        let list = ada.get("/roles").await.text();
        assert!(list.contains(">everybody<") && list.contains(">strangers<") && list.contains(">1 user<"), "{list}");
        let member = ada.get("/roles/1").await.text();
        let (member, strangers) = if member.contains("<h1>member</h1>") { (1, 2) } else { (2, 1) };
        assert!(!ada.get(&format!("/roles/{member}")).await.text().contains("data-role"), "nobody changes it");
        let path = format!("/roles/{strangers}");
        let review = ada.fills(&path, &[("grants", "Query.roles\nRole.name\nRoleConnection.*")]).await;
        assert!(review.text().contains("what strangers may do"), "{review}");
        let saved = ada.send(&form(&review), &[]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved}");
    }

    async fn deleting_names_who_loses_what(app: TestApp) {
        let mut ada = ada(&app).await;
        let question = ada.get("/roles/3/delete").await.text();
        assert!(question.contains("1 user loses it at once, with the 2 permissions"), "{question}");
        let done = ada.fills("/roles/3/delete", &[]).await;
        assert_eq!(done.header("location"), Some("/roles?done=deleted"), "{done}");
        assert_eq!(ada.get("/roles/3").await.status, StatusCode::NOT_FOUND);
    }

    async fn what_one_does_not_hold_is_neither_granted_nor_drawn(app: TestApp) {
        let _ = ada(&app).await;
        app.role("editing", &["Query.roles", "RoleConnection.*", "Role.*", "Mutation.createRole", "Mutation.updateRole"]).await;
        app.role("more", &["Query.audit_events", "AuditEventConnection.*", "AuditEvent.*"]).await;
        app.add(NewUser { roles: vec!["editing".into()], ..new("edna") }).await;
        let mut edna = Browser::of(&app, "edna").await;
        let refused = edna.fills("/roles/new", &typed("mine", "Query.audit_events")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains("what you do not hold yourself: Query.audit_events"), "{refused}");
        assert!(!refused.text().contains("name=\"follow_new_fields\""), "only super administrators say that");
        let more = edna.get("/roles/5").await.text();
        assert!(more.contains("that you do not hold yourself") && !more.contains("type AuditEvent"), "{more}");
        app.add(new("nils")).await;
        let mut nils = Browser::of(&app, "nils").await;
        assert_eq!(nils.get("/roles").await.status, StatusCode::FORBIDDEN);
        assert_eq!(nils.get("/roles/new").await.status, StatusCode::FORBIDDEN);
    }
}
