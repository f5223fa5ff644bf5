//! Changing a token that is there, by a session.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ME, audited, update};
use crate::app::TestApp;

fn writing(permissions: Value) -> Value {
    json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": permissions})
}

on_both! {
    async fn what_is_absent_stays_and_null_clears(app: TestApp) {
        let mia = app.member().await;
        let input = json!({"name": "n", "description": "d", "permissions": ["Query.me", "Me.*"], "documents": ["{ me { id } }", "query Q { me { username } }"], "ip_ranges": ["10.0.0.0/8", "::1"]});
        let token = mia.issue(input).await;
        assert_snapshot!(update(&mia, &token.id, json!({})).await, @r#"{"updatePersonalAccessToken":{"id":"1","name":"n","description":"d","permissions":["Query.me","Me.*"],"documents":["{\n  me {\n    id\n  }\n}\n","query Q {\n  me {\n    username\n  }\n}\n"],"ip_ranges":["10.0.0.0/8","::1"]}}"#);
        assert_snapshot!(update(&mia, &token.id, json!({"name": "renamed"})).await, @r#"{"updatePersonalAccessToken":{"id":"1","name":"renamed","description":"d","permissions":["Query.me","Me.*"],"documents":["{\n  me {\n    id\n  }\n}\n","query Q {\n  me {\n    username\n  }\n}\n"],"ip_ranges":["10.0.0.0/8","::1"]}}"#);
        assert_snapshot!(audited(&app).await, @"token.update | mia | session 1 | renamed | name");
        assert_snapshot!(update(&mia, &token.id, json!({"description": null, "permissions": ["Query.me", "Me.id"]})).await, @r#"{"updatePersonalAccessToken":{"id":"1","name":"renamed","description":null,"permissions":["Query.me","Me.id"],"documents":["{\n  me {\n    id\n  }\n}\n","query Q {\n  me {\n    username\n  }\n}\n"],"ip_ranges":["10.0.0.0/8","::1"]}}"#);
        assert_snapshot!(audited(&app).await, @"token.update | mia | session 1 | renamed | description; permissions: [own:Query.me, own:Me.id]");
        assert_snapshot!(update(&mia, &token.id, json!({"documents": [], "ip_ranges": []})).await, @r#"{"updatePersonalAccessToken":{"id":"1","name":"renamed","description":null,"permissions":["Query.me","Me.id"],"documents":[],"ip_ranges":[]}}"#);
        assert_snapshot!(update(&mia, &token.id, json!({"permissions": null, "documents": null, "ip_ranges": null})).await, @r#"{"updatePersonalAccessToken":{"id":"1","name":"renamed","description":null,"permissions":null,"documents":null,"ip_ranges":null}}"#);
        assert_snapshot!(audited(&app).await, @"token.update | mia | session 1 | renamed | permissions: none; documents: none; ip_ranges: none");
        app.bearer(&token.secret).gql(ME).await.data();
        assert_snapshot!(update(&mia, &token.id, json!({"name": null})).await, @"BAD_USER_INPUT name: `name` cannot be null: leave it out to keep what is there");
        assert_snapshot!(mia.gql(&format!("mutation {{ updatePersonalAccessToken(id: {}) {{ id }} }}", token.id)).await, @"BAD_USER_INPUT input: `input` must be given: it says what to change");
        // A variable that is not given is a field that is absent.
        let mutation = "mutation ($id: Int64Bit!, $p: [Permission!], $d: [String!], $i: [String!], $n: String) {
          updatePersonalAccessToken(id: $id, input: { name: $n, description: \"kept\", permissions: $p, documents: $d, ip_ranges: $i }) { name description permissions documents ip_ranges }
        }";
        update(&mia, &token.id, json!({"permissions": [], "documents": [], "ip_ranges": []})).await.data();
        assert_snapshot!(mia.gql_with(mutation, json!({"id": token.id})).await, @r#"{"updatePersonalAccessToken":{"name":"renamed","description":"kept","permissions":[],"documents":[],"ip_ranges":[]}}"#);
        assert_snapshot!(mia.gql_with(mutation, json!({"id": token.id, "p": null, "d": null, "i": null})).await, @r#"{"updatePersonalAccessToken":{"name":"renamed","description":"kept","permissions":null,"documents":null,"ip_ranges":null}}"#);
    }

    async fn a_long_list_is_not_written_down_whole(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(writing(json!(vec!["Query.me"; 1_000]))).await;
        assert!(audited(&app).await.ends_with("own:Query.me, and 950 more]"));
        update(&mia, &token.id, json!({"permissions": vec!["Me.*"; 51]})).await.data();
        assert!(audited(&app).await.ends_with("own:Me.*, and 1 more]"));
    }

    async fn a_session_widens_and_narrows_within_what_its_user_holds_and_it_holds_at_once(app: TestApp) {
        let mia = app.member().await;
        let token = mia.issue(writing(json!(["Query.me", "Me.id"]))).await;
        let client = app.bearer(&token.secret);
        assert_eq!(client.gql(ME).await.missing(), ["Me.username"]);
        update(&mia, &token.id, json!({"permissions": ["Query.me", "Me.username"]})).await.data();
        assert_eq!(client.gql(ME).await.code(), "");
        update(&mia, &token.id, json!({"permissions": []})).await.data();
        assert_eq!(client.gql(ME).await.missing(), ["Me.username", "Query.me"]);
        let refused = update(&mia, &token.id, json!({"permissions": ["Query.users", "Query.me"]})).await;
        assert_eq!(refused.missing(), ["Query.users"]);
        assert_eq!(update(&mia, &token.id, json!({"permissions": ["Query.nonsense"]})).await.code(), "BAD_USER_INPUT");
        update(&mia, &token.id, json!({"permissions": null})).await.data();
        assert_eq!(client.gql(ME).await.code(), "");
    }

    async fn what_is_taken_from_a_parent_is_taken_from_all_that_it_made_at_once(app: TestApp) {
        let mia = app.member().await;
        let parent = mia.issue(writing(json!(null))).await;
        let child = app.bearer(&parent.secret).issue(writing(json!(null))).await;
        let grandchild = app.bearer(&child.secret).issue(writing(json!(null))).await;
        let all = [&parent, &child, &grandchild].map(|token| app.bearer(&token.secret));
        for client in &all {
            assert_eq!(client.gql(ME).await.code(), "");
        }
        update(&mia, &parent.id, json!({"permissions": ["Query.me", "Me.id"]})).await.data();
        for client in &all {
            assert_eq!(client.gql(ME).await.missing(), ["Me.username"]);
        }
        update(&mia, &parent.id, json!({"permissions": null, "documents": ["{ sessions { id } }"]})).await.data();
        for client in &all {
            assert_eq!(client.gql(ME).await.reason(), "DOCUMENT_NOT_ALLOWED");
            assert_eq!(client.gql("{ sessions { id } }").await.code(), "");
        }
        update(&mia, &parent.id, json!({"documents": null, "ip_ranges": ["10.0.0.0/8"]})).await.data();
        for client in &all {
            assert_eq!(client.gql(ME).await.reason(), "ADDRESS_NOT_ALLOWED");
        }
        // Also when the parent has ended and its child lives on.
        update(&mia, &parent.id, json!({"ip_ranges": null, "permissions": ["Query.me", "Me.id"]})).await.data();
        mia.revoke(&parent.id).await.data();
        assert_eq!(all[2].gql(ME).await.missing(), ["Me.username"]);
        // What a child is given is never more than its parent has.
        update(&mia, &child.id, json!({"permissions": ["Query.me", "Me.*"]})).await.data();
        assert_eq!(all[1].gql(ME).await.missing(), ["Me.username"]);
    }

    async fn what_is_not_ones_own_or_has_ended_is_not_changed(app: TestApp) {
        let (mia, ada) = (app.member().await, app.admin().await);
        let hers = mia.issue(writing(json!(null))).await;
        assert_snapshot!(update(&ada, &hers.id, json!({"name": "x"})).await, @"BAD_USER_INPUT id: there is no token 1 of yours");
        mia.revoke(&hers.id).await.data();
        let before = app.made().await;
        assert_snapshot!(update(&mia, &hers.id, json!({"name": "x"})).await, @"BAD_USER_INPUT id: token 1 was revoked, and that is for ever: make a new one");
        assert_eq!(app.made().await, before);
        for (input, field) in [(json!({"name": ""}), "name"), (json!({"description": "\u{202e}"}), "description"), (json!({"ip_ranges": ["x"]}), "ip_ranges"), (json!({"documents": ["{"]}), "documents")] {
            let live = mia.issue(writing(json!(null))).await;
            let answer = update(&mia, &live.id, input).await;
            assert_eq!((answer.code(), answer.json()["errors"][0]["extensions"]["field"].clone()), ("BAD_USER_INPUT".into(), json!(field)));
        }
    }
}
