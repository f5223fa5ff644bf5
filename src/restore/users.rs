//! Users: who was disabled, who lost what, whose password was changed.

use super::{Plan, Relation, done, store};
use crate::error::Error;
use crate::names::folded;
use crate::storage::{Row, Storage, Tx, params, sql};
use std::collections::{BTreeMap, BTreeSet};

struct User {
    username: String,
    created_at: i64,
    enabled: bool,
    super_admin_since: Option<i64>,
    external_id: Option<String>,
    name: String,
    public_name: String,
    password: Option<String>,
    password_set_at: Option<i64>,
}

fn read(rows: &[Row]) -> Result<BTreeMap<i64, User>, Error> {
    let user = |row: &Row| {
        let user = User {
            username: row.get(1)?,
            created_at: row.get(2)?,
            enabled: row.get(3)?,
            super_admin_since: row.get(4)?,
            external_id: row.get(5)?,
            name: row.get(6)?,
            public_name: row.get(7)?,
            password: row.get(8)?,
            password_set_at: row.get(9)?,
        };
        Ok((row.get(0)?, user))
    };
    rows.iter().map(user).collect()
}

/// Plans what is to be taken from users. Those who came after the backup are kept, disabled and without a password:
/// their numbers and names, which others may know them by, must not become somebody else's.
pub(super) async fn compare(
    plan: &mut Plan,
    restored: &Storage,
    replaced: &Storage,
    relation: Relation,
) -> Result<(), Error> {
    let mut after = i64::MIN;
    loop {
        let select = sql!(
            "select users.id, username, created_at, enabled, super_admin_since, external_id, name, public_name, hash, set_at
             from users left join credentials_password on user_id = users.id
             where users.id > $1 and users.id <= $2 order by users.id limit $3"
        );
        let page = store::page(restored, replaced, after, select).await?;
        let (here, there) = (read(&page.here)?, read(&page.there)?);
        for (id, now) in there {
            match here.get(&id) {
                Some(then) if then.created_at == now.created_at => differences(plan, id, then, now, relation),
                // Another user of the same number: made in a time that neither knows of.
                Some(_) => {}
                None => came_later(plan, id, now),
            }
        }
        after = page.until;
        if page.is_last {
            break;
        }
    }
    roles_of_users(plan, restored, replaced).await
}

fn differences(plan: &mut Plan, id: i64, then: &User, now: User, relation: Relation) {
    let name = &then.username;
    if then.enabled && !now.enabled {
        plan.act(move |tx| done(tx.execute(sql!("update users set enabled = 0 where id = $1"), params![id])));
        plan.say("user", id, name, "stays disabled");
    }
    match (then.super_admin_since, now.super_admin_since) {
        (Some(_), None) => {
            plan.act(move |tx| {
                done(tx.execute(sql!("update users set super_admin_since = null where id = $1"), params![id]))
            });
            plan.say("user", id, name, "is no super administrator any more");
        }
        // What they made before does not have that power: the later moment counts.
        (Some(before), Some(later)) if before < later => plan.act(move |tx| {
            let update = sql!("update users set super_admin_since = $2 where id = $1");
            done(tx.execute(update, params![id, later]))
        }),
        _ => {}
    }
    if then.external_id.is_some() && then.external_id != now.external_id {
        plan.act(move |tx| done(tx.execute(sql!("update users set external_id = null where id = $1"), params![id])));
        plan.say("user", id, name, "is not known to the API by the `external_id` of then, which was changed since");
    }
    // Where it is not known which state is later, the password that was set later counts, and where there is none, it was
    // not set yet.
    let is_newer = relation == Relation::Later || now.password_set_at > then.password_set_at;
    if then.password.is_some() && then.password != now.password && is_newer {
        let (hash, set_at) = (now.password, now.password_set_at);
        let what = if hash.is_some() { "keeps the password of now" } else { "keeps no password" };
        plan.act(move |tx| match hash {
            Some(hash) => {
                let update = sql!("update credentials_password set hash = $2, set_at = $3 where user_id = $1");
                done(tx.execute(update, params![id, hash, set_at]))
            }
            None => done(tx.execute(sql!("delete from credentials_password where user_id = $1"), params![id])),
        });
        plan.say("user", id, name, what);
    }
}

fn came_later(plan: &mut Plan, id: i64, user: User) {
    plan.say("user", id, &user.username.clone(), "came after the backup: is kept, disabled and without a password");
    plan.act(move |tx| {
        let is_free = |tx: &mut Tx<'_>, name: &str| {
            let taken = tx.optional(sql!("select user_id from user_names where folded = $1"), params![folded(name)])?;
            Ok::<_, Error>(taken.is_none())
        };
        let mut username = user.username.clone();
        let mut number = id;
        while !is_free(tx, &username)? {
            username = format!("{}-{number}", user.username);
            number += 1;
        }
        tx.execute(
            sql!(
                "insert into users (id, username, folded_username, name, folded_name, public_name, folded_public_name,
                                    enabled, created_at, updated_at)
                 values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)"
            ),
            params![
                id,
                &username,
                folded(&username),
                &user.name,
                folded(&user.name),
                &user.public_name,
                folded(&user.public_name),
                user.created_at
            ],
        )?;
        let insert = sql!("insert into user_names (folded, user_id) values ($1, $2)");
        done(tx.execute(insert, params![folded(&username), id]))
    });
}

/// Roles that were taken from a user since.
async fn roles_of_users(plan: &mut Plan, restored: &Storage, replaced: &Storage) -> Result<(), Error> {
    let held = |tx: &mut Tx<'_>| {
        let select = sql!(
            "select users.id, users.created_at, roles.id, roles.created_at, users.username, roles.name
             from user_roles join users on users.id = user_id join roles on roles.id = role_id
             order by users.id, roles.id"
        );
        tx.all(select, &[])
    };
    let number = |row: &Row, column| row.get::<i64>(column);
    let key = |row: &Row| Ok::<_, Error>((number(row, 0)?, number(row, 1)?, number(row, 2)?, number(row, 3)?));
    let now: BTreeSet<_> = replaced.read(held).await?.iter().map(key).collect::<Result<_, _>>()?;
    for row in restored.read(held).await? {
        let key = key(&row)?;
        // A role that is gone goes from everyone: that is said of the role.
        if now.contains(&key) {
            continue;
        }
        let (user, _, role, _) = key;
        plan.act(move |tx| {
            let delete = sql!("delete from user_roles where user_id = $1 and role_id = $2");
            done(tx.execute(delete, params![user, role]))
        });
        let name: String = row.get(4)?;
        plan.say("user", user, &name, format!("does not hold the role `{}` any more", row.get::<String>(5)?));
    }
    Ok(())
}
