//! What each command says of itself.

use super::Program;
use insta::assert_snapshot;

/// The commands that do something, by what the program lists.
fn commands(program: &Program, prefix: &[String], found: &mut Vec<(String, String)>) {
    let help = program.does(prefix.iter().map(String::as_str).chain(["--help"]));
    let below: Vec<String> = help
        .split_once("Commands:\n")
        .map(|(_, listed)| listed.lines().take_while(|line| line.starts_with("  ")))
        .into_iter()
        .flatten()
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.trim().split(' ').next())
        .map(str::to_owned)
        .collect();
    found.push((prefix.join(" "), help));
    for name in below {
        commands(program, &[prefix, &[name]].concat(), found);
    }
}

#[test]
fn each_command_explains_itself() {
    let mut found = Vec::new();
    commands(&Program::new(), &[], &mut found);
    let whole: String = found.iter().map(|(command, help)| format!("$ doorward {command} --help\n{help}\n")).collect();
    assert_snapshot!(whole);
}
