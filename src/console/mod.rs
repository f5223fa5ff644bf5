//! The web console: pages for people, made on the server, that work without scripts but for copying and live parts. It
//! decides nothing: each page runs a GraphQL operation as its visitor, through the same plan and gate as any client's. A few
//! things go straight to their features, which decide: signing in and out, set-up and password links, that a form is sent
//! once, that an export is noted, what a role opens as it is stored, and what waits to be accepted in the schema.

mod assets;
mod audit;
mod call;
mod csrf;
mod form;
mod frame;
mod gate;
mod giving;
mod ide;
mod list;
mod me;
mod place;
mod reply;
mod roles;
mod routes;
mod schema;
mod set_password;
mod setup;
mod sign_in;
mod snippets;
mod stop;
mod tokens;
mod users;
mod visit;
mod when;

pub use ide::HAS_IDE;
pub use routes::PATHS;
pub use setup::link;
pub use visit::Doors;

use crate::caller::Origin;
use crate::config::HiddenFields;
use crate::guard::{self, Presented, Standing, cookie};
use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use form::{Form, Unread};
use frame::{Crumb, Frame, Here};
use gate::Gate;
use routes::Asked;
use std::sync::Arc;
use stop::Stop;
use visit::Visit;

#[derive(Template)]
#[template(path = "note.html")]
struct Note<'a> {
    gate: Gate,
    title: &'a str,
    text: &'a str,
    href: &'a str,
    label: &'a str,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
    missing: &'a [String],
}

/// Answers a request to one of the console's pages.
pub async fn answer(doors: Doors, origin: Arc<Origin>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let gzip = reply::takes_gzip(&head.headers);
    let path = head.uri.path();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if let ["assets", folder, name] = segments[..] {
        let asset = if folder == "ide" { ide::asset(name, gzip) } else { assets::answer(folder, name, gzip) };
        return asset.unwrap_or_else(|| nowhere(&doors));
    }
    if let Some(response) = place::lead(&doors, &head.method, &head.uri, &head.headers) {
        return response;
    }
    let query = Form::parse(head.uri.query().unwrap_or_default().as_bytes());
    let form = match head.method {
        Method::GET | Method::HEAD => None,
        Method::POST => {
            if let Some(response) = foreign(&doors, &head.headers) {
                return response;
            }
            let longest = doors.own.cx.config.limits.body_bytes;
            if segments == ["graphiql", "snippets"] {
                return match form::whole(body, longest).await {
                    Ok(body) => ide::written(&doors, &body, gzip),
                    Err(unread) => not_read(&doors, unread),
                };
            }
            match Form::read(&head.headers, body, longest).await {
                Ok(form) => Some(form),
                Err(unread) => return not_read(&doors, unread),
            }
        }
        _ => return only(&doors, "GET, HEAD, POST", "Pages take GET and POST."),
    };
    let asked = Asked { query, form, gzip, headers: &head.headers, path };
    if let Some(response) = routes::open(&doors, &origin, &segments, &asked).await {
        return response;
    }
    let presented = Presented::read_cookie(&head.headers, doors.public_url());
    let secret = if let Presented::Cookie(secret) = presented { secret.to_owned() } else { String::new() };
    let door = &doors.own;
    let starts_ide = segments == ["graphiql", "start"];
    let caller = match guard::identify(&door.cx, &door.callers, &presented, origin).await {
        Ok(Standing::Live(caller)) => caller,
        Ok(_) if starts_ide => return ide::start(None).await,
        Ok(_) => return sign_in::wanted(&doors, &asked),
        Err(error) => return failed(&doors, error.into()),
    };
    let Asked { query, form, .. } = asked;
    let visit = Visit { doors, caller, cookie: secret, path: path.to_owned(), query, gzip };
    if starts_ide {
        return ide::start(Some(&visit)).await;
    }
    if let Some(form) = &form
        && !csrf::holds(&visit.cookie, form.get("csrf"))
    {
        return stopped(&visit, Stop::NotOurs, Some(form));
    }
    match routes::guarded(&visit, &segments, form.as_ref()).await {
        Ok(response) => response,
        Err(stop) => stopped(&visit, stop, form.as_ref()),
    }
}

/// What a browser sees that opens an endpoint: the IDE, in which the request may be tried.
#[must_use]
pub fn ide(doors: &Doors, request: &Request<Body>) -> Response<Body> {
    let headers = request.headers();
    let led = place::lead(doors, request.method(), request.uri(), headers);
    let mut response = led.unwrap_or_else(|| ide::page(doors, reply::takes_gzip(headers)));
    // Others are answered by GraphQL at the same address.
    let vary = HeaderValue::from_static("Accept, Authorization, Cookie, Accept-Encoding");
    response.headers_mut().insert(header::VARY, vary);
    response
}

