//! Permissions: the rule book's own cases, and its law tried on schemas that nobody thought of.

mod generate;
mod naive;
mod properties;
mod vectors;
