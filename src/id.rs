//! Numbers that name things: one type each, so that a user's number is never taken for a token's.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for crate::storage::Value {
            fn from(id: $name) -> Self {
                Self::Int(id.0)
            }
        }
    )*};
}

ids! {
    /// A user.
    UserId
    /// A role.
    RoleId
    /// A personal access token.
    TokenId
    /// A session.
    SessionId
}
