//! `doorward completions`, asked by the shells themselves where they are there, and `doorward man`.

use super::{Program, json};
use crate::databases::Database;
use insta::assert_snapshot;
use std::process::Command;
use std::time::{Duration, Instant};

/// What the program proposes for the last of these words, as the script for fish asks it.
fn proposed(program: &Program, words: &[&str]) -> Vec<String> {
    let mut command = program.command([&["--", "doorward"], words].concat());
    let output = command.env("_DOORWARD_COMPLETE", "fish").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

fn with_names() -> Program {
    let program = Program::new();
    for name in ["ada", "ben", "billing-script"] {
        program.does(["user", "add", name]);
    }
    program.does(["role", "create", "support"]);
    program.does(["role", "create", "sales"]);
    program
}

#[test]
fn commands_and_flags_are_completed() {
    let program = Program::new();
    assert_eq!(proposed(&program, &["us"]), ["user"]);
    assert_eq!(proposed(&program, &["config", ""])[..4], ["check", "show", "template", "schema"]);
    assert_eq!(proposed(&program, &["token", "create", "--acc"]), ["--access"]);
    assert_eq!(proposed(&program, &["token", "create", "--access", ""]), ["read-only", "read-write"]);
    assert_eq!(proposed(&program, &["explain", "TOKEN_E"]), ["TOKEN_EXPIRED"]);
    assert_eq!(proposed(&program, &["explain", "up"])[0], "UPSTREAM_UNAVAILABLE");
}

#[test]
fn names_of_users_and_roles_are_completed() {
    let program = with_names();
    assert_eq!(proposed(&program, &["user", "show", "b"]), ["ben", "billing-script"]);
    assert_eq!(proposed(&program, &["user", "disable", "BIL"]), ["billing-script"]);
    assert_eq!(proposed(&program, &["token", "create", "--user", "a"]), ["ada"]);
    assert_eq!(proposed(&program, &["role", "show", "s"]), ["sales", "support"]);
    assert_eq!(proposed(&program, &["user", "add", "new", "--role", "su"]), ["support"]);
    assert_eq!(proposed(&program, &["can", "--user", "be"]), ["ben"]);
    assert!(!proposed(&program, &["user", "add", "b"]).contains(&"ben".to_owned()), "a new name is nobody's");
}

#[test]
fn coordinates_are_completed() {
    let program = with_names();
    let words = |typed: &str| proposed(&program, &["role", "create", "x", "--permission", typed]);
    assert_eq!(words("User.em"), ["User.email_address"]);
    assert_eq!(words("!User.em"), ["!User.email_address"]);
    assert_eq!(words("own:User.em"), ["own:User.email_address"]);
    assert!(words("User.").contains(&"User.*".to_owned()));
    assert_eq!(words("Query.users(i"), ["Query.users(id:)"]);
    assert!(words("Query.users").iter().all(|word| !word.contains('(')), "shells trip over parentheses");
    assert_eq!(proposed(&program, &["schema", "accept", "User.us"]), ["User.username"]);
}

#[test]
fn the_database_that_the_words_name_is_asked() {
    let program = Program::new();
    program.does(["user", "add", "zoe", "--data-dir", "there"]);
    assert_eq!(proposed(&program, &["user", "show", "--data-dir", "there", "z"]), ["zoe"]);
    assert_eq!(proposed(&program, &["user", "--data-dir=there", "show", "z"]), ["zoe"]);
    assert!(proposed(&program, &["user", "show", "z"]).is_empty());
    let program = program.with("DOORWARD_DATA_DIR", "there");
    assert_eq!(proposed(&program, &["user", "show", "z"]), ["zoe"]);
}

#[test]
fn no_database_is_made_for_a_word() {
    let program = Program::new();
    assert!(proposed(&program, &["user", "show", ""]).iter().all(|word| word.starts_with('-')));
    assert!(!program.directory().join("doorward-data").exists());
    let gone = ["user", "show", "--database", "postgres://doorward@127.0.0.1:1/doorward", "a"];
    assert!(proposed(&program, &gone).is_empty());
    std::fs::write(program.directory().join("doorward.toml"), "nonsense").unwrap();
    assert!(proposed(&program, &["user", "show", "a"]).is_empty());
}

#[test]
fn a_database_that_does_not_answer_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://doorward@{}/doorward", silent.local_addr().unwrap());
    let since = Instant::now();
    assert!(proposed(&Program::new(), &["user", "show", "--database", &url, "a"]).is_empty());
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
}

#[tokio::test]
async fn names_in_postgres_are_completed() {
    let database = Database::postgres().await;
    let program = Program::on(&database);
    assert!(proposed(&program, &["user", "show", "m"]).is_empty(), "its tables are not there yet");
    program.does(["user", "add", "mia"]);
    // It is not waited for longer than a second, which a busy machine may take.
    let since = Instant::now();
    while proposed(&program, &["user", "show", "m"]) != ["mia"] {
        assert!(since.elapsed() < Duration::from_secs(30), "it was never proposed");
    }
}

/// What bash itself proposes, with the script that the program prints.
#[test]
fn bash_completes_by_the_script() {
    let program = with_names();
    let script = program.does(["completions", "bash"]);
    let asked = format!(
        "PATH=$BIN:$PATH\n{script}\nCOMP_WORDS=(doorward user show b) COMP_CWORD=3 COMP_TYPE=9\n\
         _clap_complete_doorward doorward b show\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    );
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_doorward")).parent().unwrap();
    let mut command = Command::new("bash");
    command.args(["--norc", "-c", &asked]).current_dir(program.directory()).env("BIN", bin);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "ben\nbilling-script\n", "{told}");
}

#[test]
fn there_is_a_script_for_each_shell_and_for_no_other() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = program.does(["completions", shell]);
        assert!(script.contains("_DOORWARD_COMPLETE"), "{shell}: {script}");
        assert_eq!(json(&program, &["completions", shell, "--json"])["script"], script.trim());
    }
    assert_snapshot!(program.run(["completions", "powershell"]).told(), @"
    exit 1
    err  doorward: `SHELL` cannot be `powershell`; allowed: bash, zsh, fish
    ");
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let program = Program::new();
    let whole = program.does(["man"]);
    for part in [".TH doorward 1", ".TH doorward-user-add 1", ".TH doorward-config-check 1", "\\-\\-data\\-dir"] {
        assert!(whole.contains(part), "{part} is not in the manual");
    }
    assert_snapshot!(program.run(["man", "pages"]).told().replace(char::is_numeric, "N"), @"
    exit N
    err  wrote NN pages to pages
    ");
    let page = std::fs::read_to_string(program.directory().join("pages/doorward-user-add.1")).unwrap();
    assert!(page.contains("doorward user add") && whole.contains(&page.trim_end()[..200]), "{page}");
    assert_snapshot!(program.run(["man", "/dev/null/pages"]).told(), @"
    exit 1
    err  doorward: /dev/null/pages: Not a directory (os error 20)
    ");
}
