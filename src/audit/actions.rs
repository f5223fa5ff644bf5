//! The names of all deeds that are written down, in the order of docs/audit.md, which is held to them as they are to the
//! sources.

/// All of them.
pub const ACTIONS: &[&str] = &[
    "session.begin",
    "session.refresh",
    "session.refused",
    "session.prove",
    "session.end",
    "user.create",
    "user.update",
    "user.change_password",
    "user.password_link",
    "user.set_password",
    "user.disable",
    "user.enable",
    "user.export",
    "role.create",
    "role.update",
    "role.delete",
    "token.create",
    "token.update",
    "token.rotate",
    "token.confirm",
    "token.revoke",
    "schema.pull",
    "audit.export",
    "database.backup",
    "database.restore",
    "database.went_back",
    "schema.accept",
];
