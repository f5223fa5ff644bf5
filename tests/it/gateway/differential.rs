//! Generated operations over generated schemas: what is answered through the gateway is what the API answers when it is
//! asked itself, byte for byte where it answers all of it.

use super::behind::json as reply;
use super::{Behind, before, executor, list};
use crate::app::Client;
use crate::databases::{self, Database};
use crate::permission::generate::{request, schema, tape};
use crate::permission::properties::cases;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many operations each schema is asked.
const EACH: u32 = 50;

#[derive(Debug, Default)]
struct Tally {
    to_the_byte: u32,
    mixed: u32,
    /// Fragments on the query root, and introspection, where the API reaches that root again: it has a type of its own
    /// there.
    renamed: u32,
    /// Fields that answer an interface which nothing implements.
    empty: u32,
    /// Invalid for the API too.
    invalid: u32,
}

#[test]
fn answers_through_the_gateway_are_the_apis_own() {
    databases::run(async {
        let (mut runner, tapes) = (TestRunner::default(), tape());
        let mut draw = || tapes.new_tree(&mut runner).expect("there are tapes").current();
        let mut tally = Tally::default();
        let wanted = cases(10);
        while tally.to_the_byte + tally.mixed < wanted {
            let Some(api) = schema(&mut draw()) else { continue };
            let api = Arc::new(api);
            let behind = Behind::new(&api.to_string()).await;
            let executes = Arc::clone(&api);
            behind.answers(move |got| reply(executor::answer(&executes, &got.body)));
            let app = before(Database::sqlite(), &behind, |config| config.gateway.directives = list(&["*"])).await;
            let ada = app.admin().await.writer().await;
            for _ in 0..EACH.min(wanted) {
                let asked = request(&mut draw(), &api);
                if asked.text.starts_with("subscription") {
                    continue;
                }
                behind.got();
                compare(&behind, &api, &ada, &asked.text, &json!(asked.variables), &mut tally).await;
            }
        }
        println!("{tally:?}");
        assert!(tally.mixed * 50 > wanted && tally.to_the_byte * 4 > wanted, "{tally:?}");
        assert!(tally.renamed + tally.invalid + tally.empty < wanted, "{tally:?}");
    });
}

async fn compare(
    behind: &Behind,
    api: &Valid<Schema>,
    ada: &Client<'_>,
    text: &str,
    variables: &Value,
    tally: &mut Tally,
) {
    let body = json!({"query": text, "variables": variables}).to_string();
    let direct = executor::answer(api, &body);
    let answer = ada.posts(body.clone()).await;
    let reached = behind.got().len();
    if answer.code() == "FORBIDDEN" && reached == 0 {
        // Types alone: that nothing implements, that lead to nothing else, or that never end by `@oneOf`.
        assert!(answer.missing().iter().all(|missing| !missing.contains('.')), "{text}\n{answer}");
        tally.empty += 1;
        return;
    }
    let refused = ["GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED"].contains(&answer.code().as_str());
    if refused && reached == 0 {
        // The executor does not know the rule of `@oneOf`.
        let one_of = answer.message().contains("exactly one field");
        let valid = !one_of && (!direct.starts_with("{\"errors\"") || direct.contains("\"data\""));
        // Below its own root an API would show its schema whole.
        let nested = text.contains("on Query") || text.contains("__schema");
        assert!(!valid || nested || too_far(api, text), "{text}\n{variables}\n{answer}\n{direct}");
        tally.renamed += u32::from(valid);
        tally.invalid += u32::from(!valid);
        return;
    }
    let own = text.contains("__schema");
    assert!(reached <= 1, "{text}");
    if !own && reached == 1 {
        assert_eq!(data(&answer.text()), data(&direct), "{text}\n{variables}");
        let theirs: Value = serde_json::from_str(&direct).expect("JSON");
        assert_eq!(errors(&answer.json()), errors(&theirs), "{text}\n{variables}");
        tally.to_the_byte += 1;
    } else {
        let (ours, theirs) = (answer.json(), serde_json::from_str::<Value>(&direct).expect("JSON"));
        if theirs["data"].is_null() {
            let left = ours["data"].as_object().into_iter().flatten().filter(|(key, _)| key.starts_with('n'));
            assert!(left.into_iter().all(|(_, value)| value.is_null()), "{text}\n{variables}\n{answer}\n{direct}");
        } else {
            assert_eq!(ours["data"], theirs["data"], "{text}\n{variables}\n{answer}");
            assert_eq!(keys(&answer.text()), keys(&direct), "{text}\n{variables}");
        }
        tally.mixed += 1;
    }
    // The same with a field of Doorward's own beside it.
    if let Some(beside) = text.strip_prefix("query").map(with_own) {
        let body = json!({"query": beside, "variables": variables}).to_string();
        let mut ours = ada.posts(body).await.json();
        assert!(behind.got().len() <= 1);
        let Some(data) = ours["data"].as_object_mut() else { panic!("{beside}\n{variables}\n{ours}") };
        let me = data.shift_remove("ours").expect("our own half is answered");
        assert_eq!(me, json!({"username": "ada"}));
        let theirs: Value = serde_json::from_str(&direct).expect("JSON");
        let nothing = theirs["data"].is_null();
        // A half that answers nothing leaves its keys null; what is ours to say is said.
        let is_null = |(key, value): (&String, &Value)| value.is_null() || key.starts_with("__");
        assert!(
            nothing && data.iter().all(is_null) || ours["data"] == theirs["data"],
            "{beside}\n{variables}\n{ours}\n{theirs}"
        );
        assert_eq!(errors(&ours), errors(&theirs), "{beside}");
        tally.mixed += 1;
    }
}

/// Whether a limit of ours stands against it: the API has none.
fn too_far(api: &Valid<Schema>, text: &str) -> bool {
    ExecutableDocument::parse_and_validate(api, text, "").is_err()
}

fn with_own(rest: &str) -> String {
    // The variables and directives of an operation hold no braces but in values of directives, which stand in
    // parentheses.
    let mut depth = 0;
    for (at, character) in rest.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            '{' if depth == 0 => {
                return format!("query{} {{ ours: me {{ username }} {}", &rest[..at], &rest[at + 1..]);
            }
            _ => {}
        }
    }
    panic!("an operation has a selection set: {rest}")
}

/// The data, to the letter.
fn data(answer: &str) -> Option<String> {
    let answer: BTreeMap<String, Box<RawValue>> = serde_json::from_str(answer).expect("JSON");
    answer.get("data").map(|data| data.get().to_owned())
}

/// The errors without where they stand in the text: the API's is Doorward's print.
fn errors(answer: &Value) -> Vec<Value> {
    let mut errors = answer["errors"].as_array().cloned().unwrap_or_default();
    for error in errors.iter_mut().filter_map(Value::as_object_mut) {
        error.remove("locations");
    }
    errors
}

/// The keys of the data, in order.
fn keys(answer: &str) -> Vec<String> {
    let answer: BTreeMap<String, Box<RawValue>> = serde_json::from_str(answer).expect("JSON");
    let data = answer.get("data").map_or("null", |data| data.get());
    let data: Option<indexmap::IndexMap<String, Box<RawValue>>> = serde_json::from_str(data).expect("JSON");
    data.into_iter().flatten().map(|(key, _)| key).collect()
}
