//! `upstream.headers`: what is sent to the API with each request, and where it is kept. Most of it is secret.

use super::files;
use crate::error::Refusal;
use axum::http::HeaderName;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::path::PathBuf;

/// Headers with their values, or with where these are kept. The `Debug` shows names alone.
#[derive(Clone, Default)]
pub struct Headers(pub Vec<(String, Text)>);

/// The text of a header.
#[derive(Clone)]
pub enum Text {
    /// Itself.
    Plain(String),
    /// In a variable of the environment.
    Environment(String),
    /// In a file.
    File(PathBuf),
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Headers {
    /// Fetches the texts that are kept elsewhere.
    ///
    /// # Errors
    /// Names the header whose text is not there.
    pub(super) fn fetch(&mut self, environment: &[(String, String)]) -> Result<(), Refusal> {
        for (name, text) in &mut self.0 {
            let wrong =
                |what: String| Refusal::input("upstream.headers", format!("`upstream.headers`: {name}: {what}"));
            let found = match text {
                Text::Plain(_) => continue,
                Text::Environment(variable) => {
                    let found = environment.iter().find(|(key, _)| key == variable).map(|(_, value)| value.clone());
                    found.ok_or_else(|| wrong(format!("the environment has no variable {variable}")))?
                }
                Text::File(path) => files::read(path, files::LONGEST).map_err(wrong)?.trim_end().to_owned(),
            };
            if found.is_empty() {
                return Err(wrong("its value is empty".into()));
            }
            *text = Text::Plain(found);
        }
        Ok(())
    }

    /// The names and values, once they have been fetched.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, text)| match text {
            Text::Plain(value) => Some((name.as_str(), value.as_str())),
            Text::Environment(_) | Text::File(_) => None,
        })
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadHeaders)
    }
}

struct ReadHeaders;

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    #[serde(rename_all = "lowercase")]
    Kept(Kept),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kept {
    Env(String),
    File(PathBuf),
}

impl<'de> Visitor<'de> for ReadHeaders {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of headers, each with a text, { env = \"NAME\" } or { file = \"PATH\" }")
    }

    /// From the environment: one header a line, as they stand in a request.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Headers, E> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let read = |line: &str| {
            let (name, value) = line.split_once(':').ok_or_else(|| E::custom("a line without a colon"))?;
            Ok((name.trim().to_owned(), Text::Plain(value.trim().to_owned())))
        };
        lines.map(read).collect::<Result<_, E>>().map(Headers)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers = Vec::new();
        while let Some((name, written)) = map.next_entry::<String, Written>()? {
            let text = match written {
                Written::Plain(value) => Text::Plain(value),
                Written::Kept(Kept::Env(variable)) => Text::Environment(variable),
                Written::Kept(Kept::File(path)) => Text::File(path),
            };
            headers.push((name, text));
        }
        Ok(Headers(headers))
    }
}

/// Headers that Doorward sets itself, or that belong to one connection (RFC 9110, section 7.6.1).
const OURS: &[&str] = &[
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-request-id",
];

/// Whether a header may be configured.
///
/// # Errors
/// For one that Doorward sets itself, and for what is no header.
pub(super) fn check_header(name: &str, value: &str) -> Result<(), Refusal> {
    let wrong = |what: &str| Err(Refusal::input("upstream.headers", format!("`upstream.headers`: {name} {what}")));
    let lower = name.to_ascii_lowercase();
    if HeaderName::from_bytes(lower.as_bytes()).is_err() {
        return Err(Refusal::input("upstream.headers", "`upstream.headers` holds a name that is no header's"));
    }
    if OURS.contains(&lower.as_str()) || lower.starts_with("doorward-") {
        return wrong("is set by Doorward itself");
    }
    if is_field_value(value) { Ok(()) } else { wrong("must have a value of visible ASCII characters and spaces") }
}

/// Whether it can be sent as the value of a header (RFC 9110, section 5.5), ASCII alone.
pub(super) fn is_field_value(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) && value.trim() == value
}
