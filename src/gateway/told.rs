//! What the API is told besides the operation: nothing of the client's but its trace, the configured headers, and who
//! calls where that is wanted.

use super::Question;
use crate::config::{Identity, Upstream};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use std::fmt::Write as _;

/// Headers of a client that go on (W3C Trace Context).
const PASSED: [HeaderName; 2] = [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate")];
/// Room for the headers that differ from request to request.
const USUAL: usize = 192;
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

/// What every request to the API begins with, as it is sent.
pub struct Beginning {
    /// The request line, and the headers that are always the same.
    text: Vec<u8>,
    /// A configured trace context, for a client that sends none.
    trace: Vec<(HeaderName, HeaderValue)>,
}

impl Beginning {
    /// For requests to this path of this host.
    ///
    /// # Errors
    /// For a configured header that cannot be sent: `config` has refused such before.
    pub fn new(upstream: &Upstream, host: &HeaderValue, path: &Uri) -> Result<Self, String> {
        let mut text = format!("POST {path} HTTP/1.1\r\n").into_bytes();
        write(&mut text, &header::HOST, host.as_bytes());
        write(&mut text, &header::CONTENT_TYPE, b"application/json");
        let mut configured = HeaderMap::new();
        // What is configured takes its place.
        let ours = HeaderValue::from_static(concat!("doorward/", env!("CARGO_PKG_VERSION")));
        configured.insert(header::USER_AGENT, ours);
        for (name, value) in upstream.headers.pairs() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            configured.insert(name, HeaderValue::from_str(value).map_err(|error| error.to_string())?);
        }
        if let (Identity::Headers, Some(shared)) = (upstream.identity, &upstream.secret) {
            configured.insert(SECRET, HeaderValue::from_str(shared).map_err(|error| error.to_string())?);
        }
        let of_trace = |name: &HeaderName| configured.get(name).map(|value| (name.clone(), value.clone()));
        let trace = PASSED.iter().filter_map(of_trace).collect();
        for (name, value) in configured.iter().filter(|(name, _)| !PASSED.contains(name)) {
            write(&mut text, name, value.as_bytes());
        }
        Ok(Self { text, trace })
    }

    /// A whole request, as it is sent.
    pub fn request(&self, question: &Question<'_>) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.text.len() + question.body.len() + USUAL);
        text.extend_from_slice(&self.text);
        write(&mut text, &header::ACCEPT, question.accept.as_bytes());
        if question.gzip {
            write(&mut text, &header::ACCEPT_ENCODING, b"gzip");
        }
        write(&mut text, &REQUEST_ID, question.request_id.as_bytes());
        self.trace(&mut text, question.client);
        if let Some(who) = question.who {
            identity(&mut text, who);
        }
        write(&mut text, &header::CONTENT_LENGTH, question.body.len().to_string().as_bytes());
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(question.body.as_bytes());
        text
    }

    /// What goes on of the client's own headers.
    fn trace(&self, text: &mut Vec<u8>, client: &HeaderMap) {
        for name in &PASSED {
            if let Some(value) = client.get(name) {
                write(text, name, value.as_bytes());
            } else if let Some((_, configured)) = self.trace.iter().find(|(configured, _)| configured == name) {
                write(text, name, configured.as_bytes());
            }
        }
    }
}

/// A header, as it is sent. What comes here has been a `HeaderValue`, or is digits or encoded text: no line ends in it.
fn write(text: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    debug_assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
    text.extend_from_slice(name.as_str().as_bytes());
    text.extend_from_slice(b": ");
    text.extend_from_slice(value);
    text.extend_from_slice(b"\r\n");
}

/// Says who calls, always in all four headers: an absent one could be taken for one that a proxy has cut off.
fn identity(text: &mut Vec<u8>, who: &Who) {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let named = [
        (USER_ID, number(who.user_id)),
        (EXTERNAL_ID, encoded(who.external_id.as_deref().unwrap_or_default())),
        (TOKEN_ID, number(who.token_id)),
        (ROLES, who.roles.join(",")),
    ];
    for (name, value) in named {
        // A value that is no header's says nothing.
        let value = HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static(""));
        write(text, &name, value.as_bytes());
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
