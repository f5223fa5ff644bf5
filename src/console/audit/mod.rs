//! The audit log: what was done, by whom, through what; and the same as a file.

mod export;
mod filter;
mod list;
mod words;

pub(super) use list::LIST;

use super::form::Form;
use super::stop::Stop;
use super::visit::Visit;
use axum::body::Body;
use axum::http::Response;

/// Answers at `/audit`.
pub(super) async fn answer(visit: &Visit, form: Option<&Form>) -> Result<Response<Body>, Stop> {
    if form.is_some() { Err(Stop::NotFound) } else { list::page(visit).await }
}

/// Answers at `/audit.csv` and `/audit.json`.
pub(super) async fn file(visit: &Visit, ending: &str) -> Result<Response<Body>, Stop> {
    match ending {
        "csv" => export::answer(visit, export::Format::Table).await,
        "json" => export::answer(visit, export::Format::Lines).await,
        _ => Err(Stop::NotFound),
    }
}
