//! The two roles that are always there.

use crate::permission::{Grant, PinnedGrant};

/// What every user holds.
pub const MEMBER: &str = "member";
/// What strangers hold: nothing, until an administrator gives it something.
pub const ANONYMOUS: &str = "anonymous";

pub(super) const ALL: [(&str, &str); 2] = [
    (MEMBER, "What every user may do: see and change what is their own."),
    (ANONYMOUS, "What may be done without any credential."),
];

/// The grants of `member`: oneself, one's own tokens and sessions, nothing of other people but their names.
const MEMBER_GRANTS: &[&str] = &[
    "own:Query.me",
    "own:Me.*",
    "own:Query.personal_access_tokens",
    "own:Query.viewPersonalAccessTokens",
    "own:Query.current_personal_access_token",
    "own:PersonalAccessToken.*",
    "own:PersonalAccessTokenConnection.*",
    "own:IssuedPersonalAccessToken.*",
    "own:Query.sessions",
    "own:Session.*",
    "own:Query.permissions",
    "own:PermissionConnection.*",
    "own:PermissionInfo.*",
    "own:PageInfo.*",
    "own:User.id",
    "own:User.username",
    "own:User.name",
    "own:User.public_name",
    "own:Role.id",
    "own:Role.name",
    "own:Mutation.signOut",
    "own:Mutation.proveSession",
    "own:Mutation.updateMe",
    "own:Mutation.changePassword",
    "own:Mutation.createPersonalAccessToken",
    "own:Mutation.issuePersonalAccessToken",
    "own:Mutation.updatePersonalAccessToken",
    "own:Mutation.rotatePersonalAccessToken",
    "own:Mutation.confirmPersonalAccessToken",
    "own:Mutation.revokePersonalAccessToken",
];

/// What a stranger may do without being given anything: sign in.
const SIGN_IN_GRANTS: &[&str] =
    &["own:Mutation.signIn", "own:Mutation.signInRefresh", "own:SignInPayload.*", "own:SignInRefreshPayload.*"];

/// The grants of sign-in. Like `member`'s they follow Doorward's own schema.
#[must_use]
pub fn sign_in_grants() -> Vec<PinnedGrant> {
    pinned(SIGN_IN_GRANTS)
}

/// The grants of `member`. They follow Doorward's own schema: no moment pins them.
///
/// # Panics
/// Never: a test holds that each of them parses and names something real.
#[must_use]
pub fn member_grants() -> Vec<PinnedGrant> {
    pinned(MEMBER_GRANTS)
}

fn pinned(texts: &[&str]) -> Vec<PinnedGrant> {
    let read =
        |text: &&str| PinnedGrant { grant: Grant::parse(text).expect("a built-in grant parses"), as_of: i64::MAX };
    texts.iter().map(read).collect()
}
