//! What was counted is kept in the database: for the time after a restart, and for other nodes.

use super::*;

on_both! {
    async fn a_restart_forgives_nothing_and_nodes_count_together(app: TestApp) {
        app.add(new("mia")).await;
        assert_eq!(looked_at(&guess(&app, "", "mia", 6).await), 6);
        let other = app.beside(|_| {}).await;
        let there = async || {
            let request = app.anonymous().post("/graphql").body(crate::app::body(SIGN_IN, &json!({"name": "mia", "password": "wrong"})));
            let response = tower::ServiceExt::oneshot(other.router(), request.unwrap()).await.unwrap();
            response.status().as_u16()
        };
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(there().await);
        }
        assert_eq!(statuses, [200, 200, 200, 200, 429]);
        assert_eq!(looked_at(&guess(&app, "", "mia", 1).await), 0);
    }
}
