//! The SQL of personal access tokens.

use super::create;
use super::{Chain, LastUsed, Of, Token};
use crate::error::Error;
use crate::id::{TokenId, UserId};
use crate::lists::Page;
use crate::names::folded;
use crate::permission::PinnedGrant;
use crate::roles;
use crate::secret::Digest;
use crate::storage::{Filter, Order, Row, Tx, params, sql};
use crate::world::Timestamp;

pub(super) fn insert(tx: &mut Tx, row: &create::Row<'_>) -> Result<TokenId, Error> {
    let inserted = tx.one(
        sql!(
            "insert into personal_access_tokens
               (user_id, parent_id, hash, hint, name, folded_name, description, folded_description, read_only,
                narrowed, held_to_documents, created_at, confirmed_at, lifetime_seconds, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13, $14) returning id"
        ),
        params![
            row.user,
            row.parent.map(|parent| parent.0),
            row.secret.digest().bytes(),
            row.secret.hint(),
            row.new.name.as_str(),
            folded(&row.new.name),
            row.new.description.as_deref(),
            row.new.description.as_deref().map(folded),
            row.new.read_only,
            row.narrowing.is_some(),
            row.created_at,
            row.confirmed_at,
            row.new.lifetime_seconds,
            row.expires_at
        ],
    )?;
    let id = TokenId(inserted.get(0)?);
    for (position, pinned) in (0i64..).zip(row.narrowing.unwrap_or_default()) {
        tx.execute(
            sql!("insert into token_grants (token_id, position, permission, as_of_revision) values ($1, $2, $3, $4)"),
            params![id, position, pinned.grant.to_string(), pinned.as_of],
        )?;
    }
    Ok(id)
}

pub(super) fn by_hash(tx: &mut Tx, hash: Digest) -> Result<Option<Chain>, Error> {
    let row = tx.optional(
        sql!(
            "select tokens.id, tokens.name, tokens.user_id, users.enabled, tokens.expires_at, tokens.confirmed_at,
                    tokens.revoked_at, tokens.last_used_at, tokens.hash
             from personal_access_tokens as tokens
             join users on users.id = tokens.user_id
             where tokens.hash = $1"
        ),
        params![hash.bytes()],
    )?;
    let Some(row) = row else { return Ok(None) };
    // The index found it by comparing bytes; the answer does not depend on that comparison alone.
    if !hash.same(&row.get::<Vec<u8>>(8)?) {
        return Ok(None);
    }
    Ok(Some(Chain {
        id: TokenId(row.get(0)?),
        name: row.get(1)?,
        user: UserId(row.get(2)?),
        user_enabled: row.get(3)?,
        expires_at: row.get(4)?,
        confirmed_at: row.get(5)?,
        revoked: row.get::<Option<i64>>(6)?.is_some(),
        last_used_at: row.get(7)?,
        links: Vec::new(),
    }))
}

/// A token and those that it descends from, itself first: number, read-only, narrowed.
pub(super) fn ancestry(tx: &mut Tx, id: TokenId) -> Result<Vec<(TokenId, bool, bool)>, Error> {
    let rows = tx.all(
        sql!(
            "with recursive ancestry (id, parent_id, read_only, narrowed, distance) as (
               select id, parent_id, read_only, narrowed, 0 from personal_access_tokens where id = $1
               union all
               select parents.id, parents.parent_id, parents.read_only, parents.narrowed, ancestry.distance + 1
               from personal_access_tokens as parents
               join ancestry on parents.id = ancestry.parent_id
             )
             select id, read_only, narrowed from ancestry order by distance"
        ),
        params![id],
    )?;
    rows.iter().map(|row| Ok((TokenId(row.get(0)?), row.get(1)?, row.get(2)?))).collect()
}

pub(super) fn children(tx: &mut Tx, id: TokenId) -> Result<Vec<TokenId>, Error> {
    let rows = tx.all(sql!("select id from personal_access_tokens where parent_id = $1 order by id"), params![id])?;
    rows.iter().map(|row| row.get(0).map(TokenId)).collect()
}

