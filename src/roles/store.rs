//! The SQL of roles.

use super::{NewRole, Role, member_grants, stored_grant};
use crate::error::{Error, Refusal};
use crate::id::{RoleId, UserId};
use crate::lists::{Attribute, Kind, Listing, Wanted};
use crate::names::folded;
use crate::permission::{NamedGrants, PinnedGrant};
use crate::storage::{Condition, Filter, Order, Row, Tx, on_conflict, params, sql};
use crate::world::Timestamp;
use std::collections::HashMap;

pub(super) fn insert(tx: &mut Tx, new: &NewRole, built_in: bool, now: Timestamp) -> Result<RoleId, Error> {
    let row = tx.one(
        sql!(
            "insert into roles (name, folded_name, description, folded_description, built_in, follow_new_fields,
                                upstream_name, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning id"
        ),
        params![
            new.name.as_str(),
            folded(&new.name),
            new.description.as_deref(),
            new.description.as_deref().map(folded),
            built_in,
            new.follow_new_fields,
            new.upstream_name.as_deref(),
            now
        ],
    );
    let row = unless_taken(row, &new.name, new.upstream_name.as_deref())?;
    Ok(RoleId(row.get(0)?))
}

fn unless_taken<T>(done: Result<T, Error>, name: &str, upstream_name: Option<&str>) -> Result<T, Error> {
    let done = on_conflict(done, "roles", "folded_name", || {
        Refusal::input("name", format!("there is a role named `{name}` already"))
    });
    on_conflict(done, "roles", "upstream_name", || {
        let name = upstream_name.unwrap_or_default();
        Refusal::input("upstream_name", format!("the API is told of another role as `{name}` already"))
    })
}

pub(super) fn update(tx: &mut Tx, new: &Role, now: Timestamp) -> Result<(), Error> {
    let done = tx.execute(
        sql!(
            "update roles set name = $2, folded_name = $3, description = $4, folded_description = $5,
                              follow_new_fields = $6, upstream_name = $7, updated_at = $8
             where id = $1"
        ),
        params![
            new.id,
            new.name.as_str(),
            folded(&new.name),
            new.description.as_deref(),
            new.description.as_deref().map(folded),
            new.follow_new_fields,
            new.upstream_name.as_deref(),
            now
        ],
    );
    unless_taken(done, &new.name, new.upstream_name.as_deref())?;
    Ok(())
}

