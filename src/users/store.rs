//! The SQL of users.

use super::{Account, NewUser, User};
use crate::caller::Person;
use crate::error::{Error, Refusal};
use crate::id::{RoleId, UserId};
use crate::lists::{Attribute, Kind, Link, Listing, Siblings, Wanted};
use crate::names::folded;
use crate::storage::{Condition, Filter, Order, Row, Tx, on_conflict, params, sql};
use crate::world::Timestamp;

pub(super) fn insert(tx: &mut Tx, new: &NewUser, now: Timestamp) -> Result<UserId, Error> {
    let name = new.name.as_ref().unwrap_or(&new.username).as_str();
    let public_name = new.public_name.as_deref().unwrap_or(name);
    let row = tx.one(
        sql!(
            "insert into users (username, folded_username, name, folded_name, public_name, folded_public_name,
                                email_address, folded_email_address, super_admin_since, external_id, created_at,
                                updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) returning id"
        ),
        params![
            new.username.as_str(),
            folded(&new.username),
            name,
            folded(name),
            public_name,
            folded(public_name),
            new.email_address.as_deref(),
            new.email_address.as_deref().map(folded),
            new.super_admin.then_some(now),
            new.external_id.as_deref(),
            now
        ],
    );
    let id = UserId(unless_known_to_the_api(row, new.external_id.as_deref())?.get(0)?);
    insert_names(tx, id, &new.username, new.email_address.as_deref())?;
    Ok(id)
}

fn unless_known_to_the_api<T>(done: Result<T, Error>, external_id: Option<&str>) -> Result<T, Error> {
    on_conflict(done, "users", "external_id", || {
        let id = external_id.unwrap_or_default();
        Refusal::input("external_id", format!("`{id}` is taken: it is another user's at the API"))
    })
}

/// Writes a user as they are to be; their password, roles and sessions apart.
pub(super) fn update(tx: &mut Tx, user: &User, now: Timestamp) -> Result<(), Error> {
    let person = &user.person;
    let done = tx.execute(
        sql!(
            "update users set username = $2, folded_username = $3, name = $4, folded_name = $5, public_name = $6,
                              folded_public_name = $7, email_address = $8, folded_email_address = $9,
                              super_admin_since = $10, external_id = $11, updated_at = $12
             where id = $1"
        ),
        params![
            person.id,
            person.username.as_str(),
            folded(&person.username),
            person.name.as_str(),
            folded(&person.name),
            person.public_name.as_str(),
            folded(&person.public_name),
            person.email_address.as_deref(),
            person.email_address.as_deref().map(folded),
            person.super_admin_since,
            user.external_id.as_deref(),
            now
        ],
    );
    unless_known_to_the_api(done, user.external_id.as_deref())?;
    Ok(())
}

/// Frees the names of a user and takes these.
pub(super) fn replace_names(tx: &mut Tx, id: UserId, username: &str, address: Option<&str>) -> Result<(), Error> {
    tx.execute(sql!("delete from user_names where user_id = $1"), params![id])?;
    insert_names(tx, id, username, address)
}

/// A user's address may be their user name.
fn insert_names(tx: &mut Tx, id: UserId, username: &str, address: Option<&str>) -> Result<(), Error> {
    insert_name(tx, id, "username", username)?;
    match address.filter(|address| folded(address) != folded(username)) {
        Some(address) => insert_name(tx, id, "email_address", address),
        None => Ok(()),
    }
}

fn insert_name(tx: &mut Tx, id: UserId, field: &str, name: &str) -> Result<(), Error> {
    let done = tx.execute(sql!("insert into user_names (folded, user_id) values ($1, $2)"), params![folded(name), id]);
    on_conflict(done, "user_names", "primary key", || {
        Refusal::input(field, format!("`{name}` is taken: user names and email addresses must differ from all others"))
    })?;
    Ok(())
}

pub(super) fn set_password(tx: &mut Tx, id: UserId, hash: &str, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!(
            "insert into credentials_password (user_id, hash, set_at) values ($1, $2, $3)
             on conflict (user_id) do update set hash = excluded.hash, set_at = excluded.set_at"
        ),
        params![id, hash, now],
    )?;
    Ok(())
}

pub(super) fn set_enabled(tx: &mut Tx, id: UserId, enabled: bool, now: Timestamp) -> Result<(), Error> {
    tx.execute(sql!("update users set enabled = $2, updated_at = $3 where id = $1"), params![id, enabled, now])?;
    Ok(())
}

/// Answers the generation that sessions are begun in from now on.
pub(super) fn end_sessions(tx: &mut Tx, id: UserId, now: Timestamp) -> Result<i64, Error> {
    let row = tx.one(
        sql!(
            "update users set session_generation = session_generation + 1, updated_at = $2 where id = $1
             returning session_generation"
        ),
        params![id, now],
    )?;
    row.get(0)
}

pub(super) fn hash_of(tx: &mut Tx, id: UserId) -> Result<Option<String>, Error> {
    let row = tx.optional(sql!("select hash from credentials_password where user_id = $1"), params![id])?;
    row.map(|row| row.get(0)).transpose()
}

pub(super) fn seen(tx: &mut Tx, id: UserId, at: Timestamp) -> Result<(), Error> {
    tx.execute(
        sql!("update users set last_seen_at = $2 where id = $1 and coalesce(last_seen_at, 0) < $2"),
        params![id, at],
    )?;
    Ok(())
}

