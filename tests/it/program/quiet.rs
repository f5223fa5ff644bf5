//! No telemetry: server and commands run where no route leads out, and every attempt to reach anybody is written down.

use super::Program;
use std::process::{Command, Output};

/// A network of its own with nothing but loopback, in which all that is sent or connected to is noted.
fn watched(program: &Program, script: &str) -> (Output, Vec<String>) {
    let notes = program.directory().join("calls");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "sh", "-c"]).arg(
        "ip link set lo up && exec strace -f -qq -e trace=connect,sendto,sendmsg,sendmmsg -o calls bash -euc \"$1\" bash \"$2\"",
    );
    command.args(["sh", script, env!("CARGO_BIN_EXE_doorward")]).current_dir(program.directory());
    let done = command.output().expect("there is an `unshare`");
    let calls = std::fs::read_to_string(notes).unwrap_or_default();
    (done, calls.lines().filter(|call| leaves(call)).map(str::to_owned).collect())
}

/// Whether a call reaches for somebody outside: an address of the internet that is none of loopback's.
fn leaves(call: &str) -> bool {
    let names = |text: &str| call.contains(text);
    (names("AF_INET") && !names("inet_addr(\"127.")) && !names("inet_pton(AF_INET6, \"::1\"")
}

#[track_caller]
fn succeeded(done: &Output) {
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{}\n{}", told(&done.stdout), told(&done.stderr));
}

#[test]
fn whoever_reaches_out_would_be_seen() {
    let script = "echo x >/dev/udp/192.0.2.1/53 || true; echo x >/dev/tcp/2001:db8::1/80 || true; echo x >/dev/tcp/127.0.0.1/9 || true";
    let (done, seen) = watched(&Program::new(), script);
    succeeded(&done);
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn server_and_commands_reach_out_to_nobody() {
    let script = r#"
        doorward() { "$program" "$@"; }
        program=$1
        doorward version
        doorward role create readers --permission Query.users
        doorward user add ada --super-admin
        doorward user list --json
        token=$(doorward token create --user ada --name quiet)
        doorward token list
        doorward schema print >schema.graphql
        echo '{ me { username } }' >me.graphql
        doorward can --user ada --operation me.graphql
        "$program" serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 2>said &
        server=$!
        until url=$(sed -n 's/^listening on //p' said) && [ -n "$url" ]; do sleep 0.05; done
        ask() {
            curl --silent --fail "$url/graphql" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
                -d '{"query": "{ me { username } }"}'
        }
        ask | grep ada
        curl --silent --fail "$url/readyz?verbose"
        curl --silent --fail "$(sed -n 's/^metrics are at //p' said)" | grep -c doorward_
        kill -HUP $server
        kill -TERM $server
        wait $server
    "#;
    let (done, seen) = watched(&Program::new(), script);
    succeeded(&done);
    assert!(seen.is_empty(), "{seen:#?}");
}
