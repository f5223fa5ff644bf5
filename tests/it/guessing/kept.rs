//! What is kept of tries, and what of it is told.

use super::*;
use doorward::sql;

/// How many counters are kept, and whether each is a digest.
async fn counters(app: &TestApp) -> usize {
    let keys = app.database(|tx| {
        tx.all(sql!("select key from throttle"), &[])?
            .iter()
            .map(|row| row.get::<Vec<u8>>(0))
            .collect::<Result<Vec<_>, _>>()
    });
    let keys = keys.await;
    assert!(keys.iter().all(|key| key.len() == 32));
    keys.len()
}

on_both! {
    async fn what_has_run_empty_is_cleared_away(app: TestApp) {
        for name in 0..24 {
            guess(&app, &format!("192.0.2.{name}"), &format!("name-{name}"), 1).await;
        }
        assert_eq!(counters(&app).await, 24 + 24 + 1, "accounts, addresses, the network");
        assert_eq!(sign_in(&app, "", "nobody", "").await.code(), "INVALID_CREDENTIALS");
        app.later(900);
        guess(&app, "", "nobody", 1).await;
        assert_eq!(counters(&app).await, 50 - 20, "twenty at a time; nobody's is counted anew");
        guess(&app, "", "nobody", 1).await;
        guess(&app, "", "nobody", 1).await;
        assert_eq!(counters(&app).await, 1);
    }

    async fn the_audit_trail_says_where_no_more_tries_are_let_through(app: TestApp) {
        app.add(new("mia")).await;
        let mia = app.sign_in("mia").await;
        guess(&app, "192.0.2.1", "mia", 11).await;
        guess(&app, "192.0.2.1", "my-secret-pass", 11).await;
        for _ in 0..11 {
            app.bearer(&mia.access).gql("mutation { proveSession(password: \"x\") }").await;
        }
        let rows = app.database(|tx| {
            let rows = tx.all(sql!("select action, coalesce(subject, '-'), details from audit_events where details is not null and action = 'session.refused' order by id"), &[])?;
            rows.iter().map(|row| Ok(format!("{} {} {}", row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?))).collect::<Result<Vec<_>, _>>()
        });
        let rows: Vec<String> = rows.await.into_iter().filter(|row| row.contains("no more")).collect();
        insta::assert_snapshot!(rows.join("\n"), @r"
        session.refused mia no more tries for now: the account
        session.refused - no more tries for now: the account
        session.refused mia proveSession: wrong password; no more tries for now: the session
        ");
    }

    async fn a_try_that_is_sent_away_writes_nothing(app: TestApp) {
        app.add(new("mia")).await;
        guess(&app, "192.0.2.1", "mia", 10).await;
        let before = (app.made().await, counters(&app).await);
        guess(&app, "192.0.2.1", "mia", 5).await;
        assert_eq!((app.made().await, counters(&app).await), before);
    }
}
