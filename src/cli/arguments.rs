//! Arguments that cannot be used: a value that is not allowed is refused like any other (exit code 1); what is no command
//! or flag of ours, or goes with nothing else that is there, is wrong use (2).

use super::output::Output;
use crate::error::{Error, Refusal};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;
use std::ffi::OsString;
use std::process::ExitCode;

/// Says what is wrong, or prints the help that was asked for.
pub fn answer(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let output = Output::new(arguments.iter().take_while(|one| *one != "--").any(|one| one == "--json"));
    if let Some(refusal) = refused(error) {
        return output.failed(&Error::from(refusal));
    }
    if output.is_json() {
        return output.wrong_use(&message(error));
    }
    let _ = error.print();
    ExitCode::from(2)
}

/// The refusal of a value; `None`: it is no value that is wrong.
fn refused(error: &clap::Error) -> Option<Refusal> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let value = text(ContextKind::InvalidValue).filter(|value| !value.is_empty())?;
    // `--expires-in <DURATION>`, `<SHELL>`
    let name = text(ContextKind::InvalidArg)?.split(' ').next()?.trim_matches(['<', '>', '[', ']', '.']);
    let allowed = match (error.kind(), error.get(ContextKind::ValidValue)) {
        (ErrorKind::InvalidValue, Some(ContextValue::Strings(allowed))) => allowed.join(", "),
        (ErrorKind::ValueValidation, _) => error.source()?.to_string(),
        _ => return None,
    };
    Some(Refusal::input(name, format!("`{name}` cannot be `{value}`; allowed: {allowed}")))
}

/// What is wrong, without the usage that goes with it for people.
fn message(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing: `doorward --help` shows those that there are".to_owned();
    }
    let text = error.render().to_string();
    let said = text.split("\n\nUsage:").next().unwrap_or_default().trim_start_matches("error: ");
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number of a token.
///
/// # Errors
/// Says what is allowed.
pub fn token_number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| "the number of a token, as `doorward token list` shows it".to_owned())
}

/// How many rows at most.
///
/// # Errors
/// Says what is allowed.
pub fn count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a whole number".to_owned())
}
