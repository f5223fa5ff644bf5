//! Personal access tokens: making them, narrowing them, what they can never do, and how they end.

pub mod addresses;
mod changing;
mod confirming;
mod documents;
mod escalation;
mod kin;
mod narrowing;
mod revocation_matrix;
mod revoking;
mod rotating;
mod shapes;
mod uses;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::app::{Answer, Client, Issued, TestApp};
use doorward::sql;
use doorward::storage::{Subject, params};

const ME: &str = "{ me { username } }";
const DAY: i64 = 86_400;
/// Changes a token, or does not.
pub async fn update(client: &Client<'_>, id: &str, input: Value) -> Answer {
    let mutation = "mutation ($id: Int64Bit!, $input: UpdatePersonalAccessTokenMutationInput) {
      updatePersonalAccessToken(id: $id, input: $input) { id name description permissions documents ip_ranges }
    }";
    client.gql_with(mutation, json!({"id": id, "input": input})).await
}

/// Rotates a token, or does not; `arguments` with their parentheses.
pub async fn try_rotate(client: &Client<'_>, arguments: &str) -> Answer {
    let made = "token personal_access_token { id hint expires_at previous_secret_until }";
    client.gql(&format!("mutation {{ rotatePersonalAccessToken{arguments} {{ {made} }} }}")).await
}

/// Rotates a token, which must go well.
pub async fn rotate(client: &Client<'_>, arguments: &str) -> Issued {
    let data = try_rotate(client, arguments).await.data();
    let made = &data["rotatePersonalAccessToken"];
    let of = |value: &Value| value.as_str().expect("a string").to_owned();
    Issued { id: of(&made["personal_access_token"]["id"]), secret: of(&made["token"]) }
}

/// Stands by a token, or does not.
pub async fn confirm(client: &Client<'_>, id: &str) -> Answer {
    client.gql(&format!("mutation {{ confirmPersonalAccessToken(id: {id}) {{ id confirmed_at }} }}")).await
}

/// The last thing that was written to the audit trail.
pub async fn audited(app: &TestApp) -> String {
    app.database(|tx| {
        let row = tx.one(
            sql!("select action, actor, credential, subject, details from audit_events order by id desc limit 1"),
            &[],
        )?;
        let text = |at| Ok::<_, doorward::error::Error>(row.get::<Option<String>>(at)?.unwrap_or_default());
        Ok([text(0)?, text(1)?, text(2)?, text(3)?, text(4)?].join(" | "))
    })
    .await
}

const LIST: &str = "{ viewPersonalAccessTokens { id name role status permissions } }";

