//! Schemas shown to a caller that showed too much, or something wrong, and what an API heard of it: with one behind.

use super::behind::{API, refused, rosa, sent, stage};
use super::shaped_schema::{check_shapes, held, shown};
use crate::app::Client;
use crate::databases::Database;
use crate::gateway::{Behind, before};
use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use axum::http::Method;
use doorward::config::{HiddenFields, Identity};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What Rosa is not shown.
const HIDDEN: &[&str] = &["Secret", "secret", "Plain", "note", "colour", "Colour", "CRIMSON", "drop"];

on_both! {
    /// hasura/graphql-engine#6892: headers of the caller's reached what is behind.
    async fn lesson_14_none_of_the_callers_headers_reach_the_api(database: Database) {
        let behind = Behind::new("type Query { version: String }").await;
        let app = before(database, &behind, |config| config.upstream.identity = Identity::Headers).await;
        let ada = app.admin().await;
        let theirs = [
            ("cookie", "session=x"), ("x-doorward-user-id", "7"), ("doorward-user-id", "7"), ("doorward-roles", "admin"),
            ("doorward-secret", "x"), ("doorward-external-id", "7"), ("doorward-token-id", "7"), ("x-hasura-role", "admin"),
            ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-user", "root"), ("x-real-ip", "127.0.0.1"), ("forwarded", "for=x"),
            ("proxy-authorization", "Basic x"), ("x-api-key", "x"), ("origin", "https://x.example"), ("referer", "https://x.example"),
            ("accept-language", "tlh"), ("user-agent", "theirs"), ("x-request-id", "theirs"), ("host", "theirs.example"),
            ("via", "1.1 theirs"), ("te", "trailers"), ("upgrade", "h2c"), ("connection", "x-api-key"), ("content-encoding", "identity"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("tracestate", "a=b"),
        ];
        let mut request = ada.post("/graphql");
        for (name, value) in theirs {
            request = request.header(name, value);
        }
        ada.send(request.body(crate::app::body("{ version }", &json!({})))).await.data();
        let got = behind.one();
        let mut named: Vec<String> = got.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()).trim_end().to_owned()).collect();
        named.sort_unstable();
        named.retain(|line| !line.starts_with("content-length: ") && !line.starts_with("host: ") && !line.starts_with("x-request-id: "));
        insta::assert_snapshot!(named.join("\n"), @"
        accept: application/json
        content-type: application/json
        doorward-external-id:
        doorward-roles:
        doorward-token-id:
        doorward-user-id: 1
        traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
        tracestate: a=b
        user-agent: doorward/0.1.0
        ");
        assert_ne!(got.header("x-request-id"), Some("theirs"));
        assert!(behind.url().contains(got.header("host").unwrap()));
        assert!(!got.body.contains(ada.secret()) && !format!("{:?}", got.headers).contains("dwd_"));
    }

    /// supabase/pg_graphql#653: derived types and inputs named what could not be used.
    async fn lesson_15_no_name_of_an_apis_is_shown_that_cannot_be_used(database: Database) {
        let (app, behind) = stage(database).await;
        let (rosa, ada) = (rosa(&app).await, app.admin().await);
        for client in [&rosa, &ada, &rosa.reader().await] {
            let (coordinates, types, led_to) = shown(client).await;
            let held = held(client).await;
            let more: Vec<&String> = coordinates.difference(&held).collect();
            assert!(more.is_empty(), "shown and not held: {more:?}");
            let built_in = ["Query", "Mutation", "Int", "Float", "String", "Boolean", "ID"];
            let stray: Vec<&String> = types.iter().filter(|ty| !led_to.contains(*ty) && !built_in.contains(&ty.as_str())).collect();
            assert!(stray.is_empty(), "types that nothing leads to: {stray:?}");
            assert!(led_to.is_subset(&types), "{:?}", led_to.difference(&types));
        }
        let (coordinates, types, _) = shown(&rosa).await;
        assert!(types.contains("Open") && types.contains("Hit") && coordinates.contains("In.text"), "{types:?}");
        let all: BTreeSet<&str> = coordinates.iter().chain(&types).flat_map(|name| name.split(['.', '(', ':', ')'])).collect();
        let leaked: Vec<&&str> = HIDDEN.iter().filter(|name| all.contains(**name)).collect();
        assert!(leaked.is_empty(), "{leaked:?}");
        let sdl = rosa.get("/schema.graphql").await.text();
        assert!(["Secret", "CRIMSON", "drop("].iter().all(|name| !sdl.contains(name)), "{sdl}");
        assert!(behind.got().is_empty());
    }

    /// hasura/graphql-engine#10230: shapes had empty types and dangling references.
    async fn lesson_16_no_shape_of_an_apis_schema_is_empty_or_dangles(database: Database) {
        let (app, behind) = stage(database).await;
        check_shapes(&app.cx().surface, &["api:*.*", "api:Query.*", "api:Mutation.*", "own:*.*", "own:Query.*", "Query.node"]);
        assert!(behind.got().is_empty());
    }

    /// hygraph/gatsby-source-graphcms#221: fields were shown that nobody could call.
    async fn lesson_17_every_field_of_an_apis_that_is_shown_can_be_called(database: Database) {
        let (app, behind) = stage(database).await;
        let (rosa, ada) = (rosa(&app).await, app.admin().await);
        let roots = ["open", "secret", "things", "find", "node"];
        for (client, many) in [(&rosa, 11), (&ada, 20)] {
            let shape = Schema::parse_and_validate(client.get("/schema.graphql").await.text(), "shape").unwrap();
            let operations = paths(&shape, &roots);
            assert!(operations.len() >= many, "{operations:?}");
            for operation in operations {
                sent(client, &behind, &operation, json!({})).await;
            }
        }
    }

    /// parse-community/parse-server#10468 (GHSA-8cph-rgr4-g5vj), verbb/formie#2791: suggestions gave hidden names away.
    async fn lesson_19_what_is_misspelt_never_answers_a_hidden_name_of_an_apis(database: Database) {
        let (app, behind) = stage(database).await;
        let (rosa, ada) = (rosa(&app).await, app.admin().await);
        let token = json!({"name": "n", "role": "ROLE_READ_WRITE", "permissions": ["Query.open", "!Query.open(colour:)", "Open.*", "!In.secret"]});
        gives_nothing_away(&[rosa, ada.with(token).await], &behind).await;
    }

    async fn lesson_19_nor_where_what_an_api_has_is_like_what_is_absent(database: Database) {
        let behind = Behind::new(API).await;
        let app = before(database, &behind, |config| config.errors.hidden_fields = HiddenFields::Hide).await;
        let rosa = rosa(&app).await;
        // To the letter, but for the name itself.
        for (hidden, absent, query) in [
            ("secret", "sacred", "{ NAME { id } }"),
            ("Secret", "Sacred", "{ find { ... on NAME { id } } }"),
            ("note", "nota", "{ open { NAME } }"),
            ("colour", "coloor", "{ open(NAME: RED) { id } }"),
            ("secret", "sacred", "{ things(where: { NAME: \"x\" }) { ... on Open { id } } }"),
            ("Colour", "Coloor", "query ($c: NAME) { open { id @skip(if: $c) } }"),
            ("drop", "drip", "mutation { NAME(id: 1) }"),
        ] {
            let ask = async |name: &str| rosa.gql(&query.replace("NAME", name)).await.text().replace(name, "NAME");
            assert_eq!(ask(hidden).await, ask(absent).await, "{query}");
            assert!(ask(hidden).await.contains("GRAPHQL_VALIDATION_FAILED"));
        }
        assert!(behind.got().is_empty());
        gives_nothing_away(&[rosa], &behind).await;
    }

    /// Tyk docs 4.3, Introspection: asking for the schema called the API.
    async fn lesson_20_introspection_calls_nothing_behind(database: Database) {
        let (app, behind) = stage(database).await;
        let (rosa, ada) = (rosa(&app).await, app.admin().await);
        for client in [&rosa, &ada] {
            for query in [
                "{ __schema { types { name } } }",
                "{ __type(name: \"Open\") { fields { name } } }",
                "{ __typename }",
                "query A { __schema { queryType { name } } __typename me { username } }",
            ] {
                client.gql(query).await.data();
                let url = format!("/graphql?query={}", query.replace(' ', "+").replace('"', "%22"));
                client.send(client.request(Method::GET, &url).body(axum::body::Body::empty())).await.data();
            }
            assert_eq!(client.get("/schema.graphql").await.status, 200);
            assert!(behind.got().is_empty());
            // Beside a field of the API's it stays here.
            let asked = sent(client, &behind, "{ __schema { queryType { name } } open { id } t: __type(name: \"Open\") { name } }", json!({})).await;
            assert_eq!(asked, "{ open { id } }");
        }
        assert_eq!(app.anonymous().gql("{ __schema { types { name } } }").await.reason(), "TOKEN_MISSING");
        assert_eq!(app.anonymous().get("/schema.graphql").await.status, 401);
        assert!(behind.got().is_empty());
    }

    /// Escape-Technologies/graphql-armor#716: errors told how far one may go.
    async fn lesson_21_a_limit_that_is_passed_before_an_api_is_named_without_its_figure(database: Database) {
        let (app, behind) = stage(database).await;
        let rosa = rosa(&app).await;
        let deep = format!("{{ open {}{} }}", "{ items ".repeat(30), "}".repeat(30));
        let aliases: String = (0..150).map(|n| format!("a{n}: open {{ id }} ")).collect();
        let roots = "open { id } ".repeat(60);
        let fragments: String = (0..120).map(|n| format!("fragment F{n} on Open {{ id }} ")).collect();
        let long = format!("{{ open {{ {} }} }}", "id ".repeat(11_000));
        for (limit, query) in [
            ("depth", deep),
            ("aliases", format!("{{ {aliases} }}")),
            ("root_fields", format!("{{ {roots} }}")),
            ("fragments", format!("{{ open {{ id }} }} {fragments}")),
            ("tokens", long),
        ] {
            let answer = rosa.gql(&query).await;
            assert_eq!(answer.code(), "LIMIT_EXCEEDED", "{limit}: {answer}");
            assert!(answer.message().contains(limit), "{limit}: {answer}");
            assert!(!answer.text().contains(|character: char| character.is_ascii_digit()), "{answer}");
        }
        assert!(behind.got().is_empty());
        assert_eq!(refused(&rosa, &behind, "{ secret { id } }", json!({})).await, "Query.secret Secret.id");
    }
}

