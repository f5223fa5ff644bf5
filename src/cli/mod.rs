//! The command line: parses, calls a feature as the operator, prints. Exit codes: 0 done, 1 refused, 2 wrong use.

mod arguments;
mod audit;
mod backup;
mod can;
mod completions;
mod config;
mod diff;
mod doctor;
mod explain;
mod follow;
mod healthcheck;
mod man;
mod output;
mod place;
mod reload;
mod restore;
mod role;
mod schema;
mod scratch;
mod serve;
mod service;
mod token;
mod user;

use crate::app::App;
use crate::caller::Caller;
use crate::config::{Config, Given, Notice, files};
use crate::context::Context;
use crate::error::{Code, Error, Fault, Refusal};
use crate::guard;
use crate::world::World;
use clap::{Args, Parser, Subcommand};
use output::Output;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Parser)]
#[command(name = "doorward", version, about = "Every script, partner and agent gets its own key to your GraphQL API.", long_about = None)]
#[command(propagate_version = false, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// The flags that go with every command.
#[derive(Args)]
#[command(next_help_heading = "Options of every command")]
struct Everywhere {
    /// The configuration file [default: doorward.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where data is kept [default: doorward-data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// `postgres://…`; without it, SQLite in the data directory
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Add users, list them, disable and enable them, set their passwords
    #[command(subcommand)]
    User(user::User),
    /// Make roles, list and show them, change and delete them
    #[command(subcommand)]
    Role(role::Role),
    /// Make personal access tokens, list and revoke them
    #[command(subcommand)]
    Token(token::Token),
    /// Print the schema, whole or as somebody sees it; look after that of the API behind
    #[command(subcommand)]
    Schema(schema::Schema),
    /// Say whether an operation would be allowed, and what is missing
    Can(can::Can),
    /// List the audit trail, or export it
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Check the configuration, show it, print a file to begin with
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Say what a code means, and what to do
    Explain(explain::Explain),
    /// Look at all that a server here stands on, and say what to do
    Doctor(doctor::Doctor),
    /// Ask whether the server that is configured here can serve
    Healthcheck(healthcheck::Healthcheck),
    /// Print a script that completes words for bash, zsh or fish
    Completions(completions::Completions),
    /// Print the manual pages, or write them to a directory
    Man(man::Manual),
    /// Copy the database into a file, beside a running server
    Backup(backup::Backup),
    /// Put a backup in place; what was taken away since stays away
    Restore(restore::Restore),
    /// Print the version
    Version,
}

/// Runs the program with these arguments (the program's name first) and this environment.
#[must_use]
pub fn run(arguments: Vec<OsString>, environment: Vec<(String, String)>) -> ExitCode {
    if let Some(code) = completions::answered(&arguments, &environment) {
        return code;
    }
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return arguments::answer(&error, &arguments),
    };
    let output = Output::new(cli.everywhere.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.failed(&Fault::new("starting", error).into()),
    };
    match runtime.block_on(dispatch(cli, environment, &output)) {
        Ok(code) => code,
        Err(error) => output.failed(&error),
    }
}

async fn dispatch(cli: Cli, environment: Vec<(String, String)>, output: &Output) -> Result<ExitCode, Error> {
    let settings = Settings { everywhere: cli.everywhere, environment };
    match cli.command {
        Command::Serve(command) => command.run(&settings, output).await,
        Command::User(command) => command.run(&Desk::open(&settings).await?, output).await,
        Command::Role(command) => command.run(&Desk::open(&settings).await?, output).await,
        Command::Token(command) => command.run(&Desk::open(&settings).await?, output).await,
        Command::Schema(command) => command.run(&settings, output).await,
        Command::Can(command) => command.run(&Desk::open(&settings).await?, output).await,
        Command::Audit(command) => command.run(&Desk::open(&settings).await?, output).await,
        Command::Config(command) => command.run(&settings, output),
        Command::Explain(command) => command.run(output),
        Command::Doctor(command) => command.run(&settings, output).await,
        Command::Healthcheck(command) => command.run(&settings, output).await,
        Command::Completions(command) => command.run(output),
        Command::Man(command) => command.run(output),
        Command::Backup(command) => command.run(&settings, output).await,
        Command::Restore(command) => command.run(&settings, output).await,
        Command::Version => {
            output.version()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What was given besides the command itself.
struct Settings {
    everywhere: Everywhere,
    environment: Vec<(String, String)>,
}

impl Settings {
    /// The configuration, with the flags of a command on top.
    fn config(&self, flags: Vec<(&'static str, String)>) -> Result<(Config, Vec<Notice>), Error> {
        Ok(Config::read(&self.given(flags)?)?)
    }

    /// What there is to read it from.
    fn given(&self, flags: Vec<(&'static str, String)>) -> Result<Given<'static>, Error> {
        let named = |name: &str| self.environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let asked = self.everywhere.config.clone().or_else(|| named("DOORWARD_CONFIG").map(PathBuf::from));
        let path = asked.clone().unwrap_or_else(|| PathBuf::from("doorward.toml"));
        // Only the file that nobody asked for may be missing; one that nobody may look at is not missing.
        let is_there = path.try_exists().unwrap_or(true);
        let file = if is_there || asked.is_some() {
            let text = files::read(&path, files::LONGEST).map_err(|why| Refusal::new(Code::BadUserInput, why))?;
            Some((path.display().to_string(), text))
        } else {
            None
        };
        let mut all = flags;
        if let Some(dir) = &self.everywhere.data_dir {
            all.push(("data_dir", dir.display().to_string()));
        }
        if let Some(url) = &self.everywhere.database {
            all.push(("database.url", url.clone()));
        }
        Ok(Given { file, environment: self.environment.clone(), flags: all })
    }
}

impl Settings {
    /// Where files may be that are gone soon.
    fn temporary(&self) -> PathBuf {
        let named = self.environment.iter().find(|(name, value)| name == "TMPDIR" && !value.is_empty());
        named.map_or_else(|| PathBuf::from("/tmp"), |(_, value)| PathBuf::from(value))
    }

    /// The flags that another command needs to act on the same data; a URL that may hold a password is not repeated.
    fn same_data(&self) -> String {
        let config = self.everywhere.config.as_ref().map(|path| format!(" --config {}", place::quoted(path)));
        let data_dir = self.everywhere.data_dir.as_ref().map(|path| format!(" --data-dir {}", place::quoted(path)));
        let database = self.everywhere.database.as_ref().map(|_| " --database (the same URL)".to_owned());
        [config, data_dir, database].into_iter().flatten().collect()
    }
}

/// An open database and the operator at it.
struct Desk {
    cx: Arc<Context>,
    operator: Caller,
}

impl Desk {
    async fn open(settings: &Settings) -> Result<Self, Error> {
        Ok(Self::with(settings, Vec::new()).await?.0)
    }

    /// The same with flags of a command's own, and with the app that it belongs to.
    async fn with(settings: &Settings, flags: Vec<(&'static str, String)>) -> Result<(Self, App), Error> {
        let (config, notices) = settings.config(flags)?;
        for Notice(notice) in notices {
            output::say(&format!("warning: {notice}"));
        }
        let app = App::beside(config, World::real()).await?;
        say_if_new(&app);
        let cx = app.cx();
        let operator = guard::operator(&cx, &place::operator_name());
        Ok((Self { cx, operator }, app))
    }
}

/// A command in the wrong directory would otherwise work on an empty database without a word.
fn say_if_new(app: &App) {
    let cx = app.cx();
    if cx.storage.is_new() {
        output::say(&format!("made a new database in {}", cx.config.data_dir.display()));
    }
}