on_both! {
    async fn the_form_that_old_clients_send_makes_a_token_that_reads(app: TestApp) {
        let mia = app.member().await;
        for (role, writes) in [("", false), (", role: null", false), (", role: ROLE_READ_ONLY", false), (", role: ROLE_READ_WRITE", true)] {
            let made = mia.gql(&format!("mutation {{ createPersonalAccessToken(name: \"script\"{role}, expiryInDays: 30) }}")).await.data();
            let secret = made["createPersonalAccessToken"].as_str().unwrap();
            assert!(secret.starts_with("dwd_pat_") && secret.len() == 44, "{secret}");
            let token = app.bearer(secret);
            assert_eq!(token.gql(ME).await.to_string(), r#"{"me":{"username":"mia"}}"#);
            let tried = token.gql("mutation { createPersonalAccessToken(name: \"child\") }").await;
            assert_eq!(tried.code(), if writes { "" } else { "FORBIDDEN" }, "{role}");
        }
        assert_snapshot!(mia.gql("{ viewPersonalAccessTokens { id name role hint expires_at } }").await, @r#"{"viewPersonalAccessTokens":[{"id":"1","name":"script","role":"ROLE_READ_ONLY","hint":"dwd_pat_…pB8t","expires_at":"2026-03-31T00:00:00Z"},{"id":"2","name":"script","role":"ROLE_READ_ONLY","hint":"dwd_pat_…cYzu","expires_at":"2026-03-31T00:00:00Z"},{"id":"3","name":"script","role":"ROLE_READ_ONLY","hint":"dwd_pat_…M5Xu","expires_at":"2026-03-31T00:00:00Z"},{"id":"4","name":"script","role":"ROLE_READ_WRITE","hint":"dwd_pat_…OhGL","expires_at":"2026-03-31T00:00:00Z"},{"id":"5","name":"child","role":"ROLE_READ_ONLY","hint":"dwd_pat_…gRzJ","expires_at":"2027-03-01T00:00:00Z"}]}"#);
    }

    async fn a_token_that_reads_makes_nothing_and_ends_nothing(app: TestApp) {
        let reader = app.admin().await.reader().await;
        let before = app.made().await;
        for mutation in [
            "createPersonalAccessToken(name: \"x\")",
            "issuePersonalAccessToken(input: { name: \"x\", permissions: [] }) { token }",
            "revokePersonalAccessToken(id: 1) { id }",
            "signOut(everywhere: true)",
        ] {
            for document in [
                format!("mutation A {{ a: {mutation} }}"),
                format!("mutation {{ ... {{ ... on Mutation {{ {mutation} }} }} }}"),
                format!("mutation {{ ...F }} fragment F on Mutation {{ {mutation} }}"),
                format!("mutation ($no: Boolean = false) {{ ... @include(if: $no) {{ {mutation} }} }}"),
            ] {
                let answer = reader.gql(&document).await;
                assert_eq!(answer.code(), "FORBIDDEN", "{document}: {answer}");
            }
            let answer = reader.gql(&format!("mutation {{ {mutation} }}")).await;
            assert_eq!(answer.missing()[0], format!("Mutation.{}", mutation.split('(').next().unwrap()));
        }
        // Which operation runs is which is judged.
        let two = json!({"query": format!("query A {ME} mutation B {{ signOut(everywhere: true) }}"), "operationName": "B"});
        assert_eq!(reader.posts(two.to_string()).await.code(), "FORBIDDEN");
        assert_snapshot!(reader.gql("mutation { __typename }").await, @"FORBIDDEN: not granted: Mutation");
        assert_eq!(app.made().await, before);
    }

    async fn a_refused_call_is_no_use_and_a_first_use_shows_at_once(app: TestApp) {
        let mia = app.member().await;
        let (token, other) = (mia.reader().await, mia.reader().await);
        let used = "{ viewPersonalAccessTokens { id last_used_at last_used_agent } }";
        for refused in ["{ users { entities { id } } }", "{ nonsense }", "{", "mutation { signOut }"] {
            token.gql(refused).await;
        }
        token.posts("no JSON").await;
        app.write_uses().await;
        assert_snapshot!(mia.gql(used).await, @r#"{"viewPersonalAccessTokens":[{"id":"1","last_used_at":null,"last_used_agent":null},{"id":"2","last_used_at":null,"last_used_agent":null}]}"#);
        app.later(5);
        let request = token.post("/graphql").header("user-agent", "otter/1");
        token.send(request.body(crate::app::body(ME, &json!({})))).await.data();
        app.write_uses().await;
        assert_snapshot!(mia.gql(used).await, @r#"{"viewPersonalAccessTokens":[{"id":"1","last_used_at":"2026-03-01T00:00:05Z","last_used_agent":"otter/1"},{"id":"2","last_used_at":null,"last_used_agent":null}]}"#);
        // Later uses are told with at most a minute's delay, and each of its own token alone.
        app.later(60);
        token.gql(ME).await.data();
        other.get("/schema.graphql").await;
        app.write_uses().await;
        assert_snapshot!(mia.gql(used).await, @r#"{"viewPersonalAccessTokens":[{"id":"1","last_used_at":"2026-03-01T00:01:05Z","last_used_agent":null},{"id":"2","last_used_at":"2026-03-01T00:01:05Z","last_used_agent":null}]}"#);
        // A credential that is dead is not used, however often it comes.
        mia.revoke("1").await.data();
        app.later(60);
        token.gql(ME).await;
        app.write_uses().await;
        assert_eq!(mia.gql("{ personal_access_tokens(id: 1) { entities { last_used_at } } }").await.to_string(), r#"{"personal_access_tokens":{"entities":[{"last_used_at":"2026-03-01T00:01:05Z"}]}}"#);
    }

    async fn every_answer_to_a_token_says_when_it_ends(app: TestApp) {
        let mia = app.member().await;
        let token = mia.with(json!({"name": "x", "expires_in_days": 7, "role": "ROLE_READ_WRITE"})).await;
        let ends = Some("2026-03-08T00:00:00Z");
        for query in [ME, "{ users { entities { id } } }", "{ nonsense }", "{", "mutation { createPersonalAccessToken(name: \"\") }", "{ __schema { queryType { name } } }"] {
            assert_eq!(token.gql(query).await.header("doorward-token-expires-at"), ends, "{query}");
        }
        let sign_in = "mutation { signIn(credentials: { userName: \"mia\", password: \"x\" }) { expiresIn } }";
        assert_eq!(token.gql(sign_in).await.header("doorward-token-expires-at"), ends);
        for body in ["", "[]", "{}", "\u{0}"] {
            assert_eq!(token.posts(body).await.header("doorward-token-expires-at"), ends, "{body:?}");
        }
        for path in ["/schema.graphql", "/graphql?query={me{id}}", "/graphql", "/graphql?token=x", "/api/graphql/?query=mutation{signOut}"] {
            assert_eq!(token.get(path).await.header("doorward-token-expires-at"), ends, "{path}");
        }
        assert_eq!(mia.gql(ME).await.header("doorward-token-expires-at"), None, "a session is no token");
    }

    async fn a_token_is_expiring_in_its_last_fourteen_days(app: TestApp) {
        app.member().await.issue(json!({"name": "x", "expires_in_days": 30})).await;
        let status = async || {
            let mia = app.member().await;
            mia.gql(LIST).await.data()["viewPersonalAccessTokens"][0]["status"].as_str().unwrap().to_owned()
        };
        assert_eq!(status().await, "ACTIVE");
        app.later(16 * DAY - 1);
        assert_eq!(status().await, "ACTIVE");
        app.later(1);
        assert_eq!(status().await, "EXPIRING");
        app.later(14 * DAY - 1);
        assert_eq!(status().await, "EXPIRING");
        app.later(1);
        assert_eq!(status().await, "EXPIRED");
        let ada = app.admin().await;
        app.enable("mia", false).await;
        app.later(-20 * DAY);
        assert_snapshot!(ada.gql("{ all_personal_access_tokens { entities { status } } }").await, @r#"{"all_personal_access_tokens":{"entities":[{"status":"USER_DISABLED"}]}}"#);
    }

    async fn super_admin_reaches_no_token_that_was_there_before(app: TestApp) {
        let mia = app.member().await;
        app.admin().await;
        let old = mia.writer().await;
        let child = old.writer().await;
        let users = "{ users { entities { username } } }";
        assert_eq!(mia.gql(users).await.code(), "FORBIDDEN");
        app.later(60);
        let now = app.cx().world.now();
        app.database(move |tx| {
            let id: i64 = tx.one(sql!("select id from users where username = 'mia'"), &[])?.get(0)?;
            tx.execute(sql!("update users set super_admin_since = $1 where id = $2"), params![now, id])?;
            tx.tell(Subject::User(id))
        }).await;
        assert_snapshot!(mia.gql(users).await, @r#"{"users":{"entities":[{"username":"mia"},{"username":"ada"}]}}"#);
        for token in [&old, &child] {
            assert_eq!(token.gql(users).await.missing(), ["Query.users", "UserConnection.entities"]);
            assert_eq!(token.gql(ME).await.code(), "");
        }
        // Nor what such a token makes from now on, and it can give nothing of it away.
        let late = old.writer().await;
        assert_eq!(late.gql(users).await.code(), "FORBIDDEN");
        assert_eq!(old.try_issue(json!({"name": "x", "permissions": ["Query.users"]})).await.missing(), ["Query.users"]);
        assert_eq!(mia.writer().await.gql(users).await.code(), "", "a new one of the session's has it");
    }
}
