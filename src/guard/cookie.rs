//! The cookie of the console's sessions: what it is called, and when it counts. A browser sends it whoever wrote the
//! page that asks, so that for anything but looking the page has to be one of this server's own.

use axum::http::{HeaderMap, Uri, header};
use std::net::IpAddr;

/// What the cookie is called. Over TLS its name holds the browser to `Secure`, this host alone and the whole site (RFC
/// 6265bis, `__Host-`); over plain HTTP, where no such name may be set, the port tells two servers of one machine apart.
#[must_use]
pub fn name(public_url: &str) -> String {
    if is_secure(public_url) {
        return "__Host-doorward".into();
    }
    let port = public_url.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse::<u16>().ok());
    format!("doorward-{}", port.unwrap_or(80))
}

/// What the cookie is called by which a browser is known again.
#[must_use]
pub fn browsers_name(public_url: &str) -> String {
    format!("{}-browser", name(public_url))
}

/// What a browser is known by.
#[must_use]
pub fn read_browser<'a>(headers: &'a HeaderMap, public_url: &str) -> Option<&'a str> {
    read(headers, &browsers_name(public_url))
}

/// Whether people reach this server over TLS.
#[must_use]
pub fn is_secure(public_url: &str) -> bool {
    public_url.starts_with("https://")
}

/// Whether browsers keep a session's cookie for it: over TLS, and on the machine itself.
#[must_use]
pub fn may_be_kept(public_url: &str) -> bool {
    let uri = public_url.parse::<Uri>();
    is_secure(public_url) || uri.is_ok_and(|uri| uri.host().is_some_and(is_here))
}

/// Whether a host, as addresses write it, is the machine itself, by whatever name of its own.
#[must_use]
pub fn is_here(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_loopback = |ip: IpAddr| ip.is_loopback();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.trim_start_matches('[').trim_end_matches(']').parse().is_ok_and(is_loopback)
}

/// Whether the page that asks is one of this server's own (the Fetch standard's `Origin`, which pages cannot set).
#[must_use]
pub fn is_from_own_page(headers: &HeaderMap, public_url: &str) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let own = origin_of(public_url);
    matches!((origins.next(), origins.next()), (Some(origin), None) if origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()))
}

/// An address of a scheme and a host as a browser writes it in `Origin`: without the port that goes without saying.
fn origin_of(public_url: &str) -> &str {
    let url = public_url.trim_end_matches('/');
    url.strip_suffix(if is_secure(url) { ":443" } else { ":80" }).unwrap_or(url)
}

/// The value of a cookie.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        assert_eq!(origin_of("https://door.example/"), "https://door.example");
        assert_eq!(origin_of("https://door.example:443/"), "https://door.example");
        assert_eq!(origin_of("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(origin_of("http://[::1]:80"), "http://[::1]");
        assert_eq!(origin_of("http://door.example:443"), "http://door.example:443");
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xdoorward-8080=1; doorward-8080=2;a=b"));
        headers.append(header::COOKIE, HeaderValue::from_static("doorward-80=3"));
        assert_eq!(read(&headers, &name("http://127.0.0.1:8080")), Some("2"));
        assert_eq!(read(&headers, &name("http://localhost")), Some("3"));
        assert_eq!(read(&headers, &name("https://door.example")), None);
    }

    #[test]
    fn browsers_keep_the_cookie_over_tls_and_on_the_machine_itself() {
        for url in [
            "https://door.example",
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://a.LOCALHOST",
            "http://[::1]:8080",
        ] {
            assert!(may_be_kept(url), "{url}");
        }
        for url in ["http://door.example", "http://10.0.0.1:8080", "http://localhost.example", "http://127.example"] {
            assert!(!may_be_kept(url), "{url}");
        }
    }

    #[test]
    fn a_page_is_our_own_by_its_origin_alone() {
        let from = |origins: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for origin in origins {
                headers.append(header::ORIGIN, HeaderValue::from_static(origin));
            }
            is_from_own_page(&headers, "https://door.example/")
        };
        assert!(from(&["https://door.example"]));
        for others in [&["null"][..], &[], &["https://door.example.evil"], &["https://door.example", "https://evil"]] {
            assert!(!from(others), "{others:?}");
        }
        assert!(!from(&["http://door.example"]));
    }
}
