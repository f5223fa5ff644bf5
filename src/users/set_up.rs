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

/// Whether a code would be taken now.
///
/// # Errors
/// Says why not.
pub async fn check(cx: &Arc<Context>, code: &str) -> Result<(), Error> {
    let (context, digest) = (Arc::clone(cx), Digest::of(code));
    cx.storage.read(move |tx| stands(tx, digest, context.world.now())).await
}

/// Makes the first administrator and spends the link.
///
/// # Errors
/// A link that does not hold, a user that is not fit.
pub async fn spend(cx: &Arc<Context>, caller: &Caller, code: &str, mut new: NewUser) -> Result<User, Error> {
    check(cx, code).await?;
    new.super_admin = true;
    let hash = hash_for(cx, &new).await?;
    let (context, caller, digest) = (Arc::clone(cx), caller.clone(), Digest::of(code));
    cx.storage
        .change(move |tx| {
            stands(tx, digest, context.world.now())?;
            tx.execute(sql!("delete from set_up_link where id = 1"), params![])?;
            add_in(tx, &context, &caller, &new, &[], hash.as_deref())
        })
        .await
}

fn stands(tx: &mut Tx, digest: Digest, now: Timestamp) -> Result<(), Error> {
    let spent = || {
        Refusal::new(
            Code::Forbidden,
            "this set-up link does not hold, or no longer: start the server again for a new one, or add an administrator by `doorward user add NAME --super-admin`",
        )
    };
    if super_admins(tx)? > 0 {
        return Err(Refusal::new(
            Code::Forbidden,
            "there is an administrator already: sign in, or add users by `doorward user add`",
        )
        .into());
    }
    let row =
        tx.optional(sql!("select hash, expires_at from set_up_link where id = 1"), params![])?.ok_or_else(spent)?;
    if digest.same(&row.get::<Vec<u8>>(0)?) && now < row.get::<Timestamp>(1)? { Ok(()) } else { Err(spent().into()) }
}
