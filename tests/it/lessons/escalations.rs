//! Ways to more than one holds that lead through the API behind.

use super::refused;
use crate::app::{TestApp, new};
use crate::databases::Database;
use crate::gateway::{Behind, before, list};
use doorward::config::Identity;
use doorward::roles::{self, NewRole};
use doorward::users::NewUser;
use insta::assert_snapshot;
use serde_json::json;

const API: &str = "
    type Query { version: String search(query: String!): Int run(sql: [String!]): Int fetch(url: String, id: ID): Int plain(text: String): Int }
    type Mutation { bulkOperationRunQuery(query: String!): Int hook(webhookAddress: String): Int }";

async fn told(app: &TestApp, name: &str, upstream_name: Option<&str>) -> Result<(), doorward::error::Error> {
    let permissions = vec!["Query.version".to_owned()];
    let role = NewRole {
        name: name.into(),
        permissions,
        upstream_name: upstream_name.map(str::to_owned),
        ..NewRole::default()
    };
    roles::create(app.cx(), &app.operator(), role).await.map(|_| ())
}

on_both! {
    async fn the_api_is_told_of_marked_roles_alone_whatever_others_are_called(database: Database) {
        let behind = Behind::new(API).await;
        let app = before(database, &behind, |config| config.upstream.identity = Identity::Headers).await;
        told(&app, "admin", None).await.unwrap();
        told(&app, "x,admin", None).await.unwrap();
        told(&app, "Writers of all kinds", Some("editor")).await.unwrap();
        told(&app, "Readers", Some("reader")).await.unwrap();
        for wrong in ["x,admin", "admin ", "Admin", "a\r\nb", "", "ä"] {
            assert!(told(&app, "wrong", Some(wrong)).await.is_err(), "{wrong:?}");
        }
        let roles = ["admin", "x,admin", "Writers of all kinds", "Readers"].map(str::to_owned).into();
        app.add(NewUser { roles, external_id: Some("auth0|Zoë 1".into()), ..new("rosa") }).await;
        let rosa = app.person("rosa").await;
        let token = rosa.issue(json!({"name": "t"})).await;
        let token_client = app.bearer(&token.secret);
        let heard = async |client: &crate::app::Client<'_>| {
            client.gql("{ version }").await.data();
            let got = behind.one();
            let names = ["doorward-user-id", "doorward-external-id", "doorward-token-id", "doorward-roles", "doorward-secret"];
            names.map(|name| format!("{name}: {}", got.header(name).unwrap_or("absent")).trim_end().to_owned()).join("\n")
        };
        assert_snapshot!(heard(&rosa).await, @"
        doorward-user-id: 1
        doorward-external-id: auth0|Zo%C3%AB%201
        doorward-token-id:
        doorward-roles: editor,reader
        doorward-secret: absent
        ");
        assert!(heard(&token_client).await.contains(&format!("doorward-token-id: {}\n", token.id)));
        // Who looks after roles names none of them to the API.
        app.role("keeper", &["own:Mutation.createRole", "own:Mutation.updateRole", "own:Role.*", "Query.version"]).await;
        app.add(NewUser { roles: vec!["keeper".into()], ..new("ben") }).await;
        let ben = app.person("ben").await;
        let mark = "mutation { createRole(input: { name: \"n\", upstream_name: \"root\", applied_permissions: [] }) { id } }";
        assert_eq!(ben.gql(mark).await.reason(), "SUPER_ADMIN_REQUIRED");
        assert!(heard(&ben).await.contains("doorward-roles:\n"));
    }

    async fn text_that_the_api_would_run_is_opened_by_name_only(database: Database) {
        let behind = Behind::new(API).await;
        let app = before(database, &behind, |_| {}).await;
        app.role("patterns", &["Query.*", "Mutation.*", "*.*"]).await;
        app.role("named", &["Mutation.bulkOperationRunQuery", "Query.fetch(id:)"]).await;
        app.add(NewUser { roles: vec!["patterns".into()], ..new("rosa") }).await;
        app.add(NewUser { roles: vec!["patterns".into(), "named".into()], ..new("nina") }).await;
        let (rosa, nina) = (app.person("rosa").await, app.person("nina").await);
        for client in [&rosa, &nina] {
            client.gql("{ version plain(text: \"{ secret }\") }").await.data();
            behind.one();
        }
        for (query, missing) in [
            ("{ search(query: \"{ secret }\") }", "Query.search"),
            ("{ run(sql: \"drop table users\") }", "Query.run"),
            ("{ fetch(url: \"http://169.254.169.254/\") }", "Query.fetch"),
            ("{ fetch(id: 1) }", "Query.fetch"),
            ("mutation { bulkOperationRunQuery(query: \"{ secret }\") }", "Mutation.bulkOperationRunQuery"),
            ("mutation { hook(webhookAddress: \"http://x\") }", "Mutation.hook"),
        ] {
            assert_eq!(refused(&rosa.gql(query).await), missing, "{query}");
        }
        // Neither by a token's narrowing that spells it out.
        let narrow = rosa.try_issue(json!({"name": "n", "permissions": ["Query.search"]})).await;
        assert_eq!(narrow.missing()[0], "Query.search", "{narrow}");
        assert!(behind.got().is_empty());
        nina.gql("mutation { bulkOperationRunQuery(query: \"{ secret }\") }").await.data();
        nina.gql("{ fetch(id: 1) }").await.data();
        assert_eq!(behind.got().len(), 2);
        assert_eq!(refused(&nina.gql("{ fetch(url: \"http://169.254.169.254/\") }").await), "Query.fetch(url:)");
        assert!(behind.got().is_empty());
    }

    async fn what_is_closed_for_everyone_reaches_the_api_for_nobody(database: Database) {
        let behind = Behind::new(API).await;
        let app = before(database, &behind, |config| {
            config.gateway.never = list(&["Mutation.bulkOperationRunQuery", "Query.fetch(url:)"]);
            config.gateway.treat_as_mutation = list(&["Query.run"]);
            config.gateway.by_name_only = Some(list(&[]));
        })
        .await;
        let ada = app.admin().await;
        assert_eq!(refused(&ada.gql("mutation { bulkOperationRunQuery(query: \"x\") }").await), "Mutation.bulkOperationRunQuery");
        assert_eq!(refused(&ada.gql("{ fetch(url: \"x\") }").await), "Query.fetch(url:)");
        // Read-only means that nothing is changed, by a query neither.
        assert_eq!(refused(&ada.reader().await.gql("{ run(sql: \"x\") }").await), "Query.run");
        assert!(behind.got().is_empty());
        ada.gql("{ run(sql: \"x\") search(query: \"x\") fetch(id: 1) }").await.data();
        behind.one();
    }
}
