//! What stands behind powers: whose roles, which narrowings. For explaining them; what they are is for the functions
//! beside this to say, and decisions read these alone.

use super::{Callers, Presented, Standing, identify, unknown};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::Error;
use crate::id::{TokenId, UserId};
use crate::permission::{Granted, NamedGrants, PinnedGrant, Powers, Surface};
use crate::roles::{self, MEMBER, Role, member_grants};
use crate::secret::Digest;
use crate::storage::Tx;
use crate::tokens;
use crate::users;
use std::sync::Arc;

/// Powers and where they come from.
#[derive(Debug)]
pub struct Behind {
    /// The powers.
    pub powers: Powers,
    /// What the person holds by a session.
    pub person: Granted,
    /// Whether the person is a super administrator, and what asks may lean on that.
    pub super_admin: SuperAdmin,
    /// The roles, the one that everybody has first.
    pub roles: Vec<NamedGrants>,
    /// What cuts the person's powers down: the token's own limits, its parent's, and so on.
    pub cuts: Vec<Cut>,
    /// Who calls with the token, where it is one.
    pub caller: Option<Caller>,
}

/// Whether a super administrator stands behind powers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuperAdmin {
    /// No.
    No,
    /// Yes: everything is held.
    Reaches,
    /// Yes, but the token is from before and nobody has stood by it since.
    Unconfirmed,
}

/// One token's limits.
#[derive(Debug)]
pub struct Cut {
    /// The token.
    pub token: TokenId,
    /// Whether it may run no mutation.
    pub read_only: bool,
    /// What it was narrowed to.
    pub narrowing: Option<Vec<PinnedGrant>>,
}

impl Behind {
    /// The grants of one role, and nothing else.
    #[must_use]
    pub fn role(surface: &Surface, role: Role) -> Self {
        let person = role.granted(surface);
        let powers = surface.powers(person.clone());
        Self { powers, person, super_admin: SuperAdmin::No, roles: vec![named(role)], cuts: Vec::new(), caller: None }
    }

    /// A user by a session.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn user(tx: &mut Tx, cx: &Context, user: UserId) -> Result<Self, Error> {
        let person = users::person(tx, user)?;
        let held = users::held_by(tx, &cx.surface, &person, None)?;
        let given = roles::find_all(tx, &person.roles)?.into_iter().map(named);
        let member = NamedGrants { name: MEMBER.to_owned(), grants: member_grants(), follow_new_fields: true };
        Ok(Self {
            powers: cx.surface.powers(held.clone()),
            person: held,
            super_admin: person.super_admin_since.map_or(SuperAdmin::No, |_| SuperAdmin::Reaches),
            roles: std::iter::once(member).chain(given).collect(),
            cuts: Vec::new(),
            caller: None,
        })
    }

    /// A personal access token.
    ///
    /// # Errors
    /// Why it does not hold.
    pub async fn token(cx: &Arc<Context>, secret: &str) -> Result<Self, Error> {
        let presented = Presented::Bearer(secret);
        let caller = match identify(cx, &Callers::default(), &presented, Arc::default()).await? {
            // From where it would be used is not known here.
            Standing::Live(caller) | Standing::Barred(caller, _) => caller,
            Standing::Dead(refusal) => return Err(refusal.into()),
        };
        let (context, digest) = (Arc::clone(cx), Digest::of(secret));
        let user = caller.person()?.id;
        let read = move |tx: &mut Tx<'_>| {
            let mut behind = Self::user(tx, &context, user)?;
            if caller.token().is_some() {
                let chain = tokens::live(tx, digest)?.ok_or_else(unknown)?;
                let person = users::person(tx, user)?;
                if person.super_admin_since.is_some_and(|since| chain.confirmed_at < since) {
                    behind.super_admin = SuperAdmin::Unconfirmed;
                }
                let cut =
                    |link: tokens::Link| Cut { token: link.id, read_only: link.read_only, narrowing: link.narrowing };
                behind.cuts = chain.links.into_iter().map(cut).collect();
            }
            behind.powers = caller.powers().clone();
            behind.caller = Some(caller);
            Ok(behind)
        };
        cx.storage.read(read).await
    }
}

fn named(role: Role) -> NamedGrants {
    NamedGrants { name: role.name, grants: role.grants, follow_new_fields: role.follow_new_fields }
}
