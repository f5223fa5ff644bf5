//! Whether what a call was made with still stands when its change is made. A call may wait behind one that ends it, and
//! one document may end its own credential and go on: nothing may come of it then that outlives it.

use crate::caller::{Caller, Credential};
use crate::error::{Code, Error, Reason, Refusal};
use crate::storage::{Tx, params, sql};
use crate::world::Timestamp;

/// Holds a call to what it was made with, inside the transaction of its change. Answers since when the person who calls
/// is a super administrator; `None`: they are none, or it is no person.
///
/// # Errors
/// `UNAUTHENTICATED`, when the user was disabled meanwhile, or the session or token has ended.
pub fn check(tx: &mut Tx, caller: &Caller, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let Some(person) = &caller.identity().person else { return Ok(None) };
    let row = tx.one(sql!("select enabled, super_admin_since from users where id = $1"), params![person.id])?;
    if !row.get::<bool>(0)? {
        let disabled = Refusal::new(Code::Unauthenticated, "the user of this call was disabled");
        return Err(disabled.because(Reason::UserDisabled).into());
    }
    if !stands(tx, caller, now)? {
        let ended = Refusal::new(Code::Unauthenticated, "what this call was made with has ended");
        return Err(ended.because(Reason::TokenRevoked).into());
    }
    row.get(1)
}

/// Whether what a call was made with has not been ended since. Whatever ends it is a change, as this is: none comes
/// between the answer and the end of the transaction.
fn stands(tx: &mut Tx, caller: &Caller, now: Timestamp) -> Result<bool, Error> {
    let found = match &caller.identity().credential {
        Credential::Session(session) => tx.optional(
            sql!(
                "select sessions.id from sessions
                 join users on users.id = sessions.user_id
                 where sessions.id = $1 and sessions.ended_at is null
                   and sessions.generation = users.session_generation"
            ),
            params![session.id],
        )?,
        Credential::Token(token) => tx.optional(
            sql!(
                "select id from personal_access_tokens
                 where id = $1 and revoked_at is null
                   and (hash = $2 or (previous_hash = $2 and previous_until > $3))"
            ),
            params![token.id, token.digest.bytes(), now],
        )?,
        Credential::Nothing | Credential::Operator(_) => return Ok(true),
    };
    Ok(found.is_some())
}
