//! One GraphQL operation that a page runs, and shows: what is behind a screen is what anyone may send.

use super::snippets;
use serde_json::{Map, Value};

/// Where Doorward's own schema is, if an API has fields of its names.
const OWN: &str = "/doorward/graphql";

/// An operation with its variables.
#[derive(Debug, Clone)]
pub struct Call {
    /// The document, one operation, as it is shown.
    pub document: &'static str,
    /// Its variables.
    pub variables: Map<String, Value>,
}

impl Call {
    /// An operation without variables.
    #[must_use]
    pub fn new(document: &'static str) -> Self {
        Self { document, variables: Map::new() }
    }

    /// The same with one variable more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// What is shown of it: sent to `endpoint`.
    #[must_use]
    pub fn shown(&self, endpoint: &str) -> Shown {
        let variables =
            (!self.variables.is_empty()).then(|| serde_json::to_string_pretty(&self.variables).unwrap_or_default());
        let request = snippets::Request {
            endpoint,
            token: None,
            document: self.document,
            operation: None,
            variables: &self.variables,
        };
        let mut ide = form_urlencoded::Serializer::new(String::new());
        ide.append_pair("query", self.document);
        if let Some(variables) = &variables {
            ide.append_pair("variables", variables);
        }
        Shown {
            // A browser that opens an endpoint sees the IDE for it.
            ide: format!("{}?{}", if endpoint.ends_with(OWN) { OWN } else { "/graphiql" }, ide.finish()),
            note: "Everything this console does, it does with the same GraphQL that you can use.",
            document: self.document.to_owned(),
            variables,
            curl: snippets::curl(&request),
        }
    }
}

/// A call as a page shows it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Shown {
    /// A sentence above it.
    pub note: &'static str,
    /// The document.
    pub document: String,
    /// The variables as JSON, if there are any.
    pub variables: Option<String>,
    /// The same as a command.
    pub curl: String,
    /// The IDE with it in the editor; opening it runs nothing.
    pub ide: String,
}

impl Shown {
    /// The same under another sentence.
    #[must_use]
    pub const fn noted(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
}
