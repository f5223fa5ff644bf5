//! Signing in and out. Somebody whose session ends while they fill a form gets it back after signing in again.

use super::call::{Call, Shown};
use super::form::Form;
use super::gate::Gate;
use super::routes::Asked;
use super::visit::{Doors, Visit};
use super::{csrf, reply, stop::Stop};
use crate::caller::Origin;
use crate::error::{Code, Error};
use crate::guard::{self, Presented, Standing, cookie};
use crate::sessions::{self, BegunInBrowser};
use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::json;
use std::sync::Arc;

/// Where one is when signed in, unless one wanted to go elsewhere.
const START: &str = "/tokens";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    gate: Gate,
    username: &'a str,
    /// Where to go on.
    next: &'a str,
    /// The form that was sent when the session had ended.
    kept: &'a str,
    trouble: &'a str,
    note: &'a str,
    call: Shown,
}

/// What a program does in place of this page.
const SIGN_IN: &str = "mutation SignIn($credentials: SignInCredentials!) {
  signIn(credentials: $credentials) { accessToken refreshToken expiresIn }
}";

#[derive(Template)]
#[template(path = "go_on.html")]
struct GoOn<'a> {
    gate: Gate,
    action: &'a str,
    csrf: String,
    fields: &'a [(String, String)],
}

/// The sign-in page.
pub(super) fn page(doors: &Doors, asked: &Asked<'_>) -> Response<Body> {
    let note = match asked.query.get("done") {
        "signed-out" => "You are signed out.",
        "everywhere" => "Every session of yours has ended.",
        "password-set" => "Your password is set. Sign in with it.",
        _ => "",
    };
    show(doors, asked.gzip, StatusCode::OK, &Filled { next: asked.query.get("next"), note, ..Filled::default() })
}

/// For somebody who wants a page and is not signed in; a form that they sent is kept.
pub(super) fn wanted(doors: &Doors, asked: &Asked<'_>) -> Response<Body> {
    match &asked.form {
        None if asked.path == "/" => reply::see_other("/sign-in"),
        None => reply::see_other(&format!("/sign-in?next={}", encoded(&with_query(asked.path, &asked.query)))),
        Some(form) => keeping(doors, asked.gzip, asked.path, form),
    }
}

/// The same for one whose session ended while a page was made for them.
pub(super) fn again(visit: &Visit, form: Option<&Form>) -> Response<Body> {
    match form {
        None => reply::see_other(&format!("/sign-in?next={}", encoded(&with_query(&visit.path, &visit.query)))),
        Some(form) => keeping(&visit.doors, visit.gzip, &visit.path, form),
    }
}

fn keeping(doors: &Doors, gzip: bool, path: &str, form: &Form) -> Response<Body> {
    // The form that carries a token is the page's that showed it, this once: neither is kept.
    if form.given("secret").is_some() {
        return show(doors, gzip, StatusCode::UNAUTHORIZED, &Filled { next: START, ..Filled::default() });
    }
    let kept = form.kept().encoded();
    show(doors, gzip, StatusCode::UNAUTHORIZED, &Filled { next: path, kept: &kept, ..Filled::default() })
}

/// What stands in the sign-in form.
#[derive(Default)]
struct Filled<'a> {
    username: &'a str,
    next: &'a str,
    kept: &'a str,
    trouble: &'a str,
    note: &'a str,
}

/// Why nobody can sign in here by a browser; `None`: they can.
pub(super) fn not_kept(doors: &Doors) -> Option<String> {
    let url = doors.public_url();
    (!cookie::may_be_kept(url)).then(|| {
        format!(
            "Browsers keep no session for {url}, since it is neither https nor this machine itself: give Doorward a \
             certificate (tls.certificate) or put a proxy with one before it, and set `public_url`."
        )
    })
}

fn show(doors: &Doors, gzip: bool, status: StatusCode, filled: &Filled<'_>) -> Response<Body> {
    let plain = not_kept(doors);
    let trouble = plain.as_deref().unwrap_or(filled.trouble);
    let Filled { username, next, kept, note, .. } = *filled;
    let credentials = json!({ "userName": "YOUR_USER_NAME", "password": "YOUR_PASSWORD" });
    let call = Call::new(SIGN_IN).with("credentials", credentials).shown(&doors.own_endpoint());
    let call = call.noted("Signing in answers an access token for an hour and a refresh token for the next ones.");
    reply::page(status, gzip, &SignIn { gate: Gate::new(doors, "Sign in"), username, next, kept, trouble, note, call })
}

