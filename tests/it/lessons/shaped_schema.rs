//! Schemas shown to a caller that showed too much, or something wrong.

use super::rosa;
use crate::app::{Client, TestApp};
use crate::databases::Database;
use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use doorward::config::HiddenFields;
use doorward::graphql::schema;
use doorward::permission::{FirstSeen, Origins, PinnedGrant, Source, Surface, SurfaceSettings};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Every coordinate that the client holds.
pub(super) async fn held(client: &Client<'_>) -> BTreeSet<String> {
    let query = "query ($n: Int) { permissions(paginator: { page: $n, records_per_page: 100 }) {
        entities { coordinate } page_info { total_pages } } }";
    let mut all = BTreeSet::new();
    for page in 1.. {
        let data = client.gql_with(query, json!({"n": page})).await.data();
        let entities = data["permissions"]["entities"].as_array().unwrap().clone();
        all.extend(entities.iter().map(|one| one["coordinate"].as_str().unwrap().to_owned()));
        if data["permissions"]["page_info"]["total_pages"].as_i64().unwrap() <= page {
            break;
        }
    }
    all
}

/// Every name in introspection: coordinates of fields, arguments and input fields, and the types that they lead to.
pub(super) async fn shown(client: &Client<'_>) -> (BTreeSet<String>, BTreeSet<String>, BTreeSet<String>) {
    let of = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
    let query = format!(
        "{{ __schema {{ types {{ name kind fields(includeDeprecated: true) {{ name type {{ {of} }} args {{ name type {{ {of} }} }} }}
            inputFields {{ name type {{ {of} }} }} possibleTypes {{ name }} interfaces {{ name }} }} }} }}"
    );
    let data = client.gql(&query).await.data();
    let (mut coordinates, mut types, mut led_to) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut lead = |of: &Value| {
        let mut of = of;
        while !of["ofType"].is_null() {
            of = &of["ofType"];
        }
        led_to.insert(text(&of["name"]));
    };
    for ty in list(&data["__schema"]["types"]) {
        let name = text(&ty["name"]);
        if name.starts_with("__") {
            continue;
        }
        list(&ty["possibleTypes"]).iter().chain(&list(&ty["interfaces"])).for_each(&mut lead);
        for field in list(&ty["fields"]) {
            lead(&field["type"]);
            // The field of an interface is one of each type behind it, and no permission by itself.
            let mut insert = |coordinate| ty["kind"] != "INTERFACE" && coordinates.insert(coordinate);
            insert(format!("{name}.{}", text(&field["name"])));
            for argument in list(&field["args"]) {
                lead(&argument["type"]);
                insert(format!("{name}.{}({}:)", text(&field["name"]), text(&argument["name"])));
            }
        }
        for field in list(&ty["inputFields"]) {
            lead(&field["type"]);
            coordinates.insert(format!("{name}.{}", text(&field["name"])));
        }
        types.insert(name);
    }
    (coordinates, types, led_to)
}

