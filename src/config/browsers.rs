//! `cors.*`: whose pages may read answers in a browser.

use super::values::List;
use crate::error::Refusal;
use axum::http::Uri;
use serde::Deserialize;

/// How many origins there may be.
const MOST: usize = 100;

/// `cors.*`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// The origins whose pages may ask with a token, word for word; without any, none may.
    pub origins: List,
}

impl Cors {
    /// What no single value can show.
    ///
    /// # Errors
    /// Names the first that no browser would send.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.origins.0.len() > MOST {
            return Err(Refusal::input("cors.origins", format!("`cors.origins` holds at most {MOST}")));
        }
        match self.origins.0.iter().find(|origin| !is_origin(origin)) {
            Some(wrong) => {
                let message = format!(
                    "`cors.origins` holds origins as browsers send them, like https://app.example.com: scheme, host in lower \
                     case, and the port where it is not the scheme's own; no path, no `*`. Not `{wrong}`"
                );
                Err(Refusal::input("cors.origins", message))
            }
            None => Ok(()),
        }
    }
}

/// Whether a browser could send this text as an origin: anything else would match nothing, and be taken for a setting
/// that holds.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return false;
    };
    let own_port = if scheme == "http" { 80 } else { 443 };
    let port = match authority.port_u16() {
        None => String::new(),
        Some(port) if port == own_port || port == 0 => return false,
        Some(port) => format!(":{port}"),
    };
    let host = authority.host().to_ascii_lowercase();
    !host.is_empty() && !host.contains('*') && text == format!("{scheme}://{host}{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_what_browsers_send() {
        for origin in
            ["https://app.example.com", "http://localhost:3000", "http://[::1]:8080", "https://xn--bcher-kva.example"]
        {
            assert!(is_origin(origin), "{origin}");
        }
        for wrong in [
            "*",
            "null",
            "",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com:443",
            "http://x:80",
            "https://*.example.com",
            "ftp://x",
            "https://user@x",
            "https://x?y",
            "https://",
            "https://x:0",
            "https://x:080",
        ] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }
}
