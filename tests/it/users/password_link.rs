//! The link by which somebody sets their own password: once, for a day, and nothing that its maker could not do.

use super::*;
use crate::app::URL;
use crate::console::Browser;

const LINK: &str = "mutation Link($id: Int64Bit!) { createPasswordLink(id: $id) { url expires_at } }";
const OTHER: &str = "heron-copper-violet-4";

/// Ada is 1, and Lena, who looks after users and makes links, is 2; Mia, who holds nothing, becomes 3.
async fn lena(app: &TestApp) -> Client<'_> {
    app.admin().await;
    let grants: Vec<&str> = EDITING.iter().copied().chain(["Mutation.createPasswordLink", "PasswordLink.*"]).collect();
    app.role("linking", &grants).await;
    app.add(NewUser { roles: vec!["linking".into()], ..new("lena") }).await;
    app.add(new("mia")).await;
    app.person("lena").await
}

async fn link(who: &Client<'_>, id: i64) -> Answer {
    who.gql_with(LINK, json!({ "id": id })).await
}

/// The code of a link that was made.
#[track_caller]
fn code(made: &Answer) -> String {
    let url = made.data()["createPasswordLink"]["url"].as_str().unwrap().to_owned();
    url.strip_prefix(&format!("{URL}/set-password?code=")).unwrap_or_else(|| panic!("{url}")).to_owned()
}

/// What becomes of looking at a link: 200 or 403.
async fn looked_at(app: &TestApp, code: &str) -> u16 {
    Browser::new(app).get(&format!("/set-password?code={code}")).await.status.as_u16()
}

async fn spent(app: &TestApp, code: &str, password: &str) -> Answer {
    Browser::new(app).post("/set-password", &[("code", code), ("password", password)]).await
}

/// What was done to users, but by the command line.
async fn trail(app: &TestApp) -> String {
    let rows = app
        .database(|tx| {
            let select = sql!(
                "select action, actor, credential, subject, coalesce(details, '') from audit_events
                 where subject_type = 'user' and action like 'user.%' and actor not like 'operator%' order by id"
            );
            let rows = tx.all(select, &[])?;
            rows.iter()
                .map(|row| (0..5).map(|column| row.get::<String>(column)).collect::<Result<Vec<_>, _>>())
                .collect::<Result<Vec<_>, _>>()
        })
        .await;
    rows.iter().map(|row| row.join(" | ")).collect::<Vec<_>>().join("\n")
}

async fn links(app: &TestApp) -> i64 {
    app.database(|tx| tx.one(sql!("select count(*) from password_links"), &[])?.get(0)).await
}

