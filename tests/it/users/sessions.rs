//! The sessions of others, for who looks after them.

use super::*;

const SESSIONS: &str =
    "query ($id: Int64Bit) { users(id: $id) { entities { sessions { id created_at ip agent current } } } }";

async fn seen(who: &Client<'_>, id: i64) -> Vec<Value> {
    let data = who.gql_with(SESSIONS, json!({ "id": id })).await.data();
    data["users"]["entities"][0]["sessions"].as_array().unwrap().clone()
}

on_both! {
    async fn whoever_looks_after_users_sees_where_they_are_signed_in(app: TestApp) {
        let edna = edna(&app).await;
        let id = app.add(new("nils")).await;
        assert!(seen(&edna, id).await.is_empty(), "nobody signed in yet");
        app.sign_in("nils").await;
        app.sign_in("nils").await;
        let two = seen(&edna, id).await;
        assert_eq!(two.len(), 2);
        assert!(two.iter().all(|session| session["current"] == false));
        let own = seen(&edna, 2).await;
        assert_eq!(own.len(), 1);
        assert_eq!(own[0]["current"], true, "the one that asks is told apart");
        app.enable("nils", false).await;
        assert!(seen(&edna, id).await.is_empty(), "what has ended is not listed");
    }

    async fn a_member_sees_nobodys_sessions_but_their_own(app: TestApp) {
        let mia = app.member().await;
        let answer = mia.gql_with(SESSIONS, json!({"id": 1})).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        assert!(answer.to_string().contains("User.sessions"), "{answer}");
        mia.gql("{ sessions { id } }").await.data();
    }
}
