//! The one address under which a page is opened: a browser keeps its cookie for one name of the host, and takes a form of
//! another name's page for a stranger's.

use super::reply;
use super::visit::Doors;
use crate::guard::cookie::is_here;
use axum::body::Body;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};

/// Leads who opens a page by another name of the machine itself to the configured one.
pub(super) fn lead(doors: &Doors, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response<Body>> {
    let own = doors.public_url();
    if !matches!(*method, Method::GET | Method::HEAD) || !is_other_name(own, headers) {
        return None;
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Some(reply::redirect(StatusCode::TEMPORARY_REDIRECT, &format!("{own}{path}")))
}

/// Leads from a path that ends in a slash to the page; the path is that of a page but for the slash.
pub(super) fn without_slash(uri: &Uri) -> Response<Body> {
    let path = uri.path().strip_suffix('/').unwrap_or_default();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    reply::redirect(StatusCode::PERMANENT_REDIRECT, &format!("{path}{query}"))
}

fn is_other_name(own: &str, headers: &HeaderMap) -> bool {
    let Some(asked) = headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok()) else {
        return false;
    };
    let Ok(own) = own.parse::<Uri>() else { return false };
    let goes_without_saying = if own.scheme_str() == Some("https") { 443 } else { 80 };
    let host = own.host().unwrap_or_default();
    is_here(host)
        && is_here(asked.host())
        && !asked.host().eq_ignore_ascii_case(host)
        && own.port_u16().unwrap_or(goes_without_saying) == asked.port_u16().unwrap_or(goes_without_saying)
}

#[cfg(test)]
mod tests {
    use super::is_other_name;
    use axum::http::{HeaderMap, HeaderValue, header};

    fn other(own: &str, host: &str) -> bool {
        is_other_name(own, &HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(host).unwrap())]))
    }

    #[test]
    fn only_other_names_of_the_machine_itself_lead_on() {
        assert!(other("http://127.0.0.1:8080", "localhost:8080"));
        assert!(other("http://localhost:8080", "[::1]:8080"));
        assert!(other("http://127.0.0.1", "localhost"));
        assert!(other("http://localhost", "door.localhost"));
        for (own, host) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://localhost:80", "LOCALHOST"),
            ("http://127.0.0.1:8080", "localhost:9090"),
            ("http://127.0.0.1:8080", "localhost"),
            ("http://127.0.0.1:8080", "door.example:8080"),
            ("https://door.example", "localhost"),
        ] {
            assert!(!other(own, host), "{own} {host}");
        }
        assert!(!is_other_name("http://127.0.0.1:8080", &HeaderMap::new()));
    }
}
