//! The console from outside: what a browser sends and is sent.

mod browser;
mod sessions;
mod tokens;

pub use browser::{Browser, form, secret, unescaped};
