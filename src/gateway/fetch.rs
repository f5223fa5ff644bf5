//! The schema of the API as it is now: from the API itself, or from the file that the configuration names.

use super::exchange::Question;
use super::{Api, introspected, sdl};
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::sync::Arc;

/// Bytes that a description of a schema may take.
const LONGEST: usize = 128 << 20;

/// Fetches the schema: its text, and what it says.
///
/// # Errors
/// Why there is none that can be served, in words.
pub async fn fetch(api: &Arc<Api>) -> Result<(String, Valid<Schema>), String> {
    let introspected = match &api.sdl {
        Some(_) => None,
        None => Some(introspect(api).await?),
    };
    let file = api.sdl.clone();
    let read = tokio::task::spawn_blocking(move || {
        let (text, name) = match (introspected, file) {
            (None, Some(path)) => {
                let name = path.display().to_string();
                (std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?, name)
            }
            (text, _) => (text.unwrap_or_default(), "the API's introspection".to_owned()),
        };
        sdl::read(&text, &name).map(|schema| (text, schema))
    });
    read.await.map_err(|error| error.to_string())?
}

/// Asks the API, in the richest form that it understands.
async fn introspect(api: &Arc<Api>) -> Result<String, String> {
    let mut said = String::new();
    for query in introspected::QUERIES {
        let question = Question {
            body: json!({ "query": query, "operationName": "IntrospectionQuery" }).to_string(),
            repeatable: true,
            accept: HeaderValue::from_static("application/json"),
            gzip: true,
            client: &HeaderMap::new(),
            request_id: "",
            who: None,
            stands: &|| true,
        };
        let answer = api.ask(question).await.map_err(|failure| failure.words())?;
        let packed = answer.is_packed();
        let body = answer.whole(api, LONGEST).await.map_err(|failure| failure.words())?;
        let read = tokio::task::spawn_blocking(move || {
            let answer: Value = serde_json::from_slice(&super::check::unpacked(&body, packed, LONGEST)?)
                .map_err(|_| "its answer to introspection is no JSON".to_owned())?;
            if let Some(data) = answer.get("data").filter(|data| !data.is_null()) {
                return introspected::sdl(data).map(Ok);
            }
            let message = answer["errors"][0]["message"].as_str().unwrap_or("it gave no data").to_owned();
            Ok(Err(message))
        });
        match read.await.map_err(|error| error.to_string())? {
            Ok(Ok(text)) => return Ok(text),
            // Another form may be understood.
            Ok(Err(message)) => said = message,
            Err(wrong) => said = wrong,
        }
    }
    let said: String = said.chars().filter(|character| !character.is_control()).take(200).collect();
    Err(format!(
        "it does not say what its schema is ({said}): let it answer introspection to Doorward, or give its schema as a \
         file by --upstream-sdl"
    ))
}