/// Whether it is a browser that opens an endpoint as a page: a program may wish for HTML too, but brings its token.
#[must_use]
pub fn is_looked_at(method: &Method, headers: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
        && !headers.contains_key(header::AUTHORIZATION)
        && reply::wishes(headers, &header::ACCEPT, "text/html")
}

/// The way to a page for who wrote a slash behind its path.
#[must_use]
pub fn without_slash(uri: &Uri) -> Response<Body> {
    place::without_slash(uri)
}

/// The page where there is nothing.
#[must_use]
pub fn nowhere(doors: &Doors) -> Response<Body> {
    let text = "There is nothing at this address. The GraphQL endpoint is /graphql.";
    note(doors, StatusCode::NOT_FOUND, "Not here", text)
}

/// A form that a page of another site sends, or one that was opened under another name than the configured one.
fn foreign(doors: &Doors, headers: &HeaderMap) -> Option<Response<Body>> {
    let own = doors.public_url();
    if cookie::is_from_own_page(headers, own) {
        return None;
    }
    let text = format!(
        "This form came from a page that was not opened at {own}, which is where this server knows itself to be. Open \
         it there; or, if that is not its address, have `public_url` set."
    );
    Some(note(doors, StatusCode::FORBIDDEN, "This form is not taken", &text))
}

/// A body that was not read.
fn not_read(doors: &Doors, unread: Unread) -> Response<Body> {
    let longest = doors.own.cx.config.limits.body_bytes;
    let (status, text) = match unread {
        Unread::NoForm => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "This is no form of ours.".to_owned()),
        Unread::TooLong => {
            let text = format!("What was sent is longer than the {longest} bytes that `limits.body_bytes` allows.");
            (StatusCode::PAYLOAD_TOO_LARGE, text)
        }
        Unread::Broken => (StatusCode::BAD_REQUEST, "What was sent did not arrive whole. Send it again.".to_owned()),
    };
    note(doors, status, "Not understood", &text)
}

/// A method that a path does not take, and those that it takes.
fn only(doors: &Doors, allowed: &'static str, text: &str) -> Response<Body> {
    let mut response = note(doors, StatusCode::METHOD_NOT_ALLOWED, "Not here", text);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

fn note(doors: &Doors, status: StatusCode, title: &str, text: &str) -> Response<Body> {
    let gate = Gate::new(doors, "Doorward");
    reply::page(status, false, &Note { gate, title, text, href: "/", label: "To the start" })
}

fn failed(doors: &Doors, stop: Stop) -> Response<Body> {
    let Stop::Failed(text) = stop else {
        return note(doors, StatusCode::SERVICE_UNAVAILABLE, "Not now", "Try again in a moment.");
    };
    note(doors, StatusCode::SERVICE_UNAVAILABLE, "Not now", &text)
}

/// The permissions that are missing, unless what one may not see is hidden.
fn named(visit: &Visit, missing: Vec<String>) -> Vec<String> {
    if visit.cx().config.errors.hidden_fields == HiddenFields::Hide { Vec::new() } else { missing }
}

/// The page for somebody who is signed in and may not go on.
fn stopped(visit: &Visit, stop: Stop, form: Option<&Form>) -> Response<Body> {
    let (status, title, text, missing) = match stop {
        Stop::SessionOver => return sign_in::again(visit, form),
        Stop::Missing(missing) => (
            StatusCode::FORBIDDEN,
            "You may not see this page",
            "It takes a permission that none of your roles holds.".into(),
            named(visit, missing),
        ),
        Stop::NotFound => {
            (StatusCode::NOT_FOUND, "Not here", "There is no such thing, or it is not yours to see.".into(), Vec::new())
        }
        Stop::NotOurs => {
            let text =
                "This form was made for another session, or is too old. Open the page again and send it from there.";
            (StatusCode::FORBIDDEN, "This form is not taken", text.into(), Vec::new())
        }
        Stop::Refused(refusal) => (StatusCode::FORBIDDEN, "Refused", refusal.message, refusal.extensions.missing),
        Stop::Failed(text) => (StatusCode::SERVICE_UNAVAILABLE, "Not now", text, Vec::new()),
    };
    match visit.frame(Here::Me, title, vec![Crumb::here(title)]) {
        Ok(frame) => reply::page(status, visit.gzip, &Refused { frame, title, text: &text, missing: &missing }),
        Err(_) => sign_in::again(visit, form),
    }
}
