//! Revoking a token, with what else that ends; and standing by one again.

use super::show::{self, Whole};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql::AnsweredRefusal;
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde_json::Value;

const OWN: &str = "mutation Revoke($id: Int64Bit!, $with_descendants: Boolean, $compromised: Boolean) {
  revokePersonalAccessToken(id: $id, with_descendants: $with_descendants, compromised: $compromised) { id status }
}";

/// The same for a token of another's.
pub(super) const ANYONES: &str =
    "mutation RevokeAny($id: Int64Bit!, $with_descendants: Boolean, $compromised: Boolean) {
  revokeAnyPersonalAccessToken(id: $id, with_descendants: $with_descendants, compromised: $compromised) { id status }
}";

const CONFIRM: &str = "mutation Confirm($id: Int64Bit!) { confirmPersonalAccessToken(id: $id) { id confirmed_at } }";

#[derive(Template)]
#[template(path = "tokens/revoke.html")]
struct Page {
    frame: Frame,
    whole: Whole,
    own: bool,
    now: Timestamp,
    refusal: Option<AnsweredRefusal>,
}

/// The question.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&asked(visit, id, &Form::default(), None).await?))
}

/// Revokes it.
pub(super) async fn submit(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let (whole, _, own) = show::find(visit, id).await?;
    let call = call(id, own, form);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    if let Err(refusal) = visit.attempt::<Value>(&call).await? {
        return Ok(visit.page_again(&asked(visit, id, form, Some(refusal)).await?));
    }
    let with = form.ticked("with_descendants") || form.ticked("compromised");
    let done = if with && !whole.children.is_empty() { "revoked-with" } else { "revoked" };
    Ok(reply::see_other(&format!("/tokens/{id}?done={done}")))
}

/// Stands by it again.
pub(super) async fn confirm(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    let _: Value = visit.ask(&Call::new(CONFIRM).with("id", id)).await?;
    Ok(reply::see_other(&format!("/tokens/{id}?done=confirmed")))
}

fn call(id: &str, own: bool, form: &Form) -> Call {
    Call::new(if own { OWN } else { ANYONES })
        .with("id", id)
        .with("with_descendants", form.ticked("with_descendants"))
        .with("compromised", form.ticked("compromised"))
}

async fn asked(visit: &Visit, id: &str, form: &Form, refusal: Option<AnsweredRefusal>) -> Result<Page, Stop> {
    let (whole, _, own) = show::find(visit, id).await?;
    let title = format!("Revoke {}", whole.token.name);
    let crumbs = vec![
        Crumb::to("/tokens", "Personal access tokens"),
        Crumb::to(format!("/tokens/{id}"), &whole.token.name),
        Crumb::here("Revoke"),
    ];
    let frame =
        visit.frame(Here::Tokens, &title, crumbs)?.with_call(call(id, own, form).shown(&visit.doors.own_endpoint()));
    Ok(Page { frame, whole, own, now: visit.now(), refusal })
}