on_both! {
    /// supabase/pg_graphql#653: derived types and inputs named what could not be used.
    async fn lesson_15_no_name_is_shown_that_cannot_be_used(app: TestApp) {
        let (rosa, mia, ada) = (rosa(&app).await, app.member().await, app.admin().await);
        let narrow = json!(["Query.users", "!Paginator.page", "UserConnection.entities", "User.id", "Query.permissions",
                            "PermissionConnection.*", "PermissionInfo.coordinate", "PageInfo.total_pages"]);
        let narrow = ada.with(json!({"name": "t", "permissions": narrow})).await;
        let reader = rosa.reader().await;
        for client in [&rosa, &mia, &ada, &reader] {
            let (coordinates, types, led_to) = shown(client).await;
            let held = held(client).await;
            let more: Vec<&String> = coordinates.difference(&held).collect();
            assert!(more.is_empty(), "shown and not held: {more:?}");
            let built_in = ["Query", "Mutation", "Int", "Float", "String", "Boolean", "ID"];
            let stray: Vec<&String> =
                types.iter().filter(|ty| !led_to.contains(*ty) && !built_in.contains(&ty.as_str())).collect();
            assert!(stray.is_empty(), "types that nothing leads to: {stray:?}");
            assert!(led_to.is_subset(&types), "{:?}", led_to.difference(&types));
        }
        let (coordinates, types, _) = shown(&narrow).await;
        assert!(!coordinates.contains("Paginator.page") && coordinates.contains("Paginator.records_per_page"));
        assert!(!types.contains("Mutation") && !types.contains("TokenRole") && !types.contains("Role"), "{types:?}");
    }

    /// hygraph/gatsby-source-graphcms#221: fields were shown that nobody could call.
    async fn lesson_17_every_field_that_is_shown_can_be_called(app: TestApp) {
        let (rosa, mia, ada) = (rosa(&app).await, app.member().await, app.admin().await);
        for client in [&rosa, &mia, &ada, &rosa.reader().await] {
            let sdl = client.get("/schema.graphql").await.text();
            let shape = Schema::parse_and_validate(sdl, "shape").unwrap();
            for operation in paths(&shape) {
                let answer = client.gql(&operation).await;
                assert!(answer.json().get("errors").is_none(), "{operation}\n{answer}");
            }
        }
    }

    /// parse-community/parse-server#10468 (GHSA-8cph-rgr4-g5vj), verbb/formie#2791, async-graphql/async-graphql#1101:
    /// suggestions gave hidden names away.
    async fn lesson_19_what_is_misspelt_never_answers_a_hidden_name(app: TestApp) {
        gives_nothing_away(&app).await;
    }

    async fn lesson_19_nor_where_what_is_hidden_is_like_what_is_absent(database: Database) {
        let app = TestApp::with(database, |config| config.errors.hidden_fields = HiddenFields::Hide).await;
        gives_nothing_away(&app).await;
    }

    /// Escape-Technologies/graphql-armor#716: errors told how far one may go.
    async fn lesson_21_a_limit_that_is_passed_is_named_without_its_figure(app: TestApp) {
        let mia = app.member().await;
        let deep = format!("{{ me {}{} }}", "{ roles ".repeat(30), "}".repeat(30));
        let aliases: String = (0..150).map(|n| format!("a{n}: me {{ id }} ")).collect();
        let roots: String = "__typename ".repeat(60);
        let directives = format!("{{ __typename {} }}", "@skip(if: false) ".repeat(120));
        let fragments: String = (0..120).map(|n| format!("fragment F{n} on Query {{ __typename }} ")).collect();
        let long = format!("{{ {} }}", "__typename ".repeat(11_000));
        let limits = [
            ("depth", deep),
            ("aliases", format!("{{ {aliases} }}")),
            ("root_fields", format!("{{ {roots} }}")),
            ("directives", directives),
            ("fragments", format!("{{ __typename }} {fragments}")),
            ("tokens", long),
            ("body_bytes", format!("{{ __typename }} #{}", "x".repeat(2 << 20))),
        ];
        for (limit, query) in limits {
            let answer = mia.gql(&query).await;
            assert_eq!(answer.code(), "LIMIT_EXCEEDED", "{limit}: {answer}");
            assert!(answer.message().contains(limit), "{limit}: {answer}");
            assert!(!answer.text().contains(|character: char| character.is_ascii_digit()), "{answer}");
        }
    }
}

/// An operation for every field that can be reached from `Query`, and one that asks for each argument.
fn paths(shape: &Valid<Schema>) -> Vec<String> {
    let mut way: BTreeMap<String, Vec<String>> = BTreeMap::from([("Query".to_owned(), Vec::new())]);
    let mut next = vec!["Query".to_owned()];
    let mut operations = Vec::new();
    while let Some(ty) = next.pop() {
        let Some(ExtendedType::Object(object)) = shape.types.get(ty.as_str()) else { continue };
        let here = way[&ty].clone();
        for (name, field) in &object.fields {
            let of = field.ty.inner_named_type();
            let leaf = !matches!(shape.types.get(of), Some(ExtendedType::Object(_)));
            let below = if leaf { "" } else { " { __typename }" };
            let wrapped =
                |field: String| here.iter().rev().fold(field, |inner, outer| format!("{outer} {{ {inner} }}"));
            operations.push(format!("{{ {} }}", wrapped(format!("{name}{below}"))));
            for argument in field.arguments.iter().filter(|argument| !argument.ty.is_non_null()) {
                operations.push(format!("{{ {} }}", wrapped(format!("{name}({}: null){below}", argument.name))));
            }
            if !leaf && !way.contains_key(of.as_str()) {
                let mut there = here.clone();
                there.push(name.to_string());
                way.insert(of.to_string(), there);
                next.push(of.to_string());
            }
        }
    }
    operations
}

