//! Walks the rule book's cases, `tests/data/permission-vectors.json`, and prints all that fail together.

use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use doorward::permission::{FirstSeen, Granted, Origins, PinnedGrant, Source, Surface, SurfaceSettings};
use serde_json::Value;

const VECTORS: &str = include_str!("../../data/permission-vectors.json");

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn cases<'a>(vectors: &'a Value, group: &str) -> impl Iterator<Item = &'a Value> {
    vectors[group].as_array().unwrap().iter()
}

/// apollo-compiler wants `@oneOf` declared where a schema uses it.
fn parse(sdl: &str) -> Valid<Schema> {
    let declared = if sdl.contains("@oneOf") { "\ndirective @oneOf on INPUT_OBJECT" } else { "" };
    Schema::parse_and_validate(format!("{sdl}{declared}"), "schema.graphql").unwrap()
}

fn surface(vectors: &Value, case: &Value) -> Surface {
    let sdl = vectors["schemas"][case["schema"].as_str().unwrap()].as_str().unwrap();
    let mut seen = FirstSeen::new();
    for (coordinate, revision) in case["first_seen"].as_object().into_iter().flatten() {
        seen = seen.at(Source::Api, coordinate, revision.as_i64().unwrap());
    }
    let settings = SurfaceSettings { directives: vec!["*".to_owned()], ..SurfaceSettings::default() };
    Surface::new(parse(sdl), Origins::all(Source::Api), settings, seen)
}

fn compile(surface: &Surface, list: &Value) -> Granted {
    let pinned = |grant: &Value| {
        let (text, as_of) = match grant.as_str() {
            Some(text) => (text, i64::MAX),
            None => (grant["grant"].as_str().unwrap(), grant["as_of"].as_i64().unwrap()),
        };
        PinnedGrant { grant: surface.accept(text).unwrap(), as_of }
    };
    let list: Vec<PinnedGrant> = list.as_array().unwrap().iter().map(pinned).collect();
    surface.compile(&list, false)
}

fn held(surface: &Surface, case: &Value) -> Granted {
    let mut held = surface.nothing();
    for role in case["roles"].as_array().into_iter().flatten() {
        held.union_with(&compile(surface, role));
    }
    if case["super_admin"] == true {
        held = surface.everything();
    }
    match &case["narrowing"] {
        Value::Null => {}
        Value::Object(chain) => {
            chain["all"].as_array().unwrap().iter().for_each(|list| held.intersect_with(&compile(surface, list)));
        }
        list => held.intersect_with(&compile(surface, list)),
    }
    if case["read_only"] == true { surface.without_mutations(&held) } else { held }
}

fn run(surface: &Surface, case: &Value) -> Value {
    let invalid = serde_json::json!({"valid": false});
    let text = case["operation"].as_str().unwrap();
    let Ok(document) = ExecutableDocument::parse_and_validate(surface.schema(), text, "operation.graphql") else {
        return invalid;
    };
    let Ok(operation) = document.operations.get(case["operationName"].as_str()) else { return invalid };
    let variables: JsonMap = match &case["variables"] {
        Value::Null => JsonMap::new(),
        given => serde_json::from_value(given.clone()).unwrap(),
    };
    if coerce_variable_values(surface.schema(), operation, &variables).is_err() {
        return invalid;
    }
    let needs = surface.needs(&document, operation);
    let missing = surface.judge(&needs, &surface.powers(held(surface, case)), &variables).err();
    serde_json::json!({"allowed": missing.is_none(), "missing": missing.unwrap_or_default()})
}

#[test]
fn every_case_is_decided_as_the_rule_book_says() {
    let vectors = vectors();
    let failed: Vec<String> = cases(&vectors, "cases")
        .filter_map(|case| {
            let got = run(&surface(&vectors, case), case);
            (got != case["expect"]).then(|| format!("{}: {got} instead of {}", case["id"], case["expect"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} cases fail:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_grant_is_accepted_or_refused_as_the_rule_book_says() {
    let vectors = vectors();
    let failed: Vec<String> = cases(&vectors, "grants")
        .filter_map(|case| {
            let text = case["grant"].as_str().unwrap();
            let surface = surface(&vectors, case);
            let accepted = surface.accept(text);
            let printed_back = accepted.as_ref().is_ok_and(|grant| surface.print(grant) == text);
            (accepted.is_ok() != case["accepted"] || accepted.is_ok() != printed_back)
                .then(|| format!("{}: {text} gives {accepted:?}", case["id"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} grants fail:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_filtered_schema_is_what_the_rule_book_shows() {
    let vectors = vectors();
    let failed: Vec<String> = cases(&vectors, "filtered")
        .filter_map(|case| {
            let surface = surface(&vectors, case);
            let shape = surface.shape(&surface.powers(held(&surface, case)));
            let valid = Schema::clone(&shape).validate().is_ok();
            let (got, expected) = (order_free(&shape), order_free(&parse(case["sdl"].as_str().unwrap())));
            let only = |one: &[String], other: &[String]| {
                one.iter().filter(|line| !other.contains(line)).cloned().collect::<Vec<_>>().join("\n")
            };
            (got != expected || !valid).then(|| {
                let (more, less) = (only(&got, &expected), only(&expected, &got));
                format!("{} (valid: {valid})\n--- shown but should not:\n{more}\n--- not shown:\n{less}", case["id"])
            })
        })
        .collect();
    assert!(failed.is_empty(), "{} filtered schemas fail:\n{}", failed.len(), failed.join("\n"));
}

/// The definitions of a schema, each printed on its own, sorted.
fn order_free(schema: &Schema) -> Vec<String> {
    let mut definitions: Vec<String> = vec![format!("{:?}", roots(schema))];
    let types = schema.types.values().filter(|ty| !ty.is_built_in());
    definitions.extend(types.map(|ty| ty.serialize().to_string()));
    let directives = schema.directive_definitions.values();
    let directives = directives.filter(|directive| !directive.is_built_in() && directive.name != "oneOf");
    definitions.extend(directives.map(ToString::to_string));
    definitions.sort();
    definitions
}

fn roots(schema: &Schema) -> [Option<&str>; 3] {
    let roots = &schema.schema_definition;
    [&roots.query, &roots.mutation, &roots.subscription].map(|root| root.as_ref().map(|name| name.as_str()))
}
