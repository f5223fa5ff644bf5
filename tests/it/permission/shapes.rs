//! Shown schemas in the eyes of the reference implementation: graphql-js takes the text of each and our own answer to
//! introspection, finds both valid, and finds the same schema in both.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use apollo_compiler::response::JsonMap;
use doorward::config::Limits;
use doorward::graphql::{Shapes, introspection, plan};
use doorward::permission::FirstSeen;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::generate::{grants, pinned, schema, tape};
use super::properties::{cases, surface};

const INTROSPECTION: &str = "query Introspection {
  __schema {
    description queryType { name } mutationType { name } subscriptionType { name }
    types { ...Full }
    directives { name description isRepeatable locations args(includeDeprecated: true) { ...Input } }
  }
}
fragment Full on __Type {
  kind name description specifiedByURL
  fields(includeDeprecated: true) {
    name description args(includeDeprecated: true) { ...Input } type { ...Ref } isDeprecated deprecationReason
  }
  inputFields(includeDeprecated: true) { ...Input }
  interfaces { ...Ref }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...Ref }
}
fragment Input on __InputValue { name description type { ...Ref } defaultValue isDeprecated deprecationReason }
fragment Ref on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
}";

#[test]
fn graphql_js_takes_every_shape_and_our_introspection_of_it() {
    let mut runner = TestRunner::default();
    let tapes = tape();
    let mut lines = String::new();
    let mut shapes = 0;
    while shapes < cases(20) {
        let mut tape = tapes.new_tree(&mut runner).expect("there are tapes").current();
        let Some(schema) = schema(&mut tape) else { continue };
        let surface = surface(schema, FirstSeen::new());
        let list = pinned(&surface, &grants(&mut tape, surface.schema()), 0);
        let powers = surface.powers(surface.compile(&list, false));
        let shaped = Shapes::default().of(&surface, &powers);
        let plan = plan::make(&surface, &Limits::default(), INTROSPECTION, None).expect("introspection is valid");
        let data = introspection::answer(&shaped, &plan, &JsonMap::new()).expect("introspection is answered");
        lines += &json!({ "sdl": shaped.sdl(), "introspection": data }).to_string();
        lines.push('\n');
        shapes += 1;
    }
    let audits = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/audits");
    let mut node = Command::new("node");
    node.arg("shapes.mjs").current_dir(audits).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut node = node.spawn().expect("`tools/setup test` installs node");
    node.stdin.take().expect("it is piped").write_all(lines.as_bytes()).expect("it reads to the end");
    let output = node.wait_with_output().expect("it ends");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert_eq!(said.trim(), format!("{shapes} shapes are valid"));
}
