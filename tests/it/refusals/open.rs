//! Refusals of parts that are not built yet. Each has a probe: once the part is there, the table must tell of it.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use doorward::config::{Config, Given};
use doorward::graphql::schema;

/// Refusals to come.
pub struct Open {
    pub what: &'static str,
    pub is_possible: fn() -> bool,
}

pub const OPEN: &[Open] = &[
    Open { what: "a second factor is needed: 200; MFA_REQUIRED, challenge", is_possible: || has_mutation("signInMfa") },
    Open { what: "too many tries: 429, Retry-After; TOO_MANY_REQUESTS", is_possible: || has_section("throttle") },
];

fn types() -> Schema {
    schema::types(&schema::own()).into_inner()
}

fn has_mutation(field: &str) -> bool {
    let types = types();
    let Some(ExtendedType::Object(found)) = types.types.get("Mutation") else { panic!("there are no mutations") };
    found.fields.contains_key(field)
}

/// Whether the configuration knows a section.
fn has_section(name: &str) -> bool {
    let file = Some(("doorward.toml".to_owned(), format!("[{name}]\n")));
    Config::read(&Given { file, ..Given::default() }).is_ok()
}

#[test]
fn the_probes_can_tell() {
    assert!(has_mutation("signIn") && has_section("tokens"));
}
