//! What one document may come to: taken at the limit, refused past it, naming the limit and not its value.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::json;

use super::documents;
use crate::app::TestApp;
use crate::databases::Database;
use doorward::config::Limits;

/// One limit, and a document that comes to exactly `n` of what it counts.
struct Limit {
    name: &'static str,
    value: fn(&Limits) -> usize,
    document: fn(usize) -> String,
}

const LIMITS: [Limit; 7] = [
    Limit {
        name: "depth",
        value: |limits| limits.depth,
        document: |n| format!("{}{{ me {{ username }} }}{}", "{ ... ".repeat(n - 2), " }".repeat(n - 2)),
    },
    Limit {
        name: "tokens",
        value: |limits| limits.tokens,
        document: |n| format!("{{ me {{ {} }} }}", "id ".repeat(n - 5)),
    },
    Limit {
        name: "aliases",
        value: |limits| limits.aliases,
        document: |n| format!("{{ me {{ {} }} }}", list(n, |n| format!("a{n}: id"))),
    },
    Limit {
        name: "root_fields",
        value: |limits| limits.root_fields,
        document: |n| format!("{{ {} }}", list(n, |n| format!("a{n}: __typename"))),
    },
    Limit {
        name: "directives",
        value: |limits| limits.directives,
        document: |n| format!("{{ me {{ {} }} }}", list(n, |_| "id @skip(if: false)".into())),
    },
    Limit {
        name: "fragments",
        value: |limits| limits.fragments,
        document: |n| {
            let fragments = list(n, |n| format!("fragment F{n} on Me {{ id }}"));
            format!("{{ me {{ {} }} }} {fragments}", list(n, |n| format!("...F{n}")))
        },
    },
    Limit {
        name: "variables",
        value: |limits| limits.variables,
        document: |n| {
            let (declared, used) = (
                list(n, |n| format!("$v{n}: Boolean = true")),
                list(n, |n| format!("... @include(if: $v{n}) {{ id }}")),
            );
            format!("query ({declared}) {{ me {{ {used} id }} }}")
        },
    },
];

fn list(n: usize, item: impl Fn(usize) -> String) -> String {
    (0..n).map(item).collect::<Vec<_>>().join(" ")
}

on_both! {
    async fn each_limit_is_taken_and_one_more_is_not(app: TestApp) {
        let mia = app.member().await;
        let limits = app.cx().config.limits.clone();
        let mut lines = String::new();
        for Limit { name, value, document } in LIMITS {
            let at = value(&limits);
            for n in [at, at + 1] {
                let before = app.made().await;
                let answer = mia.gql(&document(n)).await;
                assert_eq!(app.made().await, before);
                let past = if n > at { "past" } else { "at" };
                if n > at {
                    assert!(!answer.text().contains(&at.to_string()), "the limit's value is nobody's business: {answer}");
                }
                let kind = answer.code();
                writeln!(lines, "{past} {name}: {} {kind} {}", answer.status.as_u16(), answer.message()).unwrap();
            }
        }
        assert_snapshot!(lines, @r"
        at depth: 200  
        past depth: 400 LIMIT_EXCEEDED the request passes the limit `limits.depth`
        at tokens: 200  
        past tokens: 400 LIMIT_EXCEEDED the request passes the limit `limits.tokens`
        at aliases: 200  
        past aliases: 400 LIMIT_EXCEEDED the request passes the limit `limits.aliases`
        at root_fields: 200  
        past root_fields: 400 LIMIT_EXCEEDED the request passes the limit `limits.root_fields`
        at directives: 200  
        past directives: 400 LIMIT_EXCEEDED the request passes the limit `limits.directives`
        at fragments: 200  
        past fragments: 400 LIMIT_EXCEEDED the request passes the limit `limits.fragments`
        at variables: 200  
        past variables: 400 LIMIT_EXCEEDED the request passes the limit `limits.variables`
        ");
    }

    async fn what_grows_without_measure_is_answered_at_once(app: TestApp) {
        let mia = app.member().await;
        let doubling: String = (0..99).map(|n| format!("fragment F{n} on Query {{ ...F{} ...F{} }} ", n + 1, n + 1)).collect();
        let types = |n: usize| format!("{}name{}", "fields { type { ".repeat(n), " } }".repeat(n));
        let began = std::time::Instant::now();
        let answers = documents(&app, &mia, [
            ("fragments that double", format!("{{ ...F0 }} {doubling} fragment F99 on Query {{ me {{ id }} }}")),
            ("a fragment in itself", "{ ...F } fragment F on Query { me { id } ...F }".into()),
            ("two in each other", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".into()),
            ("introspection deep down", format!("{{ __schema {{ types {{ {} }} }} }}", types(6))),
            ("a deep value", format!("{{ users(paginator: {}1{}) {{ entities {{ id }} }} }}", "[".repeat(500), "]".repeat(500))),
            ("braces that are never closed", "{ me ".repeat(5_000)),
            ("the same field many times", format!("{{ me {{ {} }} }}", "id ".repeat(9_000))),
        ]).await;
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
        assert_snapshot!(answers, @r#"
        fragments that double: 400 LIMIT_EXCEEDED: the request passes the limit `limits.tokens`
        a fragment in itself: 200 GRAPHQL_VALIDATION_FAILED: `F` fragment cannot reference itself
        two in each other: 200 GRAPHQL_VALIDATION_FAILED: `A` fragment cannot reference itself
        introspection deep down: 400 LIMIT_EXCEEDED: Maximum introspection depth exceeded
        a deep value: 400 LIMIT_EXCEEDED: the request passes the limit `limits.depth`
        braces that are never closed: 400 LIMIT_EXCEEDED: the request passes the limit `limits.depth`
        the same field many times: 200 {"me":{"id":"1"}}
        "#);
    }
}

#[tokio::test]
async fn limits_are_what_the_configuration_says() {
    let app = TestApp::with(Database::sqlite(), |config| {
        config.limits.body_bytes = 100;
    })
    .await;
    let mia = app.bearer("dwd_pat_x");
    let long = json!({"query": "{ me { username } }", "x": "x".repeat(100)}).to_string();
    assert_eq!(mia.posts(long).await.message(), "the request passes the limit `limits.body_bytes`");
}