pub(super) fn grants(tx: &mut Tx, id: TokenId) -> Result<Vec<PinnedGrant>, Error> {
    let rows = tx.all(
        sql!("select permission, as_of_revision from token_grants where token_id = $1 order by position"),
        params![id],
    )?;
    rows.iter().map(roles::stored_grant).collect()
}

pub(super) fn list(tx: &mut Tx, of: Of, page: Page) -> Result<(Vec<Token>, i64), Error> {
    let filter =
        Filter::default().equal("tokens.id", of.id.map(|id| id.0)).equal("tokens.user_id", of.user.map(|user| user.0));
    let (sql, values) = filter.count("personal_access_tokens as tokens");
    let total = tx.one(sql, &values)?.get(0)?;
    let (sql, values) = filter.select(
        "select tokens.id, tokens.user_id, tokens.parent_id, tokens.name, tokens.description, tokens.read_only,
                tokens.hint, tokens.narrowed, tokens.created_at, tokens.confirmed_at, tokens.expires_at,
                tokens.last_used_at, tokens.last_used_ip, tokens.last_used_agent, tokens.revoked_at,
                tokens.revoke_reason, users.enabled
         from personal_access_tokens as tokens
         join users on users.id = tokens.user_id",
        &Order::default().then("tokens.id", false),
        page.limit(),
        page.offset(),
    );
    let rows = tx.all(sql, &values)?;
    let tokens = rows.iter().map(|row| token(tx, row)).collect::<Result<_, _>>()?;
    Ok((tokens, total))
}

fn token(tx: &mut Tx, row: &Row) -> Result<Token, Error> {
    let id = TokenId(row.get(0)?);
    let narrowed: bool = row.get(7)?;
    let used_at: Option<Timestamp> = row.get(11)?;
    let (ip, agent) = (row.get(12)?, row.get(13)?);
    Ok(Token {
        id,
        user: UserId(row.get(1)?),
        parent: row.get::<Option<i64>>(2)?.map(TokenId),
        name: row.get(3)?,
        description: row.get(4)?,
        read_only: row.get(5)?,
        hint: row.get(6)?,
        narrowing: if narrowed { Some(grants(tx, id)?) } else { None },
        created_at: row.get(8)?,
        confirmed_at: row.get(9)?,
        expires_at: row.get(10)?,
        last_used: used_at.map(|at| LastUsed { at, ip, agent }),
        revoked_at: row.get(14)?,
        revoke_reason: row.get(15)?,
        user_enabled: row.get(16)?,
        owner: None,
    })
}

/// Whether the token is not revoked; if so nobody revokes it before this transaction ends.
pub(super) fn hold_live(tx: &mut Tx, id: TokenId) -> Result<bool, Error> {
    let held = tx.execute(
        sql!("update personal_access_tokens set parent_id = parent_id where id = $1 and revoked_at is null"),
        params![id],
    )?;
    Ok(held == 1)
}

/// Revokes the token and answers its name; `None`: it was revoked before.
pub(super) fn revoke(tx: &mut Tx, id: TokenId, now: Timestamp, reason: Option<&str>) -> Result<Option<String>, Error> {
    let row = tx.optional(
        sql!(
            "update personal_access_tokens set revoked_at = $2, revoke_reason = $3
             where id = $1 and revoked_at is null returning name"
        ),
        params![id, now, reason],
    )?;
    row.map(|row| row.get(0)).transpose()
}

pub(super) fn used(tx: &mut Tx, id: TokenId, last: &LastUsed) -> Result<(), Error> {
    tx.execute(
        sql!(
            "update personal_access_tokens set last_used_at = $2, last_used_ip = $3, last_used_agent = $4
             where id = $1 and coalesce(last_used_at, 0) < $2"
        ),
        params![id, last.at, last.ip.as_deref(), last.agent.as_deref()],
    )?;
    Ok(())
}
