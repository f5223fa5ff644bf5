//! The page of the configuration names every key, its default and its variable, and nothing else.

use super::{code_spans, page, without_links};
use doorward::config::{Config, Given, KEYS, KeyRow};
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

/// What a key goes with: of the API behind nothing can be set without where it is.
fn beside(key: &str) -> Vec<(String, String)> {
    let url = ("DOORWARD_UPSTREAM__URL", "http://127.0.0.1:1/graphql");
    let pairs: &[(&str, &str)] = match key {
        "upstream.url" => &[],
        "upstream.secret" => &[url, ("DOORWARD_UPSTREAM__IDENTITY", "headers")],
        key if key.starts_with("upstream.") => &[url],
        "tls.certificate" => &[("DOORWARD_TLS__KEY", "its.key")],
        "tls.key" => &[("DOORWARD_TLS__CERTIFICATE", "its.pem")],
        _ => &[],
    };
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn environment(key: &str, name: &str, value: &str) -> Given<'static> {
    let mut environment = beside(key);
    environment.push((name.to_owned(), value.to_owned()));
    Given { environment, ..Given::default() }
}

/// A value that is no default.
fn other(key: &str) -> &'static str {
    match key {
        "listen" | "admin_listen" => "127.0.0.1:1",
        "public_url" => "https://example.com",
        "database.url" => "postgres://localhost/x",
        "key" => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "log.format" => "json",
        "errors.hidden_fields" => "hide",
        "tokens.prefix" | "data_dir" | "tls.certificate" | "tls.key" | "upstream.sdl" | "gateway.directives" => "abc",
        "upstream.url" => "https://example.com/graphql",
        "upstream.headers" => "X-Client: doorward",
        "upstream.timeout" | "gateway.follow_schema_every" => "17s",
        "throttle.window" => "17m",
        "upstream.identity" => "headers",
        "upstream.secret" => "sixteen characters",
        "trusted_proxies" => "192.0.2.0/24, 2001:db8::1",
        "cors.origins" => "https://app.example.com",
        "gateway.on_conflict" => "own",
        "gateway.by_name_only" | "gateway.never" | "gateway.treat_as_mutation" => "Query.a, own:User.*",
        _ => "17",
    }
}

/// What there is a place for, and nothing yet that could be put there.
const NOT_YET: &str = "upstream.audience";

#[test]
fn every_key_is_told_of_and_no_other() {
    let rows = page("docs/configuration.md").rows(&["key", "default", "environment", "what it is"]);
    let told: Vec<String> = rows.iter().map(|row| without_links(&format!("| {} |", row.join(" | ")))).collect();
    let row = |key: &KeyRow| {
        let default = key.default.map_or_else(|| "none".to_owned(), |default| format!("`{default}`"));
        format!("| `{}` | {default} | `{}` | {} |", key.name, key.variable(), key.what)
    };
    let known: Vec<String> = KEYS.iter().map(row).collect();
    assert!(told == known, "the table of docs/configuration.md, links aside, must be:\n{}", known.join("\n"));
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
                let nothing = ["None", "[]", "List([])"].map(|nothing| format!("{last}: {nothing}"));
                assert!(nothing.iter().any(|nothing| default.contains(nothing)), "{key} has a default");
            }
        }
    }
}

#[test]
fn every_variable_sets_its_key() {
    for (key, _, name) in rows() {
        let given = environment(&key, &name, other(&key));
        if key == NOT_YET {
            assert!(read(&given).unwrap_err().message.contains("not built yet"));
            continue;
        }
        // Half of `tls` is nothing yet.
        let without =
            read(&Given { environment: beside(&key), ..Given::default() }).map(|read| read.0).unwrap_or_default();
        let (config, notices) = read(&given).unwrap();
        assert!(config != without && notices == 0, "{name} sets nothing");
        let flags = vec![(&*key, other(&key).to_owned())];
        let flag = Given { flags, environment: beside(&key), ..Given::default() };
        assert_eq!(config, read(&flag).unwrap().0, "{name} does not set {key}");
    }
}

#[test]
fn the_secrets_that_a_file_may_hold_are_told_of() {
    let prose = page("docs/configuration.md").prose();
    let file = tempfile::NamedTempFile::new().unwrap();
    for (key, _, name) in rows() {
        std::fs::write(file.path(), format!("{}\n", other(&key))).unwrap();
        let name = format!("{name}_FILE");
        if key.starts_with("tls.") {
            assert!(!prose.contains(&name), "{key}: a file is what it names");
            continue;
        }
        let (config, notices) = read(&environment(&key, &name, file.path().to_str().unwrap())).unwrap();
        let told = prose.contains(&name);
        assert_eq!(notices == 0, told, "{key}: `{name}` is told of wrongly");
        if told {
            let given = environment(&key, name.trim_end_matches("_FILE"), other(&key));
            assert_eq!(config, read(&given).unwrap().0, "{name}");
        }
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
