//! Tokens as they are written into the restored database.

use super::Token;
use crate::error::Error;
use crate::names::folded;
use crate::restore::Plan;
use crate::storage::{Tx, Value, params, sql};

/// Why a token is revoked that came after the backup.
const WHY: &str = "a backup from before it was made was restored";

/// Writes what is left of a token.
pub(super) fn update(tx: &mut Tx<'_>, id: i64, token: &Token) -> Result<(), Error> {
    tx.execute(
        sql!(
            "update personal_access_tokens
             set hash = $2, previous_hash = $3, previous_until = $4, hint = $5, read_only = $6, narrowed = $7,
                 held_to_documents = $8, ip_ranges = $9, lifetime_seconds = $10, expires_at = $11, revoked_at = $12,
                 revoke_reason = $13, compromised = $14, last_used_at = $15, last_used_ip = $16, last_used_agent = $17
             where id = $1"
        ),
        &what_may_differ(id, token),
    )?;
    write_lists(tx, id, token)
}

/// The number of a token, and all of its row that may be otherwise than it was: in the order of both statements.
fn what_may_differ(id: i64, token: &Token) -> [Value; 17] {
    params![
        id,
        token.hash.clone(),
        token.previous_hash.clone(),
        token.previous_until,
        &token.hint,
        token.read_only,
        token.narrowing.is_some(),
        token.documents.is_some(),
        token.ip_ranges.clone(),
        token.lifetime_seconds,
        token.expires_at,
        token.revoked_at,
        token.revoke_reason.clone(),
        token.compromised,
        token.last_used.0,
        token.last_used.1.clone(),
        token.last_used.2.clone()
    ]
    .clone()
}

fn write_lists(tx: &mut Tx<'_>, id: i64, token: &Token) -> Result<(), Error> {
    tx.execute(sql!("delete from token_grants where token_id = $1"), params![id])?;
    tx.execute(sql!("delete from token_documents where token_id = $1"), params![id])?;
    for (position, (permission, as_of)) in (0i64..).zip(token.narrowing.iter().flatten()) {
        tx.execute(
            sql!("insert into token_grants (token_id, position, permission, as_of_revision) values ($1, $2, $3, $4)"),
            params![id, position, permission, *as_of],
        )?;
    }
    for (position, (document, hash)) in (0i64..).zip(token.documents.iter().flatten()) {
        tx.execute(
            sql!("insert into token_documents (token_id, position, document, hash) values ($1, $2, $3, $4)"),
            params![id, position, document, hash.clone()],
        )?;
    }
    Ok(())
}

/// Plans to keep a token that came after the backup, revoked.
pub(super) fn came_later(plan: &mut Plan, id: i64, mut token: Token) {
    if token.revoked_at.is_none() {
        plan.say("token", id, &token.name.clone(), "came after the backup: is kept, revoked");
        (token.revoked_at, token.revoke_reason) = (Some(plan.now.0), Some(WHY.into()));
    }
    plan.act(move |tx| {
        let description = token.description.clone();
        let who_it_is = params![
            token.user,
            token.parent,
            &token.name,
            folded(&token.name),
            description.as_deref(),
            description.as_deref().map(folded),
            token.created_at,
            token.confirmed_at
        ];
        tx.execute(
            sql!(
                "insert into personal_access_tokens
                   (id, hash, previous_hash, previous_until, hint, read_only, narrowed, held_to_documents, ip_ranges,
                    lifetime_seconds, expires_at, revoked_at, revoke_reason, compromised, last_used_at, last_used_ip,
                    last_used_agent, user_id, parent_id, name, folded_name, description, folded_description,
                    created_at, confirmed_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                         $21, $22, $23, $24, $25)"
            ),
            &[&what_may_differ(id, &token)[..], &who_it_is[..]].concat(),
        )?;
        write_lists(tx, id, &token)
    });
}
