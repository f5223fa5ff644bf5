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
            ("user.export", "Exported the list of users", Plain),
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
    use crate::audit::ACTIONS;
    use std::collections::BTreeSet;

    #[test]
    fn every_deed_has_words() {
        let known: BTreeSet<&str> = KINDS.iter().flat_map(|kind| kind.actions).map(|(action, ..)| *action).collect();
        assert_eq!(known, ACTIONS.iter().copied().collect());
    }

    #[test]
    fn each_kind_holds_its_own() {
        for kind in KINDS {
            assert!(kind.actions.iter().all(|(action, ..)| action.starts_with(kind.beginning)), "{}", kind.beginning);
        }
        assert_eq!(of("some.thing"), ("some.thing", Plain));
    }
}
