//! The audit trail: what was written since the backup goes on in it, and what it tells of the backup's own state holds.

use super::{AT_ONCE, Plan, done};
use crate::error::Error;
use crate::storage::{Row, Storage, Tx, params, sql};

/// A row of a trail, as far as it is known by that in another database.
#[derive(PartialEq, Eq)]
pub(super) struct Mark {
    id: i64,
    at: i64,
    action: String,
    actor: String,
}

fn mark(row: &Row) -> Result<Mark, Error> {
    Ok(Mark { id: row.get(0)?, at: row.get(1)?, action: row.get(2)?, actor: row.get(3)? })
}

/// The last row of a trail.
pub(super) async fn last(storage: &Storage) -> Result<Option<Mark>, Error> {
    let last = |tx: &mut Tx<'_>| {
        let row = tx.optional(sql!("select id, at, action, actor from audit_events order by id desc limit 1"), &[])?;
        row.map(|row| mark(&row)).transpose()
    };
    storage.read(last).await
}

/// Whether a trail holds that row: then it goes on from there.
pub(super) async fn holds(storage: &Storage, wanted: Mark) -> Result<bool, Error> {
    let same = move |tx: &mut Tx<'_>| {
        let row =
            tx.optional(sql!("select id, at, action, actor from audit_events where id = $1"), params![wanted.id])?;
        let found = row.map(|row| mark(&row)).transpose()?;
        Ok(found == Some(wanted))
    };
    storage.read(same).await
}

/// Writes down what the replaced database's trail has beyond the backup's, from which it goes on; answers how many rows.
/// They keep their numbers. Years of them may have come, so they are taken some at a time.
pub(super) async fn take_over(restored: &Storage, replaced: &Storage) -> Result<usize, Error> {
    let mut after = last(restored).await?.map_or(0, |mark| mark.id);
    let mut count = 0;
    loop {
        let since = move |tx: &mut Tx<'_>| {
            tx.all(
                sql!(
                    "select id, at, action, actor, folded_actor, actor_user_id, credential, credential_token_id, subject,
                            folded_subject, subject_type, subject_id, ip, request_id, details
                     from audit_events where id > $1 order by id limit $2"
                ),
                params![after, AT_ONCE],
            )
        };
        let rows = replaced.read(since).await?;
        let Some(newest) = rows.last() else { return Ok(count) };
        after = newest.get(0)?;
        count += rows.len();
        restored.write(move |tx| rows.iter().try_for_each(|row| write(tx, row))).await?;
    }
}

fn write(tx: &mut Tx<'_>, row: &Row) -> Result<(), Error> {
    let text = |column| row.get::<String>(column);
    let maybe = |column| row.get::<Option<String>>(column);
    let number = |column| row.get::<Option<i64>>(column);
    done(tx.execute(
        sql!(
            "insert into audit_events (id, at, action, actor, folded_actor, actor_user_id, credential,
                                       credential_token_id, subject, folded_subject, subject_type, subject_id, ip,
                                       request_id, details)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        ),
        params![
            row.get::<i64>(0)?,
            row.get::<i64>(1)?,
            text(2)?,
            text(3)?,
            text(4)?,
            number(5)?,
            text(6)?,
            number(7)?,
            maybe(8)?,
            maybe(9)?,
            maybe(10)?,
            number(11)?,
            maybe(12)?,
            maybe(13)?,
            maybe(14)?
        ],
    ))
}

/// Plans to hold the backup to its own trail: a token that was revoked stays so, a user who was last disabled too.
pub(super) async fn hold_to(plan: &mut Plan, restored: &Storage) -> Result<(), Error> {
    let revived = |tx: &mut Tx<'_>| {
        tx.all(
            sql!(
                "select id, name, (select min(at) from audit_events where action = 'token.revoke' and subject_id = t.id)
                 from personal_access_tokens t
                 where revoked_at is null and exists
                   (select 1 from audit_events where action = 'token.revoke' and subject_id = t.id)
                 order by id"
            ),
            &[],
        )
    };
    for row in restored.read(revived).await? {
        let (id, name, at): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        plan.act(move |tx| {
            let update = sql!("update personal_access_tokens set revoked_at = $2 where id = $1 and revoked_at is null");
            done(tx.execute(update, params![id, at]))
        });
        plan.say("token", id, &name, "was revoked, as the backup's own trail says, and stays so");
    }
    let enabled_again = |tx: &mut Tx<'_>| {
        tx.all(
            sql!(
                "select id, username from users u
                 where enabled = 1
                   and coalesce((select max(id) from audit_events where action = 'user.disable' and subject_id = u.id), 0)
                     > coalesce((select max(id) from audit_events where action = 'user.enable' and subject_id = u.id), 0)
                 order by id"
            ),
            &[],
        )
    };
    for row in restored.read(enabled_again).await? {
        let (id, name): (i64, String) = (row.get(0)?, row.get(1)?);
        plan.act(move |tx| done(tx.execute(sql!("update users set enabled = 0 where id = $1"), params![id])));
        plan.say("user", id, &name, "was disabled, as the backup's own trail says, and stays so");
    }
    Ok(())
}
