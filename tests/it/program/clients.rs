//! The programs that people really use, against the real server: our own clients in four languages, the audits of
//! GraphQL over HTTP, and the vendors' snippets where their documents are on this machine.

use super::running::Running;
use super::{PASSWORD, Program, figure};
use crate::databases::Database;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A server with an administrator, a user, and a token of either.
struct Served {
    server: Running,
    token: String,
    admin_token: String,
    /// After the server, which works in it.
    _program: Program,
}

fn served(database: &Database) -> Served {
    let program = Program::on(database);
    program.add_user("ada", &["--super-admin"]);
    program.add_user("mia", &["--full-name", "Mia Example"]);
    let token = program.make_token("mia", &["--access", "read-write"]);
    let admin_token = program.make_token("ada", &[]);
    Served { server: program.serve(), token, admin_token, _program: program }
}

/// A file of this repository.
fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The Python that `tools/setup` has given `requests`.
fn python() -> PathBuf {
    here("target/clients-venv/bin/python")
}

impl Served {
    /// Runs a client with what it takes from its environment; it must end well.
    #[track_caller]
    fn is_served_to<I: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = I>,
    ) -> String {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(here("."));
        command.envs([("URL", self.server.url().as_str()), ("USERNAME", "mia"), ("PASSWORD", PASSWORD)]);
        command.envs([("TOKEN", self.token.as_str()), ("NO_PROXY", "*"), ("no_proxy", "*"), ("GOPROXY", "off")]);
        let output = command.output().unwrap_or_else(|error| {
            panic!("{} cannot be started ({error}): `tools/setup test` installs it", program.display())
        });
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{} ended with {}:\n{said}", program.display(), output.status);
        said
    }
}

fn last_line(said: &str) -> &str {
    said.lines().last().unwrap_or_default()
}

on_both! {
    async fn a_shell_script_with_curl_is_served(database: Database) {
        served(&database).is_served_to("bash", [here("tests/clients/curl.sh")]);
    }

    async fn a_script_with_fetch_is_served(database: Database) {
        served(&database).is_served_to("node", [here("tests/clients/fetch.mjs")]);
    }

    async fn a_script_with_requests_is_served(database: Database) {
        served(&database).is_served_to(python(), [here("tests/clients/requests_client.py")]);
    }

    async fn a_program_with_net_http_is_served(database: Database) {
        served(&database).is_served_to("go", [OsStr::new("run"), here("tests/clients/client.go").as_os_str()]);
    }

    async fn the_audits_of_graphql_over_http_pass(database: Database) {
        let served = served(&database);
        let audits = here("tests/clients/audits/audits.mjs");
        assert!(audits.with_file_name("node_modules").exists(), "the audits are missing: `tools/setup test` installs them");
        for path in ["/graphql", "/api/graphql"] {
            let url = format!("{}{path}", served.server.url());
            let arguments = ["--url", &url, "--token", &served.token].map(OsStr::new);
            let said = served.is_served_to("node", [audits.as_os_str()].into_iter().chain(arguments));
            assert!(said.contains(" audits, 0 not ok"), "{said}");
            figure(&format!("graphql-http on {path}: {}", last_line(&said)));
        }
    }

    // Without DOORWARD_SNIPPETS_DIR nothing is run here, and tools/tally says so at the end.
    async fn the_vendors_snippets_run_word_for_word(database: Database) {
        let served = served(&database);
        let url = served.server.url();
        let script = here("tests/clients/snippets.py");
        let arguments = ["--url", &url, "--username", "mia", "--password", PASSWORD];
        let tokens = ["--token", &served.token, "--admin-token", &served.admin_token];
        let arguments = arguments.into_iter().chain(tokens).map(OsStr::new);
        let said = served.is_served_to(python(), [script.as_os_str()].into_iter().chain(arguments));
        assert!(said.contains("snippets ran, 0 failed") || said.contains("the snippets were not run"), "{said}");
        figure(last_line(&said));
    }
}
