//! Roles: which are gone, and what was taken out of the others.

use super::{Plan, done, store};
use crate::error::Error;
use crate::storage::{Row, Storage, Tx, params, sql};
use std::collections::BTreeMap;

/// Grants as they are stored, each with its revision.
pub(super) type Grants = Vec<(String, i64)>;

struct Role {
    name: String,
    created_at: i64,
    built_in: bool,
    follow_new_fields: bool,
    upstream_name: Option<String>,
    grants: Grants,
}

/// What both lists open, and no more: the grants that stand in both, and what either takes away. `None`: that is what
/// `then` says already.
pub(super) fn both(then: &Grants, now: &Grants) -> Option<Grants> {
    let takes_away = |text: &str| text.starts_with('!');
    let of_now: BTreeMap<&str, i64> = now.iter().map(|(text, as_of)| (text.as_str(), *as_of)).collect();
    let kept = then.iter().filter_map(|(text, as_of)| match of_now.get(text.as_str()) {
        Some(other) => Some((text.clone(), *as_of.min(other))),
        None => takes_away(text).then(|| (text.clone(), *as_of)),
    });
    let is_new = |text: &str| !then.iter().any(|(known, _)| known == text);
    let closed_since = now.iter().filter(|(text, _)| takes_away(text) && is_new(text)).cloned();
    let both: Grants = kept.chain(closed_since).collect();
    (both != *then).then_some(both)
}

/// Grants that come from a later state: what they open ends at the newest revision of the schema that is known here,
/// since the next one gets a number that means something else there.
pub(super) fn as_known(grants: &mut [(String, i64)], newest: i64) {
    for (_, as_of) in grants {
        *as_of = newest.min(*as_of);
    }
}

async fn read(storage: &Storage) -> Result<BTreeMap<i64, Role>, Error> {
    let all = |tx: &mut Tx<'_>| {
        let roles =
            sql!("select id, name, created_at, built_in, follow_new_fields, upstream_name from roles order by id");
        let grants = sql!("select role_id, permission, as_of_revision from role_grants order by role_id, position");
        Ok((tx.all(roles, &[])?, tx.all(grants, &[])?))
    };
    let (rows, grants) = storage.read(all).await?;
    let role = |row: &Row| {
        let role = Role {
            name: row.get(1)?,
            created_at: row.get(2)?,
            built_in: row.get(3)?,
            follow_new_fields: row.get(4)?,
            upstream_name: row.get(5)?,
            grants: Vec::new(),
        };
        Ok((row.get(0)?, role))
    };
    let mut roles = rows.iter().map(role).collect::<Result<BTreeMap<i64, Role>, Error>>()?;
    for row in &grants {
        if let Some(role) = roles.get_mut(&row.get(0)?) {
            role.grants.push((row.get(1)?, row.get(2)?));
        }
    }
    Ok(roles)
}

/// Plans what is to be taken from roles.
pub(super) async fn compare(plan: &mut Plan, restored: &Storage, replaced: &Storage) -> Result<(), Error> {
    let newest = store::newest_schema(restored).await?;
    let (here, mut there) = (read(restored).await?, read(replaced).await?);
    there.values_mut().for_each(|role| as_known(&mut role.grants, newest));
    for (id, then) in &here {
        match there.get(id).filter(|now| now.created_at == then.created_at) {
            Some(now) => differences(plan, *id, then, now),
            None if then.built_in => {}
            None => {
                delete(plan, *id);
                plan.say("role", *id, &then.name, "stays deleted");
            }
        }
    }
    for (id, role) in &there {
        let is_known = here.get(id).is_some_and(|then| then.created_at == role.created_at);
        if !is_known && !role.built_in {
            plan.say("role", *id, &role.name, "came after the backup: is gone, and nobody holds it");
        }
    }
    // The next role is not to get the number of one that others may know.
    if let Some(last) = there.keys().last().copied()
        && here.keys().last().is_none_or(|known| *known < last)
    {
        plan.act(move |tx| {
            let insert =
                sql!("insert into roles (id, name, folded_name, created_at, updated_at) values ($1, '', '', 0, 0)");
            tx.execute(insert, params![last])?;
            done(tx.execute(sql!("delete from roles where id = $1"), params![last]))
        });
    }
    Ok(())
}

fn delete(plan: &mut Plan, id: i64) {
    plan.act(move |tx| {
        tx.execute(sql!("delete from user_roles where role_id = $1"), params![id])?;
        tx.execute(sql!("delete from role_grants where role_id = $1"), params![id])?;
        done(tx.execute(sql!("delete from roles where id = $1"), params![id]))
    });
}

fn differences(plan: &mut Plan, id: i64, then: &Role, now: &Role) {
    if let Some(grants) = both(&then.grants, &now.grants) {
        let texts = |grants: &Grants| grants.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>();
        let (before, after) = (texts(&then.grants), texts(&grants));
        let gone = before.iter().filter(|text| !after.contains(text)).map(|text| format!("without {text}"));
        let closed = after.iter().filter(|text| !before.contains(text)).map(|text| format!("with {text}"));
        let what: Vec<String> = gone.chain(closed).collect();
        plan.act(move |tx| {
            tx.execute(sql!("delete from role_grants where role_id = $1"), params![id])?;
            for (position, (permission, as_of)) in (0i64..).zip(grants) {
                tx.execute(
                    sql!("insert into role_grants (role_id, position, permission, as_of_revision) values ($1, $2, $3, $4)"),
                    params![id, position, permission, as_of],
                )?;
            }
            Ok(())
        });
        if !what.is_empty() {
            plan.say("role", id, &then.name, what.join(", "));
        }
    }
    if then.follow_new_fields && !now.follow_new_fields {
        plan.act(move |tx| done(tx.execute(sql!("update roles set follow_new_fields = 0 where id = $1"), params![id])));
        plan.say("role", id, &then.name, "does not follow new fields any more");
    }
    if then.upstream_name.is_some() && then.upstream_name != now.upstream_name {
        plan.act(move |tx| done(tx.execute(sql!("update roles set upstream_name = null where id = $1"), params![id])));
        plan.say("role", id, &then.name, "is not told to the API by the name of then, which was changed since");
    }
}

#[cfg(test)]
mod tests {
    use super::{Grants, as_known, both};

    fn grants(texts: &[&str]) -> Grants {
        texts.iter().map(|text| ((*text).to_owned(), 1)).collect()
    }

    #[test]
    fn what_is_left_of_two_lists_is_what_both_open() {
        let then = grants(&["own:User.*", "own:Query.users", "!own:User.email_address"]);
        assert_eq!(both(&then, &then), None);
        let now = grants(&["own:User.*", "own:Query.roles", "!own:User.name"]);
        let left = grants(&["own:User.*", "!own:User.email_address", "!own:User.name"]);
        assert_eq!(both(&then, &now), Some(left));
        assert_eq!(both(&then, &grants(&[])), Some(grants(&["!own:User.email_address"])));
    }

    #[test]
    fn what_comes_from_a_later_state_opens_nothing_that_is_not_known_yet() {
        let mut later = vec![("own:User.*".to_owned(), 7), ("own:Query.users".to_owned(), 2)];
        as_known(&mut later, 4);
        assert_eq!(later, [("own:User.*".to_owned(), 4), ("own:Query.users".to_owned(), 2)]);
    }

    #[test]
    fn a_grant_opens_what_was_there_at_the_earlier_of_its_moments() {
        let of = |as_of| vec![("own:User.*".to_owned(), as_of)];
        assert_eq!(both(&of(3), &of(2)), Some(of(2)));
        assert_eq!(both(&of(2), &of(3)), None);
    }
}
