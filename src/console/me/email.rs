//! Changing one's email address. It is something to sign in with, so the session has to be proved: where it was not
//! lately, the same form asks for the password too.

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
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

const ASK: &str = "query MyEmailAddress { me { email_address } }";

const CHANGE: &str = "mutation UpdateMe($input: UpdateMeMutationInput!) { updateMe(input: $input) { email_address } }";

const NOTE: &str =
    "This takes a session that was proved in the last 10 minutes (proveSession), not a personal access token.";

#[derive(Deserialize)]
struct Answer {
    me: Me,
}

#[derive(Deserialize)]
struct Me {
    email_address: Option<String>,
}

/// What the form holds, and what is wrong in it.
#[derive(Default)]
struct Filled {
    address: String,
    /// Whether it asks for the password.
    proves: bool,
    wrong: Option<String>,
    wrong_password: Option<String>,
}

#[derive(Template)]
#[template(path = "me/email.html")]
struct Page {
    frame: Frame,
    username: String,
    filled: Filled,
}

fn change(address: &str) -> Call {
    let address = Some(address).filter(|address| !address.is_empty());
    Call::new(CHANGE).with("input", json!({ "email_address": address }))
}

fn made(visit: &Visit, filled: Filled) -> Result<Page, Stop> {
    let crumbs = vec![Crumb::to("/me", "My info"), Crumb::here("Email address")];
    let call = change(&filled.address).shown(&visit.doors.own_endpoint()).noted(NOTE);
    let frame = visit.frame(Here::Me, "Your email address", crumbs)?.with_call(call);
    Ok(Page { frame, username: visit.person()?.username.clone(), filled })
}

/// The form.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let Answer { me } = visit.ask(&Call::new(ASK)).await?;
    let proves = visit.caller.proved_session(visit.now()).is_err();
    let address = me.email_address.unwrap_or_default();
    Ok(visit.page(&made(visit, Filled { address, proves, ..Filled::default() })?))
}

/// Changes it.
pub(super) async fn submit(visit: &Visit, form: &Form) -> Result<Response<Body>, Stop> {
    let address = form.get("email_address").trim().to_owned();
    let call = change(&address);
    if let Some(shown) = shown(visit, form, &call, Some(NOTE)) {
        return Ok(shown);
    }
    let password = form.get("current_password");
    let mut filled = Filled { address, proves: form.given("current_password").is_some(), ..Filled::default() };
    let proved = if password.is_empty() { None } else { Some(prove(visit, password).await?) };
    let proved = match proved.transpose() {
        Ok(proved) => proved,
        Err(words) => {
            filled.wrong_password = Some(words);
            return Ok(visit.page_again(&made(visit, filled)?));
        }
    };
    match proved.as_ref().unwrap_or(visit).attempt::<IgnoredAny>(&call).await? {
        Ok(_) => Ok(reply::see_other("/me?done=saved")),
        Err(refusal) if prove::is_wanted(&refusal) => {
            filled.proves = true;
            filled.wrong_password = Some("Give your current password: how you sign in is about to change.".into());
            Ok(visit.page_again(&made(visit, filled)?))
        }
        Err(refusal) => {
            filled.proves = proved.is_none() && filled.proves;
            filled.wrong = Some(refusal.message);
            Ok(visit.page_again(&made(visit, filled)?))
        }
    }
}