pub(super) fn super_admins(tx: &mut Tx) -> Result<i64, Error> {
    tx.one(sql!("select count(*) from users where super_admin_since is not null and enabled = 1"), params![])?.get(0)
}

pub(super) fn is_anyone_there(tx: &mut Tx) -> Result<bool, Error> {
    tx.one(sql!("select exists (select 1 from users)"), params![])?.get(0)
}

pub(super) fn id_by_name(tx: &mut Tx, name: &str) -> Result<Option<UserId>, Error> {
    let row = tx.optional(sql!("select user_id from user_names where folded = $1"), params![folded(name)])?;
    row.map(|row| row.get(0).map(UserId)).transpose()
}

pub(super) fn account(tx: &mut Tx, name: &str) -> Result<Option<Account>, Error> {
    let row = tx.optional(
        sql!(
            "select users.id, credentials_password.hash, users.enabled, users.session_generation
             from user_names
             join users on users.id = user_names.user_id
             left join credentials_password on credentials_password.user_id = users.id
             where user_names.folded = $1"
        ),
        params![folded(name)],
    )?;
    row.map(|row| {
        Ok(Account {
            id: UserId(row.get(0)?),
            hash: row.get(1)?,
            enabled: row.get(2)?,
            session_generation: row.get(3)?,
        })
    })
    .transpose()
}

const SELECT: &str = "select id, username, name, public_name, email_address, super_admin_since, created_at,
                             enabled, external_id, updated_at, last_seen_at
                      from users";

pub(super) fn find(tx: &mut Tx, id: UserId) -> Result<Option<User>, Error> {
    let (sql, values) = Filter::default().equal("id", Some(id.0)).rows(SELECT);
    Ok(users(&tx.all(sql, &values)?)?.pop())
}

/// What the users can be searched and sorted by.
pub(super) const LISTING: Listing = Listing {
    entity: "User",
    id: "id",
    attributes: &[
        Attribute::new("id", Kind::Integer, "id"),
        Attribute::new("username", Kind::Words, "folded_username"),
        Attribute::new("name", Kind::Words, "folded_name"),
        Attribute::new("public_name", Kind::Words, "folded_public_name"),
        Attribute::new("email_address", Kind::Words, "folded_email_address"),
        Attribute::new("enabled", Kind::Boolean, "enabled"),
        Attribute::new("super_admin", Kind::Boolean, "(case when super_admin_since is null then 0 else 1 end)"),
        Attribute::new("external_id", Kind::Text, "external_id"),
        Attribute::new("created_at", Kind::DateTime, "created_at"),
        Attribute::new("updated_at", Kind::DateTime, "updated_at"),
        Attribute::new("last_seen_at", Kind::DateTime, "last_seen_at"),
    ],
    links: &[Link { name: "roles", column: "id", holders: "select user_id from user_roles where role_id" }],
};

pub(super) fn list(tx: &mut Tx, wanted: &Wanted) -> Result<(Vec<User>, i64), Error> {
    let (sql, values) = wanted.filter.count("users");
    let total = tx.one(sql, &values)?.get(0)?;
    let (sql, values) = wanted.filter.select(SELECT, &wanted.order, wanted.page.limit(), wanted.page.offset());
    Ok((users(&tx.all(sql, &values)?)?, total))
}

/// The users of these numbers.
pub(super) fn of(tx: &mut Tx, ids: Vec<UserId>) -> Result<Vec<User>, Error> {
    let among = Condition::OneOf("id", ids.into_iter().map(|id| id.0).collect());
    let (sql, values) = Filter::default().and(&among).all(SELECT, &Order::default().then("id", false));
    users(&tx.all(sql, &values)?)
}

/// The user names of those who were given a role.
/// Some user names that begin so.
pub(super) fn names_beginning(tx: &mut Tx, folded: &str, most: i64) -> Result<Vec<String>, Error> {
    let rows = tx.all(
        sql!(
            "select username from users where substr(folded_username, 1, length($1)) = $1
             order by folded_username limit $2"
        ),
        params![folded, most],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

pub(super) fn names_with(tx: &mut Tx, role: RoleId) -> Result<Vec<String>, Error> {
    let rows = tx.all(
        sql!(
            "select users.username from user_roles
             join users on users.id = user_roles.user_id
             where user_roles.role_id = $1
             order by users.id"
        ),
        params![role],
    )?;
    rows.iter().map(|row| row.get(0)).collect()
}

fn users(rows: &[Row]) -> Result<Vec<User>, Error> {
    let mut users = rows.iter().map(user).collect::<Result<Vec<_>, _>>()?;
    let siblings = Siblings::of(users.iter().map(|user| user.person.id));
    users.iter_mut().for_each(|user| user.siblings = siblings.clone());
    Ok(users)
}

fn user(row: &Row) -> Result<User, Error> {
    let id = UserId(row.get(0)?);
    Ok(User {
        person: Person {
            id,
            username: row.get(1)?,
            name: row.get(2)?,
            public_name: row.get(3)?,
            email_address: row.get(4)?,
            super_admin_since: row.get(5)?,
            created_at: row.get(6)?,
            roles: Vec::new(),
        },
        enabled: row.get(7)?,
        external_id: row.get(8)?,
        updated_at: row.get(9)?,
        last_seen_at: row.get(10)?,
        siblings: Siblings::of([id]),
    })
}
