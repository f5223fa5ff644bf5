//! The set-up link: how the first administrator is made. One for each database, for 30 minutes, spent by its form;
//! dead once there is an administrator.

use super::{NewUser, User, add_in, hash_for, super_admins};
use crate::caller::Caller;
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::secret::{Digest, Kind, Secret};
use crate::storage::{Tx, params, sql};
use crate::world::Timestamp;
use std::sync::Arc;

/// How long a link works.
const MINUTES: i64 = 30;

/// A new link's code, if the database needs one: it replaces any before it. `None`: there is an administrator.
///
/// # Errors
/// When the database fails.
pub async fn offer(cx: &Arc<Context>) -> Result<Option<Secret>, Error> {
    // A server has to start on a full disk, too.
    if cx.storage.read(super_admins).await? > 0 {
        return Ok(None);
    }
    let context = Arc::clone(cx);
    cx.storage
        .write(move |tx| {
            if super_admins(tx)? > 0 {
                return Ok(None);
            }
            let code = Secret::mint(&context.world, &context.config.tokens.prefix, Kind::SetUp);
            let ends = context.world.now().plus_seconds(MINUTES * 60);
            tx.execute(
                sql!(
                    "insert into set_up_link (id, hash, expires_at) values (1, $1, $2)
                     on conflict (id) do update set hash = excluded.hash, expires_at = excluded.expires_at"
                ),
                params![code.digest().bytes(), ends],
            )?;
            Ok(Some(code))
        })
        .await
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It works until then.
    Holds(Timestamp),
    /// It does not, or no longer.
    Over,
    /// There is an administrator, so that nobody needs one.
    Unneeded,
}

/// How the link of this code stands now.
///
/// # Errors
/// When the database fails.
pub async fn check(cx: &Arc<Context>, code: &str) -> Result<Link, Error> {
    let (context, digest) = (Arc::clone(cx), Digest::of(code));
    cx.storage.read(move |tx| stands(tx, digest, context.world.now())).await
}

/// Makes the first administrator and spends the link.
///
/// # Errors
/// A link that does not hold, a user that is not fit.
pub async fn spend(cx: &Arc<Context>, caller: &Caller, code: &str, mut new: NewUser) -> Result<User, Error> {
    held(check(cx, code).await?)?;
    new.super_admin = true;
    let hash = hash_for(cx, &new).await?;
    let (context, caller, digest) = (Arc::clone(cx), caller.clone(), Digest::of(code));
    cx.storage
        .change(move |tx| {
            held(stands(tx, digest, context.world.now())?)?;
            tx.execute(sql!("delete from set_up_link where id = 1"), params![])?;
            add_in(tx, &context, &caller, &new, &[], hash.as_deref())
        })
        .await
}

fn stands(tx: &mut Tx, digest: Digest, now: Timestamp) -> Result<Link, Error> {
    if super_admins(tx)? > 0 {
        return Ok(Link::Unneeded);
    }
    let row = tx.optional(sql!("select hash, expires_at from set_up_link where id = 1"), params![])?;
    let Some(row) = row else { return Ok(Link::Over) };
    let (hash, ends): (Vec<u8>, Timestamp) = (row.get(0)?, row.get(1)?);
    Ok(if digest.same(&hash) && now < ends { Link::Holds(ends) } else { Link::Over })
}

/// Goes on only by a link that holds.
fn held(link: Link) -> Result<(), Refusal> {
    let message = match link {
        Link::Holds(_) => return Ok(()),
        Link::Over => {
            "this set-up link does not hold, or no longer: start the server again for a new one, or add an administrator by `doorward user add NAME --super-admin`"
        }
        Link::Unneeded => "there is an administrator already: sign in, or add users by `doorward user add`",
    };
    Err(Refusal::new(Code::Forbidden, message))
}
