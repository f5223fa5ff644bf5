//! The SQL of roles.

use super::{MEMBER, NewRole, Role, member_grants};
use crate::error::{Error, Refusal};
use crate::id::{RoleId, UserId};
use crate::lists::Page;
use crate::names::folded;
use crate::permission::PinnedGrant;
use crate::storage::{Filter, Row, Tx, on_conflict, params, sql};
use crate::world::Timestamp;

pub(super) fn insert(tx: &mut Tx, new: &NewRole, built_in: bool, now: Timestamp) -> Result<RoleId, Error> {
    let row = tx.one(
        sql!(
            "insert into roles (name, folded_name, description, built_in, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $5) returning id"
        ),
        params![new.name.as_str(), folded(&new.name), new.description.as_deref(), built_in, now],
    );
    let row = on_conflict(row, "roles", "folded_name", || {
        Refusal::input("name", format!("there is a role named `{}` already", new.name))
    })?;
    Ok(RoleId(row.get(0)?))
}

pub(super) fn set_grants(tx: &mut Tx, role: RoleId, grants: &[PinnedGrant]) -> Result<(), Error> {
    tx.execute(sql!("delete from role_grants where role_id = $1"), params![role])?;
    for (position, pinned) in (0i64..).zip(grants) {
        tx.execute(
            sql!("insert into role_grants (role_id, position, permission, as_of_revision) values ($1, $2, $3, $4)"),
            params![role, position, pinned.grant.to_string(), pinned.as_of],
        )?;
    }
    Ok(())
}

pub(super) fn id_by_name(tx: &mut Tx, name: &str) -> Result<Option<RoleId>, Error> {
    let row = tx.optional(sql!("select id from roles where folded_name = $1"), params![folded(name)])?;
    row.map(|row| row.get(0).map(RoleId)).transpose()
}

pub(super) fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<RoleId>, Error> {
    let rows = tx.all(sql!("select role_id from user_roles where user_id = $1 order by role_id"), params![user])?;
    rows.iter().map(|row| row.get(0).map(RoleId)).collect()
}

pub(super) fn assign(tx: &mut Tx, user: UserId, role: RoleId, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!("insert into user_roles (user_id, role_id, assigned_at) values ($1, $2, $3) on conflict do nothing"),
        params![user, role, now],
    )?;
    Ok(())
}

const SELECT: &str = "select id, name, description, built_in, follow_new_fields, created_at, updated_at,
                             (select count(*) from user_roles where role_id = roles.id),
                             (select count(*) from users)
                      from roles";

pub(super) fn find(tx: &mut Tx, id: RoleId) -> Result<Option<Role>, Error> {
    let (sql, values) = Filter::default().equal("id", Some(id.0)).rows(SELECT);
    tx.optional(sql, &values)?.map(|row| role(tx, &row)).transpose()
}

pub(super) fn list(tx: &mut Tx, id: Option<RoleId>, page: Page) -> Result<(Vec<Role>, i64), Error> {
    let filter = Filter::default().equal("id", id.map(|id| id.0));
    let (sql, values) = filter.count("roles");
    let total = tx.one(sql, &values)?.get(0)?;
    let (sql, values) = filter.select(SELECT, "id", page.limit(), page.offset());
    let rows = tx.all(sql, &values)?;
    let roles = rows.iter().map(|row| role(tx, row)).collect::<Result<_, _>>()?;
    Ok((roles, total))
}

fn role(tx: &mut Tx, row: &Row) -> Result<Role, Error> {
    let (id, name, built_in): (i64, String, bool) = (row.get(0)?, row.get(1)?, row.get(3)?);
    let everyones = built_in && name == MEMBER;
    Ok(Role {
        id: RoleId(id),
        description: row.get(2)?,
        built_in,
        follow_new_fields: if everyones { true } else { row.get(4)? },
        grants: if everyones { member_grants() } else { grants(tx, RoleId(id))? },
        user_count: if everyones { row.get(8)? } else { row.get(7)? },
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
        name,
    })
}

pub(super) fn follows(tx: &mut Tx, role: RoleId) -> Result<bool, Error> {
    tx.one(sql!("select follow_new_fields from roles where id = $1"), params![role])?.get(0)
}

pub(super) fn grants(tx: &mut Tx, role: RoleId) -> Result<Vec<PinnedGrant>, Error> {
    let rows = tx.all(
        sql!("select permission, as_of_revision from role_grants where role_id = $1 order by position"),
        params![role],
    )?;
    rows.iter().map(super::stored_grant).collect()
}
