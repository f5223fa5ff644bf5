//! Proving by the password that a session is still its user's, within a form that needs it.

use crate::caller::Caller;
use crate::console::call::Call;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::error::{Code, Reason};
use crate::graphql::AnsweredRefusal;
use crate::guard::{self, Presented, Standing};
use serde::de::IgnoredAny;
use std::sync::Arc;

const PROVE: &str = "mutation ProveSession($password: String!) { proveSession(password: $password) }";

/// Whether a refusal asks for a proof.
#[must_use]
pub fn is_wanted(refusal: &AnsweredRefusal) -> bool {
    refusal.is_because(Reason::ProofRequired)
}

/// Proves the session, and answers the visit as it is then; or why the password is not taken, in words for its field.
///
/// # Errors
/// As [`Visit::attempt`].
pub async fn prove(visit: &Visit, password: &str) -> Result<Result<Visit, String>, Stop> {
    let call = Call::new(PROVE).with("password", password);
    if let Err(refusal) = visit.attempt::<IgnoredAny>(&call).await? {
        return Ok(Err(words(&refusal)));
    }
    let caller = anew(visit).await?;
    let Visit { doors, cookie, path, query, gzip, .. } = visit;
    let (doors, cookie, path, query) = (doors.clone(), cookie.clone(), path.clone(), query.clone());
    Ok(Ok(Visit { doors, caller, cookie, path, query, gzip: *gzip }))
}

/// Why a password is not taken.
pub(super) fn words(refusal: &AnsweredRefusal) -> String {
    if refusal.is(Code::InvalidCredentials) {
        "That is not your current password.".into()
    } else {
        refusal.message.clone()
    }
}

async fn anew(visit: &Visit) -> Result<Caller, Stop> {
    let door = &visit.doors.own;
    let presented = Presented::Cookie(&visit.cookie);
    let origin = Arc::clone(visit.caller.shared_origin());
    match guard::identify(&door.cx, &door.callers, &presented, origin).await? {
        Standing::Live(caller) => Ok(caller),
        _ => Err(Stop::SessionOver),
    }
}
