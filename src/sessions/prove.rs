//! Proving that a session is still its user's, and setting one's own password, which proves it too.

use super::sign_in::throttled;
use super::store;
use crate::audit::{self, Event};
use crate::caller::{Caller, PROVED_SECONDS, SessionCredential};
use crate::context::Context;
use crate::error::{Code, Error, Reason, Refusal};
use crate::password::{self, Asks};
use crate::storage::{Subject, Tx};
use crate::users;
use crate::world::Timestamp;
use std::sync::Arc;

/// Proves the session that makes the call; answers until when it counts as proved.
///
/// # Errors
/// For a token; `INVALID_CREDENTIALS` for a wrong password, `TOO_MANY_REQUESTS` after too many.
pub async fn prove(
    cx: &Arc<Context>,
    caller: &Caller,
    password: Option<String>,
    code: Option<String>,
) -> Result<Timestamp, Error> {
    let session = caller.session()?;
    if code.is_some() {
        let message = "there is no second factor yet: leave `code` out and give `password`";
        return Err(Refusal::input("code", message).into());
    }
    let password = password.ok_or_else(|| Refusal::input("password", "`password` must be given"))?;
    let hash = verified(cx, caller, password, "proveSession").await?;
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let now = context.world.now();
            hold(tx, &caller, session, &hash)?;
            store::prove(tx, session.id, now)?;
            let person = caller.person()?;
            let event = Event::on("session.prove", "user", person.id.0, &person.username);
            audit::record(tx, &context.world, &caller, &event.with(format!("session {}", session.id)))?;
            tx.tell(Subject::Session(session.id.0))?;
            Ok(now.plus_seconds(PROVED_SECONDS))
        })
        .await
}

/// Sets the caller's own password. Every other session of theirs ends; the one that calls goes on, and is proved.
///
/// # Errors
/// For a token; a weak new password; `INVALID_CREDENTIALS` where the current one is wrong, `TOO_MANY_REQUESTS` where it
/// was too often.
pub async fn change_password(cx: &Arc<Context>, caller: &Caller, current: String, new: String) -> Result<(), Error> {
    let session = caller.session()?;
    password::check_strength("new_password", &new, &users::personal(caller.person()?))?;
    let before = verified(cx, caller, current, "changePassword").await?;
    let hash = cx.passwords.hash(&cx.world, new).await?;
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let now = context.world.now();
            hold(tx, &caller, session, &before)?;
            let person = caller.person()?;
            let generation = users::replace_password(tx, person.id, &hash, now)?;
            store::carry_over(tx, session.id, generation)?;
            store::prove(tx, session.id, now)?;
            let event = Event::on("user.change_password", "user", person.id.0, &person.username);
            audit::record(tx, &context.world, &caller, &event.with("every other session ended"))?;
            tx.tell(Subject::User(person.id.0))
        })
        .await
}

/// Checks the caller's own password, and answers the hash that it fits.
async fn verified(
    cx: &Arc<Context>,
    caller: &Caller,
    password: String,
    asking: &'static str,
) -> Result<Option<String>, Error> {
    let user = caller.person()?.id;
    // Counted by the session alone: nobody who tries elsewhere keeps it from being proved.
    let way = vec![cx.throttle.counters().session(&caller.session()?.id.to_string())];
    let look = move |tx: &mut Tx| Ok((users::hash_of(tx, user)?, vec![way.clone()]));
    let (hash, mut admitted) = cx.throttle.admit(&cx.storage, &cx.world, look).await?;
    if cx.passwords.verify(Asks::Known, password, hash.clone()).await? {
        return Ok(hash);
    }
    let (context, caller, way) = (Arc::clone(cx), caller.clone(), admitted.way());
    // A change, as what a right password goes on to: were it a `write`, then on a full disk the wrong ones alone would
    // fail, and be told apart without being counted.
    let noted = cx.storage.change(move |tx| {
        let person = caller.person()?;
        let filled = context.throttle.count(tx, &way, context.world.now())?;
        let event = Event::on("session.refused", "user", person.id.0, &person.username);
        let event = throttled(event, &format!("{asking}: wrong password"), &filled);
        audit::record(tx, &context.world, &caller, &event)
    });
    let noted = noted.await;
    drop(admitted);
    noted?;
    Err(wrong().into())
}

fn wrong() -> Refusal {
    Refusal::new(Code::InvalidCredentials, "the password is wrong")
}

/// Hashing takes long enough for the session to end, or for the user to be given another password, meanwhile.
fn hold(tx: &mut Tx, caller: &Caller, session: SessionCredential, hash: &Option<String>) -> Result<(), Error> {
    if !super::hold_live(tx, session.id)? {
        let ended = Refusal::new(Code::Unauthenticated, "this session has ended; sign in again");
        return Err(ended.because(Reason::TokenRevoked).into());
    }
    if users::hash_of(tx, caller.person()?.id)? != *hash {
        return Err(wrong().into());
    }
    Ok(())
}
