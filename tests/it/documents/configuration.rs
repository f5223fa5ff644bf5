//! The page of the configuration names every key, its default and its variable, and nothing else.

use super::{code_spans, page};
use doorward::config::{Config, Given, KEYS};
use doorward::error::Refusal;

/// A key's row: the key, its default if it has one, and its variable.
fn rows() -> Vec<(String, Option<String>, String)> {
    let rows = page("docs/configuration.md").rows(&["key", "default", "environment", "what it is"]);
    let only = |cell: &str| code_spans(cell).pop().unwrap_or_else(|| panic!("`{cell}` is not written as code"));
    rows.iter().map(|row| (only(&row[0]), (row[1] != "none").then(|| only(&row[1])), only(&row[2]))).collect()
}

/// What the program makes of it, and how many notices it gives.
fn read(given: &Given<'_>) -> Result<(String, usize), Refusal> {
    Config::read(given).map(|(config, notices)| (format!("{config:?}"), notices.len()))
}

fn environment(name: &str, value: &str) -> Given<'static> {
    Given { environment: vec![(name.to_owned(), value.to_owned())], ..Given::default() }
}

/// A value that is no default.
fn other(key: &str) -> &'static str {
    match key {
        "listen" => "127.0.0.1:1",
        "public_url" => "https://example.com",
        "database.url" => "postgres://localhost/x",
        "log.format" => "json",
        "errors.hidden_fields" => "hide",
        "tokens.prefix" | "data_dir" => "abc",
        _ => "17",
    }
}

#[test]
fn every_key_is_told_of_and_no_other() {
    let told: Vec<String> = rows().into_iter().map(|(key, ..)| key).collect();
    assert_eq!(told, KEYS, "the table and the program differ, or their order does");
}

#[test]
fn the_defaults_are_the_programs() {
    let default = format!("{:?}", Config::default());
    for (key, value, _) in rows() {
        match value {
            Some(value) => {
                let given = Given { flags: vec![(&key, value.clone())], ..Given::default() };
                assert_eq!(read(&given).unwrap().0, default, "`{value}` is not the default of {key}");
            }
            None => {
                let last = key.rsplit('.').next().unwrap();
                assert!(default.contains(&format!("{last}: None")), "{key} has a default");
            }
        }
    }
}

#[test]
fn every_variable_sets_its_key() {
    let default = format!("{:?}", Config::default());
    for (key, _, name) in rows() {
        let (config, notices) = read(&environment(&name, other(&key))).unwrap();
        assert!(config != default && notices == 0, "{name} sets nothing");
        let flag = Given { flags: vec![(&key, other(&key).to_owned())], ..Given::default() };
        assert_eq!(config, read(&flag).unwrap().0, "{name} does not set {key}");
    }
}

#[test]
fn the_secrets_that_a_file_may_hold_are_told_of() {
    let prose = page("docs/configuration.md").prose();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "postgres://localhost/x\n").unwrap();
    for (key, _, name) in rows() {
        let name = format!("{name}_FILE");
        let (_, notices) = read(&environment(&name, file.path().to_str().unwrap())).unwrap();
        assert_eq!(notices == 0, prose.contains(&name), "{key}: `{name}` is told of wrongly");
    }
}

#[test]
fn the_example_can_be_read() {
    let page = page("docs/configuration.md");
    let example = page.blocks().into_iter().find(|block| block.language == "toml").expect("there is an example");
    let given = Given { file: Some(("doorward.toml".into(), example.text)), ..Given::default() };
    let (config, _) = read(&given).unwrap();
    assert!(config.contains("depth: 12"), "{config}");
}
