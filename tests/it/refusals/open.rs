//! Refusals of parts that are not built yet. Each has a probe: once the part is there, the table must tell of it.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use doorward::graphql::schema;

/// Refusals to come.
pub struct Open {
    pub what: &'static str,
    pub is_possible: fn() -> bool,
}

pub const OPEN: &[Open] = &[Open {
    what: "a second factor is needed: 200; MFA_REQUIRED, challenge",
    is_possible: || has_mutation("signInMfa"),
}];

fn types() -> Schema {
    schema::types(&schema::own()).into_inner()
}

fn has_mutation(field: &str) -> bool {
    let types = types();
    let Some(ExtendedType::Object(found)) = types.types.get("Mutation") else { panic!("there are no mutations") };
    found.fields.contains_key(field)
}

#[test]
fn the_probe_can_tell() {
    assert!(has_mutation("signIn") && !has_mutation("signInMfaOfNobody"));
}
