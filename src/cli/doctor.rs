//! `doorward doctor`: looks at all that a server here would stand on, changes nothing, and says what to do.

mod api;
mod database;
mod machine;
mod settings;

use super::Settings;
use super::output::{self, Output};
use super::serve::ServeFlags;
use crate::app;
use crate::config::{Given, Reading};
use crate::error::Error;
use crate::storage::{Look, Storage};
use crate::world::World;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    serve: ServeFlags,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Ok,
    Warning,
    Fault,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// Something that was looked at.
struct Finding {
    /// What was looked at.
    check: &'static str,
    level: Level,
    /// How it is.
    message: String,
    /// What to do about it.
    to_do: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, message: message.into(), to_do: None }
    }

    fn warning(check: &'static str, message: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, message: message.into(), to_do: Some(to_do.into()) }
    }

    fn fault(check: &'static str, message: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self { check, level: Level::Fault, message: message.into(), to_do: Some(to_do.into()) }
    }

    fn json(&self) -> Value {
        json!({ "check": self.check, "level": self.level.as_str(), "message": self.message, "to_do": self.to_do })
    }

    fn text(&self) -> String {
        let first = format!("{:<8} {:<14} {}", self.level.as_str(), self.check, self.message);
        match &self.to_do {
            Some(to_do) => format!("{first}\n{:24}{to_do}", ""),
            None => first,
        }
    }
}

impl Doctor {
    pub async fn run(self, settings: &Settings, output: &Output) -> Result<ExitCode, Error> {
        let findings = look(settings.given(self.serve.flags())?, &World::real()).await?;
        let is_well = findings.iter().all(|finding| finding.level != Level::Fault);
        let lines: Vec<String> = findings.iter().map(|finding| output::shown(&finding.text())).collect();
        let items: Vec<Value> = findings.iter().map(Finding::json).collect();
        output.answer(&lines.join("\n"), json!({ "ok": is_well, "items": items }))?;
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

async fn look(given: Given<'static>, world: &World) -> Result<Vec<Finding>, Error> {
    let reading = Reading::of(&given);
    let mut findings = settings::look(&reading);
    findings.extend(machine::files(&reading, &given));
    // On settings that are wrong nothing more can be said.
    let Some(config) = &reading.config else { return Ok(findings) };
    findings.extend(settings::public_url(config));
    findings.extend(machine::data(config));
    let looked = Storage::look(&app::location(config)).await;
    findings.push(database::found(config, &looked));
    let storage = match looked {
        Ok(Look::Open(storage)) => Some(storage),
        _ => None,
    };
    let mut theirs = None;
    if let Some(storage) = &storage {
        let (found, clock) = database::health(storage).await;
        findings.extend(found);
        theirs = clock;
        findings.extend(database::key(storage, config).await);
        findings.extend(machine::proxies(world, storage).await);
    }
    findings.extend(machine::clock(world, storage.as_ref(), theirs).await);
    findings.extend(api::reached(config).await);
    if let Some(storage) = storage {
        findings.extend(api::schema(config.clone(), storage.clone(), world.clone()).await);
        storage.close().await;
    }
    Ok(findings)
}
