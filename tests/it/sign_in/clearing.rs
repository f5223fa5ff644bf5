//! What expired long ago is cleared away by the sign-ins that come after it.

use super::{DAY, ME, mia, refresh};
use crate::app::TestApp;
use doorward::sql;

/// How many sessions, refresh tokens and access tokens are kept.
async fn kept(app: &TestApp) -> [i64; 3] {
    app.database(|tx| {
        Ok([
            tx.one(sql!("select count(*) from sessions"), &[])?.get(0)?,
            tx.one(sql!("select count(*) from refresh_tokens"), &[])?.get(0)?,
            tx.one(sql!("select count(*) from access_tokens"), &[])?.get(0)?,
        ])
    })
    .await
}

on_both! {
    async fn what_expired_is_told_so_for_a_week_and_then_is_gone(app: TestApp) {
        let old = mia(&app).await;
        refresh(&app, &old.refresh).await.data();
        app.later(80 * DAY);
        let newer = app.sign_in("mia").await;
        assert_eq!(kept(&app).await, [2, 2, 1], "access tokens that ended are gone");
        app.later(17 * DAY);
        app.sign_in("mia").await;
        assert_eq!(refresh(&app, &old.refresh).await.reason(), "TOKEN_EXPIRED");
        app.later(1);
        let now = app.sign_in("mia").await;
        assert_eq!(refresh(&app, &old.refresh).await.reason(), "TOKEN_UNKNOWN");
        assert_eq!(kept(&app).await[..2], [3, 3]);
        // Nothing that lives went along.
        assert_eq!(refresh(&app, &newer.refresh).await.code(), "");
        app.bearer(&now.access).gql(ME).await.data();
    }

    async fn a_number_means_one_session_for_ever(app: TestApp) {
        mia(&app).await;
        app.later(98 * DAY);
        let now = app.sign_in("mia").await;
        let sessions = app.bearer(&now.access).gql("{ sessions { id } }").await;
        assert_eq!(sessions.to_string(), r#"{"sessions":[{"id":"2"}]}"#);
        assert_eq!(kept(&app).await, [1, 1, 1]);
    }

    async fn a_pile_is_cleared_away_by_and_by(app: TestApp) {
        mia(&app).await;
        for _ in 0..29 {
            app.sign_in("mia").await;
        }
        app.later(98 * DAY);
        app.sign_in("mia").await;
        assert_eq!(kept(&app).await, [11, 11, 1], "twenty at a time");
        app.sign_in("mia").await;
        assert_eq!(kept(&app).await, [2, 2, 2]);
    }
}
