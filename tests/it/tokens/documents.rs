//! Tokens that run certain documents alone.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ME, audited, update};
use crate::app::{PASSWORD, SIGN_IN, TestApp};

fn held(documents: &[&str]) -> Value {
    json!({"name": "held", "role": "ROLE_READ_WRITE", "documents": documents})
}

on_both! {
    async fn a_token_runs_its_documents_and_nothing_else(app: TestApp) {
        let mia = app.member().await;
        let mine = "query Mine($page: Int) { personal_access_tokens(paginator: { page: $page }) { entities { id name } } }";
        let made = mia.issue(held(&[ME, mine])).await;
        assert_snapshot!(audited(&app).await, @"token.create | mia | session 1 | held | read-write; documents: 2");
        let token = app.bearer(&made.secret);
        for same in [ME, "query { me { username } }", "{ me { username __typename } __typename }", "# mine\n{\n\tme { username, }\u{feff} }", "{\u{a0}me { username }\u{a0}}"] {
            assert_eq!(token.gql(same).await.code(), "", "{same}");
        }
        assert_snapshot!(token.gql("{ __typename me { username __typename } }").await, @r#"{"__typename":"Query","me":{"username":"mia","__typename":"Me"}}"#);
        assert_snapshot!(token.gql_with(&format!("{mine} # again"), json!({"page": 1})).await, @r#"{"personal_access_tokens":{"entities":[{"id":"1","name":"held"}]}}"#);
        for other in ["{ me { name } }", "{ me { username name } }", "{ me { u: username } }", "query N { me { username } }", "{ me { __typename } }", "{ __typename }", "{ a: me { username } }",
            "{ me { username t: __typename } }", "{ me { username __typename @skip(if: false) } }", "{ me { username } me { username } }", "query ($x: Int) { me { username @include(if: true) } }",
            "{ __schema { queryType { name } } }", "{ __type(name: \"User\") { name } }", "mutation { signOut(everywhere: true) }", "{ ... { me { username } } }",
            "query A { me { username } } query B { me { username } }"] {
            let body = json!({"query": other, "operationName": if other.contains("query A") { json!("A") } else { json!(null) }});
            let answer = token.posts(body.to_string()).await;
            assert!(["FORBIDDEN", "GRAPHQL_VALIDATION_FAILED"].contains(&answer.code().as_str()), "{other}: {answer}");
        }
        let refused = token.gql("{ me { name } }").await;
        assert_snapshot!(refused, @"FORBIDDEN DOCUMENT_NOT_ALLOWED: this token is held to certain documents, and this is none of them");
        assert_eq!(refused.status, 200);
        let request = token.post("/graphql").header("accept", "application/graphql-response+json");
        assert_eq!(token.send(request.body(crate::app::body("{ me { name } }", &json!({})))).await.status, 403);
        let sdl = token.get("/schema.graphql").await;
        assert_eq!((sdl.status.as_u16(), sdl.reason().as_str()), (403, "DOCUMENT_NOT_ALLOWED"));
        assert_eq!(token.get("/graphql?query=%7Bme%7Bname%7D%7D").await.reason(), "DOCUMENT_NOT_ALLOWED");
        assert_eq!(token.get("/graphql?query=%7Bme%7Busername%7D%7D").await.code(), "");
        // Whoever signs in does so as a stranger.
        assert_eq!(token.gql_with(SIGN_IN, json!({"name": "mia", "password": PASSWORD})).await.code(), "");
    }

    async fn a_document_with_several_operations_is_one_document(app: TestApp) {
        let mia = app.member().await;
        let both = "query A { me { ...F } } query B { me { id } } fragment F on Me { username }";
        let token = mia.with(held(&[both])).await;
        for name in ["A", "B"] {
            assert_eq!(token.posts(json!({"query": both, "operationName": name}).to_string()).await.code(), "");
        }
        assert_eq!(token.gql("query A { me { ...F } } fragment F on Me { username }").await.reason(), "DOCUMENT_NOT_ALLOWED");
        assert_eq!(token.gql("query B { me { id } }").await.reason(), "DOCUMENT_NOT_ALLOWED");
    }

    async fn a_document_gives_nothing_that_its_user_does_not_hold(app: TestApp) {
        let mia = app.member().await;
        let users = "{ users { entities { id } } }";
        let token = mia.with(held(&[users, ME])).await;
        assert_eq!(token.gql(users).await.missing(), ["Query.users", "UserConnection.entities"]);
        let narrowed = mia.with(json!({"name": "n", "permissions": ["Query.me", "Me.id"], "documents": [ME]})).await;
        assert_eq!(narrowed.gql(ME).await.missing(), ["Me.username"]);
        let out = "mutation { signOut(everywhere: true) }";
        let reader = mia.with(json!({"name": "n", "documents": [out]})).await;
        assert_eq!(reader.gql(out).await.missing(), ["Mutation.signOut"], "a reader's document that writes is not run");
    }

    async fn an_empty_list_runs_nothing_and_introspection_must_be_in_it(app: TestApp) {
        let mia = app.member().await;
        let nothing = mia.with(held(&[])).await;
        for query in [ME, "{ __typename }", "{ __schema { queryType { name } } }"] {
            assert_eq!(nothing.gql(query).await.reason(), "DOCUMENT_NOT_ALLOWED", "{query}");
        }
        let schema = "{ __schema { queryType { name } } }";
        let token = mia.with(held(&[schema])).await;
        assert_eq!(token.gql(schema).await.code(), "");
        assert_eq!(token.gql("{ __schema { mutationType { name } } }").await.reason(), "DOCUMENT_NOT_ALLOWED");
    }

    async fn a_parents_documents_hold_its_children(app: TestApp) {
        let mia = app.member().await;
        let issue = "mutation ($d: [String!]) { issuePersonalAccessToken(input: { name: \"child\", role: ROLE_READ_WRITE, documents: $d }) { token } }";
        let parent = mia.issue(held(&[ME, issue])).await;
        let made = app.bearer(&parent.secret).gql_with(issue, json!({"d": [ME]})).await.data();
        let child = app.bearer(made["issuePersonalAccessToken"]["token"].as_str().unwrap());
        assert_eq!(child.gql(ME).await.code(), "");
        assert_eq!(child.gql_with(issue, json!({})).await.reason(), "DOCUMENT_NOT_ALLOWED");
        update(&mia, &parent.id, json!({"documents": [issue]})).await.data();
        assert_eq!(child.gql(ME).await.reason(), "DOCUMENT_NOT_ALLOWED");
        update(&mia, &parent.id, json!({"documents": [ME]})).await.data();
        assert_eq!(child.gql(ME).await.code(), "", "and what was taken can be given again");
    }

    async fn documents_are_checked_when_they_are_written(app: TestApp) {
        let mia = app.member().await;
        let said = async |documents: Value| {
            let answer = mia.try_issue(json!({"name": "n", "documents": documents})).await;
            assert_eq!((answer.code(), answer.json()["errors"][0]["extensions"]["field"].clone()), ("BAD_USER_INPUT".into(), json!("documents")), "{answer}");
            answer.message()
        };
        assert_snapshot!(said(json!([ME, "{ me { nonsense } }"])).await, @"document 2 in `documents` does not fit the schema: interface, union and object types must have a subselection set (line 1, column 3); type `Me` does not have a field `nonsense` (line 1, column 8)");
        assert_snapshot!(said(json!(["{ me {"])).await, @"document 1 in `documents` does not parse: syntax error: expected at least one Selection in Selection Set (line 1, column 7); syntax error: expected R_CURLY, got EOF (line 1, column 7); syntax error: expected R_CURLY, got EOF (line 1, column 7)");
        assert_snapshot!(said(json!([""])).await, @"document 1 in `documents` does not parse: syntax error: Unexpected <EOF>. (line 1, column 1)");
        assert_snapshot!(said(json!(["fragment F on Me { id }"])).await, @"document 1 in `documents` does not fit the schema: fragment `F` must be used in an operation (line 1, column 1)");
        assert_snapshot!(said(json!(["type Query { a: Int }"])).await, @"document 1 in `documents` does not fit the schema: an executable document must not contain an object type definition (line 1, column 1)");
        assert_snapshot!(said(json!(["{ me @live { id } }"])).await, @"document 1 in `documents` does not fit the schema: cannot find directive `@live` in this document (line 1, column 6)");
        assert_snapshot!(said(json!([format!("{{ me {{ id }} }} #{}", "x".repeat(64 * 1024))])).await, @"document 1 in `documents` is too long: at most 64 KiB");
        assert_snapshot!(said(json!(vec![ME; 101])).await, @"`documents` has too many documents: at most 100");
        let nested = format!("{}{}", "{ me ".repeat(5_000), "}".repeat(5_000));
        assert!(said(json!([nested])).await.starts_with("document 1 in `documents` does not parse"));
        let loops = "{ me { ...A } } fragment A on Me { ...B } fragment B on Me { ...A }";
        assert!(said(json!([loops])).await.starts_with("document 1 in `documents` does not fit the schema"));
        assert_eq!(app.made().await.tokens, 0);
        mia.issue(json!({"name": "n", "documents": vec![ME; 100]})).await;
        assert_snapshot!(mia.gql("{ viewPersonalAccessTokens { documents } }").await, @r#"{"viewPersonalAccessTokens":[{"documents":["{\n  me {\n    username\n  }\n}\n"]}]}"#);
    }

    async fn a_document_outside_of_them_is_no_use(app: TestApp) {
        let mia = app.member().await;
        let token = mia.with(held(&[ME])).await;
        token.gql("{ me { name } }").await;
        token.get("/schema.graphql").await;
        app.write_uses().await;
        assert_snapshot!(mia.gql("{ viewPersonalAccessTokens { last_used_at } }").await, @r#"{"viewPersonalAccessTokens":[{"last_used_at":null}]}"#);
    }
}
