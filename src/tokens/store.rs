//! The SQL of personal access tokens: what is written of them. How they are found, by their secret and in lists, stands
//! below.

mod chains;
mod listed;

pub(super) use chains::{Ancestor, ancestries, ancestry, by_hash, children, document_digests, documents, grants_of};
pub(super) use listed::{LISTING, find, list, of, of_parents};

use super::create;
use super::documents::Document;
use super::update::{Changes, Read};
use super::{LastUsed, Token};
use crate::addresses::Ranges;
use crate::error::{Error, Fault};
use crate::id::TokenId;
use crate::names::folded;
use crate::permission::PinnedGrant;
use crate::secret::Secret;
use crate::storage::{Condition, Filter, Tx, params, sql};
use crate::world::Timestamp;

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

fn ranges(stored: Option<String>) -> Result<Option<Ranges>, Error> {
    let read = |text: String| {
        Ranges::stored(&text).ok_or_else(|| Fault::new("reading stored ranges of addresses", "they are none"))
    };
    Ok(stored.map(read).transpose()?)
}

fn among(column: &'static str, ids: Vec<TokenId>) -> Filter {
    Filter::default().and(&Condition::OneOf(column, ids.into_iter().map(|id| id.0).collect()))
}
