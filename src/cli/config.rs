//! `doorward config …`: what is wrong with the configuration, what holds and why, and a file to begin with.

use super::output::{self, Output};
use super::serve::ServeFlags;
use super::{Settings, reload};
use crate::config::{self, Config, Notice, Origin, Reading, Setting, files};
use crate::error::{Error, Refusal};
use crate::gateway::{Api, sdl};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

/// No schema of an API is longer.
const LONGEST_SCHEMA: usize = 64 << 20;

#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Say everything that is wrong with the configuration
    Check {
        #[command(flatten)]
        serve: ServeFlags,
    },
    /// Show each value, and where it comes from
    Show,
    /// Print a file with every key, its default, and what it is for
    Template,
    /// Print the JSON Schema of the file
    Schema,
}

impl ConfigCommand {
    pub fn run(self, settings: &Settings, output: &Output) -> Result<ExitCode, Error> {
        match self {
            Self::Check { serve } => return check(serve, settings, output),
            Self::Show => show(settings, output)?,
            Self::Template => {
                let template = config::template();
                output.answer(template.trim_end(), json!({ "template": template }))?;
            }
            Self::Schema => {
                let schema = config::schema();
                output.answer(&format!("{schema:#}"), json!({ "schema": schema }))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn check(serve: ServeFlags, settings: &Settings, output: &Output) -> Result<ExitCode, Error> {
    let Reading { config, notices, mut complaints, .. } = Reading::of(&settings.given(serve.flags())?);
    if let Some(config) = &config {
        complaints.extend(needed(config));
    }
    let items: Vec<Value> =
        complaints.iter().map(|complaint| json!({ "key": complaint.field, "message": complaint.message })).collect();
    let warnings: Vec<&str> = notices.iter().map(|Notice(notice)| notice.as_str()).collect();
    let mut lines: Vec<String> = complaints.iter().map(|complaint| format!("fault: {complaint}")).collect();
    lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    if complaints.is_empty() {
        lines.push("nothing is wrong with the configuration".to_owned());
    }
    output.answer(&lines.join("\n"), json!({ "ok": complaints.is_empty(), "items": items, "warnings": warnings }))?;
    Ok(if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the settings name and a start would need.
fn needed(config: &Config) -> Vec<Refusal> {
    let mut complaints: Vec<Refusal> = Api::open(config).err().into_iter().collect();
    complaints.extend(reload::tls(config).err());
    if let Some(path) = &config.upstream.sdl {
        let name = path.display().to_string();
        let text = files::read(path, LONGEST_SCHEMA);
        let read = text.and_then(|text| sdl::read(&text, &name));
        complaints.extend(read.err().map(|why| Refusal::input("upstream.sdl", format!("`upstream.sdl`: {why}"))));
    }
    complaints
}

fn show(settings: &Settings, output: &Output) -> Result<(), Error> {
    let reading = Reading::of(&settings.given(Vec::new())?);
    for complaint in &reading.complaints {
        output::say(&format!("fault: {complaint}"));
    }
    for Notice(notice) in &reading.notices {
        output::say(&format!("warning: {notice}"));
    }
    let items: Vec<Value> = reading.settings().map(|setting| item(&setting, output)).collect();
    Ok(output.list(&["key", "value", "from"], &items)?)
}

fn item(Setting { key, value, origin }: &Setting, output: &Output) -> Value {
    let is_set = *origin != Origin::Default;
    if !output.is_json() {
        let value = match value {
            Some(Value::Object(_)) | None if is_set => "(not shown)".into(),
            Some(value) => value.clone(),
            None => Value::Null,
        };
        return json!({ "key": key.name, "value": value, "from": origin.to_string() });
    }
    let (from, name) = match origin {
        Origin::Default => ("default", None),
        Origin::File(name) => ("file", Some(name)),
        Origin::Environment(name) => ("environment", Some(name)),
        Origin::Flag => ("flag", None),
    };
    json!({ "key": key.name, "value": value, "is_set": is_set, "secret": key.secret, "from": from, "name": name })
}
