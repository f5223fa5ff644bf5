//! What came back.

use std::fmt;

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("answers are UTF-8")
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The data of an operation that went well.
    #[track_caller]
    pub fn data(&self) -> Value {
        let json = self.json();
        assert!(json.get("errors").is_none() && self.status == StatusCode::OK, "{} {self}", self.status);
        json["data"].clone()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The code of the first error; empty when there is none.
    pub fn code(&self) -> String {
        self.extension("code")
    }

    /// The finer code of the first error; empty when there is none.
    pub fn reason(&self) -> String {
        self.extension("reason")
    }

    /// What the first error says is missing.
    pub fn missing(&self) -> Vec<String> {
        let json = self.json();
        let missing = json["errors"][0]["extensions"]["missing"].as_array().cloned().unwrap_or_default();
        missing.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// What the first error says.
    pub fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
    }

    fn extension(&self, key: &str) -> String {
        self.json()["errors"][0]["extensions"][key].as_str().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for Answer {
    /// For snapshots: the data, or `CODE reason field: message` of each error; what is not JSON as it came.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(json) = serde_json::from_slice::<Value>(&self.body) else {
            return f.write_str(&String::from_utf8_lossy(&self.body));
        };
        let data = &json["data"];
        if !data.is_null() {
            write!(f, "{data}")?;
        }
        for (number, error) in json["errors"].as_array().into_iter().flatten().enumerate() {
            if number > 0 || !data.is_null() {
                f.write_str("\n")?;
            }
            let extensions = ["code", "reason", "field"].map(|key| error["extensions"][key].as_str());
            let words: Vec<&str> = extensions.into_iter().flatten().collect();
            write!(f, "{}: {}", words.join(" "), error["message"].as_str().unwrap_or_default())?;
        }
        Ok(())
    }
}
