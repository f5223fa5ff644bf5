//! Doorward before GraphQL servers from npm, asked by the clients and tools that people use. They are in
//! `tests/clients/gateway`; `tools/setup test` installs what they need.

mod answers;
mod forwarding;
mod outage;
mod public_apis;
mod tools;

use super::Program;
use super::http::Client;
use super::running::Running;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All of the shop's API. What takes a text to be searched for, and entries by any id, patterns do not open.
const ALL_OF_IT: &[&str] =
    &["api:Query.*", "api:*.*", "api:Mutation.*", "api:Subscription.*", "api:Query.search", "api:Query.node"];

/// The servers behind which the shop is put.
const SERVERS: [&str; 2] = ["yoga.mjs", "apollo.mjs"];

/// A file of the folder with servers, clients and tools.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/gateway").join(name)
}

/// Runs a script to its end, which must be a good one, and answers what it printed.
#[track_caller]
fn runs(script: &str, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::new("node");
    command.arg(file(script)).args(arguments).envs(environment.iter().copied());
    let output = command.output().expect("there is node: `tools/setup test` installs it");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} ended with {}:\n{said}", output.status);
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// Asks GraphiQL's way, and answers the SDL of what the token is shown.
#[track_caller]
fn shown_by_graphiql(server: &Running, token: &str) -> String {
    let endpoint = format!("{}/graphql", server.url());
    runs("graphiql.mjs", &[], &[("ENDPOINT", &endpoint), ("TOKEN", token)])
}

/// The shop's API, a process of its own; killed when dropped.
struct Api {
    process: Running,
    http: Client,
}

impl Api {
    /// Behind one of `SERVERS`, on a free port, with this in its environment.
    fn start(server: &str, environment: &[(&str, &str)]) -> Self {
        assert!(file("node_modules").exists(), "its packages are missing: `tools/setup test` installs them");
        let mut command = Command::new("node");
        command.arg(file(server)).envs(environment.iter().copied());
        let process = Running::start(command);
        let http = Client::to(process.http.address().trim_end_matches("/graphql"));
        Self { process, http }
    }

    /// Where it is asked.
    fn url(&self) -> String {
        format!("http://{}/graphql", self.http.address())
    }

    /// The text that it answers to whoever asks it past Doorward.
    #[track_caller]
    fn itself(&self, query: &str, variables: &Value) -> String {
        self.http.graphql("", query, variables).expect("it answers").body
    }

    /// What it was asked since it last forgot.
    #[track_caller]
    fn log(&self) -> Vec<Value> {
        serde_json::from_value(self.http.get("/log").json()).expect("it is a list")
    }

    /// The bodies of that.
    #[track_caller]
    fn asked(&self) -> Vec<Value> {
        let body = |entry: &Value| serde_json::from_str(entry["body"].as_str().unwrap()).expect("each asks in JSON");
        self.log().iter().map(body).collect()
    }

    /// Forgets what it was asked.
    #[track_caller]
    fn forget(&self) {
        self.http.get("/reset");
    }
}

/// A Doorward before it, with `nora`, who may use all of it.
struct Front {
    server: Running,
    api: Api,
    /// After the server, which works in it.
    program: Program,
}

impl Front {
    /// Before the shop behind one of `SERVERS`.
    fn before(server: &str) -> Self {
        Self::of(Api::start(server, &[]))
    }

    fn of(api: Api) -> Self {
        let program = Program::new().with("DOORWARD_UPSTREAM__URL", &api.url());
        // The first start reads the API's schema, which roles are written by.
        let server = program.serve();
        let grants = ALL_OF_IT.iter().flat_map(|grant| ["--permission", grant]);
        program.does(["role", "create", "shop"].into_iter().chain(grants));
        program.add_user("nora", &["--role", "shop"]);
        api.forget();
        Self { server, api, program }
    }

    /// A token of nora's for all that she may do, mutations too.
    fn token(&self) -> String {
        self.program.make_token("nora", &["--access", "read-write"])
    }

    /// A token of nora's for these permissions alone.
    fn narrowed(&self, permissions: &[&str]) -> String {
        let narrowing = permissions.iter().flat_map(|permission| ["--permission", permission]);
        let arguments: Vec<&str> = ["--access", "read-write"].into_iter().chain(narrowing).collect();
        self.program.make_token("nora", &arguments)
    }

    /// Runs a script that asks with this token and may ask the API itself.
    #[track_caller]
    fn runs(&self, script: &str, token: &str, more: &[(&str, &str)]) -> String {
        let (endpoint, api) = (format!("{}/graphql", self.server.url()), self.api.url());
        let told = [("ENDPOINT", endpoint.as_str()), ("TOKEN", token), ("API", api.as_str())];
        runs(script, &[], &[&told, more].concat())
    }
}
