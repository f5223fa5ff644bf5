//! One's own details: names, email address, password, sessions, and what one may do.

mod device;
mod email;
mod end;
mod names;
mod password;
mod prove;
mod show;

pub(super) use device::device;
pub(super) use prove::{is_wanted, prove};

use super::call::Call;
use super::form::Form;
use super::reply;
use super::stop::Stop;
use super::visit::Visit;
use axum::body::Body;
use axum::http::Response;

/// Answers below `/me`.
pub(super) async fn answer(visit: &Visit, segments: &[&str], form: Option<&Form>) -> Result<Response<Body>, Stop> {
    match (segments, form) {
        ([], None) => show::page(visit).await,
        (["names"], None) => names::page(visit).await,
        (["names"], Some(form)) => names::submit(visit, form).await,
        (["email"], None) => email::page(visit).await,
        (["email"], Some(form)) => email::submit(visit, form).await,
        (["password"], None) => password::page(visit),
        (["password"], Some(form)) => password::submit(visit, form).await,
        (["sessions", "end"], None) => end::page(visit).await,
        (["sessions", "end"], Some(_)) => end::submit(visit).await,
        _ => Err(Stop::NotFound),
    }
}

/// The answer to a form that only wants to see its call.
fn shown(visit: &Visit, form: &Form, call: &Call, note: Option<&'static str>) -> Option<Response<Body>> {
    let shown = (form.get("show") == "call").then(|| call.shown(&visit.doors.own_endpoint()))?;
    let shown = match note {
        Some(note) => shown.noted(note),
        None => shown,
    };
    Some(reply::json(visit.gzip, &shown))
}
