//! Bugs that befell other systems of this kind, each a test of ours. The number in a test's name is that of our list;
//! the issue where it was found stands beside it.

mod audit;
mod authorisation;
mod behind;
mod behind_shaped;
mod escalations;
mod lifecycle;
mod shaped_schema;

use crate::app::{Client, TestApp, new};
use doorward::users::NewUser;
use std::path::Path;

/// What cannot be tested yet, and why.
const OPEN: &[(u8, &str)] = &[
    (18, "GatoGraphQL/GatoGraphQL#998, GraphiQL where introspection is refused: not tried in a browser yet"),
    (30, "better-auth/better-auth#5397, tokens of earlier releases after an upgrade: this is the first release"),
    (37, "hasura/graphql-engine#3602 and others, subscriptions that outlive their right: there are no sockets yet"),
    (42, "IBM/ibmi-mcp-server#189, wso2/api-manager#4130, tools without the right: there is no MCP yet"),
    (43, "smart-mcp-proxy/mcpproxy-go#1166, every door lists the same: there is one door so far"),
    (44, "apollographql/apollo-mcp-server#88, no mutations for agents: there is no MCP yet"),
    (45, "platformatic/mcp#182, openai/codex#15643, scopes in the first challenge: there is no OAuth yet"),
];

/// Escalations that cannot be tried yet, and why.
const ESCALATIONS_OPEN: &[(&str, &str)] = &[
    ("a child made by an OAuth grant", "there is no OAuth yet"),
    ("an administrator's mail redirected and the password reset by it", "there is no mail yet; the address is guarded"),
    (
        "introspection and /auth that call a narrow token live for everything",
        "there is no OAuth and no forward-auth yet",
    ),
    ("settings that send the stored credential elsewhere", "there is no stored credential yet"),
];

#[test]
fn what_cannot_be_tried_yet_is_told() {
    ESCALATIONS_OPEN.iter().for_each(|(what, why)| println!("open: {what}: {why}"));
    assert!(!doorward::app::ROUTES.iter().any(|route| route.path.starts_with("/oauth") || route.path == "/auth"));
}

/// The numbers of the list.
const HERE: std::ops::RangeInclusive<u8> = 1..=45;

#[test]
fn every_number_is_tested_or_open_and_not_both() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/lessons");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = files.collect();
    for number in HERE {
        let tested = text.contains(&format!("fn lesson_{number}_"));
        let open = OPEN.iter().any(|(open, _)| *open == number);
        assert!(tested != open, "number {number}: tested: {tested}, open: {open}");
    }
    for (number, why) in OPEN {
        println!("open: {number}, {why}");
        assert!(!text.contains(&format!("fn lesson_{number}_")), "{number} is tested, and listed as open");
    }
}

/// Rosa sees a part of the users: their numbers, one by one.
async fn rosa(app: &TestApp) -> Client<'_> {
    app.role("part", &["Query.users(id:)", "UserConnection.entities", "User.id"]).await;
    app.add(NewUser { roles: vec!["part".into()], ..new("rosa") }).await;
    app.person("rosa").await
}

/// What of the answer's error says is missing; it holds nothing else.
#[track_caller]
fn refused(answer: &crate::app::Answer) -> String {
    assert_eq!(answer.code(), "FORBIDDEN", "{answer}");
    assert!(answer.json().get("data").is_none(), "{answer}");
    answer.missing().join(" ")
}
