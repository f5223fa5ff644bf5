//! Disabling a user, with all that it ends, and enabling one again.

use super::User;
use super::show::{self, Ending};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::giving::{give, must};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::de::IgnoredAny;

/// Disables a user.
pub(super) const DISABLE: &str = "mutation DisableUser($id: Int64Bit!) { disableUser(id: $id) { id enabled } }";
/// Enables a user.
pub(super) const ENABLE: &str = "mutation EnableUser($id: Int64Bit!) { enableUser(id: $id) { id enabled } }";

#[derive(Template)]
#[template(path = "users/disable.html")]
struct Page {
    frame: Frame,
    user: User,
    ending: Ending,
    oneself: bool,
    trouble: Option<String>,
}

/// The question.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&asked(visit, id, None).await?))
}

/// Disables them.
pub(super) async fn disable(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let call = Call::new(DISABLE).with("id", id);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    if let Err(refusal) = give::<IgnoredAny>(visit, &call, "id").await? {
        return Ok(visit.page_again(&asked(visit, id, Some(refusal.message)).await?));
    }
    Ok(reply::see_other(&format!("/users/{id}?done=disabled")))
}

/// Enables them.
pub(super) async fn enable(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    let call = Call::new(ENABLE).with("id", id);
    give::<IgnoredAny>(visit, &call, "id").await?.map_err(Stop::Refused)?;
    Ok(reply::see_other(&format!("/users/{id}?done=enabled")))
}

async fn asked(visit: &Visit, id: &str, trouble: Option<String>) -> Result<Page, Stop> {
    must(visit, DISABLE)?;
    let (user, _) = show::find(visit, id).await?;
    let ending = show::ending(visit, id).await?;
    let note = "Disabling takes effect with the answer: no request of this user is accepted after it.";
    let title = format!("Disable {}", user.name);
    let frame = visit
        .frame(Here::Users, &title, show::crumbs(&user, "Disable"))?
        .with_call(Call::new(DISABLE).with("id", id).shown(&visit.doors.own_endpoint()).noted(note));
    let oneself = visit.person()?.id.0.to_string() == user.id;
    Ok(Page { frame, user, ending, oneself, trouble })
}