on_both! {
    async fn a_link_sets_the_password_once_and_ends_the_sessions(app: TestApp) {
        let lena = lena(&app).await;
        let mia = app.person("mia").await;
        let token = mia.reader().await;
        let made = link(&lena, 3).await;
        let ends = app.cx().world.now().plus_seconds(86_400).to_string();
        assert_eq!(made.data()["createPasswordLink"]["expires_at"], json!(ends));
        let code = code(&made);
        assert!(code.starts_with("dwd_pw_"), "{code}");
        // Until it is used nothing changes, whoever looks at it.
        for _ in 0..2 {
            assert_eq!(looked_at(&app, &code).await, 200);
        }
        mia.gql(ME).await.data();
        assert_eq!(whose(&app, "mia").await, r#"{"me":{"username":"mia"}}"#);
        let weak = spent(&app, &code, "mia@example.com").await;
        assert_eq!(weak.status.as_u16(), 422, "{weak}");
        let done = spent(&app, &code, OTHER).await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, Some("/sign-in?done=password-set")), "{done}");
        assert_eq!(mia.gql(ME).await.reason(), "TOKEN_REVOKED");
        token.gql(ME).await.data();
        assert_eq!(whose(&app, "mia").await, "INVALID_CREDENTIALS");
        assert_eq!(app.try_sign_in("mia", OTHER).await.code(), "");
        assert_eq!(looked_at(&app, &code).await, 403);
        assert_eq!(spent(&app, &code, "walnut-ember-quiet-7").await.status.as_u16(), 403);
        assert_eq!(app.try_sign_in("mia", OTHER).await.code(), "");
        let told = format!("user.password_link | lena | session 2 | mia | until {ends}\nuser.set_password | mia | password link | mia | every session ended");
        assert_eq!(trail(&app).await, told);
        assert_eq!(links(&app).await, 0);
    }

    async fn who_has_no_password_yet_gets_one_by_a_link(app: TestApp) {
        let lena = lena(&app).await;
        create(&lena, json!({"username": "nils"})).await.data();
        let code = code(&link(&lena, 4).await);
        assert_eq!(spent(&app, &code, PASSWORD).await.status.as_u16(), 303);
        assert_eq!(whose(&app, "nils").await, r#"{"me":{"username":"nils"}}"#);
    }

    async fn a_link_holds_for_a_day(app: TestApp) {
        let code = code(&link(&lena(&app).await, 3).await);
        app.later(86_399);
        assert_eq!(looked_at(&app, &code).await, 200);
        app.later(1);
        assert_eq!(looked_at(&app, &code).await, 403);
        assert_eq!(spent(&app, &code, OTHER).await.status.as_u16(), 403);
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "");
    }

    async fn a_link_ends_with_the_next_one_with_another_password_and_with_its_user(app: TestApp) {
        let lena = lena(&app).await;
        let first = code(&link(&lena, 3).await);
        let second = code(&link(&lena, 3).await);
        assert_eq!((looked_at(&app, &first).await, looked_at(&app, &second).await), (403, 200));
        assert_eq!(links(&app).await, 1);
        update(&lena, 3, json!({"name": "Mia M."})).await.data();
        assert_eq!(looked_at(&app, &second).await, 200, "her name has nothing to do with it");
        update(&lena, 3, json!({"password": OTHER})).await.data();
        assert_eq!(looked_at(&app, &second).await, 403);
        let third = code(&link(&lena, 3).await);
        let mia = app.bearer(app.try_sign_in("mia", OTHER).await.data()["signIn"]["accessToken"].as_str().unwrap());
        let change = "mutation ($old: String!, $new: String!) { changePassword(current_password: $old, new_password: $new) }";
        mia.gql_with(change, json!({"old": OTHER, "new": PASSWORD})).await.data();
        assert_eq!(looked_at(&app, &third).await, 403, "what she has set herself stays");
        let fourth = code(&link(&lena, 3).await);
        app.enable("mia", false).await;
        assert_eq!(looked_at(&app, &fourth).await, 403);
        assert_eq!(spent(&app, &fourth, OTHER).await.status.as_u16(), 403);
        app.enable("mia", true).await;
        assert_eq!(looked_at(&app, &fourth).await, 403, "it does not come back");
    }

    async fn nobody_makes_a_link_for_who_holds_more(app: TestApp) {
        let lena = lena(&app).await;
        app.role("roles", &["Query.roles", "RoleConnection.*", "Role.*"]).await;
        app.add(NewUser { roles: vec!["roles".into()], ..new("rosa") }).await;
        app.add(NewUser { super_admin: true, ..new("anna") }).await;
        assert_eq!(link(&lena, 1).await.reason(), "SUPER_ADMIN_REQUIRED");
        let rosas = link(&lena, 4).await;
        assert_eq!(rosas.code(), "FORBIDDEN", "{rosas}");
        assert!(rosas.missing().contains(&"Query.roles".to_owned()), "{rosas}");
        assert_snapshot!(link(&lena, 999).await, @"BAD_USER_INPUT id: there is no user of the number 999");
        let ada = app.admin().await;
        let narrowed = ada.with(json!({"name": "narrow", "role": "ROLE_READ_WRITE", "permissions": ["Mutation.createPasswordLink", "PasswordLink.*"]})).await;
        assert_eq!(link(&narrowed, 3).await.code(), "FORBIDDEN");
        assert_eq!(link(&ada.writer().await, 5).await.reason(), "SESSION_REQUIRED", "of a super administrator by a session");
        for who in [app.anonymous(), app.person("mia").await, lena.reader().await] {
            let answer = link(&who, 3).await;
            assert!(["FORBIDDEN", "UNAUTHENTICATED"].contains(&answer.code().as_str()), "{answer}");
        }
        assert_eq!((links(&app).await, trail(&app).await), (0, String::new()));
        link(&ada, 5).await.data();
        link(&ada, 4).await.data();
        link(&lena.writer().await, 3).await.data();
    }

    async fn a_disabled_user_gets_no_link(app: TestApp) {
        let lena = lena(&app).await;
        app.enable("mia", false).await;
        assert_snapshot!(link(&lena, 3).await, @"BAD_USER_INPUT id: `mia` is disabled: enable them first");
        assert_eq!(links(&app).await, 0);
    }

    async fn what_holds_a_token_is_not_shed_by_a_link(app: TestApp) {
        let lena = lena(&app).await;
        let held = lena.with(json!({"name": "held", "role": "ROLE_READ_WRITE", "documents": [LINK]})).await;
        let replaced = lena.writer().await;
        replaced.gql("mutation { rotatePersonalAccessToken { token } }").await.data();
        for token in [held, replaced] {
            let answer = link(&token, 3).await;
            assert_eq!((answer.code().as_str(), answer.reason().as_str()), ("FORBIDDEN", "SESSION_REQUIRED"), "{answer}");
        }
        assert_eq!(links(&app).await, 0);
    }

    async fn a_link_for_oneself_takes_a_session_that_was_proved(app: TestApp) {
        let lena = lena(&app).await;
        assert_eq!(link(&lena.writer().await, 2).await.reason(), "SESSION_REQUIRED");
        app.later(600);
        assert_eq!(link(&lena, 2).await.reason(), "PROOF_REQUIRED");
        lena.gql_with("mutation ($password: String) { proveSession(password: $password) }", json!({"password": PASSWORD})).await.data();
        let code = code(&link(&lena, 2).await);
        assert_eq!(spent(&app, &code, OTHER).await.status.as_u16(), 303);
        assert_eq!(lena.gql(ME).await.reason(), "TOKEN_REVOKED");
    }

    async fn a_link_gives_no_more_than_its_maker_may_when_it_is_used(app: TestApp) {
        let lena = lena(&app).await;
        let ada = app.admin().await;
        app.role("roles", &["Query.roles", "RoleConnection.*", "Role.*"]).await;
        let (roles, linking) = (role_id(&app, "roles").await, role_id(&app, "linking").await);
        let code = code(&link(&lena, 3).await);
        for (more, less) in [
            (json!({"role_ids": [roles]}), json!({"role_ids": []})),
            (json!({"super_admin": true}), json!({"super_admin": false})),
        ] {
            update(&ada, 3, more.clone()).await.data();
            assert_eq!(looked_at(&app, &code).await, 403, "{more}");
            assert_eq!(spent(&app, &code, OTHER).await.status.as_u16(), 403, "{more}");
            update(&ada, 3, less).await.data();
            assert_eq!(looked_at(&app, &code).await, 200, "{more}");
        }
        // With what Mia holds, Lena may.
        update(&ada, 2, json!({"role_ids": [roles, linking]})).await.data();
        update(&ada, 3, json!({"role_ids": [roles]})).await.data();
        assert_eq!(looked_at(&app, &code).await, 200);
        // And no longer than she may make one.
        update(&ada, 2, json!({"role_ids": [roles]})).await.data();
        assert_eq!(looked_at(&app, &code).await, 403);
        update(&ada, 2, json!({"role_ids": [roles, linking]})).await.data();
        app.enable("lena", false).await;
        assert_eq!(looked_at(&app, &code).await, 403);
        assert_eq!(spent(&app, &code, OTHER).await.status.as_u16(), 403);
        app.enable("lena", true).await;
        assert_eq!(looked_at(&app, &code).await, 403, "it does not come back with her");
        assert_eq!(app.try_sign_in("mia", PASSWORD).await.code(), "");
    }

    async fn a_wrong_code_costs_no_write_and_tells_nothing(app: TestApp) {
        let lena = lena(&app).await;
        let code = code(&link(&lena, 3).await);
        let token = lena.issue(json!({"name": "another kind"})).await.secret;
        let state = || {
            app.database(|tx| {
                let row = tx.one(sql!("select (select n from revision), (select count(*) from audit_events)"), &[])?;
                Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))
            })
        };
        let (revision, audit) = state().await;
        let swapped = format!("{}{}", &code[..7], &token[8..]);
        let mistyped = format!("{}{}", &code[..code.len() - 1], if code.ends_with('x') { 'y' } else { 'x' });
        let loud = code.to_uppercase();
        for wrong in ["", "x", "dwd_pw_", token.as_str(), swapped.as_str(), mistyped.as_str(), loud.as_str()] {
            let looked = Browser::new(&app).get(&format!("/set-password?code={wrong}")).await;
            let sent = spent(&app, wrong, OTHER).await;
            assert_eq!((looked.status.as_u16(), sent.status.as_u16()), (403, 403), "{wrong}");
            assert!(looked.text().contains("This link does not hold") && !looked.text().contains("mia"), "{looked}");
        }
        // Looking at the state is a change itself.
        assert_eq!(state().await, (revision + 1, audit));
        assert_eq!(looked_at(&app, &code).await, 200);
    }

    async fn only_the_digest_of_a_link_is_kept(app: TestApp) {
        let code = code(&link(&lena(&app).await, 3).await);
        let kept: Vec<u8> = app.database(|tx| tx.one(sql!("select hash from password_links"), &[])?.get(0)).await;
        assert_eq!(kept, doorward::secret::Digest::of(&code).bytes());
        assert!(!trail(&app).await.contains(&code[7..37]));
    }
}
