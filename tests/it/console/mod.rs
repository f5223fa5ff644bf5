//! The console from outside: what a browser sends and is sent.

mod acting;
mod audit;
mod browser;
mod ide;
mod me;
mod requests;
mod roles;
mod schema;
mod sessions;
mod set_password;
mod set_up;
mod tokens;
mod users;

pub use browser::{Browser, form, secret, unescaped};
