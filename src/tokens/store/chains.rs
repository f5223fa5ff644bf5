//! What decides by a token: its row by its secret, those that it descends from, and the lists that it is held to.

use super::{among, ranges};
use crate::addresses::Ranges;
use crate::error::{Error, Fault};
use crate::id::{TokenId, UserId};
use crate::permission::PinnedGrant;
use crate::roles;
use crate::secret::Digest;
use crate::storage::{Order, Row, Tx, params, sql};
use crate::tokens::Chain;
use crate::world::Timestamp;
use std::collections::{HashMap, HashSet};

/// By the secret that it has, else by the one that it had before.
pub(in crate::tokens) fn by_hash(tx: &mut Tx, hash: Digest) -> Result<Option<Chain>, Error> {
    let row = tx.optional(
        sql!(
            "select tokens.id, tokens.name, tokens.user_id, users.enabled, tokens.confirmed_at, tokens.revoked_at,
                    tokens.last_used_at, tokens.expires_at, tokens.hash
             from personal_access_tokens as tokens
             join users on users.id = tokens.user_id
             where tokens.hash = $1"
        ),
        params![hash.bytes()],
    )?;
    if let Some(row) = row {
        return chain(&row, hash, false);
    }
    let row = tx.optional(
        sql!(
            "select tokens.id, tokens.name, tokens.user_id, users.enabled, tokens.confirmed_at, tokens.revoked_at,
                    tokens.last_used_at, tokens.previous_until, tokens.previous_hash
             from personal_access_tokens as tokens
             join users on users.id = tokens.user_id
             where tokens.previous_hash = $1"
        ),
        params![hash.bytes()],
    )?;
    row.map_or(Ok(None), |row| chain(&row, hash, true))
}

fn chain(row: &Row, hash: Digest, previous: bool) -> Result<Option<Chain>, Error> {
    // The index found it by comparing bytes; the answer does not depend on that comparison alone.
    if !hash.same(&row.get::<Vec<u8>>(8)?) {
        return Ok(None);
    }
    Ok(Some(Chain {
        id: TokenId(row.get(0)?),
        name: row.get(1)?,
        user: UserId(row.get(2)?),
        user_enabled: row.get(3)?,
        confirmed_at: row.get(4)?,
        revoked: row.get::<Option<i64>>(5)?.is_some(),
        last_used_at: row.get(6)?,
        expires_at: row.get(7)?,
        previous,
        links: Vec::new(),
    }))
}

/// A token that one descends from, or that one itself.
#[derive(Debug)]
pub(in crate::tokens) struct Ancestor {
    /// The one that descends from it.
    pub(in crate::tokens) descendant: TokenId,
    pub(in crate::tokens) id: TokenId,
    pub(in crate::tokens) user: UserId,
    pub(in crate::tokens) read_only: bool,
    pub(in crate::tokens) narrowed: bool,
    pub(in crate::tokens) held_to_documents: bool,
    pub(in crate::tokens) ip_ranges: Option<Ranges>,
    pub(in crate::tokens) confirmed_at: Timestamp,
}

/// A token and those that it descends from, itself first.
pub(in crate::tokens) fn ancestry(tx: &mut Tx, id: TokenId) -> Result<Vec<Ancestor>, Error> {
    let rows = tx.all(
        sql!(
            "with recursive ancestry (descendant, id, parent_id, user_id, read_only, narrowed, held_to_documents,
                                      ip_ranges, confirmed_at, distance) as (
               select id, id, parent_id, user_id, read_only, narrowed, held_to_documents, ip_ranges, confirmed_at, 0
               from personal_access_tokens where id = $1
               union all
               select ancestry.descendant, parents.id, parents.parent_id, parents.user_id, parents.read_only,
                      parents.narrowed, parents.held_to_documents, parents.ip_ranges, parents.confirmed_at,
                      ancestry.distance + 1
               from personal_access_tokens as parents
               join ancestry on parents.id = ancestry.parent_id
             )
             select descendant, id, user_id, read_only, narrowed, held_to_documents, ip_ranges, confirmed_at
             from ancestry order by distance"
        ),
        params![id],
    )?;
    rows.iter().map(ancestor).collect()
}

