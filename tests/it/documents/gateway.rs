//! The page of the gateway: the settings, codes and headers that it names are there, its operations fit its schema, and
//! its commands run.

use super::{Block, code_spans, page, run};
use apollo_compiler::{ExecutableDocument, Schema};
use doorward::config::{KEYS, OnConflict};
use doorward::error::Code;
use doorward::graphql::schema;
use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = "docs/gateway.md";

fn block(language: &str) -> Vec<Block> {
    page(PAGE).blocks().into_iter().filter(|block| block.language == language).collect()
}

#[test]
fn the_settings_that_it_names_are_there() {
    let prose = page(PAGE).prose();
    let named: BTreeSet<String> = code_spans(&prose)
        .into_iter()
        .map(|span| span.split(' ').next().unwrap_or_default().to_owned())
        .filter(|span| span.starts_with("upstream.") || span.starts_with("gateway."))
        .collect();
    assert!(named.len() > 8, "they are found: {named:?}");
    let strange: Vec<&String> = named.iter().filter(|name| !KEYS.iter().any(|key| key.name == name.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}");
    let gateway = KEYS.iter().map(|key| key.name).filter(|key| key.starts_with("gateway."));
    let untold: Vec<&str> = gateway.filter(|key| !named.contains(*key)).collect();
    assert!(untold.is_empty(), "{untold:?}");
}

#[test]
fn the_codes_of_a_failing_api_are_told_of() {
    let told: BTreeSet<String> =
        page(PAGE).rows(&["`code`", "status", "what happened"]).iter().flat_map(|row| code_spans(&row[0])).collect();
    let codes = Code::ALL.iter().map(|code| code.as_str()).filter(|code| code.starts_with("UPSTREAM_"));
    assert_eq!(told, codes.map(str::to_owned).collect());
}

#[test]
fn the_headers_that_say_who_calls_are_told_of() {
    let told: BTreeSet<String> =
        page(PAGE).rows(&["header", "says"]).iter().flat_map(|row| code_spans(&row[0])).collect();
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gateway/told.rs")).unwrap();
    let headers = source.split('"').filter(|text| text.starts_with("doorward-")).map(str::to_owned);
    assert_eq!(told, headers.collect());
}

#[test]
fn its_operations_fit_its_schema_and_doorwards() {
    let sdl = block("graphql schema").pop().expect("the page has a schema").text;
    let api = Schema::parse_and_validate(sdl, "api.graphql").unwrap_or_else(|error| panic!("{}", error.errors));
    let own = schema::types(&schema::own());
    let both = doorward::gateway::compose(&own, &api, OnConflict::Api).unwrap();
    let operations = block("graphql shop");
    assert!(!operations.is_empty());
    for operation in operations {
        let checked = ExecutableDocument::parse_and_validate(&both.schema, &operation.text, "operation.graphql");
        assert!(checked.is_ok(), "{}: {}", operation.at, checked.unwrap_err().errors);
    }
}

#[test]
fn its_commands_run() {
    let directory = tempfile::tempdir().unwrap();
    let sdl = block("graphql schema").pop().expect("the page has a schema").text;
    std::fs::write(directory.path().join("api.graphql"), sdl).unwrap();
    let mut script = String::from("doorward schema pull\n");
    for block in block("sh") {
        let commands = block.text.replace("https://shop.example.com/graphql", "http://127.0.0.1:9/graphql");
        if !commands.starts_with("doorward serve ") {
            script += &format!("echo '== {}'\n{commands}", block.at);
        }
    }
    let mut shell = run::shell(directory.path(), &script);
    shell.env("DOORWARD_UPSTREAM__URL", "http://127.0.0.1:9/graphql").env("DOORWARD_UPSTREAM__SDL", "api.graphql");
    let (ended, printed) = run::finish(shell);
    assert_eq!(ended, Some(0), "{printed}");
    assert!(printed.contains("the schema was taken in"), "{printed}");
}
