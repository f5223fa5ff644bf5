//! Pages for a browser. So far: what this server is, and how its first administrator is made.

mod setup;

pub use setup::{Code, SetUpForm, form, link, refuse, submit};

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

/// The one style sheet of these pages, allowed by its hash in the policy below.
const STYLE: &str = include_str!("plain.css");

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    style: &'static str,
}

#[derive(Template)]
#[template(path = "note.html")]
struct Note<'a> {
    style: &'static str,
    title: &'a str,
    text: &'a str,
}

/// The page at `/`.
pub async fn home() -> Response<Body> {
    page(StatusCode::OK, &Home { style: STYLE })
}

/// What is answered where there is nothing.
pub async fn not_found() -> Response<Body> {
    note(StatusCode::NOT_FOUND, "Not here", "There is nothing at this address. The GraphQL endpoint is /graphql.")
}

fn note(status: StatusCode, title: &str, text: &str) -> Response<Body> {
    page(status, &Note { style: STYLE, title, text })
}

fn page(status: StatusCode, template: &impl Template) -> Response<Body> {
    let (status, html) = match template.render() {
        Ok(html) => (status, html),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error".to_owned())
        }
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(policy) = HeaderValue::from_str(&policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Content Security Policy level 3: nothing but our own style, by its hash, and forms to ourselves.
fn policy() -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}