async fn gives_nothing_away(clients: &[Client<'_>], behind: &Behind) {
    for client in clients {
        for (query, hidden) in [
            ("{ secre { id } }", "secret"),
            ("{ open { nole } }", "note"),
            ("{ open(color: RED) { id } }", "colour"),
            ("{ open { items(were: {}) { id } } }", "where"),
            ("{ open { ... on Secre { id } } }", "Secret"),
            ("query ($c: Colou) { open { id @skip(if: $c) } }", "Colour"),
            ("{ open(colour: CRIMSO) { id } }", "CRIMSON"),
            ("{ open { items(where: { secre: 1 }) { id } } }", "secret"),
            ("mutation { drap(id: 1) }", "drop"),
        ] {
            let answer = client.gql(query).await;
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{query}\n{answer}");
            assert!(!answer.text().contains(hidden), "{query}\n{}", answer.text());
        }
        for (grant, hidden) in
            [("Query.secre", "secret"), ("Secre.id", "Secret"), ("Open.nota", "note"), ("Query.open(color:)", "colour")]
        {
            let answer = client.try_issue(json!({"name": "x", "permissions": [grant]})).await;
            assert!(
                ["BAD_USER_INPUT", "FORBIDDEN", "GRAPHQL_VALIDATION_FAILED"].contains(&answer.code().as_str()),
                "{grant}\n{answer}"
            );
            assert!(!answer.text().contains(hidden), "{grant}\n{}", answer.text());
        }
    }
    assert!(behind.got().is_empty());
}

/// An operation for every field that can be reached from these root fields, and one for each argument that may be null.
fn paths(shape: &Valid<Schema>, roots: &[&str]) -> Vec<String> {
    let mut way: BTreeMap<String, Vec<String>> = BTreeMap::from([("Query".to_owned(), Vec::new())]);
    let mut next = vec!["Query".to_owned()];
    let mut operations = Vec::new();
    while let Some(ty) = next.pop() {
        let here = way[&ty].clone();
        let mut go = |to: &str, step: String| {
            if !way.contains_key(to) {
                way.insert(to.to_owned(), here.iter().cloned().chain([step]).collect());
                next.push(to.to_owned());
            }
        };
        let fields = match shape.types.get(ty.as_str()) {
            Some(ExtendedType::Object(object)) => &object.fields,
            Some(ExtendedType::Interface(interface)) => {
                let implementers = shape.implementers_map();
                implementers[&interface.name].objects.iter().for_each(|to| go(to, format!("... on {to}")));
                &interface.fields
            }
            Some(ExtendedType::Union(union_)) => {
                union_.members.iter().for_each(|to| go(to, format!("... on {to}")));
                continue;
            }
            _ => continue,
        };
        for (name, field) in fields.iter().filter(|(name, _)| ty != "Query" || roots.contains(&name.as_str())) {
            let of = field.ty.inner_named_type();
            let leaf = matches!(shape.types.get(of), Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_)));
            let below = if leaf { "" } else { " { __typename }" };
            let required: Vec<String> = field
                .arguments
                .iter()
                .filter(|argument| argument.ty.is_non_null())
                .map(|argument| format!("{}: 1", argument.name))
                .collect();
            let given = if required.is_empty() { String::new() } else { format!("({})", required.join(" ")) };
            let wrapped =
                |field: String| here.iter().rev().fold(field, |inner, outer| format!("{outer} {{ {inner} }}"));
            operations.push(format!("{{ {} }}", wrapped(format!("{name}{given}{below}"))));
            for argument in field.arguments.iter().filter(|argument| !argument.ty.is_non_null()) {
                operations.push(format!("{{ {} }}", wrapped(format!("{name}({}: null){below}", argument.name))));
            }
            if !leaf {
                go(of, format!("{name}{given}"));
            }
        }
    }
    operations
}
