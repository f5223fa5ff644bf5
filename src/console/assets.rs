//! What the pages are made of besides HTML: one style sheet, small scripts, icons. They lie in the program, and under an
//! address that changes with them, so that browsers keep them for ever.

use super::reply::packed;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Name, media type and content of each.
const FILES: &[(&str, &str, &str)] = &[
    ("console.css", CSS, include_str!("assets/console.css")),
    ("icons.svg", SVG, include_str!("assets/icons.svg")),
    ("favicon.svg", SVG, include_str!("assets/favicon.svg")),
    ("console.js", SCRIPT, include_str!("assets/console.js")),
    ("dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("frame.js", SCRIPT, include_str!("assets/frame.js")),
    ("call.js", SCRIPT, include_str!("assets/call.js")),
    ("forms.js", SCRIPT, include_str!("assets/forms.js")),
    ("colours.js", SCRIPT, include_str!("assets/colours.js")),
    ("rules.js", SCRIPT, include_str!("assets/rules.js")),
    ("tree.js", SCRIPT, include_str!("assets/tree.js")),
    ("roles.js", SCRIPT, include_str!("assets/roles.js")),
    ("token.js", SCRIPT, include_str!("assets/token.js")),
];

struct Kept {
    name: &'static str,
    content_type: &'static str,
    plain: Bytes,
    packed: Bytes,
}

static KEPT: LazyLock<Vec<Kept>> = LazyLock::new(|| {
    let kept = |(name, content_type, text): &(&'static str, &'static str, &'static str)| Kept {
        name,
        content_type,
        plain: Bytes::from_static(text.as_bytes()),
        packed: packed(text.as_bytes(), 9).into(),
    };
    FILES.iter().map(kept).collect()
});

/// The folder that they are in for now: named after all that is in it.
static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let mut all = Sha256::new();
    for (name, _, text) in FILES {
        all.update(name.as_bytes());
        all.update(text.as_bytes());
    }
    all.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// The address of the folder.
#[must_use]
pub fn folder() -> String {
    format!("/assets/{}", *FOLDER)
}

/// Answers for one of them; a folder of another release holds what there is now, for pages that are still open.
#[must_use]
pub fn answer(folder: &str, name: &str, gzip: bool) -> Option<Response<Body>> {
    let kept = KEPT.iter().find(|kept| kept.name == name)?;
    let mut response = Response::new(Body::from(if gzip { kept.packed.clone() } else { kept.plain.clone() }));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kept.content_type));
    let keep = if folder == *FOLDER { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Some(response)
}
