//! What was done, in words.

/// How a deed looks in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// As most.
    Plain,
    /// Worth a look.
    Warn,
    /// Something was refused, or was lost.
    Bad,
}

/// A kind of deeds: what its actions begin with, what it is called, and each of its actions.
pub(super) struct Kind {
    /// What its actions begin with.
    pub beginning: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Its actions, what whoever did it did, and how that looks.
    pub actions: &'static [(&'static str, &'static str, Tone)],
}

use Tone::{Bad, Plain, Warn};

/// Every deed that there is.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        beginning: "session.",
        name: "Signing in",
        actions: &[
            ("session.begin", "Signed in", Plain),
            ("session.refresh", "Went on with a session", Plain),
            ("session.prove", "Proved a session by the password", Plain),
            ("session.end", "Signed out", Plain),
            ("session.refused", "Was refused at sign-in", Bad),
        ],
    },
    Kind {
        beginning: "token.",
        name: "Tokens",
        actions: &[
            ("token.create", "Created token", Plain),
            ("token.update", "Changed token", Plain),
            ("token.rotate", "Rotated token", Plain),
            ("token.confirm", "Stands by token again", Plain),
            ("token.revoke", "Revoked token", Warn),
        ],
    },
    Kind {
        beginning: "user.",
        name: "Users",
        actions: &[
            ("user.create", "Added user", Plain),
            ("user.update", "Changed user", Plain),
            ("user.change_password", "Changed their own password", Plain),
            ("user.password_link", "Made a password link for", Plain),
            ("user.set_password", "Set their own password by a link", Plain),
            ("user.disable", "Disabled user", Warn),
            ("user.enable", "Enabled user", Plain),
        ],
    },
    Kind {
        beginning: "role.",
        name: "Roles",
        actions: &[
            ("role.create", "Created role", Plain),
            ("role.update", "Changed role", Plain),
            ("role.delete", "Deleted role", Warn),
        ],
    },
    Kind {
        beginning: "schema.",
        name: "Schema",
        actions: &[
            ("schema.pull", "Took in the API's schema", Plain),
            ("schema.accept", "Accepted what is new in the schema", Warn),
        ],
    },
    Kind { beginning: "audit.", name: "Audit log", actions: &[("audit.export", "Exported the audit log", Plain)] },
    Kind {
        beginning: "database.",
        name: "Database",
        actions: &[
            ("database.backup", "Made a backup", Plain),
            ("database.restore", "Restored a backup", Warn),
            ("database.went_back", "Noticed that the database went back", Bad),
        ],
    },
];

/// What whoever did it did; an action of another release says its own name.
pub(super) fn of(action: &str) -> (&str, Tone) {
    let all = KINDS.iter().flat_map(|kind| kind.actions);
    all.copied().find(|(name, ..)| *name == action).map_or((action, Plain), |(_, did, tone)| (did, tone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    fn is_action(text: &str) -> bool {
        let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        text.split_once('.').is_some_and(|(kind, deed)| part(kind) && part(deed))
    }

    /// What is written down anywhere: the actions that stand in the lines of a file that makes events.
    fn written() -> BTreeSet<String> {
        let mut all = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        let made = ["Event::on(", "Event::about(", "action: \"", "let action =", "told(\""];
        let mut found = BTreeSet::new();
        for text in all.iter().filter(|text| text.contains("Event")) {
            let lines: Vec<&str> = text.lines().collect();
            for (number, line) in lines.iter().enumerate() {
                if !made.iter().any(|made| line.contains(made)) {
                    continue;
                }
                let next = if line.ends_with('(') { lines.get(number + 1).copied().unwrap_or_default() } else { "" };
                let quoted = line.split('"').skip(1).step_by(2).chain(next.split('"').skip(1).step_by(2));
                found.extend(quoted.filter(|text| is_action(text)).map(str::to_owned));
            }
        }
        found
    }

    #[test]
    fn every_deed_that_is_written_down_has_words() {
        let known: BTreeSet<String> =
            KINDS.iter().flat_map(|kind| kind.actions).map(|(action, ..)| (*action).to_owned()).collect();
        assert_eq!(written(), known, "left: written down somewhere; right: what has words here");
    }

    #[test]
    fn each_kind_holds_its_own() {
        for kind in KINDS {
            assert!(kind.actions.iter().all(|(action, ..)| action.starts_with(kind.beginning)), "{}", kind.beginning);
        }
        assert_eq!(of("some.thing"), ("some.thing", Plain));
    }
}
