//! Lists of grants to begin a role from. They are spelt out and written into the role like any others: a role does not
//! remember that it came from one.

use crate::permission::Surface;

/// What a role can be begun from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Sees everything, of Doorward and of the API, and changes nothing.
    ReadOnly,
    /// Sees everything and changes everything of the API; nothing of Doorward's but one's own.
    ReadWrite,
    /// Looks after users, roles and tokens.
    Administrator,
}

const READ_ONLY: &[&str] = &["own:Query.*", "own:*.*", "api:Query.*", "api:*.*", "api:Subscription.*"];

const READ_WRITE: &[&str] =
    &["own:Query.*", "own:*.*", "api:Query.*", "api:*.*", "api:Subscription.*", "api:Mutation.*"];

/// Without what only a super administrator may do, so that nobody is shown what they would be refused.
const ADMINISTRATOR: &[&str] = &[
    "own:Query.*",
    "own:*.*",
    "own:Mutation.createUser",
    "own:Mutation.updateUser",
    "own:Mutation.createPasswordLink",
    "own:Mutation.disableUser",
    "own:Mutation.enableUser",
    "own:Mutation.createRole",
    "own:Mutation.updateRole",
    "own:Mutation.deleteRole",
    "own:Mutation.revokeAnyPersonalAccessToken",
    "!own:CreateUserMutationInput.super_admin",
    "!own:CreateUserMutationInput.external_id",
    "!own:UpdateUserMutationInput.super_admin",
    "!own:UpdateUserMutationInput.external_id",
    "!own:CreateRoleMutationInput.follow_new_fields",
    "!own:CreateRoleMutationInput.upstream_name",
    "!own:UpdateRoleMutationInput.follow_new_fields",
    "!own:UpdateRoleMutationInput.upstream_name",
];

impl Preset {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::ReadWrite, Self::Administrator];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
            Self::Administrator => "administrator",
        }
    }

    /// All that it is made of, whether or not an API is there.
    #[must_use]
    pub const fn spelt(self) -> &'static [&'static str] {
        match self {
            Self::ReadOnly => READ_ONLY,
            Self::ReadWrite => READ_WRITE,
            Self::Administrator => ADMINISTRATOR,
        }
    }

    /// Its grants on the schema as served: those of the API only where there is one that has such fields.
    #[must_use]
    pub fn grants(self, surface: &Surface) -> Vec<String> {
        let serves = |grant: &&&str| !grant.starts_with("api:") || surface.accept(grant).is_ok();
        self.spelt().iter().filter(serves).map(|grant| (*grant).to_owned()).collect()
    }
}
