//! The real program, run as its users run it: as a process, with arguments, an environment, a terminal's streams and
//! sockets. What goes on inside is none of these tests' business.

mod backup;
mod beside;
mod canary;
mod clients;
mod command_line;
mod console;
mod disk;
mod following;
mod gateway;
mod ground;
mod http;
mod https;
mod kill;
mod metrics;
mod nodes;
mod quiet;
mod revoking;
mod running;
mod service;
mod serving;
mod set_up;
mod snippets;
mod starting;
mod tls;
mod traces;
mod unsaid;
mod unwritten;

use crate::databases::Database;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use running::Running;
use tempfile::TempDir;

/// Good enough for any user of these tests.
const PASSWORD: &str = "otter-lantern-fjord-9";

/// The program in a working directory of its own, with a database of its own and an environment of nothing else.
struct Program {
    directory: TempDir,
    environment: Vec<(String, String)>,
}

impl Program {
    /// With SQLite in the default data directory.
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        Self { directory, environment: Vec::new() }
    }

    /// With a database of that kind; a PostgreSQL one is told of by the environment.
    fn on(database: &Database) -> Self {
        match database.url() {
            Some(url) => Self::new().with("DOORWARD_DATABASE__URL", url),
            None => Self::new(),
        }
    }

    /// With one more environment variable.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Where it runs.
    fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn command<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
        command.args(arguments).current_dir(self.directory());
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end, with nothing on stdin.
    fn run<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Done {
        self.run_with(arguments, b"")
    }

    /// Runs it to its end with this on stdin.
    fn run_with<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>, stdin: &[u8]) -> Done {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program was built with this test");
        // One that refuses before it reads closes the pipe.
        let _not_read = child.stdin.take().expect("it is piped").write_all(stdin);
        let output = child.wait_with_output().expect("the program ends");
        Done {
            status: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8(output.stdout).expect("its output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("what it says is UTF-8"),
        }
    }

    /// Runs it to its end, which must be a good one, and answers its output.
    #[track_caller]
    fn does<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> String {
        let done = self.run(arguments);
        assert_eq!(done.status, 0, "{}", done.told());
        done.stdout
    }

    /// Adds a user who has the password of these tests.
    #[track_caller]
    fn add_user(&self, name: &str, more: &[&str]) {
        let arguments = [&["user", "add", name, "--password-stdin"], more].concat();
        let done = self.run_with(arguments, PASSWORD.as_bytes());
        assert_eq!(done.status, 0, "{}", done.told());
    }

    /// Makes a token of that user.
    #[track_caller]
    fn make_token(&self, user: &str, more: &[&str]) -> String {
        let made = self.does(["token", "create", "--user", user, "--name", "a script"].iter().chain(more));
        made.trim_end().to_owned()
    }

    /// Serves on a free port, until what it answers is dropped.
    fn serve(&self) -> Running {
        self.serve_with(&[])
    }

    /// The same with more arguments.
    fn serve_with(&self, more: &[&str]) -> Running {
        Running::start(self.command(["serve", "--listen", "127.0.0.1:0"].iter().chain(more)))
    }
}

/// A run that has ended.
struct Done {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Done {
    /// All of it, for a snapshot: without what differs from run to run.
    fn told(&self) -> String {
        let mut told = format!("exit {}\n", self.status);
        for (stream, text) in [("out", &self.stdout), ("err", &self.stderr)] {
            for line in text.lines() {
                told += format!("{stream}  {}", steady(line)).trim_end();
                told.push('\n');
            }
        }
        told
    }
}

/// The text with dates, secrets and their hints replaced. Columns become two spaces: their width hangs on the dates.
fn steady(text: &str) -> String {
    #[derive(PartialEq)]
    enum Kind {
        Word,
        Space,
        Other,
    }
    let kind = |c: char| match c {
        ' ' => Kind::Space,
        _ if c.is_ascii_alphanumeric() || "_-:.…".contains(c) => Kind::Word,
        _ => Kind::Other,
    };
    let mut steady = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        steady += match part {
            _ if part.len() >= 20 && part.ends_with('Z') && part.as_bytes()[10] == b'T' => "[date]",
            _ if part.starts_with("dwd_pat_…") => "dwd_pat_…[four]",
            _ if part.starts_with("dwd_pat_") && part.len() == 44 => "dwd_pat_[secret]",
            _ if part.starts_with("  ") => "  ",
            _ => part,
        };
    }
    steady
}

/// Says a measured figure past the test runner, which keeps what passing tests print to itself.
fn figure(text: &str) {
    let _lost = writeln!(std::io::stderr(), "figure: {text}");
}
