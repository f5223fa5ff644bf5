//! The link by which a user sets their own password: made by whoever may set it for them, one for each user, for 24 hours,
//! spent by its form. It gives nobody more than its maker may at that moment.

use super::update::may_set_password;
use super::{User, find, may_act_on, numbered, personal, replace_password};
use crate::audit::{self, Doer, Event};
use crate::caller::{Caller, Person};
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::UserId;
use crate::password;
use crate::permission::Source;
use crate::roles::Holding;
use crate::secret::{Digest, Kind, Secret};
use crate::storage::{Subject, Tx, params, sql};
use crate::world::Timestamp;
use std::sync::Arc;

/// How long a link works.
const HOURS: i64 = 24;

/// A link, for the one answer that shows it.
pub struct Made {
    /// Its address, with the code in it.
    pub url: String,
    /// Until when it works.
    pub ends: Timestamp,
}

/// What a link that holds comes to.
#[derive(Debug)]
pub struct Held {
    /// Whose password it sets.
    pub person: Person,
    /// Until when it works.
    pub ends: Timestamp,
}

/// Makes a link for a user, in the place of the one before.
///
/// # Errors
/// A user who does not exist, is disabled, or whose password the caller may not set.
pub async fn make(cx: &Arc<Context>, caller: &Caller, id: UserId) -> Result<Made, Error> {
    let (context, caller) = (Arc::clone(cx), caller.clone());
    cx.storage
        .change(move |tx| {
            let maker = caller.person()?.id;
            let user = numbered(tx, id)?;
            let user = may_set_password(tx, &context, &caller, user)?;
            let name = &user.person.username;
            if !user.enabled {
                return Err(Refusal::input("id", format!("`{name}` is disabled: enable them first")).into());
            }
            let code = Secret::mint(&context.world, &context.config.tokens.prefix, Kind::PasswordLink);
            let ends = context.world.now().plus_seconds(HOURS * 3_600);
            end(tx, id)?;
            tx.execute(
                sql!("insert into password_links (hash, user_id, made_by, expires_at) values ($1, $2, $3, $4)"),
                params![code.digest().bytes(), id, maker, ends],
            )?;
            let event = Event::on("user.password_link", "user", id.0, name).with(format!("until {ends}"));
            audit::record(tx, &context.world, &caller, &event)?;
            Ok(Made { url: format!("{}/set-password?code={}", context.config.own_url(), code.expose()), ends })
        })
        .await
}

/// What the link of this code comes to now; `None`: it does not hold, or no longer.
///
/// # Errors
/// When the database fails.
pub async fn check(cx: &Arc<Context>, code: &str) -> Result<Option<Held>, Error> {
    if Secret::kind_of(code, &cx.config.tokens.prefix) != Some(Kind::PasswordLink) {
        return Ok(None);
    }
    let (context, digest) = (Arc::clone(cx), Digest::of(code));
    cx.storage.read(move |tx| held(tx, &context, digest)).await
}

/// Sets the password of the link's user, which spends the link and ends their sessions.
///
/// # Errors
/// `FORBIDDEN`, when the link does not hold; a weak password.
pub async fn spend(cx: &Arc<Context>, caller: &Caller, code: &str, password: String) -> Result<(), Error> {
    // Hashing is dear, and a change a write: neither for who has no link.
    let Held { person, .. } = check(cx, code).await?.ok_or_else(over)?;
    password::check_strength("password", &password, &personal(&person))?;
    let hash = cx.passwords.hash(&cx.world, password).await?;
    let (context, caller, digest) = (Arc::clone(cx), caller.clone(), Digest::of(code));
    cx.storage
        .change(move |tx| {
            let Held { person, .. } = held(tx, &context, digest)?.ok_or_else(over)?;
            replace_password(tx, person.id, &hash, context.world.now())?;
            let doer = Doer { name: &person.username, id: person.id, credential: "password link" };
            let event = Event::on("user.set_password", "user", person.id.0, &person.username).by(doer);
            audit::record(tx, &context.world, &caller, &event.with("every session ended"))?;
            tx.tell(Subject::User(person.id.0))
        })
        .await
}

/// Ends a user's link, if there is one.
pub(super) fn end(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    tx.execute(sql!("delete from password_links where user_id = $1"), params![id])?;
    Ok(())
}

/// Ends the links that a user made: none of them comes back when they are enabled again.
pub(super) fn end_made_by(tx: &mut Tx, id: UserId) -> Result<(), Error> {
    tx.execute(sql!("delete from password_links where made_by = $1"), params![id])?;
    Ok(())
}

fn held(tx: &mut Tx, cx: &Context, digest: Digest) -> Result<Option<Held>, Error> {
    let select = sql!("select user_id, made_by, expires_at from password_links where hash = $1");
    let Some(row) = tx.optional(select, params![digest.bytes()])? else { return Ok(None) };
    let (user, maker, ends): (i64, i64, Timestamp) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (user, maker) = (find(tx, UserId(user))?, find(tx, UserId(maker))?);
    let holds = cx.world.now() < ends && user.enabled && still_may(tx, cx, &maker, &user)?;
    Ok(holds.then_some(Held { person: user.person, ends }))
}

/// Whether the maker of a link may still set the user's password: they may hold less since, and the user more.
fn still_may(tx: &mut Tx, cx: &Context, maker: &User, user: &User) -> Result<bool, Error> {
    let holding = Holding::of_person(tx, cx, &maker.person)?;
    let makes = cx.surface.permission(Source::Own, "Mutation.createPasswordLink");
    if makes.is_none_or(|makes| holding.may_confer(cx, &makes).is_err()) {
        return Ok(false);
    }
    match may_act_on(tx, cx, &holding, user) {
        Ok(()) => Ok(maker.enabled),
        Err(Error::Refusal(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

fn over() -> Refusal {
    Refusal::new(Code::Forbidden, "this link does not hold, or no longer: ask for a new one")
}
