//! Doorward's own schema, put together from the features' parts.

use crate::audit::graphql::AuditQuery;
use crate::coordinates::graphql::{CoordinateMutation, CoordinateQuery};
use crate::roles::graphql::{RoleMutation, RoleQuery};
use crate::sessions::graphql::{SessionMutation, SessionQuery};
use crate::tokens::graphql::{TokenMutation, TokenQuery};
use crate::users::graphql::{UserMutation, UserQuery};
use apollo_compiler::Schema as Types;
use apollo_compiler::validation::Valid;
use async_graphql::{EmptySubscription, MergedObject, Schema, ValidationMode};

/// What can be asked.
#[derive(Debug, Default, MergedObject)]
pub struct Query(UserQuery, RoleQuery, TokenQuery, SessionQuery, AuditQuery, CoordinateQuery);

/// What can be changed.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(SessionMutation, TokenMutation, UserMutation, RoleMutation, CoordinateMutation);

/// The executor of own fields.
pub type Own = Schema<Query, Mutation, EmptySubscription>;

/// Builds the executor. What it is given was parsed, validated and judged before, so it validates fast.
#[must_use]
pub fn own() -> Own {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(256)
        .disable_suggestions()
        .finish()
}

/// The same schema as types, for planning: parsed from what the executor prints.
///
/// # Panics
/// Never: a test holds that the schema is valid.
#[must_use]
pub fn types(own: &Own) -> Valid<Types> {
    let printed = own.sdl_with_options(async_graphql::SDLExportOptions::new().include_specified_by());
    let mut types = Types::parse(printed, "doorward.graphql").expect("Doorward's own schema parses");
    // The executor prints the specification's own directives; they are known without.
    let specified = Types::new().directive_definitions;
    for (name, definition) in &mut types.directive_definitions {
        if let Some(known) = specified.get(name) {
            *definition = known.clone();
        }
    }
    types.validate().expect("Doorward's own schema is valid")
}

/// The schema as text, as `schema.graphql` in the repository holds it.
#[must_use]
pub fn sdl() -> String {
    types(&own()).to_string()
}
