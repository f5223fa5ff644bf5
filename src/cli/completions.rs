//! `doorward completions`: a script for a shell, and what the program answers when that script asks it. Of what is in
//! the database it knows names alone, and it neither makes a database nor waits long for one.

mod known;

use super::Cli;
use super::output::{self, Output};
use crate::error::{Error, Fault};
use clap::{Arg, Args, Command, CommandFactory as _, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};
use known::{Known, What};
use serde_json::json;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

/// The variable by which a script asks; what it holds names the shell.
const ASKED_BY: &str = "_DOORWARD_COMPLETE";

#[derive(Args)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    const fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &Bash,
            Self::Zsh => &Zsh,
            Self::Fish => &Fish,
        }
    }
}

impl Completions {
    pub fn run(self, output: &Output) -> Result<ExitCode, Error> {
        let mut script = Vec::new();
        let written =
            self.shell.completer().write_registration(ASKED_BY, "doorward", "doorward", "doorward", &mut script);
        written.map_err(|error| Fault::new("writing the script", error))?;
        let script = String::from_utf8_lossy(&script).trim().to_owned();
        output.answer(&script, json!({ "script": script }))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Answers a script that asks; `None`: it is none that asks.
pub fn answered(arguments: &[OsString], environment: &[(String, String)]) -> Option<ExitCode> {
    let (_, shell) = environment.iter().find(|(name, value)| name == ASKED_BY && !value.is_empty())?;
    let shell = Shell::from_str(shell, false).ok()?;
    // What stands before is the program's name, for the shell's own sake.
    let words: Vec<OsString> = arguments.iter().skip_while(|word| *word != "--").skip(1).cloned().collect();
    let known = Arc::new(Known::new(&words, environment));
    let mut command = equipped(Cli::command(), "", &known);
    command.build();
    let mut answer = Vec::new();
    let here = std::env::current_dir().ok();
    let done = shell.completer().write_complete(&mut command, words, here.as_deref(), &mut answer);
    if let Err(error) = done {
        output::say(&format!("doorward: {error}"));
        return Some(ExitCode::FAILURE);
    }
    // A shell that does not listen any more is no reason to complain.
    let _unheard = std::io::stdout().write_all(&answer);
    Some(ExitCode::SUCCESS)
}

/// The command with what is known of the values of its arguments.
fn equipped(command: Command, path: &str, known: &Arc<Known>) -> Command {
    let path = path.to_owned();
    let (within, known) = (path.clone(), Arc::clone(known));
    let command = command.mut_args(|arg| match what(&path, &arg) {
        Some(what) => {
            let known = Arc::clone(&known);
            arg.add(ArgValueCompleter::new(move |typed: &std::ffi::OsStr| known.beginning(what, typed)))
        }
        None => arg,
    });
    command.mut_subcommands(|below| {
        let path = format!("{within} {}", below.get_name());
        equipped(below, path.trim_start(), &known)
    })
}

/// What the values of an argument are names of.
fn what(path: &str, arg: &Arg) -> Option<What> {
    let takes = arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str()).unwrap_or_default();
    match (path, arg.get_id().as_str(), takes) {
        (_, _, "GRANT") => Some(What::Grant),
        (_, _, "COORDINATE") => Some(What::Coordinate),
        ("explain", "code", _) => Some(What::Code),
        ("user add" | "role create", "name", _) => None,
        (path, "name", _) if path.starts_with("user ") && arg.is_positional() => Some(What::User),
        (path, "name" | "role", _) if path.starts_with("role ") && arg.is_positional() => Some(What::Role),
        (_, "user", _) => Some(What::User),
        (_, "role" | "roles", _) => Some(What::Role),
        _ => None,
    }
}
