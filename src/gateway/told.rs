//! What the API is told besides the operation: nothing of the client's but its trace, the configured headers, and who
//! calls where that is wanted.

use crate::config::{Identity, Upstream};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use std::fmt::Write as _;

/// Headers of a client that go on (W3C Trace Context).
const PASSED: [HeaderName; 2] = [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate")];
/// The header of an API that comes back, besides the type and coding of its content.
pub const TRACE_BACK: HeaderName = HeaderName::from_static("traceresponse");

const USER_ID: HeaderName = HeaderName::from_static("doorward-user-id");
const EXTERNAL_ID: HeaderName = HeaderName::from_static("doorward-external-id");
const TOKEN_ID: HeaderName = HeaderName::from_static("doorward-token-id");
const ROLES: HeaderName = HeaderName::from_static("doorward-roles");
const SECRET: HeaderName = HeaderName::from_static("doorward-secret");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who calls, as the API may be told of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// The user's number, which never changes.
    pub user_id: Option<i64>,
    /// What another system knows them by.
    pub external_id: Option<String>,
    /// The number of the token that is used.
    pub token_id: Option<i64>,
    /// The names of their roles that the API may be told of.
    pub roles: Vec<String>,
}

/// The headers that go with every request.
///
/// # Errors
/// For a configured header that cannot be sent: `config` has refused such before.
pub fn always(upstream: &Upstream, host: HeaderValue) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    // Each request sets these to its own: their places are taken here, so that a copy need not grow.
    for name in [header::ACCEPT, header::CONTENT_LENGTH, REQUEST_ID] {
        headers.insert(name, HeaderValue::from_static(""));
    }
    headers.insert(header::HOST, host);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("doorward/", env!("CARGO_PKG_VERSION"))));
    for (name, value) in upstream.headers.pairs() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
        headers.insert(name, secret(value)?);
    }
    if let (Identity::Headers, Some(shared)) = (upstream.identity, &upstream.secret) {
        headers.insert(SECRET, secret(shared)?);
    }
    Ok(headers)
}

fn secret(value: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(value).map_err(|error| error.to_string())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Adds what goes on of the client's own headers, and the number of its request.
pub fn along(headers: &mut HeaderMap, client: &HeaderMap, request_id: &str) {
    for name in &PASSED {
        if let Some(value) = client.get(name) {
            headers.insert(name, value.clone());
        }
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// Says who calls, always in all four headers: an absent one could be taken for one that a proxy has cut off.
pub fn identity(headers: &mut HeaderMap, who: &Who) {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let named = [
        (USER_ID, number(who.user_id)),
        (EXTERNAL_ID, encoded(who.external_id.as_deref().unwrap_or_default())),
        (TOKEN_ID, number(who.token_id)),
        (ROLES, who.roles.join(",")),
    ];
    for (name, text) in named {
        headers.insert(name, HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("")));
    }
}

/// Percent-encoded (RFC 3986) but for visible ASCII, so that any text can be sent and read back.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn any_text_can_be_sent() {
        assert_eq!(encoded("auth0|5f7c"), "auth0|5f7c");
        assert_eq!(encoded("Zoë 100%\r\nx: y"), "Zo%C3%AB%20100%25%0D%0Ax:%20y");
    }
}
