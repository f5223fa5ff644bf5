//! Setting one's own password by a link that somebody who may set it has made.

use super::form::Form;
use super::gate::Gate;
use super::routes::Asked;
use super::visit::Doors;
use super::when::When;
use super::{reply, sign_in};
use crate::caller::{Origin, Person};
use crate::error::{Code, Error};
use crate::guard;
use crate::users::password_link::{self, Held};
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "set_password/form.html")]
struct Page<'a> {
    gate: Gate,
    code: &'a str,
    person: &'a Person,
    ends: When,
    wrong: Option<&'a str>,
    /// Why nobody can sign in by a browser here.
    plain: Option<String>,
}

#[derive(Template)]
#[template(path = "set_password/over.html")]
struct Over {
    gate: Gate,
}

/// The form. Looking at it spends nothing: previews of links may look too.
pub(super) async fn page(doors: &Doors, asked: &Asked<'_>) -> Response<Body> {
    let code = asked.query.get("code");
    match password_link::check(&doors.own.cx, code).await {
        Ok(Some(held)) => show(doors, code, &held, None),
        Ok(None) => over(doors, asked),
        Err(error) => refuse(doors, asked, error),
    }
}

/// Sets it and leads to the sign-in, or says what is wrong with it.
pub(super) async fn submit(doors: &Doors, origin: &Arc<Origin>, form: &Form, asked: &Asked<'_>) -> Response<Body> {
    let door = &doors.own;
    let code = form.get("code");
    let held = match password_link::check(&door.cx, code).await {
        Ok(Some(held)) => held,
        Ok(None) => return over(doors, asked),
        Err(error) => return refuse(doors, asked, error),
    };
    let stranger = match guard::stranger(&door.cx, &door.callers, Arc::clone(origin)).await {
        Ok(stranger) => stranger,
        Err(error) => return refuse(doors, asked, error),
    };
    match password_link::spend(&door.cx, &stranger, code, form.get("password").to_owned()).await {
        Ok(()) => reply::see_other("/sign-in?done=password-set"),
        Err(Error::Refusal(refusal)) if refusal.field.is_some() => show(doors, code, &held, Some(&refusal.message)),
        Err(error) => refuse(doors, asked, error),
    }
}

fn show(doors: &Doors, code: &str, held: &Held, wrong: Option<&str>) -> Response<Body> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (gate, plain) = (Gate::new(doors, "Set your password"), sign_in::not_kept(doors));
    let page = Page { gate, code, person: &held.person, ends: When(held.ends), wrong, plain };
    // Not packed: how well a page packs would tell of the code in it.
    reply::page(status, false, &page)
}

/// The page in the place of the form.
fn over(doors: &Doors, asked: &Asked<'_>) -> Response<Body> {
    reply::page(StatusCode::FORBIDDEN, asked.gzip, &Over { gate: Gate::new(doors, "Set your password") })
}

fn refuse(doors: &Doors, asked: &Asked<'_>, error: Error) -> Response<Body> {
    let (status, text) = match error {
        Error::Refusal(refusal) => match refusal.code {
            Code::Forbidden => return over(doors, asked),
            Code::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, refusal.message),
            _ => (StatusCode::SERVICE_UNAVAILABLE, refusal.message),
        },
        Error::Fault(fault) => {
            tracing::error!(%fault, "the page that sets a password failed");
            let text = "The server cannot answer now; try again in a moment.";
            (StatusCode::SERVICE_UNAVAILABLE, text.to_owned())
        }
    };
    super::note(doors, status, "Not now", &text)
}
