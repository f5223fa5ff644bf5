//! What was taken away stays away, whatever the database goes through.

use crate::app::TestApp;
use doorward::sql;
use serde_json::json;
use std::time::Duration;

const ME: &str = "{ me { username } }";

on_both! {
    async fn a_database_that_goes_back_revives_nothing(app: TestApp) {
        let mia = app.member().await;
        for number in 0..5 {
            let spare = mia.issue(json!({"name": format!("spare {number}")})).await;
            mia.gql(&format!("mutation {{ revokePersonalAccessToken(id: {}) {{ id }} }}", spare.id)).await.data();
        }
        let token = mia.issue(json!({"name": "kept"})).await;
        app.bearer(&token.secret).gql(ME).await.data();
        // A failover that lost the last commits, or a restore: the counter of changes is lower than it was.
        app.cx().storage.write(|tx| {
            tx.execute(sql!("delete from events where id > 2"), &[])?;
            tx.execute(sql!("update revision set n = 2"), &[])
        }).await.unwrap();
        // Until this node has looked again, what it reads might be a standby's that lags, and is not believed.
        let noticed = async {
            while app.cx().storage.losses().borrow().is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), noticed).await.expect("it notices");
        for round in 0..3 {
            let token = mia.issue(json!({"name": format!("after {round}")})).await;
            app.bearer(&token.secret).gql(ME).await.data();
            mia.gql(&format!("mutation {{ revokePersonalAccessToken(id: {}) {{ id }} }}", token.id)).await.data();
            assert_eq!(app.bearer(&token.secret).gql(ME).await.reason(), "TOKEN_REVOKED", "round {round}");
        }
        mia.gql(&format!("mutation {{ revokePersonalAccessToken(id: {}) {{ id }} }}", token.id)).await.data();
        assert_eq!(app.bearer(&token.secret).gql(ME).await.reason(), "TOKEN_REVOKED");
    }
}
