//! The same request in the languages that people copy from: cURL, JavaScript, Python, Go, a Postman collection, a line
//! for `.env`. What is written is held to by a test that runs each in its real client.

use serde_json::{Map, Value, json};

/// What stands where a token belongs, if none is given.
pub const PLACEHOLDER: &str = "YOUR_TOKEN";

/// A request to write down.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where it goes.
    pub endpoint: &'a str,
    /// By which token; `None`: a word in its place.
    pub token: Option<&'a str>,
    /// The document.
    pub document: &'a str,
    /// Which of its operations, where it has several.
    pub operation: Option<&'a str>,
    /// Its variables.
    pub variables: &'a Map<String, Value>,
}

impl Request<'_> {
    fn token(&self) -> &str {
        self.token.unwrap_or(PLACEHOLDER)
    }

    /// The body, with the document in one line where that changes nothing.
    fn body(&self) -> Value {
        let mut body = json!({ "query": one_line(self.document) });
        if let Some(operation) = self.operation {
            body["operationName"] = operation.into();
        }
        if !self.variables.is_empty() {
            body["variables"] = Value::Object(self.variables.clone());
        }
        body
    }
}

/// A command for a shell.
#[must_use]
pub fn curl(request: &Request<'_>) -> String {
    let body = request.body().to_string().replace('\'', r"'\''");
    format!(
        "curl -X POST {} \\\n  -H 'Content-Type: application/json' \\\n  -H 'Authorization: Bearer {}' \\\n  --data-raw '{body}'",
        request.endpoint,
        request.token(),
    )
}

/// JavaScript, for Node and browsers.
#[must_use]
pub fn javascript(request: &Request<'_>) -> String {
    format!(
        "const response = await fetch({}, {{\n  method: \"POST\",\n  headers: {{\n    \"Content-Type\": \"application/json\",\n    \"Authorization\": \"Bearer {}\",\n  }},\n  body: JSON.stringify({}),\n}});\nconsole.log(await response.json());",
        Value::from(request.endpoint),
        request.token(),
        indented(&request.body(), 2),
    )
}

/// Python, with the package `requests`.
#[must_use]
pub fn python(request: &Request<'_>) -> String {
    format!(
        "import requests\n\nresponse = requests.post(\n    {},\n    headers={{\"Authorization\": \"Bearer {}\"}},\n    json={},\n)\nprint(response.json())",
        Value::from(request.endpoint),
        request.token(),
        python_value(&request.body(), 4),
    )
}

/// Go, with its standard library.
#[must_use]
pub fn go(request: &Request<'_>) -> String {
    let body = request.body().to_string();
    let literal = if body.contains('`') { Value::from(body).to_string() } else { format!("`{body}`") };
    format!(
        r#"package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

func main() {{
	body := strings.NewReader({literal})
	request, err := http.NewRequest("POST", {endpoint}, body)
	if err != nil {{
		panic(err)
	}}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer {token}")
	response, err := http.DefaultClient.Do(request)
	if err != nil {{
		panic(err)
	}}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {{
		panic(err)
	}}
	fmt.Println(string(answer))
}}"#,
        endpoint = Value::from(request.endpoint),
        token = request.token(),
    )
}

/// A Postman collection (format 2.1.0) with this one request; the token is one of its variables.
#[must_use]
pub fn postman(name: &str, request: &Request<'_>) -> String {
    let variables = if request.variables.is_empty() {
        String::new()
    } else {
        serde_json::to_string_pretty(request.variables).unwrap_or_default()
    };
    let mut graphql = json!({ "query": request.document, "variables": variables });
    if let Some(operation) = request.operation {
        graphql["operationName"] = operation.into();
    }
    let collection = json!({
        "info": {
            "name": name,
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": { "type": "bearer", "bearer": [{ "key": "token", "value": "{{token}}", "type": "string" }] },
        "variable": [
            { "key": "endpoint", "value": request.endpoint },
            { "key": "token", "value": request.token() },
        ],
        "item": [{
            "name": name,
            "request": {
                "method": "POST",
                "header": [{ "key": "Content-Type", "value": "application/json" }],
                "url": "{{endpoint}}",
                "body": { "mode": "graphql", "graphql": graphql },
            },
        }],
    });
    serde_json::to_string_pretty(&collection).unwrap_or_default()
}

/// A line for a file of environment variables.
#[must_use]
pub fn env(token: &str) -> String {
    format!("DOORWARD_TOKEN={token}")
}

/// A document without its line breaks, where none of them means anything: comments and strings keep theirs.
fn one_line(document: &str) -> String {
    if document.contains(['#', '"']) {
        return document.to_owned();
    }
    document.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn indented(value: &Value, by: usize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.replace('\n', &format!("\n{}", " ".repeat(by)))
}

/// A value as Python writes it.
fn python_value(value: &Value, by: usize) -> String {
    let (inner, end) = (" ".repeat(by + 4), " ".repeat(by));
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Array(list) if list.is_empty() => "[]".into(),
        Value::Object(map) if map.is_empty() => "{}".into(),
        Value::Array(list) => {
            let items: String = list.iter().map(|item| format!("{inner}{},\n", python_value(item, by + 4))).collect();
            format!("[\n{items}{end}]")
        }
        Value::Object(map) => {
            let item = |(key, item): (&String, &Value)| {
                format!("{inner}{}: {},\n", Value::from(key.as_str()), python_value(item, by + 4))
            };
            let items: String = map.iter().map(item).collect();
            format!("{{\n{items}{end}}}")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_in_one_line_where_that_changes_nothing() {
        assert_eq!(one_line("query {\n  me { name }\n}"), "query { me { name } }");
        let with_comment = "query { # why\n me { name } }";
        assert_eq!(one_line(with_comment), with_comment);
    }

    #[test]
    fn quotes_of_a_document_stay_inside_the_shells() {
        let variables = Map::new();
        let request = Request {
            endpoint: "http://x/graphql",
            token: None,
            document: "{ a(b: \"it's\") }",
            operation: None,
            variables: &variables,
        };
        assert!(curl(&request).ends_with(r#"--data-raw '{"query":"{ a(b: \"it'\''s\") }"}'"#));
    }
}
