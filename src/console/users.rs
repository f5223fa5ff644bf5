//! stub

use super::form::Form;
use super::stop::Stop;
use super::visit::Visit;
use axum::body::Body;
use axum::http::Response;

pub(super) async fn answer(_visit: &Visit, _segments: &[&str], _form: Option<&Form>) -> Result<Response<Body>, Stop> {
    Err(Stop::NotFound)
}

/// The list.
pub(super) const LIST: &str = "query Users { users { entities { id username name } } }";
