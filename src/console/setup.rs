//! The page that makes the first administrator.

use super::{STYLE, note, page};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Error, Refusal};
use crate::secret::Secret;
use crate::users::{NewUser, set_up};
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use std::sync::Arc;

/// The link for a code.
#[must_use]
pub fn link(public_url: &str, code: &Secret) -> String {
    format!("{}/setup?code={}", public_url.trim_end_matches('/'), code.expose())
}

/// What the link carries.
#[derive(Deserialize)]
pub struct Code {
    /// The code.
    #[serde(default)]
    pub code: String,
}

/// What the form carries.
#[derive(Deserialize)]
pub struct SetUpForm {
    code: String,
    username: String,
    password: String,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetUpPage<'a> {
    style: &'static str,
    code: &'a str,
    username: &'a str,
    error: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome<'a> {
    style: &'static str,
    username: &'a str,
    json_name: &'a str,
    shell_name: &'a str,
    url: &'a str,
}

/// The form. Looking at it spends nothing: previews of links may look too.
pub async fn form(cx: Arc<Context>, link: Code) -> Response<Body> {
    match set_up::check(&cx, &link.code).await {
        Ok(()) => show(StatusCode::OK, &link.code, "", None),
        Err(error) => refuse(error),
    }
}

/// Makes the administrator, or says what is wrong and keeps what was typed but for the password.
pub async fn submit(cx: Arc<Context>, stranger: Caller, form: SetUpForm) -> Response<Body> {
    let new =
        NewUser { username: form.username.trim().to_owned(), password: Some(form.password), ..NewUser::default() };
    match set_up::spend(&cx, &stranger, &form.code, new).await {
        Ok(user) => {
            let url = cx.config.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
            let username = &user.person.username;
            let (json_name, shell_name) = (&in_json(username), &in_shell(username));
            page(StatusCode::OK, &Welcome { style: STYLE, username, json_name, shell_name, url })
        }
        Err(Error::Refusal(refusal)) if refusal.field.is_some() => {
            show(StatusCode::UNPROCESSABLE_ENTITY, &form.code, &form.username, Some(&refusal))
        }
        Err(error) => refuse(error),
    }
}

/// The name as a JSON string that may stand between a shell's single quotes.
fn in_json(name: &str) -> String {
    serde_json::Value::from(name).to_string().replace('\'', "\\u0027")
}

/// The name as one word of a shell.
fn in_shell(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@._-".contains(&byte)) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}

fn show(status: StatusCode, code: &str, username: &str, refusal: Option<&Refusal>) -> Response<Body> {
    let error = refusal.map(|refusal| refusal.message.as_str());
    page(status, &SetUpPage { style: STYLE, code, username, error })
}

/// A set-up that cannot go on.
pub fn refuse(error: Error) -> Response<Body> {
    match error {
        Error::Refusal(refusal) => note(StatusCode::FORBIDDEN, "This link does not hold", &refusal.message),
        Error::Fault(fault) => {
            tracing::error!(%fault, "the set-up page failed");
            note(StatusCode::SERVICE_UNAVAILABLE, "Not now", "The server cannot answer now; try again in a moment.")
        }
    }
}
