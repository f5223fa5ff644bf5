//! The list of roles.

use super::Role;
use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::list::{Listed, Pager, page_of};
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::counted;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::json;

/// The list.
pub(in crate::console) const LIST: &str = "query Roles($paginator: Paginator, $general_search: String) {
  roles(paginator: $paginator, sorter: [{attribute: \"name\"}], general_search: $general_search) {
    entities { id name description built_in applied_permissions effective_permission_count user_count }
    page_info { page total_count total_pages }
  }
}";

#[derive(Deserialize)]
struct Answer {
    roles: Listed<Role>,
}

#[derive(Template)]
#[template(path = "roles/list.html")]
struct Page<'a> {
    frame: Frame,
    roles: &'a [Role],
    search: &'a str,
    pager: Pager,
    may_add: bool,
    may_delete: bool,
}

/// The list.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let search = visit.query.get("q").trim();
    let mut call = Call::new(LIST).with("paginator", json!({ "page": page_of(&visit.query), "records_per_page": 50 }));
    if !search.is_empty() {
        call = call.with("general_search", search);
    }
    let Answer { roles } = visit.ask(&call).await?;
    let frame = visit
        .frame(Here::Roles, "Roles", vec![Crumb::here("Roles")])?
        .with_call(call.shown(&visit.doors.own_endpoint()));
    Ok(visit.page(&Page {
        frame,
        roles: &roles.entities,
        search,
        pager: Pager::new(visit, &roles.page_info, &counted(roles.page_info.total_count, "role")),
        may_add: visit.may(super::create::CREATE),
        may_delete: visit.may(super::delete::DELETE),
    }))
}
