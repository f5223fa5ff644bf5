//! Doorward: every script, partner and agent gets its own key to a GraphQL API, field by field.
//!
//! Three floors, and arrows only point down: doors turn HTTP into calls, features hold the rules, the ground
//! knows no feature. ARCHITECTURE.md tells the rest.

pub mod addresses;
pub mod app;
pub mod audit;
pub mod caller;
pub mod cli;
pub mod config;
pub mod console;
pub mod context;
pub mod coordinates;
pub mod counts;
pub mod documents;
pub mod error;
pub mod gateway;
pub mod graphql;
pub mod guard;
pub mod id;
pub mod lists;
pub mod names;
pub mod password;
pub mod permission;
pub mod proxies;
pub mod restore;
pub mod revisions;
pub mod roles;
pub mod scalars;
pub mod sealing;
pub mod secret;
pub mod server;
pub mod sessions;
pub mod standing;
pub mod storage;
pub mod telemetry;
pub mod throttle;
pub mod tokens;
pub mod traces;
pub mod users;
pub mod world;
