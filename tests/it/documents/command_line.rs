//! The page of the command line names every command and flag, and its examples run.

use super::{code_spans, page, run};
use std::collections::BTreeSet;
use std::process::Command;

const PAGE: &str = "docs/command-line.md";

fn help(command: &[String]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_doorward")).args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that do something, by asking the program.
fn commands(prefix: &[String], found: &mut Vec<Vec<String>>) {
    let help = help(prefix);
    let Some((_, listed)) = help.split_once("Commands:\n") else {
        found.push(prefix.to_vec());
        return;
    };
    for line in listed.lines().take_while(|line| line.starts_with("  ")) {
        let Some(name) =
            line.strip_prefix("  ").filter(|line| !line.starts_with(' ')).and_then(|line| line.split(' ').next())
        else {
            continue;
        };
        commands(&[prefix, &[name.to_owned()]].concat(), found);
    }
}

/// The flags in a command's help, with what they take.
fn flags(help: &str) -> BTreeSet<String> {
    let lines = help.lines().filter_map(|line| line.trim_start().strip_prefix("-h, ").or(Some(line.trim_start())));
    let flag = |line: &str| line.split("  ").next().unwrap_or_default().trim().replace(['<', '>'], "");
    lines.filter(|line| line.starts_with("--")).map(flag).collect()
}

/// The flags in the tables below a heading.
fn told(heading: &str) -> BTreeSet<String> {
    let prose = page(PAGE).prose();
    let (_, section) =
        prose.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no heading `{heading}`"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `-"));
    let first = |row: &str| code_spans(row.split('|').nth(1).unwrap_or_default()).swap_remove(0);
    rows.map(first).collect()
}

#[test]
fn every_command_and_every_flag_is_told_of() {
    let everywhere = told("Flags for every command");
    let mut found = Vec::new();
    commands(&[], &mut found);
    assert!(found.len() > 10, "the commands are found: {found:?}");
    for command in &found {
        let mut flags = flags(&help(command));
        for flag in &everywhere {
            assert!(flags.remove(flag), "{command:?} has no {flag}");
        }
        assert_eq!(told(&format!("doorward {}", command.join(" "))), flags, "flags of {command:?}");
    }
    let headings = page(PAGE).prose().lines().filter(|line| line.starts_with("## doorward ")).count();
    assert_eq!(headings, found.len(), "a heading names a command that is not there");
}

/// The commands of an `sh` block, each with the exit code that its line states.
fn examples(text: &str) -> Vec<(String, i32)> {
    let whole = text.replace("\\\n", " ");
    let lines = whole.lines().filter(|line| !line.trim().is_empty());
    let stated = |line: &str| match line.split_once("# exit code ") {
        Some((command, code)) => (command.trim().to_owned(), code.trim().parse().expect("a number")),
        None => (line.to_owned(), 0),
    };
    lines.map(stated).collect()
}

#[test]
fn the_examples_run_and_end_as_they_say() {
    let directory = tempfile::tempdir().unwrap();
    let (mut ran, mut all) = (0, String::new());
    for block in page(PAGE).blocks() {
        run::write_named(directory.path(), &block);
        if block.language != "sh" {
            continue;
        }
        for (command, code) in examples(&block.text) {
            ran += 1;
            if let Some(arguments) = command.strip_prefix("doorward serve") {
                assert_eq!(
                    run::Served::start(directory.path(), arguments).stop(),
                    Some(code),
                    "{}: {command}",
                    block.at
                );
                continue;
            }
            assert!(command.contains("doorward "), "{}: `{command}` is no example of ours", block.at);
            let (ended, printed) = run::finish(run::shell(directory.path(), &command));
            assert_eq!(ended, Some(code), "{}: {command}\n{printed}", block.at);
            all += &printed;
        }
    }
    assert!(ran > 25, "the examples are found");
    let shown = page(PAGE).blocks().into_iter().find(|block| block.text.contains(" breaking, ")).expect("a diff");
    assert!(all.contains(&shown.text), "{}: not what is printed", shown.at);
}
