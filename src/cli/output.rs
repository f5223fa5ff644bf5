//! What the command line prints: results on stdout, everything said about them on stderr.

use crate::error::{Code, Error, Fault, Refusal};
use crate::names::visible;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How often progress is shown.
const SHOWN_EVERY: Duration = Duration::from_millis(250);

/// Prints for people, or as JSON.
pub struct Output {
    json: bool,
}

impl Output {
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// One thing that was made or changed: for people a sentence on stderr.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn done(&self, sentence: &str, thing: Value) -> Result<(), Fault> {
        if self.json {
            return self.object(thing);
        }
        say(sentence);
        Ok(())
    }

    /// A secret: alone on stdout, what goes with it on stderr.
    ///
    /// # Errors
    /// When nobody could read it: it is shown this once.
    pub fn secret(&self, secret: &str, sentence: &str, thing: Value) -> Result<(), Fault> {
        let shown = if self.json {
            try_print(&versioned(json!({ "token": secret, "personal_access_token": thing })))
        } else {
            say(sentence);
            try_print(secret)
        };
        shown.map_err(|error| Fault::new("writing the token (it is made: revoke it and make another)", error))
    }

    /// A list: for people the named columns as a table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn list(&self, columns: &[&str], items: &[Value]) -> Result<(), Fault> {
        if self.json {
            return self.object(json!({ "items": items }));
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(columns.iter().map(|column| column.replace('_', " ").to_uppercase()));
        for item in items {
            table.add_row(columns.iter().map(|column| cell(&item[*column])));
        }
        print(table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n").as_str())
    }

    /// One thing that was asked for: for people a line for each of its keys, and for each item of a list.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn thing(&self, thing: &Value) -> Result<(), Fault> {
        if self.json {
            return self.object(thing.clone());
        }
        let mut lines = Vec::new();
        for (key, value) in thing.as_object().into_iter().flatten() {
            let key = key.replace('_', " ");
            match value {
                Value::Array(items) if items.is_empty() => lines.push(format!("{key}: none")),
                Value::Array(items) => {
                    lines.push(format!("{key}:"));
                    lines.extend(items.iter().map(|item| format!("  {}", cell(item))));
                }
                Value::Null => lines.push(format!("{key}: none")),
                other => lines.push(format!("{key}: {}", cell(other))),
            }
        }
        print(&lines.join("\n"))
    }

    /// An answer of one word or text.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn answer(&self, text: &str, thing: Value) -> Result<(), Fault> {
        if self.json {
            return self.object(thing);
        }
        // A file is given the text as it is.
        if std::io::stdout().is_terminal() { print(&visible(text, true)) } else { print(text) }
    }

    pub fn version(&self) -> Result<(), Fault> {
        let version = env!("CARGO_PKG_VERSION");
        self.answer(&format!("doorward {version}"), json!({ "version": version }))
    }

    /// Says why it was refused, and answers the exit code.
    pub fn failed(&self, error: &Error) -> ExitCode {
        let (code, message, field, missing) = match error {
            Error::Refusal(refusal) => {
                (refusal.code, refusal.message.clone(), refusal.field.clone(), refusal.missing.clone())
            }
            // Whoever runs the command may read the database: the cause is theirs to see.
            Error::Fault(fault) if fault.passing => (Code::Unavailable, fault.to_string(), None, Vec::new()),
            Error::Fault(fault) => (Code::Internal, fault.to_string(), None, Vec::new()),
        };
        if self.json {
            let mut error = json!({ "code": code.as_str(), "message": message });
            if let Some(field) = field {
                error["field"] = field.into();
            }
            if !missing.is_empty() {
                error["missing"] = missing.into();
            }
            say(&json!({ "json_version": 1, "error": error }).to_string());
        } else {
            say(&format!("doorward: {message}"));
        }
        ExitCode::FAILURE
    }

    /// Says that arguments do not go together or are none, for which clap has no words; answers the exit code.
    pub fn wrong_use(&self, message: &str) -> ExitCode {
        let _refused = self.failed(&Refusal::new(Code::BadUserInput, message).into());
        ExitCode::from(2)
    }

    fn object(&self, thing: Value) -> Result<(), Fault> {
        print(&versioned(thing))
    }
}

fn versioned(thing: Value) -> String {
    let mut whole = json!({ "json_version": 1 });
    if let (Some(whole), Value::Object(thing)) = (whole.as_object_mut(), thing) {
        whole.extend(thing);
    }
    whole.to_string()
}

/// A line for people, on stderr.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", visible(line, true));
}

/// The text without what a terminal would obey, but for its lines.
pub fn shown(text: &str) -> String {
    visible(text, true).into_owned()
}

/// How far a long work is, on stderr where that is a terminal.
pub struct Progress {
    of: &'static str,
    count: u64,
    /// `None`: nobody looks.
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    pub fn new(of: &'static str) -> Self {
        Self { of, count: 0, next: std::io::stderr().is_terminal().then(|| Instant::now() + SHOWN_EVERY), shown: false }
    }

    /// Another one is done.
    pub fn one_more(&mut self) {
        self.count += 1;
        let now = Instant::now();
        if self.next.is_some_and(|next| now >= next) {
            let _ = write!(std::io::stderr(), "\r{} {} …", self.count, self.of);
            (self.next, self.shown) = (Some(now + SHOWN_EVERY), true);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = writeln!(std::io::stderr(), "\r{} {}  ", self.count, self.of);
        }
    }
}

/// A line for people that the next one is written over: for who looks on while it lasts.
pub fn say_over(line: &str) {
    let _ = write!(std::io::stderr(), "\r\u{1b}[K{line}");
}

/// A line on stdout. A reader that went away (`| head`) is no reason to complain; a full disk is.
fn print(line: &str) -> Result<(), Fault> {
    match try_print(line) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Fault::new("writing the answer", error)),
        _ => Ok(()),
    }
}

fn try_print(line: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible(text, false).into_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
