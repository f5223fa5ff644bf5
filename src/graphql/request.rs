//! A GraphQL request as it comes over HTTP (GraphQL over HTTP, section 5): read strictly, trusted with nothing.

use super::strict_json::{Key, Strict, twice};
use crate::error::{Code, Refusal};
use crate::secret::Secret;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json_bytes::{ByteString, Map, Value};
use std::collections::HashSet;
use std::fmt;

/// What was asked. Other keys of the body are read for their form and then forgotten.
#[derive(Debug, Default, PartialEq)]
pub struct GraphqlRequest {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Map<ByteString, Value>,
    /// The same as they came, so that what goes on to an API is what was sent; empty: none came.
    pub variables_text: String,
}

impl GraphqlRequest {
    /// Reads a JSON body.
    ///
    /// # Errors
    /// `BAD_REQUEST` for what is not one JSON object with a string `query`, or holds a key twice at any depth.
    pub fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        if std::str::from_utf8(body).is_err() {
            return Err(bad("the body is not UTF-8"));
        }
        let mut reader = serde_json::Deserializer::from_slice(body);
        let parts = Envelope.deserialize(&mut reader).map_err(|error| not_json(&error))?;
        reader.end().map_err(|error| not_json(&error))?;
        parts.check()
    }

    /// Reads the parameters of a GET.
    ///
    /// # Errors
    /// `BAD_REQUEST` as above, also for a parameter that stands twice.
    pub fn from_url(query: &str, token_prefix: &str) -> Result<Self, Refusal> {
        refuse_token_in_url(query, token_prefix)?;
        let mut parts = Parts::default();
        for (key, value) in form(query) {
            let slot = match key.as_str() {
                "query" => &mut parts.query,
                "operationName" => &mut parts.operation_name,
                "variables" => &mut parts.variables,
                "extensions" => &mut parts.extensions,
                _ => continue,
            };
            if slot.is_some() {
                return Err(bad(format!("the parameter `{key}` stands twice in the URL")));
            }
            let given = match key.as_str() {
                "variables" | "extensions" if !value.is_empty() => strict(&key, &value)?,
                "operationName" | "variables" | "extensions" if value.is_empty() => Value::Null,
                _ => Value::String(value.as_str().into()),
            };
            *slot = Some(given);
            if key == "variables" {
                parts.variables_text = value;
            }
        }
        parts.check()
    }
}

/// Refuses a URL that carries a credential: URLs are written to logs and histories.
///
/// # Errors
/// `BAD_REQUEST`, saying URL.
pub fn refuse_token_in_url(query: &str, token_prefix: &str) -> Result<(), Refusal> {
    let carries = |(key, value): (String, String)| {
        let named = ["access_token", "token", "authorization", "bearer", "api_key"];
        named.contains(&key.to_ascii_lowercase().as_str())
            || Secret::stands_in(&value, token_prefix)
            || Secret::stands_in(&key, token_prefix)
    };
    if form(query).any(carries) {
        return Err(bad(
            "a token must not stand in the URL, where logs and histories keep it: send it as `Authorization: Bearer <token>`, and revoke this one if it is real",
        ));
    }
    Ok(())
}

/// The pairs of a query string (WHATWG URL, application/x-www-form-urlencoded).
fn form(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    form_urlencoded::parse(query.as_bytes()).map(|(key, value)| (key.into_owned(), value.into_owned()))
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::BadRequest, message)
}

/// The parser's own words, which quote nothing of the body but keys.
fn not_json(error: &serde_json::Error) -> Refusal {
    let said = error.to_string();
    if said.starts_with("invalid type") {
        // serde quotes the value; nothing of a body is repeated.
        return bad("the body must be a JSON object with the key `query`");
    }
    if error.is_data() {
        // Where it stands says nothing when it is the whole that is refused.
        return bad(said.split(" at line ").next().unwrap_or_default());
    }
    bad(format!("the body is not valid JSON: {said}"))
}

#[derive(Debug, Default)]
struct Parts {
    query: Option<Value>,
    operation_name: Option<Value>,
    variables: Option<Value>,
    variables_text: String,
    extensions: Option<Value>,
}

impl Parts {
    fn check(self) -> Result<GraphqlRequest, Refusal> {
        let query = match self.query {
            Some(Value::String(query)) => query.as_str().to_owned(),
            Some(_) => return Err(bad("`query` must be a string")),
            // The words by which Apollo's clients know that they have to send the document itself.
            None if self.extensions.as_ref().is_some_and(|given| given.get("persistedQuery").is_some()) => {
                return Err(bad("PersistedQueryNotSupported"));
            }
            None => return Err(bad("`query` is missing: send a GraphQL document as a string")),
        };
        let operation_name = match self.operation_name {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.as_str().to_owned()).filter(|name| !name.is_empty()),
            Some(_) => return Err(bad("`operationName` must be a string or null")),
        };
        let (variables, variables_text) = match self.variables {
            None | Some(Value::Null) => (Map::new(), String::new()),
            Some(Value::Object(variables)) => (variables, self.variables_text),
            Some(_) => return Err(bad("`variables` must be an object or null")),
        };
        match self.extensions {
            None | Some(Value::Null | Value::Object(_)) => {
                Ok(GraphqlRequest { query, operation_name, variables, variables_text })
            }
            Some(_) => Err(bad("`extensions` must be an object or null")),
        }
    }
}

