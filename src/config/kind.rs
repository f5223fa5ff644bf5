//! What values of a key are: how they are checked, written in a file, and described to programs. Nothing here knows a
//! key by its name.

use config::{Value, ValueKind};
use serde_json::{Value as Json, json};

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An IP address and a port.
    Address,
    /// A URL.
    Url,
    /// The path of a file or a directory.
    Path,
    /// Any text.
    Text,
    /// A whole number, from the first to the second.
    Whole(i64, i64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A length of time.
    Span,
    /// Texts; in the environment with commas.
    List,
    /// 32 bytes in base64.
    Base64Key,
    /// Headers of HTTP; in the environment one a line.
    Headers,
}

impl Kind {
    /// What a value must be, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Address => "an address and a port, like 127.0.0.1:8080".into(),
            Self::Url | Self::Path | Self::Text => "a text".into(),
            Self::Whole(least, i64::MAX) => format!("a whole number, {least} or more"),
            Self::Whole(least, most) => format!("a whole number, {least} to {most}"),
            Self::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
            Self::Span => "a length of time, like 30s, 15m or 12h".into(),
            Self::Base64Key => "32 bytes in base64, as `openssl rand -base64 32` prints them".into(),
            Self::List => "a list of texts".into(),
            Self::Headers => "a table of headers, each with a text, { env = \"NAME\" } or { file = \"PATH\" }".into(),
        }
    }

    /// Whether a value fits as far as the structures it is read into do not say so themselves: these would take the
    /// whole part of a fraction, and every number.
    pub(super) fn fits(self, value: &Value) -> bool {
        let Self::Whole(least, most) = self else { return true };
        let is_number = !matches!(value.kind, ValueKind::Float(_) | ValueKind::Boolean(_));
        is_number && value.clone().into_int().is_ok_and(|number| (least..=most).contains(&number))
    }

    /// A value as the environment gives it, as it is written in a file.
    #[must_use]
    pub fn written(self, value: &str) -> String {
        match self {
            Self::Whole(..) => value.to_owned(),
            Self::List => Json::from(items(value)).to_string().replace("\",\"", "\", \""),
            Self::Headers => {
                let pairs = value.lines().filter_map(|line| line.split_once(':'));
                let pairs = pairs.map(|(name, text)| format!("{} = {}", name.trim(), Json::from(text.trim())));
                format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
            }
            // What JSON escapes, TOML escapes in the same way.
            _ => Json::from(value).to_string(),
        }
    }

    /// A value as the environment gives it, for programs.
    #[must_use]
    pub fn json(self, value: &str) -> Json {
        match self {
            Self::Whole(..) => value.trim().parse::<i64>().map_or_else(|_| Json::from(value), Json::from),
            Self::List => items(value).into(),
            _ => value.into(),
        }
    }

    /// What a value in a file must be, as JSON Schema says it.
    #[must_use]
    pub fn schema(self) -> Json {
        match self {
            Self::Address | Self::Url | Self::Path | Self::Text | Self::Base64Key => json!({ "type": "string" }),
            Self::Whole(least, i64::MAX) => json!({ "type": "integer", "minimum": least }),
            Self::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Self::OneOf(words) => json!({ "enum": words }),
            Self::Span => json!({ "type": "string", "pattern": "^[0-9]+[smhd]$" }),
            Self::List => json!({ "type": "array", "items": { "type": "string" } }),
            Self::Headers => {
                let kept = |place: &str| {
                    json!({
                        "type": "object",
                        "properties": { place: { "type": "string" } },
                        "required": [place],
                        "additionalProperties": false,
                    })
                };
                let value = json!({ "oneOf": [{ "type": "string" }, kept("env"), kept("file")] });
                json!({ "type": "object", "additionalProperties": value })
            }
        }
    }
}

fn items(value: &str) -> Vec<&str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
}
