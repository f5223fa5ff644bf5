//! What whoever makes a change holds while it is made. Nobody gives away what they do not hold, and nobody changes
//! people who hold more: the one question behind both is asked here.

use super::{Role, held as held_by_roles, member_grants, store};
use crate::caller::{Caller, Person};
use crate::context::Context;
use crate::error::{Code, Error, Reason, Refusal};
use crate::id::RoleId;
use crate::permission::{Granted, Surface};
use crate::standing;
use crate::storage::Tx;
use std::borrow::Borrow;

/// What a caller holds at the moment of a transaction: what the request was let in with, less what was taken away
/// since.
#[derive(Debug)]
pub struct Holding {
    held: Granted,
    roles: Vec<RoleId>,
    super_admin: bool,
    operator: bool,
}

impl Holding {
    /// Reads what the caller still holds.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, when the caller was disabled meanwhile, or what the call was made with has ended.
    pub fn of(tx: &mut Tx, cx: &Context, caller: &Caller) -> Result<Self, Error> {
        let mut held = caller.powers().held().clone();
        let mut super_admin = caller.is_super_admin();
        let mut roles = Vec::new();
        if let Some(person) = &caller.identity().person {
            let since = standing::check(tx, caller, cx.world.now())?;
            roles = store::of_user(tx, person.id)?;
            super_admin &= since == person.super_admin_since;
            if since.is_none() {
                held.intersect_with(&held_by_roles(tx, &cx.surface, person.id)?);
            }
        }
        // A super administrator's token that is held to something is none: it would make itself whole again.
        super_admin &= caller.token().is_none_or(|token| !token.is_held()) && cx.surface.everything().is_subset(&held);
        Ok(Self { held, roles, super_admin, operator: caller.is_operator() })
    }

    /// Reads what a person holds now, by no credential: for what they began and somebody else ends.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of_person(tx: &mut Tx, cx: &Context, person: &Person) -> Result<Self, Error> {
        let super_admin = person.super_admin_since.is_some();
        let by_roles = held_by_roles(tx, &cx.surface, person.id)?;
        let held = if super_admin { cx.surface.everything() } else { by_roles };
        Ok(Self { held, roles: store::of_user(tx, person.id)?, super_admin, operator: false })
    }

    /// Whether the caller may give what a list opens.
    ///
    /// # Errors
    /// Names what the caller lacks.
    pub fn may_confer(&self, cx: &Context, conferred: &Granted) -> Result<(), Refusal> {
        if self.operator || conferred.is_subset(&self.held) {
            return Ok(());
        }
        Err(Refusal::not_granted(cx.surface.lacking(conferred, &self.held)))
    }

    /// Whether the caller may give these roles, or act on somebody who holds them. A role that the API is told of may
    /// open things there that no grant tells, so whoever gives it holds the role itself.
    ///
    /// # Errors
    /// Names what the caller lacks.
    pub fn may_give(&self, cx: &Context, roles: &[Role]) -> Result<(), Refusal> {
        let mut all = cx.surface.nothing();
        roles.iter().for_each(|role| all.union_with(&role.granted(&cx.surface)));
        self.may_confer(cx, &all)?;
        let beyond = |role: &&Role| role.upstream_name.is_some() && !self.roles.contains(&role.id);
        if self.super_admin || !roles.iter().any(|role| beyond(&role)) {
            return Ok(());
        }
        let message = "the API is told of a role that this concerns: that takes a super administrator, or who holds it";
        Err(Refusal::new(Code::Forbidden, message).because(Reason::SuperAdminRequired))
    }

    /// Whether the caller may act on somebody who holds these roles: on all that they hold, by the one that everybody
    /// has too.
    ///
    /// # Errors
    /// Names what the caller lacks.
    pub fn may_act_on(&self, cx: &Context, roles: &[Role]) -> Result<(), Refusal> {
        self.may_confer(cx, &cx.surface.compile(&member_grants(), true))?;
        self.may_give(cx, roles)
    }

    /// Some things are a super administrator's alone; `what` ends the sentence that says so.
    ///
    /// # Errors
    /// `FORBIDDEN`, for everyone else and for a narrowed token.
    pub fn must_be_super_admin(&self, what: &str) -> Result<(), Refusal> {
        if self.super_admin {
            return Ok(());
        }
        let message = format!("only a super administrator may {what}, and not by a narrowed token");
        Err(Refusal::new(Code::Forbidden, message).because(Reason::SuperAdminRequired))
    }
}

/// What someone holds by these roles and by the one that everybody has.
#[must_use]
pub fn of_roles<R: Borrow<Role>>(surface: &Surface, roles: &[R]) -> Granted {
    let mut held = surface.compile(&member_grants(), true);
    roles.iter().for_each(|role| held.union_with(&role.borrow().granted(surface)));
    held
}
