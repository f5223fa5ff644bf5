//! One role.

use super::Role;
use super::draft::Draft;
use super::editor::editor;
use crate::console::call::Call;
use crate::console::stop::Stop;
use crate::console::users::Entities;
use crate::console::visit::Visit;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

const SHOW: &str = "query Role($id: Int64Bit) {
  roles(id: $id) {
    entities {
      id name description built_in applied_permissions follow_new_fields upstream_name
      effective_permission_count user_count
    }
  }
}";

/// Changes a role.
pub(super) const UPDATE: &str = "mutation UpdateRole($id: Int64Bit!, $input: UpdateRoleMutationInput) {
  updateRole(id: $id, input: $input) { id effective_permission_count }
}";

#[derive(Deserialize)]
struct Answer {
    roles: Entities<Role>,
}

/// The role of this number, and the call that asked for it.
pub(super) async fn find(visit: &Visit, id: &str) -> Result<(Role, Call), Stop> {
    let call = Call::new(SHOW).with("id", id);
    let Answer { roles } = visit.ask(&call).await?;
    Ok((roles.entities.into_iter().next().ok_or(Stop::NotFound)?, call))
}

/// The call that saves these changes.
pub(super) fn update(id: &str, input: Map<String, Value>) -> Call {
    Call::new(UPDATE).with("id", id).with("input", input)
}

/// The page.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    let (role, call) = find(visit, id).await?;
    let draft = Draft::of_role(&role);
    Ok(visit.page(&editor(visit, Some(role), draft, call, None).await?))
}