/// Reads the outermost object.
struct Envelope;

impl<'de> DeserializeSeed<'de> for Envelope {
    type Value = Parts;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Parts, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Envelope {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object with the key `query`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
        let mut parts = Parts::default();
        let mut others: HashSet<String> = HashSet::new();
        while let Some(Key(key)) = map.next_key()? {
            let slot = match &*key {
                "query" => &mut parts.query,
                "operationName" => &mut parts.operation_name,
                "variables" => &mut parts.variables,
                "extensions" => &mut parts.extensions,
                other => {
                    if !others.insert(other.to_owned()) {
                        return Err(A::Error::custom(twice(other)));
                    }
                    map.next_value_seed(Strict)?;
                    continue;
                }
            };
            if slot.is_some() {
                return Err(A::Error::custom(twice(&key)));
            }
            if key == "variables" {
                // Read twice: to the letter, and for what it says.
                let text = map.next_value::<&RawValue>()?.get();
                let value = Strict.deserialize(&mut serde_json::Deserializer::from_str(text));
                *slot = Some(value.map_err(|error| {
                    let whole = if error.is_data() { "" } else { "`variables` is not valid JSON: " };
                    A::Error::custom(format!("{whole}{error}"))
                })?);
                text.clone_into(&mut parts.variables_text);
                continue;
            }
            *slot = Some(map.next_value_seed(Strict)?);
        }
        Ok(parts)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Parts, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Err(A::Error::custom("batches are not taken: send one request at a time"))
    }
}

/// Reads the JSON of a parameter strictly.
fn strict(parameter: &str, text: &str) -> Result<Value, Refusal> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| bad(format!("the parameter `{parameter}` of the URL is not as it must be: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> String {
        GraphqlRequest::from_json(body.as_bytes()).unwrap_err().message
    }

    #[test]
    fn what_is_optional_may_be_absent_null_or_empty() {
        for body in [
            r#"{"query":"{a}"}"#,
            r#"{"query":"{a}","variables":null,"operationName":null}"#,
            r#"{"query":"{a}","variables":{},"other":[1]}"#,
        ] {
            let request = GraphqlRequest::from_json(body.as_bytes()).unwrap();
            assert_eq!((request.query.as_str(), request.operation_name, request.variables.len()), ("{a}", None, 0));
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_at_any_depth() {
        assert!(message(r#"{"query":"{a}","query":"{b}"}"#).starts_with("the key `query` stands twice"));
        assert!(
            message(r#"{"query":"{a}","variables":{"a":[{"b":1,"b":2}]}}"#).starts_with("the key `b` stands twice")
        );
        assert!(message(r#"{"query":"{a}","x":{"b":1,"\u0062":2}}"#).starts_with("the key `b` stands twice"));
        assert!(message(r#"{"query":"{a}","x":1,"x":2}"#).starts_with("the key `x` stands twice"));
    }

    #[test]
    fn what_is_no_request_is_refused_in_words() {
        assert!(message("[]").starts_with("batches are not taken"));
        assert!(message("{").starts_with("the body is not valid JSON"));
        assert!(message("{} {}").starts_with("the body is not valid JSON") || message("{} {}").contains("missing"));
        assert!(message("{}").starts_with("`query` is missing"));
        assert!(message(r#"{"query":1}"#).starts_with("`query` must be a string"));
        assert!(message(r#"{"query":"","variables":"x"}"#).starts_with("`variables` must be"));
        assert!(message(r#"{"query":"","extensions":"x"}"#).starts_with("`extensions` must be"));
        assert!(message("\u{feff}{\"query\":\"{a}\"}").starts_with("the body is not valid JSON"));
        assert_eq!(GraphqlRequest::from_json(b"{\"query\":\"\xff\"}").unwrap_err().message, "the body is not UTF-8");
    }

    #[test]
    fn a_token_in_the_url_is_refused_and_the_message_says_url() {
        let world = crate::world::World::real();
        let token = Secret::mint(&world, "dwd", crate::secret::Kind::PersonalAccessToken);
        for query in
            ["access_token=x".to_owned(), format!("x={}", token.expose()), format!("a=1&y=Bearer+{}", token.expose())]
        {
            let message = GraphqlRequest::from_url(&query, "dwd").unwrap_err().message;
            assert!(message.contains("URL") && !message.contains(token.expose()), "{message}");
        }
        assert!(GraphqlRequest::from_url("query={a}&query={b}", "dwd").is_err());
        assert_eq!(
            GraphqlRequest::from_url("query=%7Ba%7D&variables=%7B%22x%22%3A1%7D", "dwd").unwrap().variables.len(),
            1
        );
    }
}
