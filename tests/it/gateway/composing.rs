//! Two schemas as one: names that both have, roots that are reached again, custom root names.

use super::{Behind, before};
use crate::app::{TestApp, new};
use crate::databases::Database;
use doorward::config::OnConflict;
use doorward::users::NewUser;
use insta::assert_snapshot;
use serde_json::json;

/// An API that has what Doorward has, and reaches its roots again.
const CLASHING: &str = "
    schema { query: Root mutation: Change }
    interface Node { id: ID! }
    type Root implements Node { id: ID! me: Person users: [Person!] viewer: Viewer now: DateTime }
    type Change { signIn(name: String): Viewer touch: Touched }
    type Viewer { root: Root name: String node: Node }
    type Touched { root: Root! change: Change }
    type Person { id: ID! name: String }
    type User { id: ID! nick: String }
    type DoorwardUser { id: ID! }
    scalar DateTime";

/// Rosa, who holds all of the API.
async fn rosa(app: &TestApp) -> crate::app::Client<'_> {
    app.role("api", &["api:Query.*", "api:Mutation.*", "api:*.*"]).await;
    app.add(NewUser { roles: vec!["api".into()], ..new("rosa") }).await;
    app.person_there("rosa").await
}

on_both! {
    async fn a_name_that_both_have_is_the_apis_and_doorwards_own_is_at_its_own_path(database: Database) {
        let behind = Behind::new(CLASHING).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.anonymous();
        app.admin_there().await;
        // The API signs in for itself here; Doorward's own is beside it.
        let sign_in = json!({"query": "mutation { signIn(credentials: {userName: \"ada\", password: \"otter-lantern-fjord-9\"}) { accessToken } }"}).to_string();
        let here = ada.posts(sign_in.clone()).await;
        assert_eq!(here.reason(), "TOKEN_MISSING", "{here}");
        let there = ada.send(ada.post("/doorward/graphql").body(sign_in.into())).await.data();
        let ada = app.bearer(there["signIn"]["accessToken"].as_str().unwrap());
        behind.says(r#"{"data":{"me":{"id":"7"}}}"#);
        assert_snapshot!(ada.gql("{ me { id } }").await, @r#"{"me":{"id":"7"}}"#);
        assert_snapshot!(behind.one().query(), @"{ me { id } }");
        let own = json!({"query": "{ me { username __typename } users { entities { username __typename } } }"}).to_string();
        let own = ada.send(ada.post("/doorward/graphql").body(own.into())).await;
        assert_snapshot!(own, @r#"{"me":{"username":"ada","__typename":"Me"},"users":{"entities":[{"username":"ada","__typename":"User"}]}}"#);
        assert!(behind.got().is_empty());
        // A type that both have is Doorward's under another name.
        let shown = ada.get("/schema.graphql").await.text();
        assert!(shown.contains("type DoorwardUser_ {") && shown.contains("scalar DoorwardDateTime"), "{shown}");
        let roles = ada.gql("{ personal_access_tokens { entities { user { __typename } } } }").await;
        assert!(roles.code().is_empty(), "{roles}");
    }

    async fn grants_say_whose_they_are_where_both_have_it(database: Database) {
        let behind = Behind::new(CLASHING).await;
        let app = before(database, &behind, |_| {}).await;
        let ada = app.admin_there().await;
        app.role("plain", &["Query.users", "Person.*", "User.*"]).await;
        app.add(NewUser { roles: vec!["plain".into()], ..new("mia") }).await;
        let mia = app.person_there("mia").await;
        behind.says(r#"{"data":{"users":[]}}"#);
        mia.gql("{ users { id name } }").await.data();
        behind.got();
        // It is the API's that was given, not the list of Doorward's users.
        let own = "{ users { entities { email_address } } }";
        assert_eq!(mia.own(own).await.missing(), ["UserConnection.entities", "own:Query.users", "own:User.email_address"]);
        ada.own(own).await.data();
        let permissions = ["own:Query.users", "UserConnection.*", "own:User.email_address"];
        let narrow = json!({"name": "n", "permissions": permissions});
        let made = ada.own_with(ISSUE, json!({ "input": narrow })).await.data();
        let narrow = app.bearer(made["issuePersonalAccessToken"]["token"].as_str().unwrap());
        narrow.own(own).await.data();
        assert_eq!(narrow.gql("{ users { id } }").await.missing(), ["Person.id", "Query.users"]);
        assert!(behind.got().is_empty());
        let told = ada.own("{ personal_access_tokens { entities { permissions } } }").await;
        assert!(told.text().contains("own:Query.users") && told.text().contains("own:User.email_address"), "{told}");
    }

    async fn a_root_that_is_reached_again_has_none_of_doorwards_fields(database: Database) {
        let behind = Behind::new(CLASHING).await;
        let app = before(database, &behind, |_| {}).await;
        let rosa = rosa(&app).await;
        behind.says(r#"{"data":{"viewer":{"root":{"me":{"id":"1"},"__typename":"Root"}}}}"#);
        let nested = "{ viewer { root { ...F me { id } __typename } node { ... on Root { id } } } } fragment F on Root { now }";
        rosa.gql(nested).await.data();
        // The API's own names go on.
        assert_snapshot!(behind.one().query(), @"{ viewer { root { ...F me { id } __typename } node { ... on Root { id } } } } fragment F on Root { now }");
        let sessions = rosa.gql("{ viewer { root { sessions { id } } } }").await;
        assert_eq!(sessions.code(), "GRAPHQL_VALIDATION_FAILED", "{sessions}");
        rosa.gql("query Q { ...F } fragment F on Query { viewer { name } }").await.data();
        assert_snapshot!(behind.one().query(), @"query Q { ...F } fragment F on Root { viewer { name } }");
        let introspection = rosa.gql("{ viewer { root { __schema { types { name } } } } }").await;
        assert_eq!(introspection.code(), "GRAPHQL_VALIDATION_FAILED", "{introspection}");
        assert!(behind.got().is_empty());
    }

    async fn doorwards_own_may_win_a_clash_of_root_fields(database: Database) {
        let behind = Behind::new(CLASHING).await;
        let app = before(database, &behind, |config| config.gateway.on_conflict = OnConflict::Own).await;
        let ada = app.admin_there().await;
        assert_snapshot!(ada.gql("{ me { username } }").await, @r#"{"me":{"username":"ada"}}"#);
        assert!(behind.got().is_empty());
        // A grant of the API's stays the API's, and opens nothing of Doorward's.
        let rosa = rosa(&app).await;
        assert_eq!(rosa.gql("{ users { entities { email_address } } }").await.missing(), ["UserConnection.entities", "own:Query.users", "own:User.email_address"]);
    }
}

const ISSUE: &str = "mutation Issue($input: IssuePersonalAccessTokenMutationInput!) {
  issuePersonalAccessToken(input: $input) { token personal_access_token { id } }
}";
