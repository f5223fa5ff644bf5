//! The page of HTTP names every path, every code and every reason, and no other.

use super::{code_spans, page};
use std::collections::BTreeSet;
use std::path::Path;

fn source(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The texts in quotation marks that follow `before` in the source.
fn quoted_after(text: &str, before: &str) -> BTreeSet<String> {
    let found = text.split(before).skip(1).filter_map(|rest| rest.split_once('"'));
    found
        .map(|(quoted, _)| quoted.to_owned())
        .filter(|quoted| quoted.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
        .collect()
}

/// The first cells of a table.
fn firsts(header: &[&str]) -> BTreeSet<String> {
    page("docs/http.md").rows(header).iter().flat_map(|row| code_spans(&row[0])).collect()
}

#[test]
fn every_code_is_told_of() {
    let mut codes = quoted_after(&source("src/error.rs"), "=> \"");
    assert!(codes.remove("NOT_FOUND"), "the command line's own code");
    assert_eq!(firsts(&["`code`", "status", "what it means", "what to do"]), codes);
}

#[test]
fn every_reason_is_told_of() {
    let mut reasons = BTreeSet::new();
    let sources = [
        "src/guard/mod.rs",
        "src/guard/credential.rs",
        "src/sessions/mod.rs",
        "src/caller.rs",
        "src/roles/holding.rs",
        "src/tokens/mod.rs",
    ];
    for path in sources {
        let text = source(path);
        for before in ["dead(\"", "because(\"", "_ALLOWED: &str = \""] {
            reasons.extend(quoted_after(&text, before));
        }
    }
    assert_eq!(firsts(&["`reason`", "what it means", "what to do"]), reasons);
}

#[test]
fn every_path_is_told_of() {
    let routes: BTreeSet<String> = doorward::app::ROUTES.iter().map(|route| route.path.to_owned()).collect();
    assert_eq!(firsts(&["path", "methods", "what"]), routes);
}
