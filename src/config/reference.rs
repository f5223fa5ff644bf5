//! What is made from the table of keys for those who write a file: a template, and a schema for editors.

use super::keys::{KEYS, KeyRow};
use serde_json::{Map, Value, json};

/// A line of a comment is no longer.
const WIDTH: usize = 100;

/// A file that sets nothing and shows everything: each key with its default, or with an example where it has none.
#[must_use]
pub fn template() -> String {
    let mut text =
        "# Doorward's configuration. A line that begins with # sets nothing; what it shows is the default, or an\n\
                    # example where there is none. Flags beat the environment, which beats this file.\n"
            .to_owned();
    let mut section = None;
    for key in KEYS {
        let (within, name) = key.section();
        if within != section {
            text += &format!("\n[{}]\n", within.unwrap_or_default());
            section = within;
        }
        text.push('\n');
        for line in wrapped(&comment(key)) {
            text += &format!("# {line}\n");
        }
        let value = key.default.or(key.example).unwrap_or_default();
        text += &format!("#{name} = {}\n", key.kind.written(value));
    }
    text
}

fn comment(key: &KeyRow) -> String {
    let origin = match key.default {
        Some(_) => "Default.",
        None => "No default; an example:",
    };
    let file = if key.secret { format!(" or {}_FILE", key.variable()) } else { String::new() };
    format!("{} Environment: {}{file}. {origin}", key.what, key.variable())
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// What a file must be, as JSON Schema (2020-12) says it.
#[must_use]
pub fn schema() -> Value {
    let mut top = Map::new();
    for key in KEYS {
        let (section, name) = key.section();
        let mut schema = key.kind.schema();
        schema["description"] = key.what.into();
        if let Some(default) = key.default {
            schema["default"] = key.kind.json(default);
        }
        match section {
            None => {
                top.insert(name.into(), schema);
            }
            Some(section) => {
                let within = top
                    .entry(section)
                    .or_insert_with(|| json!({ "type": "object", "properties": {}, "additionalProperties": false }));
                within["properties"][name] = schema;
            }
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Doorward's configuration",
        "type": "object",
        "properties": top,
        "additionalProperties": false,
    })
}
