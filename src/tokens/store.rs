//! The SQL of personal access tokens.

use super::create;
use super::documents::Document;
use super::update::{Changes, Read};
use super::{Chain, Kin, LastUsed, Token};
use crate::addresses::Ranges;
use crate::error::{Error, Fault};
use crate::id::{TokenId, UserId};
use crate::lists::{Attribute, Kind, Listing, Wanted};
use crate::names::folded;
use crate::permission::PinnedGrant;
use crate::roles;
use crate::secret::{Digest, Secret};
use crate::storage::{Condition, Filter, Order, Row, Tx, params, sql};
use crate::world::Timestamp;
use std::collections::{HashMap, HashSet};

pub(super) fn insert(tx: &mut Tx, row: &create::Row<'_>) -> Result<TokenId, Error> {
    let inserted = tx.one(
        sql!(
            "insert into personal_access_tokens
               (user_id, parent_id, hash, hint, name, folded_name, description, folded_description, read_only,
                narrowed, held_to_documents, ip_ranges, created_at, confirmed_at, lifetime_seconds, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) returning id"
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
            row.bounds.narrowing.is_some(),
            row.bounds.documents.is_some(),
            row.bounds.ip_ranges.as_ref().map(ToString::to_string),
            row.created_at,
            row.confirmed_at,
            row.new.lifetime_seconds,
            row.expires_at
        ],
    )?;
    let id = TokenId(inserted.get(0)?);
    insert_grants(tx, id, row.bounds.narrowing.as_deref().unwrap_or_default())?;
    insert_documents(tx, id, row.bounds.documents.as_deref().unwrap_or_default())?;
    Ok(id)
}

fn insert_grants(tx: &mut Tx, id: TokenId, grants: &[PinnedGrant]) -> Result<(), Error> {
    for (position, pinned) in (0i64..).zip(grants) {
        tx.execute(
            sql!("insert into token_grants (token_id, position, permission, as_of_revision) values ($1, $2, $3, $4)"),
            params![id, position, pinned.grant.to_string(), pinned.as_of],
        )?;
    }
    Ok(())
}

fn insert_documents(tx: &mut Tx, id: TokenId, documents: &[Document]) -> Result<(), Error> {
    for (position, document) in (0i64..).zip(documents) {
        tx.execute(
            sql!("insert into token_documents (token_id, position, document, hash) values ($1, $2, $3, $4)"),
            params![id, position, document.text.as_str(), document.digest.bytes()],
        )?;
    }
    Ok(())
}

/// Writes what is to change, and leaves the rest as it was.
pub(super) fn update(tx: &mut Tx, old: &Token, changes: &Changes, read: &Read) -> Result<(), Error> {
    let name = changes.name.as_ref().unwrap_or(&old.name);
    let description = changes.description.as_ref().unwrap_or(&old.description);
    let narrowed = read.narrowing.as_ref().map_or(old.narrowing.is_some(), Option::is_some);
    let held = read.documents.as_ref().map_or(old.held_to_documents, Option::is_some);
    let ranges = read.ip_ranges.as_ref().unwrap_or(&old.ip_ranges);
    tx.execute(
        sql!(
            "update personal_access_tokens
             set name = $2, folded_name = $3, description = $4, folded_description = $5, narrowed = $6,
                 held_to_documents = $7, ip_ranges = $8
             where id = $1"
        ),
        params![
            old.id,
            name.as_str(),
            folded(name),
            description.as_deref(),
            description.as_deref().map(folded),
            narrowed,
            held,
            ranges.as_ref().map(ToString::to_string)
        ],
    )?;
    if let Some(narrowing) = &read.narrowing {
        tx.execute(sql!("delete from token_grants where token_id = $1"), params![old.id])?;
        insert_grants(tx, old.id, narrowing.as_deref().unwrap_or_default())?;
    }
    if let Some(documents) = &read.documents {
        tx.execute(sql!("delete from token_documents where token_id = $1"), params![old.id])?;
        insert_documents(tx, old.id, documents.as_deref().unwrap_or_default())?;
    }
    Ok(())
}

/// Gives the token another secret.
pub(super) fn rotate(
    tx: &mut Tx,
    id: TokenId,
    secret: &Secret,
    previous_until: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        sql!(
            "update personal_access_tokens
             set previous_hash = hash, previous_until = $4, hash = $2, hint = $3, expires_at = $5
             where id = $1"
        ),
        params![id, secret.digest().bytes(), secret.hint(), previous_until, expires_at],
    )?;
    Ok(())
}

/// A person stood by the token now; its grants open what there is at this revision of the schema.
pub(super) fn confirm(tx: &mut Tx, id: TokenId, now: Timestamp, revision: i64) -> Result<(), Error> {
    tx.execute(sql!("update personal_access_tokens set confirmed_at = $2 where id = $1"), params![id, now])?;
    tx.execute(
        sql!("update token_grants set as_of_revision = $2 where token_id = $1 and as_of_revision < $2"),
        params![id, revision],
    )?;
    Ok(())
}

