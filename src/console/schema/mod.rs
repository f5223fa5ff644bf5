//! The schema as its visitor sees it: to browse, to download, for the pages' own scripts; and what of it waits to be
//! accepted.

mod accept;
mod browse;
mod show;
mod tree;

use super::form::Form;
use super::reply;
use super::stop::Stop;
use super::visit::Visit;
use crate::graphql::{self, Shaped};
use axum::body::Body;
use axum::http::Response;

/// Answers below `/schema`.
pub(super) async fn answer(visit: &Visit, segments: &[&str], form: Option<&Form>) -> Result<Response<Body>, Stop> {
    match (segments, form) {
        ([], None) => show::page(visit).await,
        (["tree"], None) => tree::answer(visit).await,
        (["download"], None) => {
            let sdl = graphql::shown(&visit.doors.whole, &visit.caller, Shaped::sdl).await?;
            Ok(reply::download("text/plain; charset=utf-8", "schema.graphql", sdl.into_bytes()))
        }
        (["accept"], None) => accept::page(visit).await,
        (["accept"], Some(form)) => accept::submit(visit, form).await,
        _ => Err(Stop::NotFound),
    }
}
