//! The schema as its visitor sees it: to browse, to download, for the pages' own scripts; and what of it waits to be
//! accepted.

mod tree;

use super::form::Form;
use super::reply;
use super::stop::Stop;
use super::visit::Visit;
use crate::graphql::{self, Shaped};
use axum::body::Body;
use axum::http::Response;

/// Opens what is new.
pub(super) const ACCEPT: &str =
    "mutation Accept($coordinates: [String!]) { acceptSchemaCoordinates(coordinates: $coordinates) }";

/// Answers below `/schema`.
pub(super) async fn answer(visit: &Visit, segments: &[&str], form: Option<&Form>) -> Result<Response<Body>, Stop> {
    match (segments, form) {
        (["tree"], None) => tree::answer(visit).await,
        (["download"], None) => {
            let sdl = graphql::shown(&visit.doors.whole, &visit.caller, Shaped::sdl).await?;
            Ok(reply::download("text/plain; charset=utf-8", "schema.graphql", sdl.into_bytes()))
        }
        _ => Err(Stop::NotFound),
    }
}
