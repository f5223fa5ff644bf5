//! Runs what a page shows: in an empty directory, with the built program as `doorward`, with the proxies of the
//! machine left out of it.

use super::Block;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A command in the directory, with the program within reach as the function `doorward`.
pub fn shell(directory: &Path, script: &str) -> Command {
    let mut command = Command::new("bash");
    command
        .args(["-eu", "-o", "pipefail", "-c", &format!("doorward() {{ \"$BUILT\" \"$@\"; }}\n{script}")])
        .current_dir(directory)
        .env("BUILT", env!("CARGO_BIN_EXE_doorward"))
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .stdin(Stdio::null());
    command
}

/// Runs to the end and answers the exit code and what was printed, for messages.
pub fn finish(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().expect("bash is there");
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), printed.concat())
}

/// Writes the block under its name, if it has one.
pub fn write_named(directory: &Path, block: &Block) {
    if let Some(name) = &block.name {
        std::fs::write(directory.join(name), &block.text).unwrap();
    }
}

/// A server that runs until it is told to stop.
pub struct Served {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Served {
    /// Starts it and waits until it says where it listens.
    pub fn start(directory: &Path, arguments: &str) -> Self {
        // `exec`: the signal that stops it goes to the server and not to a shell.
        let mut command = shell(directory, &format!("exec \"$BUILT\" serve {arguments}"));
        let mut child = command.env("DOORWARD_LISTEN", "127.0.0.1:0").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
        let mut printed = Vec::new();
        let url = loop {
            let line = lines.next().unwrap_or_else(|| panic!("serve {arguments} ended: {printed:?}")).unwrap();
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
            printed.push(line);
        };
        // A pipe that nobody reads fills up.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// Asks it to stop and answers its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success(), "the server is still there");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
