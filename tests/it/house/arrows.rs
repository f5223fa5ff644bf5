//! Modules only look down: doors at features, features at those left of them, all at the ground.

use super::{inside, sources};
use std::collections::BTreeSet;

/// From the ground up. Modules in one row may not look at each other, unless `BESIDE` says so.
const FLOORS: &[&[&str]] = &[
    &["error"],
    &["world", "counts"],
    &["secret", "storage", "permission", "names", "addresses", "documents"],
    &["id", "config", "password", "revisions"],
    &["proxies", "sealing", "telemetry", "throttle", "traces"],
    &["scalars"],
    &["lists"],
    &["caller"],
    &["context"],
    &["standing"],
    &["audit"],
    &["coordinates"],
    &["roles"],
    &["users"],
    &["sessions"],
    &["tokens"],
    &["restore"],
    &["guard"],
    &["gateway"],
    &["graphql", "server"],
    &["console"],
    &["app"],
    &["cli"],
    &["main"],
];

fn rank(module: &str) -> usize {
    let found = FLOORS.iter().position(|floor| floor.contains(&module));
    found.unwrap_or_else(|| panic!("the module `{module}` has no floor: give it one in tests/it/house/arrows.rs"))
}

/// The first words after `crate::`, also inside braces: `crate::{a, b::c}`.
fn used(text: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for after in text.split("crate::").skip(1) {
        if let Some(list) = after.strip_prefix('{') {
            let mut depth = 0;
            let mut part = String::new();
            for character in list.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.extend(Some(word(std::mem::take(&mut part).trim()))),
                    _ => part.push(character),
                }
            }
            found.insert(word(part.trim()));
        } else {
            found.insert(word(after));
        }
    }
    // Macros live at the crate's root; they are storage's.
    found
        .into_iter()
        .map(|name| if name == "sql" || name == "params" { "storage".into() } else { name })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn modules_only_look_down() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let file = inside(&path);
        let own = file.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        if own == "lib" {
            continue;
        }
        let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for module in used(product) {
            if module != own && rank(&module) >= rank(own) {
                wrong.push(format!("{file}: `{own}` must not look at `{module}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_arrow_that_points_up_would_be_seen() {
    let seen = used("use crate::users::{self, x};\nuse crate::{roles, tokens::Token};\ncrate::guard::operator()");
    assert_eq!(seen, ["guard", "roles", "tokens", "users"].map(String::from).into());
    assert!(rank("users") > rank("roles"));
}

/// Only `guard` makes callers, and only it looks credentials up.
#[test]
fn only_guard_makes_callers() {
    const GUARDS_ALONE: &[&str] = &["Caller::new(", "tokens::live(", "sessions::live(", "Identity {"];
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let file = inside(&path);
        if file.starts_with("src/guard/") || file == "src/caller.rs" {
            continue;
        }
        // A setting has that name too.
        let text = text.replace("enum Identity {", "");
        wrong.extend(GUARDS_ALONE.iter().filter(|call| text.contains(**call)).map(|call| format!("{file}: {call}")));
    }
    assert!(wrong.is_empty(), "only guard may: {}", wrong.join("\n"));
}

/// The operator may do everything: whoever runs the command line is one, and nobody who comes over a socket.
#[test]
fn only_the_command_line_calls_as_the_operator() {
    let calls = |text: &str| text.contains("guard::operator(") || text.contains("callers::operator(");
    let found: Vec<String> =
        sources("src").into_iter().filter(|(_, text)| calls(text)).map(|(path, _)| inside(&path)).collect();
    assert!(!found.is_empty() && found.iter().all(|file| file.starts_with("src/cli/")), "{found:?}");
}
