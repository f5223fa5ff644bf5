//! What we say of two schemas is what graphql-inspector says of them: the same changes, as critical, in the same
//! places. `tools/setup test` installs it.

mod random;
mod single;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use doorward::gateway::diff;
use proptest::sample::subsequence;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use random::Dice;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Where graphql-inspector has no word.
const OURS_ALONE: &str = "INPUT_OBJECT_ONE_OF_CHANGED";

/// Every word that it has, but for where directives are used.
const KINDS: &[&str] = &[
    "DIRECTIVE_ADDED",
    "DIRECTIVE_ARGUMENT_ADDED",
    "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED",
    "DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED",
    "DIRECTIVE_ARGUMENT_REMOVED",
    "DIRECTIVE_ARGUMENT_TYPE_CHANGED",
    "DIRECTIVE_DESCRIPTION_CHANGED",
    "DIRECTIVE_LOCATION_ADDED",
    "DIRECTIVE_LOCATION_REMOVED",
    "DIRECTIVE_REMOVED",
    "DIRECTIVE_REPEATABLE_ADDED",
    "DIRECTIVE_REPEATABLE_REMOVED",
    "ENUM_VALUE_ADDED",
    "ENUM_VALUE_DEPRECATION_REASON_ADDED",
    "ENUM_VALUE_DEPRECATION_REASON_CHANGED",
    "ENUM_VALUE_DEPRECATION_REASON_REMOVED",
    "ENUM_VALUE_DESCRIPTION_CHANGED",
    "ENUM_VALUE_REMOVED",
    "FIELD_ADDED",
    "FIELD_ARGUMENT_ADDED",
    "FIELD_ARGUMENT_DEFAULT_CHANGED",
    "FIELD_ARGUMENT_DESCRIPTION_CHANGED",
    "FIELD_ARGUMENT_REMOVED",
    "FIELD_ARGUMENT_TYPE_CHANGED",
    "FIELD_DEPRECATION_ADDED",
    "FIELD_DEPRECATION_REASON_ADDED",
    "FIELD_DEPRECATION_REASON_CHANGED",
    "FIELD_DEPRECATION_REASON_REMOVED",
    "FIELD_DEPRECATION_REMOVED",
    "FIELD_DESCRIPTION_ADDED",
    "FIELD_DESCRIPTION_CHANGED",
    "FIELD_DESCRIPTION_REMOVED",
    "FIELD_REMOVED",
    "FIELD_TYPE_CHANGED",
    "INPUT_FIELD_ADDED",
    "INPUT_FIELD_DEFAULT_VALUE_CHANGED",
    "INPUT_FIELD_DESCRIPTION_ADDED",
    "INPUT_FIELD_DESCRIPTION_CHANGED",
    "INPUT_FIELD_DESCRIPTION_REMOVED",
    "INPUT_FIELD_REMOVED",
    "INPUT_FIELD_TYPE_CHANGED",
    "OBJECT_TYPE_INTERFACE_ADDED",
    "OBJECT_TYPE_INTERFACE_REMOVED",
    "SCHEMA_MUTATION_TYPE_CHANGED",
    "SCHEMA_QUERY_TYPE_CHANGED",
    "SCHEMA_SUBSCRIPTION_TYPE_CHANGED",
    "TYPE_ADDED",
    "TYPE_DESCRIPTION_ADDED",
    "TYPE_DESCRIPTION_CHANGED",
    "TYPE_DESCRIPTION_REMOVED",
    "TYPE_KIND_CHANGED",
    "TYPE_REMOVED",
    "UNION_MEMBER_ADDED",
    "UNION_MEMBER_REMOVED",
];

struct Text {
    sdl: String,
    schema: Valid<Schema>,
}

fn text(sdl: String) -> Option<Text> {
    let schema = Schema::parse_and_validate(&*sdl, "schema.graphql").ok()?;
    Some(Text { sdl, schema })
}

/// What graphql-inspector says of each pair.
fn theirs(pairs: &[[Text; 2]]) -> Vec<Vec<Value>> {
    let written: Vec<Value> =
        pairs.iter().map(|[before, after]| json!({ "before": before.sdl, "after": after.sdl })).collect();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("pairs.json");
    std::fs::write(&file, Value::from(written).to_string()).expect("it is writable");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/gateway/diff.mjs");
    let output = Command::new("node").arg(script).arg(file).output().expect("`tools/setup test` installs node");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

fn ours([before, after]: &[Text; 2]) -> Vec<Value> {
    let found = diff::changes(&before.schema, &after.schema).into_iter().filter(|change| change.kind != OURS_ALONE);
    found
        .map(|change| json!({ "criticality": change.criticality.as_str(), "kind": change.kind, "path": change.path }))
        .collect()
}

/// Asks both, and gives the kinds of change that there were.
fn agree(pairs: &[[Text; 2]]) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    let theirs = theirs(pairs);
    assert_eq!(theirs.len(), pairs.len());
    for (pair, theirs) in pairs.iter().zip(theirs) {
        let ours = ours(pair);
        if ours != theirs {
            let show = |list: &[Value], other: &[Value]| -> String {
                list.iter().filter(|change| !other.contains(change)).map(|change| format!("  {change}\n")).collect()
            };
            let [before, after] = pair;
            panic!(
                "we alone say\n{}they alone say\n{}of\n{}\n=== and\n{}",
                show(&ours, &theirs),
                show(&theirs, &ours),
                before.sdl,
                after.sdl
            );
        }
        kinds.extend(theirs.iter().map(|change| change["kind"].as_str().expect("it is a word").to_owned()));
    }
    kinds
}

fn both_ways(one: &str, other: &str) -> [[Text; 2]; 2] {
    let read = |sdl: &str| text(sdl.to_owned()).unwrap_or_else(|| panic!("this should be valid:\n{sdl}"));
    [[read(one), read(other)], [read(other), read(one)]]
}

#[test]
fn one_change_at_a_time() {
    let mut pairs = Vec::new();
    for change @ (from, to) in single::CHANGES {
        assert!(from.is_empty() || single::BASE.matches(from).count() == 1, "{from} stands once in the base schema");
        let changed = single::changed([change]);
        assert!(changed != single::BASE, "{to} is another");
        pairs.extend(both_ways(single::BASE, &changed));
    }
    assert!(pairs.len() >= 300, "{}", pairs.len());
    let kinds: Vec<String> = agree(&pairs).into_iter().collect();
    assert_eq!(kinds, KINDS);
}

#[test]
fn many_changes_at_a_time() {
    let mut runner = TestRunner::deterministic();
    let some = subsequence(single::CHANGES, 2..=40);
    let mut draw = || {
        let drawn = some.new_tree(&mut runner).expect("nothing is refused").current();
        text(single::changed(&drawn))
    };
    let drawn: Vec<[Text; 2]> = std::iter::repeat_with(|| Some([draw()?, draw()?])).take(300).flatten().collect();
    assert!(drawn.len() >= 100, "{} of 300 pairs are valid", drawn.len());
    agree(&drawn);
}

#[test]
fn schemas_drawn_by_chance() {
    let mut dice = Dice::new(0);
    let drawn = std::iter::repeat_with(|| Some([text(random::schema(&mut dice))?, text(random::schema(&mut dice))?]));
    let drawn: Vec<[Text; 2]> = drawn.take(200).flatten().collect();
    assert!(drawn.len() >= 150, "{} of 200 pairs are valid", drawn.len());
    agree(&drawn);
}
