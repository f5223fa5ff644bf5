//! Changing one's names.

use super::shown;
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql::AnsweredRefusal;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

const ASK: &str = "query MyNames { me { name public_name } }";

const CHANGE: &str =
    "mutation UpdateMe($input: UpdateMeMutationInput!) { updateMe(input: $input) { name public_name } }";

#[derive(Deserialize)]
struct Answer {
    me: Names,
}

#[derive(Deserialize)]
struct Names {
    name: String,
    public_name: String,
}

#[derive(Template)]
#[template(path = "me/names.html")]
struct Page {
    frame: Frame,
    names: Names,
    trouble: Option<AnsweredRefusal>,
}

impl Page {
    fn wrong(&self, field: &str) -> Option<&str> {
        self.trouble.as_ref().filter(|trouble| trouble.is_about(field)).map(|trouble| trouble.message.as_str())
    }
}

fn change(names: &Names) -> Call {
    Call::new(CHANGE).with("input", json!({ "name": names.name, "public_name": names.public_name }))
}

fn made(visit: &Visit, names: Names, trouble: Option<AnsweredRefusal>) -> Result<Page, Stop> {
    let crumbs = vec![Crumb::to("/me", "My info"), Crumb::here("Names")];
    let call = change(&names).shown(&visit.doors.own_endpoint());
    Ok(Page { frame: visit.frame(Here::Me, "Your names", crumbs)?.with_call(call), names, trouble })
}

/// The form.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let Answer { me } = visit.ask(&Call::new(ASK)).await?;
    Ok(visit.page(&made(visit, me, None)?))
}

/// Changes them.
pub(super) async fn submit(visit: &Visit, form: &Form) -> Result<Response<Body>, Stop> {
    let text = |name| form.get(name).trim().to_owned();
    let names = Names { name: text("name"), public_name: text("public_name") };
    let call = change(&names);
    if let Some(shown) = shown(visit, form, &call, None) {
        return Ok(shown);
    }
    match visit.attempt::<IgnoredAny>(&call).await? {
        Ok(_) => Ok(reply::see_other("/me?done=saved")),
        Err(refusal) => Ok(visit.page_again(&made(visit, names, Some(refusal))?)),
    }
}
