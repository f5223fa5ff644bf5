//! A link by which a user sets their own password: made here, and shown once.

use super::{User, show};
use crate::console::call::Call;
use crate::console::frame::{Frame, Here};
use crate::console::giving::give;
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::When;
use crate::graphql::AnsweredRefusal;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;

/// Makes it.
pub(super) const MAKE: &str = "mutation CreatePasswordLink($id: Int64Bit!) {
  createPasswordLink(id: $id) { url expires_at }
}";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "createPasswordLink")]
    link: Link,
}

#[derive(Deserialize)]
struct Link {
    url: String,
    expires_at: When,
}

#[derive(Template)]
#[template(path = "users/linked.html")]
struct Linked<'a> {
    frame: Frame,
    id: &'a str,
    name: &'a str,
    username: &'a str,
    title: String,
    link: &'a Link,
}

/// The call that makes it for the user of this number.
pub(super) fn call(id: &str) -> Call {
    Call::new(MAKE).with("id", id)
}

/// Makes it and shows it, this once.
pub(super) async fn once(
    visit: &Visit,
    user: &User,
    title: String,
) -> Result<Result<Response<Body>, AnsweredRefusal>, Stop> {
    let call = call(&user.id);
    let Answer { link } = match give::<Answer>(visit, &call, "id").await? {
        Ok(answer) => answer,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let frame = visit
        .frame(Here::Users, &title, show::crumbs(user, "Password link"))?
        .with_call(call.shown(&visit.doors.own_endpoint()))
        .with_scripts(&["token.js"]);
    let page = Linked { frame, id: &user.id, name: &user.name, username: &user.username, title, link: &link };
    // Not packed: how well a page packs would tell of the secret in it.
    Ok(Ok(reply::page(StatusCode::OK, false, &page)))
}
