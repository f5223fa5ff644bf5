//! What the console and the IDE write down for people to copy runs in the real clients, word for word.

use super::Program;
use super::running::Running;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A name with everything in it that a shell, a string or a template could trip over.
const NAME: &str = "O'Brien \"Ada\" `x` $HOME \\ ü";

struct Written {
    server: Running,
    snippets: Value,
    program: Program,
}

fn written() -> Written {
    let program = Program::new();
    program.add_user("mia", &["--full-name", NAME]);
    let token = program.make_token("mia", &["--access", "read-write"]);
    let server = program.serve();
    let origin = server.url();
    let asked = json!({
        "query": "mutation Rename($input: UpdateMeMutationInput) {\n  updateMe(input: $input) { name }\n}",
        "variables": { "input": { "name": NAME, "public_name": "it's \"m\"" } },
        "token": token,
    });
    let headers = [("content-type", "application/json"), ("origin", origin.as_str())];
    let answer = server.http.send("POST", "/graphiql/snippets", &headers, asked.to_string().as_bytes());
    let snippets = answer.expect("it answers").json();
    Written { server, snippets, program }
}

impl Written {
    fn text(&self, language: &str) -> &str {
        self.snippets[language].as_str().unwrap_or_else(|| panic!("{}", self.snippets))
    }

    /// Writes the snippet into a file of its own.
    fn file(&self, language: &str, name: &str) -> PathBuf {
        let path = self.program.directory().join(name);
        std::fs::write(&path, self.text(language)).unwrap();
        path
    }

    /// Runs a command, which has to print what the server answers.
    #[track_caller]
    fn prints_the_answer(&self, command: &mut Command) {
        let output = command.env("NO_PROXY", "*").env("no_proxy", "*").env("GOPROXY", "off").output();
        let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}: `tools/setup test` installs it"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{command:?}\n{said}{}", String::from_utf8_lossy(&output.stderr));
        for part in ["updateMe", "Brien", "ü"] {
            assert!(said.contains(part), "{command:?}\n{said}");
        }
    }
}

#[test]
fn the_curl_runs_in_a_shell() {
    let written = written();
    written.prints_the_answer(Command::new("bash").arg("-eu").arg(written.file("curl", "snippet.sh")));
}

#[test]
fn the_javascript_runs_in_node() {
    let written = written();
    written.prints_the_answer(Command::new("node").arg(written.file("javascript", "snippet.mjs")));
}

#[test]
fn the_python_runs_with_requests() {
    let written = written();
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clients-venv/bin/python");
    written.prints_the_answer(Command::new(python).arg(written.file("python", "snippet.py")));
}

#[test]
fn the_go_runs_with_net_http() {
    let written = written();
    written.prints_the_answer(Command::new("go").arg("run").arg(written.file("go", "snippet.go")));
}

/// As Postman does: variables put in, a GraphQL body sent as JSON with its variables read.
#[test]
fn the_postman_collection_is_one_request_that_the_server_takes() {
    let written = written();
    let collection: Value = serde_json::from_str(written.text("postman")).expect("a collection is JSON");
    let variable = |name: &str| {
        let all = collection["variable"].as_array().unwrap();
        all.iter().find(|one| one["key"] == name).and_then(|one| one["value"].as_str()).unwrap().to_owned()
    };
    let request = &collection["item"][0]["request"];
    assert_eq!((&request["url"], &request["method"]), (&json!("{{endpoint}}"), &json!("POST")));
    assert_eq!(variable("endpoint"), format!("{}/graphql", written.server.url()));
    assert_eq!(collection["auth"]["bearer"][0]["value"], "{{token}}");
    let body = &request["body"]["graphql"];
    let variables: Value = serde_json::from_str(body["variables"].as_str().unwrap()).unwrap();
    let answer = written.server.http.ask(&variable("token"), body["query"].as_str().unwrap(), &variables);
    assert_eq!(answer, json!({ "data": { "updateMe": { "name": NAME } } }));
}
