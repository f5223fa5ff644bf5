//! Cases of permissions on Doorward's own schema, asked for through HTTP: a super administrator's token, narrowed to the
//! grants of the case, so that these alone count.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::TestApp;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    grants: Vec<String>,
    operation: String,
    #[serde(default)]
    variables: Value,
    expect: Expect,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Expect {
    /// It runs.
    Allowed,
    /// What is missing.
    Missing(Vec<String>),
    /// It is not valid on the whole schema.
    Invalid,
    /// A grant is refused when it is written; a part of what is said.
    Refused(String),
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../data/identity-vectors.json")).unwrap()
}

on_both! {
    async fn each_case_comes_out_as_it_says(app: TestApp) {
        let ada = app.admin().await;
        let cases = cases();
        let mut wrong = Vec::new();
        for case in &cases {
            let input = json!({"name": case.name, "role": "ROLE_READ_WRITE", "permissions": case.grants});
            let made = ada.try_issue(input).await;
            let got = if made.code().is_empty() {
                let made = made.data();
                let token = app.bearer(made["issuePersonalAccessToken"]["token"].as_str().unwrap());
                let variables = if case.variables.is_null() { json!({}) } else { case.variables.clone() };
                let answer = token.gql_with(&case.operation, variables).await;
                match answer.code().as_str() {
                    "FORBIDDEN" if answer.json().get("data").is_none() => Expect::Missing(answer.missing()),
                    "GRAPHQL_VALIDATION_FAILED" => Expect::Invalid,
                    // What the feature then says of the arguments is its own affair.
                    "" | "BAD_USER_INPUT" | "INVALID_CREDENTIALS" | "UNAUTHENTICATED" if answer.json().get("data").is_some() => Expect::Allowed,
                    _ => Expect::Refused(answer.to_string()),
                }
            } else {
                Expect::Refused(made.message())
            };
            let as_wanted = match (&got, &case.expect) {
                (Expect::Refused(got), Expect::Refused(wanted)) => got.contains(wanted.as_str()),
                (got, wanted) => got == wanted,
            };
            if !as_wanted {
                wrong.push(format!("{}: {got:?} instead of {:?}", case.name, case.expect));
            }
        }
        println!("{} cases", cases.len());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
