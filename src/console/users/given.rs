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
    /// What was held when the form was first shown.
    had: Vec<String>,
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
    let (user, _) = show::find(visit, id).await?;
    let call = Call::new(edit::UPDATE).with("id", id).with("input", json!({ "role_ids": wanted(&user.roles, form) }));
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    if let Err(refusal) = give::<IgnoredAny>(visit, &call, "role_ids").await? {
        return Ok(visit.page_again(&filled(visit, user, Some(form), Some(&refusal)).await?));
    }
    Ok(reply::see_other(&format!("/users/{id}?done=saved")))
}

/// What is held with what was ticked and without what was unticked since the form was shown: what somebody else has given
/// or taken away meanwhile stays so.
fn wanted(held: &[Given], form: &Form) -> Vec<String> {
    let is_in = |list: &str, id: &str| form.all(list).any(|one| one == id);
    let stays = |id: &&str| is_in("role_ids", id) || !is_in("had", id);
    let held: Vec<&str> = held.iter().map(|role| role.id.as_str()).collect();
    let anew = form.all("role_ids").filter(|id| !is_in("had", id) && !held.contains(id));
    held.iter().copied().filter(stays).chain(anew).map(str::to_owned).collect()
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
    let had = match form {
        Some(form) => form.all("had").map(str::to_owned).collect(),
        None => user.roles.iter().map(|role| role.id.clone()).collect(),
    };
    Ok(Page { frame, user, choices, had, trouble: refusal.map(|refusal| refusal.message.clone()) })
}