/// The same of each of these.
pub(in crate::tokens) fn ancestries(tx: &mut Tx, ids: Vec<TokenId>) -> Result<Vec<Ancestor>, Error> {
    let (sql, values) = among("id", ids).within(
        "with recursive ancestry (descendant, id, parent_id, user_id, read_only, narrowed, held_to_documents,
                                  ip_ranges, confirmed_at) as (
           select id, id, parent_id, user_id, read_only, narrowed, held_to_documents, ip_ranges, confirmed_at
           from personal_access_tokens",
        "  union all
           select ancestry.descendant, parents.id, parents.parent_id, parents.user_id, parents.read_only,
                  parents.narrowed, parents.held_to_documents, parents.ip_ranges, parents.confirmed_at
           from personal_access_tokens as parents
           join ancestry on parents.id = ancestry.parent_id
         )
         select descendant, id, user_id, read_only, narrowed, held_to_documents, ip_ranges, confirmed_at from ancestry",
    );
    tx.all(sql, &values)?.iter().map(ancestor).collect()
}

fn ancestor(row: &Row) -> Result<Ancestor, Error> {
    Ok(Ancestor {
        descendant: TokenId(row.get(0)?),
        id: TokenId(row.get(1)?),
        user: UserId(row.get(2)?),
        read_only: row.get(3)?,
        narrowed: row.get(4)?,
        held_to_documents: row.get(5)?,
        ip_ranges: ranges(row.get(6)?)?,
        confirmed_at: row.get(7)?,
    })
}

pub(in crate::tokens) fn children(tx: &mut Tx, id: TokenId) -> Result<Vec<TokenId>, Error> {
    let rows = tx.all(sql!("select id from personal_access_tokens where parent_id = $1 order by id"), params![id])?;
    rows.iter().map(|row| row.get(0).map(TokenId)).collect()
}

/// The grants of each of these.
pub(in crate::tokens) fn grants_of(
    tx: &mut Tx,
    ids: Vec<TokenId>,
) -> Result<HashMap<TokenId, Vec<PinnedGrant>>, Error> {
    let mut grants: HashMap<TokenId, Vec<PinnedGrant>> = HashMap::new();
    if ids.is_empty() {
        return Ok(grants);
    }
    let order = Order::default().then("token_id", false).then("position", false);
    let head = "select permission, as_of_revision, token_id from token_grants";
    let (sql, values) = among("token_id", ids).all(head, &order);
    for row in tx.all(sql, &values)? {
        grants.entry(TokenId(row.get(2)?)).or_default().push(roles::stored_grant(&row)?);
    }
    Ok(grants)
}

/// The digests of the documents of each of these.
pub(in crate::tokens) fn document_digests(
    tx: &mut Tx,
    ids: Vec<TokenId>,
) -> Result<HashMap<TokenId, HashSet<Digest>>, Error> {
    let mut digests: HashMap<TokenId, HashSet<Digest>> = HashMap::new();
    if ids.is_empty() {
        return Ok(digests);
    }
    let order = Order::default().then("token_id", false);
    let (sql, values) = among("token_id", ids).all("select hash, token_id from token_documents", &order);
    for row in tx.all(sql, &values)? {
        let found = Digest::stored(&row.get::<Vec<u8>>(0)?);
        let digest = found.ok_or_else(|| Fault::new("reading the digest of a document", "it has another length"))?;
        digests.entry(TokenId(row.get(1)?)).or_default().insert(digest);
    }
    Ok(digests)
}

/// The documents of each of these.
pub(in crate::tokens) fn documents(tx: &mut Tx, ids: Vec<TokenId>) -> Result<HashMap<TokenId, Vec<String>>, Error> {
    let order = Order::default().then("token_id", false).then("position", false);
    let (sql, values) = among("token_id", ids).all("select document, token_id from token_documents", &order);
    let mut documents: HashMap<TokenId, Vec<String>> = HashMap::new();
    for row in tx.all(sql, &values)? {
        documents.entry(TokenId(row.get(1)?)).or_default().push(row.get(0)?);
    }
    Ok(documents)
}
