//! Deleting a role: whoever holds it loses it at once.

use super::editor::{Holders, holders};
use super::{Role, show};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::giving::{give, must};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::de::IgnoredAny;

/// Deletes a role.
pub(super) const DELETE: &str = "mutation DeleteRole($id: Int64Bit!) { deleteRole(id: $id) }";

#[derive(Template)]
#[template(path = "roles/delete.html")]
struct Page {
    frame: Frame,
    role: Role,
    holders: Option<Holders>,
    trouble: Option<String>,
}

/// The question.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&asked(visit, id, None).await?))
}

/// Deletes it.
pub(super) async fn submit(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let call = Call::new(DELETE).with("id", id);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    if let Err(refusal) = give::<IgnoredAny>(visit, &call, "id").await? {
        return Ok(visit.page_again(&asked(visit, id, Some(refusal.message)).await?));
    }
    Ok(reply::see_other("/roles?done=deleted"))
}

async fn asked(visit: &Visit, id: &str, trouble: Option<String>) -> Result<Page, Stop> {
    must(visit, DELETE)?;
    let (role, _) = show::find(visit, id).await?;
    let own = Crumb::to(format!("/roles/{id}"), &role.name);
    let frame = visit
        .frame(
            Here::Roles,
            &format!("Delete {}", role.name),
            vec![Crumb::to("/roles", "Roles"), own, Crumb::here("Delete")],
        )?
        .with_call(Call::new(DELETE).with("id", id).shown(&visit.doors.own_endpoint()));
    let holders = holders(visit, &role).await?;
    Ok(Page { frame, role, holders, trouble })
}
