//! The audit log in the console: filtered, paged, taken out.

use axum::http::StatusCode;
use doorward::sql;
use doorward::users::NewUser;
use serde_json::Value;

use super::Browser;
use crate::app::{TestApp, new};

async fn ada(app: &TestApp) -> Browser<'_> {
    app.add(NewUser { super_admin: true, ..new("ada") }).await;
    Browser::of(app, "ada").await
}

/// The actions of an export, in their order.
fn actions(lines: &str) -> Vec<String> {
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap()["action"].as_str().unwrap().to_owned();
    lines.lines().map(line).collect()
}

on_both! {
    async fn the_log_says_in_words_what_was_done_and_finds_it_again(app: TestApp) {
        let mut ada = ada(&app).await;
        app.add(new("mia")).await;
        app.role("clerk", &["Query.me"]).await;
        app.try_sign_in("mia", "wrong").await;
        let all = ada.get("/audit").await.text();
        for words in ["Signed in", "Added user", "Created role", "Was refused at sign-in", "operator tests", "command line"] {
            assert!(all.contains(words), "{words}: {all}");
        }
        assert!(all.contains("href=\"/users/2\">mia</a>") && all.contains("href=\"/roles/"), "{all}");
        let rows = |page: &str| page.matches("data-label=\"Did\"").count();
        for (filter, found) in [
            ("action=role.create", 1),
            ("action=user.*", 2),
            ("action=session.refused&subject=mia", 1),
            ("actor=ada", 1),
            ("q=clerk", 1),
            ("until=1999-12-31", 0),
            ("since=1999-12-31", 5),
            ("credential=password", 1),
            ("token=1", 0),
        ] {
            let page = ada.get(&format!("/audit?{filter}")).await.text();
            assert_eq!(rows(&page), found, "{filter}: {page}");
            assert!(found > 0 || page.contains("Nothing in the log matches"), "{filter}: {page}");
        }
        let wrong = ada.get("/audit?since=yesterday").await.text();
        assert!(wrong.contains("id=\"since-error\"") && rows(&wrong) == 5, "{wrong}");
    }

    async fn an_export_is_whole_and_written_down(app: TestApp) {
        let mut ada = ada(&app).await;
        app.database(|tx| {
            for number in 0..250_i64 {
                tx.execute(
                    sql!(
                        "insert into audit_events (at, action, actor, folded_actor, credential, subject)
                         values ($1, 'token.update', '=1+1', '=1+1', 'none', 'x')"
                    ),
                    doorward::params![number],
                )?;
            }
            Ok(())
        })
        .await;
        let lines = ada.get("/audit.json?action=token.*").await;
        assert_eq!(lines.header("content-disposition"), Some("attachment; filename=\"audit.jsonl\""));
        assert_eq!(actions(&lines.text()), ["token.update"; 250]);
        let numbers: Vec<String> = lines.text().lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string()).collect();
        assert_eq!(numbers.iter().collect::<std::collections::BTreeSet<_>>().len(), 250, "none comes twice");
        let table = ada.get("/audit.csv").await.text();
        let mut rows = csv::Reader::from_reader(table.as_bytes());
        assert_eq!(rows.headers().unwrap().iter().take(4).collect::<Vec<_>>(), ["id", "at", "action", "actor"]);
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        assert_eq!(&rows[0][2], "audit.export", "the first export is told of in the second");
        assert_eq!(&rows[0][12], "action token.*");
        let wrong = ada.get("/audit.csv?since=yesterday").await;
        assert_eq!(wrong.header("location"), Some("/audit?since=yesterday"), "not more than was asked for: {wrong}");
        assert_eq!(rows.iter().filter(|row| &row[3] == "'=1+1").count(), 250, "no formulas");
    }

    async fn who_may_not_see_the_log_gets_no_file_of_it_either(app: TestApp) {
        app.add(new("mia")).await;
        let mut mia = Browser::of(&app, "mia").await;
        for path in ["/audit", "/audit.csv", "/audit.json"] {
            let page = mia.get(path).await;
            assert!(page.status == StatusCode::FORBIDDEN && page.text().contains("Query.audit_events"), "{path}: {page}");
        }
        assert!(!mia.get("/me").await.text().contains("href=\"/audit\""), "what one may not see is not offered");
    }
}