/// Signs in, and goes on where they wanted to go.
pub(super) async fn submit(doors: &Doors, origin: &Arc<Origin>, form: &Form, asked: &Asked<'_>) -> Response<Body> {
    let door = &doors.own;
    let (username, next, kept) = (form.get("username").trim(), form.get("next"), form.get("kept"));
    let again =
        |status, trouble: &str| show(doors, asked.gzip, status, &Filled { username, next, kept, trouble, note: "" });
    if !cookie::may_be_kept(doors.public_url()) {
        return again(StatusCode::FORBIDDEN, "");
    }
    let stranger = match guard::stranger(&door.cx, &door.callers, Arc::clone(origin)).await {
        Ok(stranger) => stranger,
        Err(error) => return again(StatusCode::SERVICE_UNAVAILABLE, &words(error)),
    };
    let password = form.get("password").to_owned();
    let browser = cookie::read_browser(asked.headers, doors.public_url());
    match sessions::sign_in_by_cookie(&door.cx, &stranger, username, password, browser).await {
        Ok(begun) => {
            end_before(doors, origin, asked.headers).await;
            signed_in(doors, asked.gzip, &begun, next, kept)
        }
        Err(Error::Refusal(refusal)) => {
            let (status, trouble) = match refusal.code {
                Code::InvalidCredentials => {
                    (StatusCode::UNPROCESSABLE_ENTITY, "That user name and password do not go together.".to_owned())
                }
                Code::TooManyRequests => {
                    let seconds = refusal.again_after.unwrap_or(60);
                    let text = format!(
                        "Too many tries. Try again in {}.",
                        super::when::counted(usize::try_from(seconds).unwrap_or(60), "second")
                    );
                    (StatusCode::TOO_MANY_REQUESTS, text)
                }
                _ => (StatusCode::SERVICE_UNAVAILABLE, refusal.message),
            };
            again(status, &trouble)
        }
        Err(error) => again(StatusCode::SERVICE_UNAVAILABLE, &words(error)),
    }
}

fn words(error: Error) -> String {
    match Stop::from(error) {
        Stop::Failed(text) => text,
        Stop::Refused(refusal) => refusal.message,
        _ => "Try again in a moment.".into(),
    }
}

/// Whoever signs in anew leaves no session behind that nobody sees any more.
async fn end_before(doors: &Doors, origin: &Arc<Origin>, headers: &HeaderMap) {
    let door = &doors.own;
    let presented = Presented::read_cookie(headers, doors.public_url());
    let standing = guard::identify(&door.cx, &door.callers, &presented, Arc::clone(origin)).await;
    if let Ok(Standing::Live(caller)) = standing {
        let _ = sessions::sign_out(&door.cx, &caller, false).await;
    }
}

/// The answer to somebody who has just signed in.
fn signed_in(doors: &Doors, gzip: bool, begun: &BegunInBrowser, next: &str, kept: &str) -> Response<Body> {
    let secret = &begun.cookie;
    let next = if is_ours(next) { next } else { START };
    let mut response = if kept.is_empty() {
        reply::see_other(next)
    } else {
        let fields = Form::parse(kept.as_bytes()).kept();
        let csrf = csrf::token(&doors.own.cx.world, secret.expose());
        let gate = Gate::new(doors, "Signed in");
        reply::page(StatusCode::OK, gzip, &GoOn { gate, action: next, csrf, fields: fields.fields() })
    };
    let days = doors.own.cx.config.sessions.refresh_max_days;
    let url = doors.public_url();
    set_cookie(&mut response, doors, &cookie::name(url), secret.expose(), days);
    if let Some(browser) = &begun.browser {
        set_cookie(&mut response, doors, &cookie::browsers_name(url), browser.expose(), sessions::BROWSERS_KNOWN_DAYS);
    }
    response
}

/// Ends the session, and forgets its cookie.
pub(super) async fn sign_out(visit: &Visit) -> Result<Response<Body>, Stop> {
    sessions::sign_out(visit.cx(), &visit.caller, false).await?;
    let mut response = reply::see_other("/sign-in?done=signed-out");
    forget(&mut response, &visit.doors);
    Ok(response)
}

/// Has a browser forget the cookie.
pub(super) fn forget(response: &mut Response<Body>, doors: &Doors) {
    set_cookie(response, doors, &cookie::name(doors.public_url()), "", 0);
}

fn set_cookie(response: &mut Response<Body>, doors: &Doors, name: &str, value: &str, days: i64) {
    let secure = if cookie::is_secure(doors.public_url()) { "; Secure" } else { "" };
    let seconds = days * 86_400;
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn with_query(path: &str, query: &Form) -> String {
    let query = query.kept().encoded();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Whether this leads to a page of ours: a browser takes `//host` and `/\host` for another server, and leaves some white
/// space out. What we write ourselves is visible ASCII.
fn is_ours(next: &str) -> bool {
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    next.starts_with('/') && !next.starts_with("//") && is_plain
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn nobody_is_sent_to_another_server() {
        assert!(is_ours("/tokens/new?name=x") && is_ours("/"));
        for next in ["", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
            assert!(!is_ours(next), "{next:?}");
        }
        for next in
            ["/\t/evil", "/\0/evil", "/to kens", "/\r\nset-cookie:a=b", "/\u{7f}", "/\u{fc}bersicht", "/\u{2028}"]
        {
            assert!(!is_ours(next), "{next:?}");
        }
    }
}
