//! Answers to a browser: pages, redirects, JSON for the pages' scripts, files to keep.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// Nothing but what comes from here: no inline script or style, no frame, no form to elsewhere (Content Security Policy
/// level 3).
const POLICY: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Below this a packed answer is no shorter.
const WORTH_PACKING: usize = 1024;

/// Whether a browser takes packed answers (RFC 9110, section 12.5.3).
#[must_use]
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    wishes(headers, &header::ACCEPT_ENCODING, "gzip")
}

/// Whether one of the things that a header lists is this, with a weight above nothing (RFC 9110, section 12.4.2).
#[must_use]
pub fn wishes(headers: &HeaderMap, list: &HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(list).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let mut pairs = parts.filter_map(|part| part.split_once('='));
        let weight = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
        is_it && weight.is_none_or(|(_, weight)| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

/// Bytes, packed.
#[must_use]
pub fn packed(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(level));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// A page.
#[must_use]
pub fn page(status: StatusCode, gzip: bool, template: &impl Template) -> Response<Body> {
    match template.render() {
        Ok(html) => with(status, gzip, "text/html; charset=utf-8", html.into_bytes()),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            let text = b"internal error".to_vec();
            with(StatusCode::INTERNAL_SERVER_ERROR, false, "text/plain; charset=utf-8", text)
        }
    }
}

/// JSON for a page's own script.
#[must_use]
pub fn json(gzip: bool, value: &impl serde::Serialize) -> Response<Body> {
    with(StatusCode::OK, gzip, "application/json; charset=utf-8", serde_json::to_vec(value).unwrap_or_default())
}

/// A file to keep. Its name is ours.
#[must_use]
pub fn download(content_type: &'static str, name: &str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = with(StatusCode::OK, false, content_type, bytes);
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// On to another page (303: whatever came, the next is a GET). The path is ours.
#[must_use]
pub fn see_other(path: &str) -> Response<Body> {
    redirect(StatusCode::SEE_OTHER, path)
}

/// On to another address, by this status. The address is ours.
#[must_use]
pub fn redirect(status: StatusCode, path: &str) -> Response<Body> {
    let mut response = with(status, false, "text/plain; charset=utf-8", Vec::new());
    if let Ok(location) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// An answer with the headers that all of the console's have. What may hold somebody's data is kept by nobody.
#[must_use]
pub fn with(status: StatusCode, gzip: bool, content_type: &'static str, mut bytes: Vec<u8>) -> Response<Body> {
    let packs = gzip && bytes.len() >= WORTH_PACKING;
    if packs {
        bytes = packed(&bytes, 5);
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // With `no-referrer` a browser would send our own forms with `Origin: null`.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(opener, HeaderValue::from_static("same-origin"));
    headers.insert(header::VARY, HeaderValue::from_static("Cookie, Accept-Encoding"));
    if packs {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn who_takes_nothing_packed_gets_nothing_packed() {
        let takes =
            |value| takes_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]));
        for value in ["gzip", "br, gzip", "deflate;q=0, GZIP ; q=0.5", "gzip;q=1.0,br"] {
            assert!(takes(value), "{value}");
        }
        for value in ["", "br", "gzip;q=0", "gzip; q=0.0", "br, gzip ; Q = 0", "gzip;q=0,br", "gzipped", "gzip;q=x"] {
            assert!(!takes(value), "{value}");
        }
    }
}
