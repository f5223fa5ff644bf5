//! Doorward: every script, partner and agent gets its own key to a GraphQL API, field by field.
//!
//! Three floors, and arrows only point down: doors turn HTTP into calls, features hold the rules, the ground
//! knows no feature. ARCHITECTURE.md tells the rest.

pub mod error;
pub mod permission;
pub mod world;
