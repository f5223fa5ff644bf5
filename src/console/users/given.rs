//! The roles of a user: a box for each. What one may give away the server says.

use super::{Given, User, edit, list, show};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::giving::{give, must};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql::AnsweredRefusal;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::de::IgnoredAny;
use serde_json::json;

/// A role to tick.
pub(super) struct Choice {
    /// The role.
    pub role: Given,
    /// Whether it is ticked.
    pub on: bool,
}

#[derive(Template)]
#[template(path = "users/roles.html")]
struct Page {
    frame: Frame,
    user: User,
    choices: Vec<Choice>,
    trouble: Option<String>,
}

/// The form.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    must(visit, edit::UPDATE)?;
    let (user, _) = show::find(visit, id).await?;
    Ok(visit.page(&filled(visit, user, None, None).await?))
}

/// Gives and takes away what is ticked anew, and no more.
pub(super) async fn submit(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let call = call(id, form);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    if let Err(refusal) = give::<IgnoredAny>(visit, &call, "role_ids").await? {
        let (user, _) = show::find(visit, id).await?;
        return Ok(visit.page_again(&filled(visit, user, Some(form), Some(&refusal)).await?));
    }
    Ok(reply::see_other(&format!("/users/{id}?done=saved")))
}

fn call(id: &str, form: &Form) -> Call {
    let ids: Vec<&str> = form.all("role_ids").collect();
    Call::new(edit::UPDATE).with("id", id).with("input", json!({ "role_ids": ids }))
}

/// The roles that can be given, those ticked that the form ticks, or that are held; what is held and not among the
/// first hundred is there too, or saving would take it away.
pub(super) async fn choices(visit: &Visit, held: &[Given], form: Option<&Form>) -> Result<Vec<Choice>, Stop> {
    let mut roles = list::roles(visit).await?;
    roles.retain(|role| !role.built_in);
    let beyond = held.iter().filter(|given| !roles.iter().any(|role| role.id == given.id));
    let beyond: Vec<Given> = beyond.cloned().collect();
    roles.extend(beyond);
    let is_on = |role: &Given| match form {
        Some(form) => form.all("role_ids").any(|id| id == role.id),
        None => held.iter().any(|given| given.id == role.id),
    };
    Ok(roles.into_iter().map(|role| Choice { on: is_on(&role), role }).collect())
}

async fn filled(
    visit: &Visit,
    user: User,
    form: Option<&Form>,
    refusal: Option<&AnsweredRefusal>,
) -> Result<Page, Stop> {
    let choices = choices(visit, &user.roles, form).await?;
    let ids: Vec<&str> = choices.iter().filter(|choice| choice.on).map(|choice| choice.role.id.as_str()).collect();
    let shown = Call::new(edit::UPDATE).with("id", user.id.clone()).with("input", json!({ "role_ids": ids }));
    let title = format!("Roles of {}", user.name);
    let frame = visit
        .frame(Here::Users, &title, show::crumbs(&user, "Roles"))?
        .with_call(shown.shown(&visit.doors.own_endpoint()).noted("Saving replaces the list."));
    Ok(Page { frame, user, choices, trouble: refusal.map(|refusal| refusal.message.clone()) })
}
