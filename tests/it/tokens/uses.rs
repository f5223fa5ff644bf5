//! When a credential was last used: written in the background, by several nodes at once, and not lost on the way.

use std::time::Duration;

use axum::http::{Request, header};
use doorward::app::App;
use doorward::sql;
use doorward::storage::{Sql, Storage, Tx};
use futures_util::future::{join, join3};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::ME;
use crate::app::{TestApp, body};
use crate::databases::{self, Database, START};

/// Which tokens were last used at another moment than this.
async fn not_used_at(app: &TestApp, at: i64) -> Vec<i64> {
    app.database(move |tx| {
        let rows = tx.all(sql!("select id, last_used_at from personal_access_tokens order by id"), &[])?;
        let used = |row: &doorward::storage::Row| Ok((row.get::<i64>(0)?, row.get::<Option<i64>>(1)?));
        let rows: Vec<_> = rows.iter().map(used).collect::<Result<_, doorward::error::Error>>()?;
        Ok(rows.into_iter().filter(|(_, used)| *used != Some(at)).map(|(id, _)| id).collect())
    })
    .await
}

async fn ask(app: &App, secret: &str) {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {secret}"));
    let Ok(answer) = app.router().oneshot(request.body(body(ME, &json!({}))).unwrap()).await;
    assert!(answer.status().is_success());
}

#[test]
fn two_nodes_that_write_the_same_uses_lose_none() {
    databases::run(async {
        let database = Database::postgres().await;
        let here = TestApp::with(database, |_| {}).await;
        let there = here.beside(|_| {}).await;
        let mia = here.member().await;
        let mut secrets = Vec::new();
        for _ in 0..60 {
            secrets.push(mia.issue(json!({"name": "x"})).await.secret);
        }
        for round in 1..=8 {
            here.later(60);
            there.cx().world.advance_seconds(60);
            for secret in &secrets[..50] {
                here.bearer(secret).gql(ME).await.data();
            }
            for secret in &secrets[10..] {
                ask(&there, secret).await;
            }
            join(here.write_uses(), there.write_uses_now()).await;
            assert_eq!(not_used_at(&here, here.cx().world.now().0).await, [0i64; 0], "round {round}");
        }
    });
}

#[test]
fn a_first_use_does_not_wait_for_the_next_batch() {
    databases::run(async {
        let database = Database::postgres().await;
        let here = TestApp::with(database, |_| {}).await;
        let there = here.beside(|_| {}).await;
        let mia = here.member().await;
        let writing = tokio::spawn(there.clone().write_uses());
        // One of them may ride on the batch that is written at the start.
        for left in (0..3).rev() {
            let secret = mia.issue(json!({"name": "x"})).await.secret;
            ask(&there, &secret).await;
            let written = async { while !not_used_at(&here, START.0).await.is_empty() {} };
            timeout(Duration::from_secs(5), written).await.unwrap_or_else(|_| panic!("{left} more to come"));
        }
        writing.abort();
    });
}

/// Rows that a transaction of PostgreSQL's has touched and keeps until it is let go.
struct Held {
    storage: Storage,
    free: std::sync::mpsc::Sender<()>,
}

impl Held {
    async fn take(app: &TestApp, touch: Sql) -> Self {
        let (free, is_free) = std::sync::mpsc::channel::<()>();
        let (holds, is_held) = oneshot::channel();
        let storage = app.cx().storage.clone();
        let holder = storage.clone();
        tokio::spawn(async move {
            let work = move |tx: &mut Tx<'_>| {
                tx.execute(touch, &[])?;
                holds.send(()).unwrap();
                is_free.recv().unwrap();
                Ok(())
            };
            holder.write(work).await.unwrap();
        });
        is_held.await.unwrap();
        Self { storage, free }
    }

    /// Until so many wait for a row.
    async fn waiting(&self, many: i64) {
        let count = async || {
            let waiting = sql!(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            );
            self.storage.read(move |tx| tx.one(waiting, &[])?.get::<i64>(0)).await.unwrap()
        };
        while count().await < many {}
    }

    fn free(&self) {
        self.free.send(()).unwrap();
    }
}

#[test]
fn a_token_is_changed_by_a_session_while_the_uses_of_both_are_written() {
    databases::run(async {
        let app = TestApp::with(Database::postgres().await, |_| {}).await;
        let mia = app.member().await;
        let token = mia.issue(json!({"name": "n"})).await;
        app.write_uses().await;
        app.later(60);
        let changed = async |change: &str| {
            mia.gql(ME).await.data();
            app.bearer(&token.secret).gql(ME).await.data();
            let held = Held::take(&app, sql!("update personal_access_tokens set name = name where id = 1")).await;
            let mutation = format!("mutation {{ {change} }}");
            let then = async {
                held.waiting(1).await;
                let change = mia.gql(&mutation);
                let both = async {
                    held.waiting(2).await;
                    held.free();
                };
                join(change, both).await.0
            };
            let ((), answer) = join(app.write_uses(), then).await;
            assert_eq!(answer.code(), "", "{change}: {answer}");
            assert_eq!(not_used_at(&app, app.cx().world.now().0).await, [0i64; 0], "{change}");
            app.later(60);
        };
        changed("updatePersonalAccessToken(id: 1, input: { permissions: null }) { id }").await;
        changed("confirmPersonalAccessToken(id: 1) { id }").await;
        changed("rotatePersonalAccessToken(id: 1) { token }").await;
    });
}

#[test]
fn a_tree_is_revoked_while_its_uses_are_written() {
    databases::run(async {
        let app = TestApp::with(Database::postgres().await, |_| {}).await;
        let mia = app.member().await;
        let root = mia.issue(json!({"name": "root", "role": "ROLE_READ_WRITE"})).await;
        let mut children = Vec::new();
        for _ in 0..9 {
            children.push(app.bearer(&root.secret).reader().await);
        }
        app.write_uses().await;
        for child in &children {
            child.gql(ME).await.data();
        }
        // Both come to a row in the middle that somebody holds, and only then does it go free.
        let held = Held::take(&app, sql!("update personal_access_tokens set name = name where id = 5")).await;
        let both_wait = async {
            held.waiting(2).await;
            held.free();
        };
        let end = format!("mutation {{ revokePersonalAccessToken(id: {}, with_descendants: true) {{ id }} }}", root.id);
        let ((), ended, ()) = join3(app.write_uses(), mia.gql(&end), both_wait).await;
        assert_eq!(ended.code(), "", "{ended}");
        assert_eq!(not_used_at(&app, START.0).await, [0i64; 0], "not even one that has to wait for another batch");
    });
}

on_both! {
    async fn a_use_that_could_not_be_written_is_written_later(app: TestApp) {
        let mia = app.member().await;
        let token = mia.reader().await;
        token.gql(ME).await.data();
        let used = app.cx().world.now().0;
        app.database(|tx| tx.execute(sql!("alter table personal_access_tokens rename column last_used_ip to gone"), &[])).await;
        app.write_uses().await;
        app.database(|tx| tx.execute(sql!("alter table personal_access_tokens rename column gone to last_used_ip"), &[])).await;
        app.later(5);
        app.write_uses().await;
        assert_eq!(not_used_at(&app, used).await, [0i64; 0]);
    }
}
