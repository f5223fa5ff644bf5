//! What graphql-js tells of a schema by introspection, read back: nothing is lost on the way that was asked for. Held
//! against the schema's own SDL, and against what graphql-js itself makes of its answer.

use apollo_compiler::Schema;
use apollo_compiler::schema::DirectiveDefinition;
use doorward::gateway::{introspected, sdl};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of this repository.
fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The answers of graphql-js for the schema in a file.
fn told(file: &Path, queries: &[&str]) -> Value {
    let script = here("tests/clients/gateway/introspect.mjs");
    assert!(script.with_file_name("node_modules").exists(), "graphql-js is missing: `tools/setup test` installs it");
    let output = Command::new("node").arg(script).arg(file).args(queries).output();
    let output = output.expect("node starts: `tools/setup test` installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Definitions as they are printed, by what they define.
type Printed = BTreeMap<String, String>;

/// Without what every schema has, and without directives that operations cannot use.
fn printed(schema: &Schema) -> Printed {
    let root = &schema.schema_definition;
    let roots: Vec<String> = root.iter_root_operations().map(|(kind, name)| format!("{kind}: {name}")).collect();
    let description = root.description.as_deref().unwrap_or_default();
    let mut all = Printed::from([("schema".into(), format!("{description} {}", roots.join(" ")))]);
    let types = schema.types.iter().filter(|(_, ty)| !ty.is_built_in());
    all.extend(types.map(|(name, ty)| (name.to_string(), ty.to_string())));
    let directives = schema.directive_definitions.values().filter(|directive| is_for_operations(directive));
    all.extend(directives.map(|directive| (format!("@{}", directive.name), directive.to_string())));
    all
}

fn is_for_operations(directive: &DirectiveDefinition) -> bool {
    let own = ["skip", "include"].contains(&directive.name.as_str());
    !own && directive.locations.iter().any(|location| ["QUERY", "FIELD"].contains(&location.name()))
}

#[track_caller]
fn assert_same(one: &Printed, other: &Printed) {
    assert!(one.len() > 10, "there is something to compare");
    for (name, definition) in one {
        assert_eq!(Some(definition), other.get(name), "{name}");
    }
    assert_eq!(one.len(), other.len(), "nothing is in the other alone");
}

fn from_text(text: &str) -> Printed {
    printed(&sdl::read(text, "printed.graphql").unwrap())
}

/// As Doorward reads an answer.
fn from_answer(answer: &Value) -> Printed {
    printed(&sdl::read(&introspected::sdl(&answer["data"]).unwrap(), "introspected.graphql").unwrap())
}

/// As the library alone reads a text without the directives that do not come through introspection.
fn from_library(text: &str, applied: &[&str]) -> Printed {
    let text = applied.iter().fold(text.to_owned(), |text, name| without(&text, name));
    // It does not know this one, and it does not take a field twice, as GitHub's file has two.
    let text = text + "\ndirective @oneOf on INPUT_OBJECT";
    let schema = Schema::parse(text, "direct.graphql").unwrap_or_else(|wrong| {
        let twice = |said: &str| said.starts_with("duplicate definitions for the `repositoryDeployKeySetting");
        assert!(wrong.errors.iter().all(|error| twice(&error.error.to_string())), "{}", wrong.errors);
        wrong.partial
    });
    printed(&schema.validate().unwrap())
}

/// The text without a directive wherever it is applied.
fn without(text: &str, directive: &str) -> String {
    let mut parts = text.split(directive);
    let mut left = parts.next().unwrap().to_owned();
    for part in parts {
        if left.ends_with("directive ") {
            left += directive;
            left += part;
        } else {
            left += if part.starts_with('(') { part.split_once(')').unwrap().1 } else { part };
        }
    }
    left
}

/// Definitions with their lines sorted.
fn in_any_order(definitions: Printed) -> Printed {
    let sorted = |text: String| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    definitions.into_iter().map(|(name, text)| (name, sorted(text))).collect()
}

/// Every answer, held against what graphql-js makes of it; gives back the first.
fn check_answers(told: &Value) -> Printed {
    let full = from_answer(&told["full"]);
    let plain = from_answer(&told["plain"]);
    assert_same(&plain, &from_text(told["plain"]["printed"].as_str().unwrap()));
    let asked: Vec<&Value> = told["asked"].as_array().unwrap().iter().collect();
    for answer in &asked {
        assert_same(&from_answer(answer), &from_text(answer["printed"].as_str().unwrap()));
    }
    assert_same(&from_answer(asked.first().unwrap()), &full);
    assert_same(&from_answer(asked.last().unwrap()), &plain);
    assert_same(&full, &from_text(told["full"]["printed"].as_str().unwrap()));
    full
}

#[test]
fn every_kind_of_definition_comes_through_introspection() {
    let file = here("tests/data/every-kind.graphql");
    let text = std::fs::read_to_string(&file).unwrap();
    let told = told(&file, introspected::QUERIES);
    let full = check_answers(&told);
    assert!(from_answer(&told["plain"]) != full, "the plain answer tells less");
    assert_same(&full, &from_library(&text, &["@owner", "@both"]));
    assert_same(&full, &from_text(&text));
}

#[test]
fn the_schema_of_github_comes_through_introspection() {
    let file = here("tests/clients/gateway/node_modules/@octokit/graphql-schema/schema.graphql");
    let text = std::fs::read_to_string(&file).expect("GitHub's schema is missing: `tools/setup test` installs it");
    let queries = introspected::QUERIES;
    let full = check_answers(&told(&file, &[queries[0], queries[queries.len() - 1]]));
    assert!(full.len() > 1000, "it is the whole schema: {}", full.len());
    // Introspection tells the fields of a default value in the order in which their type has them, the file in
    // another one.
    let full = in_any_order(full);
    assert_same(&full, &in_any_order(from_library(&text, &["@requiredCapabilities"])));
    assert_same(&full, &in_any_order(from_text(&text)));
}