pub(super) fn delete(tx: &mut Tx, role: RoleId) -> Result<(), Error> {
    tx.execute(sql!("delete from user_roles where role_id = $1"), params![role])?;
    tx.execute(sql!("delete from role_grants where role_id = $1"), params![role])?;
    tx.execute(sql!("delete from roles where id = $1"), params![role])?;
    Ok(())
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

pub(super) fn names_beginning(tx: &mut Tx, folded: &str, most: i64) -> Result<Vec<String>, Error> {
    let rows = tx.all(
        sql!("select name from roles where substr(folded_name, 1, length($1)) = $1 order by folded_name limit $2"),
        params![folded, most],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
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

pub(super) fn unassign(tx: &mut Tx, user: UserId, role: RoleId) -> Result<(), Error> {
    tx.execute(sql!("delete from user_roles where user_id = $1 and role_id = $2"), params![user, role])?;
    Ok(())
}

const SELECT: &str = "select id, name, description, built_in, follow_new_fields, created_at, updated_at,
                             case when built_in = 1 and folded_name = 'member' then (select count(*) from users)
                                  else (select count(*) from user_roles where role_id = roles.id) end,
                             upstream_name
                      from roles";

pub(super) fn find(tx: &mut Tx, id: RoleId) -> Result<Option<Role>, Error> {
    let (sql, values) = Filter::default().equal("id", Some(id.0)).rows(SELECT);
    let rows = tx.all(sql, &values)?;
    Ok(roles(tx, &rows)?.pop())
}

/// What everyone holds follows Doorward's own schema, whatever its row says.
const FOLLOWS: &str = "(case when built_in = 1 and folded_name = 'member' then 1 else follow_new_fields end)";

/// What the roles can be searched and sorted by.
pub(super) const LISTING: Listing = Listing {
    entity: "Role",
    id: "id",
    attributes: &[
        Attribute::new("id", Kind::Integer, "id"),
        Attribute::new("name", Kind::Words, "folded_name"),
        Attribute::new("description", Kind::Words, "folded_description"),
        Attribute::new("built_in", Kind::Boolean, "built_in"),
        Attribute::new("follow_new_fields", Kind::Boolean, FOLLOWS),
        Attribute::new("upstream_name", Kind::Text, "upstream_name"),
        Attribute::new("created_at", Kind::DateTime, "created_at"),
        Attribute::new("updated_at", Kind::DateTime, "updated_at"),
    ],
    links: &[],
};

pub(super) fn list(tx: &mut Tx, wanted: &Wanted) -> Result<(Vec<Role>, i64), Error> {
    let (sql, values) = wanted.filter.count("roles");
    let total = tx.one(sql, &values)?.get(0)?;
    let (sql, values) = wanted.filter.select(SELECT, &wanted.order, wanted.page.limit(), wanted.page.offset());
    let rows = tx.all(sql, &values)?;
    Ok((roles(tx, &rows)?, total))
}

/// The roles of these numbers.
pub(super) fn of(tx: &mut Tx, ids: &[RoleId]) -> Result<Vec<Role>, Error> {
    let among = Condition::OneOf("id", ids.iter().map(|id| id.0).collect());
    let (sql, values) = Filter::default().and(&among).all(SELECT, &Order::default().then("id", false));
    let rows = tx.all(sql, &values)?;
    roles(tx, &rows)
}

/// The roles of these users, by number.
pub(super) fn of_users(tx: &mut Tx, users: Vec<UserId>) -> Result<Vec<(UserId, RoleId)>, Error> {
    let among = Condition::OneOf("user_id", users.into_iter().map(|user| user.0).collect());
    let order = Order::default().then("user_id", false).then("role_id", false);
    let (sql, values) = Filter::default().and(&among).all("select user_id, role_id from user_roles", &order);
    tx.all(sql, &values)?.iter().map(|row| Ok((UserId(row.get(0)?), RoleId(row.get(1)?)))).collect()
}

/// Roles from their rows, with their grants, which are read for all of them at once.
fn roles(tx: &mut Tx, rows: &[Row]) -> Result<Vec<Role>, Error> {
    let mut roles = rows.iter().map(role).collect::<Result<Vec<_>, _>>()?;
    let among = Condition::OneOf("role_id", roles.iter().map(|role| role.id.0).collect());
    let order = Order::default().then("role_id", false).then("position", false);
    let head = "select permission, as_of_revision, role_id from role_grants";
    let (sql, values) = Filter::default().and(&among).all(head, &order);
    let mut grants: HashMap<i64, Vec<PinnedGrant>> = HashMap::new();
    for row in tx.all(sql, &values)? {
        grants.entry(row.get(2)?).or_default().push(super::stored_grant(&row)?);
    }
    for role in roles.iter_mut().filter(|role| !role.is_everyones()) {
        role.grants = grants.remove(&role.id.0).unwrap_or_default();
    }
    Ok(roles)
}

fn role(row: &Row) -> Result<Role, Error> {
    let (name, built_in): (String, bool) = (row.get(1)?, row.get(3)?);
    let mut role = Role {
        id: RoleId(row.get(0)?),
        name,
        description: row.get(2)?,
        built_in,
        follow_new_fields: row.get(4)?,
        upstream_name: row.get(8)?,
        grants: Vec::new(),
        user_count: row.get(7)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
    };
    if role.is_everyones() {
        role.follow_new_fields = true;
        role.grants = member_grants();
    }
    Ok(role)
}

/// The lists of grants of the roles that a user was given, each with its role and whether it follows new fields.
pub(super) fn lists_of(tx: &mut Tx, user: UserId) -> Result<Vec<(RoleId, bool, Vec<PinnedGrant>)>, Error> {
    let rows = tx.all(
        sql!(
            "select role_grants.permission, role_grants.as_of_revision, roles.id, roles.follow_new_fields
             from user_roles
             join roles on roles.id = user_roles.role_id
             join role_grants on role_grants.role_id = roles.id
             where user_roles.user_id = $1
             order by roles.id, role_grants.position"
        ),
        params![user],
    )?;
    let mut lists: Vec<(RoleId, bool, Vec<PinnedGrant>)> = Vec::new();
    for row in rows {
        let (role, grant) = (RoleId(row.get(2)?), super::stored_grant(&row)?);
        match lists.last_mut().filter(|(last, ..)| *last == role) {
            Some((_, _, list)) => list.push(grant),
            None => lists.push((role, row.get(3)?, vec![grant])),
        }
    }
    Ok(lists)
}

/// Every role's grants, by the role's name.
pub(super) fn all_grants(tx: &mut Tx) -> Result<Vec<NamedGrants>, Error> {
    let rows = tx.all(
        sql!(
            "select role_grants.permission, role_grants.as_of_revision, roles.name, roles.follow_new_fields
             from role_grants join roles on roles.id = role_grants.role_id
             order by roles.id, role_grants.position"
        ),
        params![],
    )?;
    let mut all: Vec<NamedGrants> = Vec::new();
    for row in rows {
        let (name, follow_new_fields): (String, bool) = (row.get(2)?, row.get(3)?);
        if all.last().is_none_or(|last| last.name != name) {
            all.push(NamedGrants { name, grants: Vec::new(), follow_new_fields });
        }
        if let Some(last) = all.last_mut() {
            last.grants.push(stored_grant(&row)?);
        }
    }
    Ok(all)
}
