//! The page of the audit trail names every action that the source writes down, and no other.

use super::{code_spans, page};
use doorward::audit::ACTIONS;
use std::collections::BTreeSet;
use std::path::Path;

const SUBJECTS: [&str; 7] = ["session", "user", "role", "token", "schema", "audit", "database"];

/// The string literals of a source file that have the form of an action.
fn actions(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('"').skip(1).step_by(2).filter_map(|literal| {
        let (subject, deed) = literal.split_once('.')?;
        let is_deed = !deed.is_empty() && deed.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let is_setting = doorward::config::KeyRow::named(literal).is_some();
        (SUBJECTS.contains(&subject) && is_deed && !is_setting).then(|| literal.to_owned())
    })
}

fn written(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            written(&path, found);
        } else if path.ends_with("src/audit/actions.rs") {
            // The table, which is held to what stands elsewhere.
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(actions(&std::fs::read_to_string(path).unwrap()));
        }
    }
}

fn makes_no_event(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            makes_no_event(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("audit::Event") && !text.contains("Event::about("), "{}", path.display());
        }
    }
}

#[test]
fn every_action_is_told_of() {
    let mut there = BTreeSet::new();
    for feature in ["coordinates", "roles", "users", "sessions", "tokens", "gateway", "restore", "app", "cli", "audit"]
    {
        written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(feature), &mut there);
    }
    // Pages and doors write nothing down: what they do, a feature does.
    for door in ["console", "graphql"] {
        makes_no_event(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(door));
    }
    let page = page("docs/audit.md");
    let (_, table) = page.text.split_once("\n## What is written down\n").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let told: BTreeSet<String> = rows.flat_map(|row| code_spans(row.split('|').nth(1).unwrap())).collect();
    assert_eq!(told, there);
    let named: BTreeSet<String> = ACTIONS.iter().map(|action| (*action).to_owned()).collect();
    assert_eq!(named, there, "the table in src/audit/actions.rs");
    assert!(there.contains("session.refresh") && there.contains("user.disable"));
}
