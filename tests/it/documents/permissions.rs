//! The page of permissions: its rules are those that the source cites, its examples come out as it says, and
//! `member` holds what it says.

use super::{code_spans, page, pages};
use doorward::graphql::schema;
use doorward::permission::{FirstSeen, Granted, Origins, PinnedGrant, Source, Surface, SurfaceSettings};
use doorward::roles;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/permissions.md";

/// The numbers of the rules on the page, and the letters of their parts: `7`, `11`, `11a`.
fn rules() -> Vec<String> {
    let mut rules: Vec<String> = Vec::new();
    let mut last = String::new();
    let page = page(PAGE);
    let (_, exactly) = page.text.split_once("\n# The rules, exactly\n").expect("the page has its second part");
    for line in exactly.lines() {
        let number = line.split_once(". ").map(|(number, _)| number).filter(|number| number.parse::<u8>().is_ok());
        if let Some(number) = number {
            last = number.to_owned();
            rules.push(last.clone());
        } else if let Some(part) = line.trim_start().strip_prefix("- **").and_then(|rest| rest.split_once(".** ")) {
            rules.push(format!("{last}{}", part.0));
        }
    }
    rules
}

/// How the source cites rules, and how the page itself does.
const IN_SOURCE: &[&str] = &["permission rule ", "permission rules ", "(rule "];
const ON_PAGE: &[&str] = &["rule ", "rules "];

/// The rules that a text cites: `permission rule 7`, `permission rules 3 to 6`, `(rule 11c)`.
fn cited(text: &str, words: &[&str]) -> BTreeSet<String> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!', '*']).trim());
    let flat = lines.collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    for word in words {
        for after in flat.split(*word).skip(1) {
            for word in after.split([' ', ',']) {
                let part = word.trim_end_matches([')', ':', '.', ';']).trim_start_matches('(');
                let digits = part.trim_end_matches(|c: char| c.is_ascii_lowercase());
                if digits.parse::<u8>().is_ok() && part.len() <= digits.len() + 1 {
                    found.insert(part.to_owned());
                } else if !["to", "and", "or", ""].contains(&part) {
                    break;
                }
                if word.ends_with([')', ':', '.', ';']) {
                    break;
                }
            }
        }
    }
    found
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_rules_are_numbered_without_a_gap() {
    let numbers: Vec<String> = rules().into_iter().filter(|rule| rule.parse::<u8>().is_ok()).collect();
    assert_eq!(numbers, (1..=32).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn every_rule_that_is_cited_exists() {
    let rules: BTreeSet<String> = rules().into_iter().collect();
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut texts: Vec<(String, String)> =
        files.iter().map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap())).collect();
    texts.extend(pages().into_iter().map(|page| (page.path, page.text)));
    let mut seen = 0;
    for (file, text) in texts {
        let words = if file == PAGE { ON_PAGE } else { IN_SOURCE };
        for rule in cited(&text, words) {
            seen += 1;
            assert!(rules.contains(&rule), "{file} cites permission rule {rule}, which {PAGE} does not have");
        }
    }
    assert!(seen > 40, "the citations are found");
}

#[test]
fn citations_are_read_in_every_form() {
    let text = "//! (permission rules 4 to 8 and 10).\n/// (permission rule 11c), usable (11a); not (permission\n    /// rule 29)\n/// hold (rule 7). 12";
    assert_eq!(cited(text, IN_SOURCE), ["10", "11c", "29", "4", "7", "8"].map(String::from).into());
    assert!(rules().contains(&"11c".to_owned()));
}

#[test]
fn member_holds_what_the_page_says() {
    let page = page(PAGE);
    let told = page.blocks().into_iter().find(|block| block.text.starts_with("Query.me\n")).expect("the list is there");
    let held: Vec<String> = roles::member_grants().iter().map(|pinned| pinned.grant.pattern.to_string()).collect();
    assert_eq!(told.text.lines().collect::<Vec<_>>(), held);
}

/// What a list opens, as a role made now would have it.
fn compiled(surface: &Surface, cell: &str) -> Granted {
    let pinned = |text: &String| {
        let grant = surface.accept(text).unwrap_or_else(|error| panic!("{PAGE}: {error}"));
        PinnedGrant { grant, as_of: 0 }
    };
    surface.compile(&code_spans(cell).iter().map(pinned).collect::<Vec<_>>(), false)
}

#[test]
fn the_examples_come_out_as_the_page_says() {
    let types = schema::types(&schema::own());
    let surface = Surface::new(types, Origins::all(Source::Own), SurfaceSettings::default(), FirstSeen::new());
    let page = page(PAGE);
    let plain = page.rows(&["held", "asked", "answer"]).into_iter().map(|row| {
        let [held, asked, answer] = row.try_into().expect("three cells");
        (held, None, asked, answer)
    });
    let narrowed = page.rows(&["held", "narrowed to", "asked", "answer"]).into_iter().map(|row| {
        let [held, narrowed, asked, answer] = row.try_into().expect("four cells");
        (held, Some(narrowed), asked, answer)
    });
    for (held, narrowed, asked, answer) in plain.chain(narrowed) {
        let mut granted = compiled(&surface, &held);
        if let Some(narrowed) = narrowed {
            granted.intersect_with(&compiled(&surface, &narrowed));
        }
        let operation = code_spans(&asked).pop().expect("an operation is written as code");
        let document =
            apollo_compiler::ExecutableDocument::parse_and_validate(surface.schema(), &operation, "example.graphql")
                .unwrap_or_else(|error| panic!("{PAGE}: {operation}: {}", error.errors));
        let needs = surface.needs(&document, document.operations.get(None).unwrap());
        let variables = serde_json_bytes::Map::new();
        let said = match surface.judge(&needs, &surface.powers(granted), &variables) {
            Ok(()) => "allowed".to_owned(),
            Err(missing) => {
                format!("missing {}", missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
            }
        };
        assert_eq!(said, answer, "{PAGE}: holding {held}, asking {asked}");
    }
}
