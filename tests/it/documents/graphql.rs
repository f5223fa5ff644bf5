//! GraphQL in the documents is valid against our schema, and JSON is JSON.

use super::pages;
use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};

fn schema() -> Valid<Schema> {
    let committed = include_str!("../../../schema.graphql");
    Schema::parse_and_validate(committed, "schema.graphql").expect("schema.graphql is valid")
}

#[test]
fn every_graphql_block_fits_the_schema() {
    let schema = schema();
    let mut seen = 0;
    for page in pages() {
        for block in page.blocks().iter().filter(|block| block.language == "graphql") {
            seen += 1;
            if let Err(error) = ExecutableDocument::parse_and_validate(&schema, &block.text, "document.graphql") {
                panic!("{}: {}", block.at, error.errors);
            }
        }
    }
    assert!(seen > 5, "the blocks are found");
}

#[test]
fn every_json_block_parses_and_what_it_asks_fits_the_schema() {
    let schema = schema();
    let mut seen = 0;
    for page in pages() {
        for block in page.blocks().iter().filter(|block| block.language == "json") {
            seen += 1;
            let value: serde_json::Value =
                serde_json::from_str(&block.text).unwrap_or_else(|error| panic!("{}: {error}", block.at));
            if let Some(query) = value["query"].as_str()
                && let Err(error) = ExecutableDocument::parse_and_validate(&schema, query, "document.graphql")
            {
                panic!("{}: {}", block.at, error.errors);
            }
        }
    }
    assert!(seen > 5, "the blocks are found");
}