/// By the secret that it has, else by the one that it had before.
pub(super) fn by_hash(tx: &mut Tx, hash: Digest) -> Result<Option<Chain>, Error> {
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
pub(super) struct Ancestor {
    /// The one that descends from it.
    pub(super) descendant: TokenId,
    pub(super) id: TokenId,
    pub(super) user: UserId,
    pub(super) read_only: bool,
    pub(super) narrowed: bool,
    pub(super) held_to_documents: bool,
    pub(super) ip_ranges: Option<Ranges>,
    pub(super) confirmed_at: Timestamp,
}

/// A token and those that it descends from, itself first.
pub(super) fn ancestry(tx: &mut Tx, id: TokenId) -> Result<Vec<Ancestor>, Error> {
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
pub(super) fn ancestries(tx: &mut Tx, ids: Vec<TokenId>) -> Result<Vec<Ancestor>, Error> {
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

fn ranges(stored: Option<String>) -> Result<Option<Ranges>, Error> {
    let read = |text: String| {
        Ranges::stored(&text).ok_or_else(|| Fault::new("reading stored ranges of addresses", "they are none"))
    };
    Ok(stored.map(read).transpose()?)
}

fn among(column: &'static str, ids: Vec<TokenId>) -> Filter {
    Filter::default().and(&Condition::OneOf(column, ids.into_iter().map(|id| id.0).collect()))
}

pub(super) fn children(tx: &mut Tx, id: TokenId) -> Result<Vec<TokenId>, Error> {
    let rows = tx.all(sql!("select id from personal_access_tokens where parent_id = $1 order by id"), params![id])?;
    rows.iter().map(|row| row.get(0).map(TokenId)).collect()
}

/// The grants of each of these.
pub(super) fn grants_of(tx: &mut Tx, ids: Vec<TokenId>) -> Result<HashMap<TokenId, Vec<PinnedGrant>>, Error> {
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
pub(super) fn document_digests(tx: &mut Tx, ids: Vec<TokenId>) -> Result<HashMap<TokenId, HashSet<Digest>>, Error> {
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
pub(super) fn documents(tx: &mut Tx, ids: Vec<TokenId>) -> Result<HashMap<TokenId, Vec<String>>, Error> {
    let order = Order::default().then("token_id", false).then("position", false);
    let (sql, values) = among("token_id", ids).all("select document, token_id from token_documents", &order);
    let mut documents: HashMap<TokenId, Vec<String>> = HashMap::new();
    for row in tx.all(sql, &values)? {
        documents.entry(TokenId(row.get(1)?)).or_default().push(row.get(0)?);
    }
    Ok(documents)
}

const SELECT: &str = "select tokens.id, tokens.user_id, tokens.parent_id, tokens.name, tokens.description,
                             tokens.read_only, tokens.hint, tokens.narrowed, tokens.created_at, tokens.confirmed_at,
                             tokens.expires_at, tokens.last_used_at, tokens.last_used_ip, tokens.last_used_agent,
                             tokens.revoked_at, tokens.revoke_reason, users.enabled, tokens.held_to_documents,
                             tokens.ip_ranges, tokens.previous_until, tokens.compromised, tokens.lifetime_seconds
                      from personal_access_tokens as tokens
                      join users on users.id = tokens.user_id";

/// What the tokens can be searched and sorted by.
pub(super) const LISTING: Listing = Listing {
    entity: "PersonalAccessToken",
    id: "tokens.id",
    attributes: &[
        Attribute::new("id", Kind::Integer, "tokens.id"),
        Attribute::new("name", Kind::Words, "tokens.folded_name"),
        Attribute::new("description", Kind::Words, "tokens.folded_description"),
        Attribute::new("hint", Kind::Text, "tokens.hint"),
        Attribute::new("created_at", Kind::DateTime, "tokens.created_at"),
        Attribute::new("confirmed_at", Kind::DateTime, "tokens.confirmed_at"),
        Attribute::new("expires_at", Kind::DateTime, "tokens.expires_at"),
        Attribute::new("last_used_at", Kind::DateTime, "tokens.last_used_at"),
        Attribute::new("last_used_ip", Kind::Text, "tokens.last_used_ip"),
        Attribute::new("last_used_agent", Kind::Text, "tokens.last_used_agent"),
        Attribute::new("previous_secret_until", Kind::DateTime, "tokens.previous_until"),
        Attribute::new("revoked_at", Kind::DateTime, "tokens.revoked_at"),
        Attribute::new("revoke_reason", Kind::Text, "tokens.revoke_reason"),
    ],
    links: &[],
};

pub(super) fn list(tx: &mut Tx, user: Option<UserId>, wanted: Wanted) -> Result<(Vec<Token>, i64), Error> {
    let filter = wanted.filter.equal("tokens.user_id", user.map(|user| user.0));
    let (sql, values) = filter.count("personal_access_tokens as tokens");
    let total = tx.one(sql, &values)?.get(0)?;
    let (sql, values) = filter.select(SELECT, &wanted.order, wanted.page.limit(), wanted.page.offset());
    let rows = tx.all(sql, &values)?;
    let mut tokens = tokens(tx, &rows)?;
    Kin::unite(&mut tokens, std::sync::Arc::default());
    Ok((tokens, total))
}

pub(super) fn find(tx: &mut Tx, id: TokenId) -> Result<Option<Token>, Error> {
    let (sql, values) = Filter::default().equal("tokens.id", Some(id.0)).rows(SELECT);
    let rows = tx.all(sql, &values)?;
    let mut found = tokens(tx, &rows)?;
    Kin::unite(&mut found, std::sync::Arc::default());
    Ok(found.pop())
}

/// The tokens of these numbers.
pub(super) fn of(tx: &mut Tx, ids: Vec<TokenId>) -> Result<Vec<Token>, Error> {
    let (sql, values) = among("tokens.id", ids).all(SELECT, &Order::default().then("tokens.id", false));
    let rows = tx.all(sql, &values)?;
    tokens(tx, &rows)
}

/// The tokens that these made, no more than `most`.
pub(super) fn of_parents(tx: &mut Tx, ids: Vec<TokenId>, most: usize) -> Result<Vec<Token>, Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let order = Order::default().then("tokens.id", false);
    let (sql, values) = among("tokens.parent_id", ids).select(SELECT, &order, most, 0);
    let rows = tx.all(sql, &values)?;
    tokens(tx, &rows)
}

/// Tokens from their rows, with their grants, which are read for all of them at once.
fn tokens(tx: &mut Tx, rows: &[Row]) -> Result<Vec<Token>, Error> {
    let mut tokens = rows.iter().map(token).collect::<Result<Vec<_>, _>>()?;
    let narrowed: Vec<TokenId> =
        tokens.iter().filter(|token| token.narrowing.is_some()).map(|token| token.id).collect();
    if narrowed.is_empty() {
        return Ok(tokens);
    }
    let mut grants = grants_of(tx, narrowed)?;
    for token in tokens.iter_mut().filter(|token| token.narrowing.is_some()) {
        token.narrowing = Some(grants.remove(&token.id).unwrap_or_default());
    }
    Ok(tokens)
}

fn token(row: &Row) -> Result<Token, Error> {
    let used_at: Option<Timestamp> = row.get(11)?;
    let (ip, agent) = (row.get(12)?, row.get(13)?);
    Ok(Token {
        id: TokenId(row.get(0)?),
        user: UserId(row.get(1)?),
        parent: row.get::<Option<i64>>(2)?.map(TokenId),
        name: row.get(3)?,
        description: row.get(4)?,
        read_only: row.get(5)?,
        hint: row.get(6)?,
        narrowing: row.get::<bool>(7)?.then(Vec::new),
        held_to_documents: row.get(17)?,
        ip_ranges: ranges(row.get(18)?)?,
        created_at: row.get(8)?,
        confirmed_at: row.get(9)?,
        lifetime_seconds: row.get(21)?,
        expires_at: row.get(10)?,
        previous_until: row.get(19)?,
        last_used: used_at.map(|at| LastUsed { at, ip, agent }),
        revoked_at: row.get(14)?,
        revoke_reason: row.get(15)?,
        compromised: row.get(20)?,
        user_enabled: row.get(16)?,
        kin: Kin::nobody(),
    })
}

/// Touches the row and leaves it as it is: whoever else wants to write it waits for this transaction.
pub(super) fn touch(tx: &mut Tx, id: TokenId) -> Result<(), Error> {
    tx.execute(sql!("update personal_access_tokens set parent_id = parent_id where id = $1"), params![id])?;
    Ok(())
}

/// The digest of the secret that a token has; `None`: it was revoked, or its user is disabled. Nobody revokes or
/// rotates it before this transaction ends.
pub(super) fn hold_live(tx: &mut Tx, id: TokenId) -> Result<Option<Vec<u8>>, Error> {
    let held = tx.optional(
        sql!(
            "update personal_access_tokens set parent_id = parent_id
             where id = $1 and revoked_at is null
               and exists (select 1 from users where users.id = personal_access_tokens.user_id and users.enabled = 1)
             returning hash"
        ),
        params![id],
    )?;
    held.map(|row| row.get(0)).transpose()
}

/// Revokes the token and answers its name; `None`: it was before. One that was revoked for another reason can still
/// turn out to be compromised.
pub(super) fn revoke(
    tx: &mut Tx,
    id: TokenId,
    now: Timestamp,
    reason: Option<&str>,
    compromised: bool,
) -> Result<Option<String>, Error> {
    let row = tx.optional(
        sql!(
            "update personal_access_tokens
             set revoked_at = coalesce(revoked_at, $2), revoke_reason = coalesce(revoke_reason, $3),
                 compromised = $4
             where id = $1 and (revoked_at is null or compromised < $4) returning name"
        ),
        params![id, now, reason, compromised],
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
