//! `doorward audit …`: the audit trail, looked at and taken out.

mod export;
mod wanted;

use super::Desk;
use super::arguments::count;
use super::output::{self, Output};
use crate::audit::export::row;
use crate::error::Error;
use clap::{Args, Subcommand};
use export::Export;
use std::process::ExitCode;
use wanted::{Pages, Way};

#[derive(Subcommand)]
pub enum Audit {
    /// List what was done, the newest first
    List {
        #[command(flatten)]
        which: Which,
        /// How many rows at most
        #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = count)]
        limit: u64,
    },
    /// Write what was done to stdout, the oldest first
    Export(Export),
}

/// Which rows.
#[derive(Args)]
pub struct Which {
    /// From then on: a day, a time like 2026-11-29T12:00:00Z, or how long ago, like 12h or 7d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before then: a day, a time, or how long ago
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// What this user did, or `operator` and the operating system's user
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// This deed: `token.create`; or all of a kind: `token.*`
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// What was done to the user, role or token of this name
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
}

impl Audit {
    pub async fn run(self, desk: &Desk, output: &Output) -> Result<ExitCode, Error> {
        match self {
            Self::List { which, limit } => list(desk, &which, limit, output).await?,
            Self::Export(command) => return command.run(desk, output).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(desk: &Desk, which: &Which, limit: u64, output: &Output) -> Result<(), Error> {
    let mut pages = Pages::of(which, desk.cx.world.now(), Way::Back)?;
    let mut items = Vec::new();
    let mut more = false;
    while let Some(page) = pages.next(desk).await? {
        let room = usize::try_from(limit).unwrap_or(usize::MAX) - items.len();
        items.extend(page.iter().take(room).map(row));
        more = page.len() > room;
        if more {
            break;
        }
    }
    let columns = ["id", "at", "action", "actor", "credential", "subject_type", "subject", "ip", "details"];
    output.list(&columns, &items)?;
    if more && !output.is_json() {
        output::say(&format!("there are more than these {limit}; `--limit` shows more, `doorward audit export` all"));
    }
    Ok(())
}
