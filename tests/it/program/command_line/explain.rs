//! `doorward explain`

use super::{Program, json};
use doorward::error::{Code, Reason, Taken};
use insta::assert_snapshot;
use std::collections::BTreeSet;

#[test]
fn a_code_is_explained_with_what_to_do() {
    let program = Program::new();
    assert_snapshot!(program.run(["explain", "FORBIDDEN"]).told(), @"
    exit 0
    out  FORBIDDEN (code, status 200; 403 under application/graphql-response+json)
    out  Nothing ran. `missing` lists the permissions that are not held, or `reason` says what else it takes.
    out  What to do: Ask for the grants in `missing`, or leave these fields out.
    ");
    assert_snapshot!(program.run(["explain", "token-expired"]).told(), @"
    exit 0
    out  TOKEN_EXPIRED (reason)
    out  Its time is over.
    out  What to do: Make a new one; for a session, `signInRefresh` or `signIn`.
    ");
    assert_snapshot!(program.run(["explain", "FORBIDDEN", "--json"]).told(), @r#"
    exit 0
    out  {"json_version":1,"code":"FORBIDDEN","kind":"code","status":200,"graphql_response_status":403,"means":"Nothing ran. `missing` lists the permissions that are not held, or `reason` says what else it takes.","to_do":"Ask for the grants in `missing`, or leave these fields out."}
    "#);
    assert_snapshot!(program.run(["explain", "READ_ONLY", "--json"]).told(), @r#"
    exit 0
    out  {"json_version":1,"code":"READ_ONLY","kind":"taken_away","status":null,"graphql_response_status":null,"means":"The user holds it, but the token is read-only: it runs no mutation.","to_do":"Make a token with `--access read-write`, where it is meant to change something."}
    "#);
    assert!(!program.directory().join("doorward-data").exists(), "it takes no database");
}

#[test]
fn an_unknown_code_is_refused_with_the_nearest() {
    let program = Program::new();
    assert_snapshot!(program.run(["explain", "FORBIDEN"]).told(), @"
    exit 1
    err  doorward: there is no code `FORBIDEN`; the nearest is FORBIDDEN
    ");
    assert_snapshot!(program.run(["explain", "UPSTREAM", "--json"]).told(), @r#"
    exit 1
    err  {"json_version":1,"error":{"code":"NOT_FOUND","message":"there is no code `UPSTREAM`; the nearest are UPSTREAM_TIMEOUT, UPSTREAM_INVALID, UPSTREAM_UNAVAILABLE","field":"code"}}
    "#);
    assert_snapshot!(program.run(["explain", "42"]).told(), @"
    exit 1
    err  doorward: there is no code `42`; `doorward explain` lists those that there are
    ");
}

#[test]
fn every_code_and_reason_is_listed_and_explained() {
    let program = Program::new();
    let listed = json(&program, &["explain", "--json"]);
    let listed: BTreeSet<&str> =
        listed["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect();
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    let all: BTreeSet<&str> = codes.chain(reasons).chain(Taken::ALL.iter().map(|taken| taken.as_str())).collect();
    assert_eq!(listed, all);
    for code in all {
        let explained = json(&program, &["explain", code, "--json"]);
        assert_eq!(explained["code"], code);
        assert!(explained["means"].as_str().unwrap().ends_with('.'), "{explained}");
        assert!(!explained["to_do"].as_str().unwrap().is_empty(), "{explained}");
    }
}
