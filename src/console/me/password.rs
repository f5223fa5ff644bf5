//! Changing one's password.

use super::{prove, shown};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::de::IgnoredAny;

const CHANGE: &str = "mutation ChangePassword($current: String!, $new: String!) {
  changePassword(current_password: $current, new_password: $new)
}";

const NOTE: &str = "This takes a session, not a personal access token. No password is shown here.";

#[derive(Template)]
#[template(path = "me/password.html")]
struct Page {
    frame: Frame,
    username: String,
    /// What is wrong with the current password.
    wrong_current: Option<String>,
    /// What is wrong with the new one.
    wrong_new: Option<String>,
}

/// The call with words in the place of passwords.
fn example() -> Call {
    Call::new(CHANGE).with("current", "YOUR PASSWORD").with("new", "YOUR NEW PASSWORD")
}

fn made(visit: &Visit, wrong_current: Option<String>, wrong_new: Option<String>) -> Result<Page, Stop> {
    let crumbs = vec![Crumb::to("/me", "My info"), Crumb::here("Password")];
    let call = example().shown(&visit.doors.own_endpoint()).noted(NOTE);
    let frame = visit.frame(Here::Me, "Your password", crumbs)?.with_call(call).with_scripts(&["rules.js"]);
    Ok(Page { frame, username: visit.person()?.username.clone(), wrong_current, wrong_new })
}

/// The form.
pub(super) fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&made(visit, None, None)?))
}

/// Changes it.
pub(super) async fn submit(visit: &Visit, form: &Form) -> Result<Response<Body>, Stop> {
    if let Some(shown) = shown(visit, form, &example(), Some(NOTE)) {
        return Ok(shown);
    }
    let call = Call::new(CHANGE).with("current", form.get("current_password")).with("new", form.get("new_password"));
    match visit.attempt::<IgnoredAny>(&call).await? {
        Ok(_) => Ok(reply::see_other("/me?done=password")),
        Err(refusal) if refusal.is_about("new_password") => {
            Ok(visit.page_again(&made(visit, None, Some(refusal.message))?))
        }
        Err(refusal) => Ok(visit.page_again(&made(visit, Some(prove::words(&refusal)), None)?)),
    }
}
