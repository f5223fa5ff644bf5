//! Refusals that come from the API behind: what is wrong with it, for each way to ask.

use super::{MEDIA, Stage, check};
use crate::app::new;
use crate::databases::Database;
use crate::gateway::broken::{Play, answer, json, says};
use crate::gateway::{Behind, Broken, SHOP, before};
use crate::refusals::table::{Row, Who};
use doorward::config::Span;
use doorward::users::NewUser;
use std::time::Duration;

/// What the peer does, and the status and code that come of it.
fn faults() -> [(&'static str, Play, u16, &'static str); 10] {
    const HTML: &[&str] = &["content-type: text/html"];
    const JSON: &[&str] = &["content-type: application/json"];
    const MOVED: &[&str] = &["content-type: application/json", "location: /"];
    let good = r#"{"data":{"version":"9","ping":"pong"}}"#;
    [
        ("refuses connections", Play::closes_at_once(), 502, "UPSTREAM_UNAVAILABLE"),
        ("drops the connection", says(&json(good)[..70]).and_closes(), 502, "UPSTREAM_UNAVAILABLE"),
        ("is too slow", says("").and_waits(), 504, "UPSTREAM_TIMEOUT"),
        ("answers HTML", says(answer("200 OK", HTML, "<html>")), 502, "UPSTREAM_INVALID"),
        ("answers an array", says(json(format!("[{good}]"))), 502, "UPSTREAM_INVALID"),
        ("answers cut-off JSON", says(json(&good[..20])), 502, "UPSTREAM_INVALID"),
        ("answers a redirect", says(answer("307 Temporary Redirect", MOVED, good)), 502, "UPSTREAM_INVALID"),
        ("has a fault of its own", says(answer("500 Internal Server Error", HTML, "<html>")), 502, "UPSTREAM_INVALID"),
        ("refuses our credential", says(answer("401 Unauthorized", JSON, good)), 502, "UPSTREAM_UNAUTHORIZED"),
        ("forbids our credential", says(answer("403 Forbidden", HTML, "<html>")), 502, "UPSTREAM_UNAUTHORIZED"),
    ]
}

fn rows(what: &'static str, status: u16, code: &'static str) -> Vec<Row> {
    let mixed = "mutation { ping updateMe(input: {name: \"Mia\"}) { name } }";
    let row = |who, query: &str| Row { status: (status, status), code, ..Row::new(what, who, query) };
    vec![
        row(Who::Session, "{ version }"),
        row(Who::Reader, "{ version }"),
        row(Who::Writer, "mutation { ping }"),
        // Strangers may, as long as the role for them says so.
        row(Who::Nobody, "{ version }"),
        Row { method: "GET", path: "/graphql?query={version}", ..row(Who::Reader, "") },
        Row { path: "/api/graphql/", ..row(Who::Reader, "{ version }") },
        // What comes after the failure is not run: nothing is answered, though the operation began.
        Row { ran: true, ..row(Who::Writer, mixed) },
    ]
}

on_both! {
    async fn every_failure_of_the_api_is_as_the_table_says(database: Database) {
        let (behind, broken) = (Behind::new(SHOP).await, Broken::new().await);
        let url = broken.url();
        let app = before(database, &behind, |config| {
            config.upstream.url = Some(url);
            config.upstream.timeout = Span(Duration::from_secs(1));
        })
        .await;
        app.role("shopper", &["api:Query.version", "api:Mutation.ping"]).await;
        app.add(NewUser { roles: vec!["shopper".into()], ..new("mia") }).await;
        let opened = "mutation { updateRole(id: 2, input: {applied_permissions: [\"api:Query.version\"]}) { id } }";
        app.admin().await.gql(opened).await.data();
        let stage = Stage::on(app).await;
        for (what, play, status, code) in faults() {
            broken.plays([play]);
            for row in rows(what, status, code) {
                for media in MEDIA {
                    check(&row, media, &stage.ask(&row, media).await);
                }
            }
        }
        let name = stage.app.member().await.gql("{ me { name } }").await;
        assert_eq!(name.data()["me"]["name"], "mia", "what stands after a failure was not run");
    }
}