async fn gives_nothing_away(app: &TestApp) {
    let rosa = rosa(app).await;
    let narrow = json!({"name": "n", "permissions": ["Query.users", "!Paginator.records_per_page", "UserConnection.*", "User.id"]});
    let narrow = app.admin().await.with(narrow).await;
    let grant = |grant: &str| {
        format!(
            "mutation {{ issuePersonalAccessToken(input: {{ name: \"x\", permissions: [\"{grant}\"] }}) {{ token }} }}"
        )
    };
    for (client, query, hidden) in [
        (&rosa, "{ role { entities { id } } }".to_owned(), "roles"),
        (&rosa, "{ users { entities { email_adress } } }".into(), "email_address"),
        (&rosa, "{ users(paginate: { page: 1 }) { entities { id } } }".into(), "paginator"),
        (&rosa, "{ ... on RoleConection { __typename } }".into(), "RoleConnection"),
        (&rosa, "query ($v: SignInCredential) { __typename @skip(if: $v) }".into(), "SignInCredentials"),
        (&rosa, "mutation { acceptSchemaCoordinate }".into(), "acceptSchemaCoordinates"),
        (&rosa, "mutation { createPersonalAccessToken(name: \"x\", role: ROLE_READ_ONLI) }".into(), "ROLE_READ_ONLY"),
        (&narrow, "{ users(paginator: { record_per_page: 1 }) { entities { id } } }".into(), "records_per_page"),
        (&narrow, "query ($r: TokenRol) { users { entities { id } } }".into(), "TokenRole"),
        (&rosa, grant("Query.role"), "roles"),
        (&rosa, grant("User.email_adress"), "email_address"),
        (&rosa, grant("RoleConection.entities"), "RoleConnection"),
        (&rosa, grant("Query.users(paginate:)"), "paginator"),
    ] {
        let answer = client.gql(&query).await;
        assert!(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&answer.code().as_str()), "{query}\n{answer}");
        assert!(!answer.text().contains(hidden), "{query}\n{}", answer.text());
    }
    let key = "query ($p: Paginator) { users(paginator: $p) { entities { id } } }";
    let answer = narrow.gql_with(key, json!({"p": {"record_per_page": 1}})).await;
    assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{answer}");
    assert!(!answer.text().contains("records_per_page"), "{answer}");
    assert!(answer.json()["errors"].as_array().is_some_and(|errors| errors.len() == 1));
}

/// hasura/graphql-engine#10230: shapes had empty types and dangling references. (`permission::shapes` shows random
/// ones to graphql-js.)
#[test]
fn lesson_16_no_shape_is_empty_or_dangles() {
    let types = schema::types(&schema::own());
    let surface = Surface::new(types, Origins::all(Source::Own), SurfaceSettings::default(), FirstSeen::new());
    check_shapes(&surface, &["*.*", "Query.*", "Mutation.*"]);
}

/// Each permission alone, and all of these without it.
pub(super) fn check_shapes(surface: &Surface, everything: &[&str]) {
    let all: Vec<String> = surface.coordinates(&surface.everything()).collect();
    let pinned = |text: &str| PinnedGrant { grant: surface.accept(text).unwrap(), as_of: i64::MAX };
    let everything: Vec<PinnedGrant> = everything.iter().map(|text| pinned(text)).collect();
    let mut lists: Vec<Vec<PinnedGrant>> = all.iter().map(|one| vec![pinned(one)]).collect();
    lists.extend(all.iter().map(|one| everything.iter().cloned().chain([pinned(&format!("!{one}"))]).collect()));
    for list in &lists {
        let shape = surface.shape(&surface.powers(surface.compile(list, false)));
        let told = || list.iter().map(|one| one.grant.to_string()).collect::<Vec<_>>().join(" ");
        assert!(Schema::clone(&shape).validate().is_ok(), "{}", told());
        let again = Schema::parse_and_validate(shape.to_string(), "shape");
        assert!(again.is_ok(), "{}", told());
    }
    assert!(lists.len() > 200);
}
