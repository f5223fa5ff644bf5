//! stub
use super::form::Form;
use super::gate::Gate;
use super::routes::Asked;
use super::visit::Doors;
use super::{reply, sign_in};
use crate::caller::Origin;
use crate::error::{Error, Refusal};
use crate::guard;
use crate::secret::Secret;
use crate::users::{NewUser, set_up};
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use std::sync::Arc;

/// The link for a code.
#[must_use]
pub fn link(public_url: &str, code: &Secret) -> String {
    format!("{}/setup?code={}", public_url.trim_end_matches('/'), code.expose())
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetUpPage<'a> {
    gate: Gate,
    code: &'a str,
    form: &'a Form,
    trouble: Option<&'a Refusal>,
}

/// The form. Looking at it spends nothing: previews of links may look too.
pub(super) async fn page(doors: &Doors, asked: &Asked<'_>) -> Response<Body> {
    let code = asked.query.get("code");
    match set_up::check(&doors.own.cx, code).await {
        Ok(()) => show(doors, asked, StatusCode::OK, code, &Form::default(), None),
        Err(error) => refuse(doors, error),
    }
}

/// Makes the administrator and signs them in, or says what is wrong and keeps what was typed but for the password.
pub(super) async fn submit(doors: &Doors, origin: &Arc<Origin>, form: &Form, asked: &Asked<'_>) -> Response<Body> {
    let door = &doors.own;
    let stranger = match guard::stranger(&door.cx, &door.callers, Arc::clone(origin)).await {
        Ok(stranger) => stranger,
        Err(error) => return refuse(doors, error),
    };
    let text = |name| form.text(name).map(str::to_owned);
    let new = NewUser {
        username: form.get("username").trim().to_owned(),
        name: text("name"),
        email_address: text("email"),
        password: Some(form.get("password").to_owned()),
        ..NewUser::default()
    };
    match set_up::spend(&door.cx, &stranger, form.get("code"), new).await {
        Ok(_) => sign_in::submit(doors, origin, form, asked).await,
        Err(Error::Refusal(refusal)) if refusal.field.is_some() => {
            show(doors, asked, StatusCode::UNPROCESSABLE_ENTITY, form.get("code"), form, Some(&refusal))
        }
        Err(error) => refuse(doors, error),
    }
}

fn show(
    doors: &Doors,
    asked: &Asked<'_>,
    status: StatusCode,
    code: &str,
    form: &Form,
    trouble: Option<&Refusal>,
) -> Response<Body> {
    reply::page(status, asked.gzip, &SetUpPage { gate: Gate::new(doors, "Set up").wide(), code, form, trouble })
}

/// A set-up that cannot go on.
fn refuse(doors: &Doors, error: Error) -> Response<Body> {
    match error {
        Error::Refusal(refusal) => {
            super::note(doors, StatusCode::FORBIDDEN, "This link does not hold", &refusal.message)
        }
        Error::Fault(fault) => {
            tracing::error!(%fault, "the set-up page failed");
            super::note(
                doors,
                StatusCode::SERVICE_UNAVAILABLE,
                "Not now",
                "The server cannot answer now; try again in a moment.",
            )
        }
    }
}
