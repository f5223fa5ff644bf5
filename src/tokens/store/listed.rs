//! Tokens as they are shown: one, some, or a list of them, with their grants.

use super::{among, grants_of, ranges};
use crate::error::Error;
use crate::id::{TokenId, UserId};
use crate::lists::{Attribute, Kind, Listing, Wanted};
use crate::storage::{Filter, Order, Row, Tx};
use crate::tokens::{Kin, LastUsed, Token};
use crate::world::Timestamp;

const SELECT: &str = "select tokens.id, tokens.user_id, tokens.parent_id, tokens.name, tokens.description,
                             tokens.read_only, tokens.hint, tokens.narrowed, tokens.created_at, tokens.confirmed_at,
                             tokens.expires_at, tokens.last_used_at, tokens.last_used_ip, tokens.last_used_agent,
                             tokens.revoked_at, tokens.revoke_reason, users.enabled, tokens.held_to_documents,
                             tokens.ip_ranges, tokens.previous_until, tokens.compromised, tokens.lifetime_seconds
                      from personal_access_tokens as tokens
                      join users on users.id = tokens.user_id";

/// What the tokens can be searched and sorted by.
pub(in crate::tokens) const LISTING: Listing = Listing {
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

pub(in crate::tokens) fn list(tx: &mut Tx, user: Option<UserId>, wanted: Wanted) -> Result<(Vec<Token>, i64), Error> {
    let filter = wanted.filter.equal("tokens.user_id", user.map(|user| user.0));
    let (sql, values) = filter.count("personal_access_tokens as tokens");
    let total = tx.one(sql, &values)?.get(0)?;
    let (sql, values) = filter.select(SELECT, &wanted.order, wanted.page.limit(), wanted.page.offset());
    let rows = tx.all(sql, &values)?;
    let mut tokens = tokens(tx, &rows)?;
    Kin::unite(&mut tokens, std::sync::Arc::default());
    Ok((tokens, total))
}

pub(in crate::tokens) fn find(tx: &mut Tx, id: TokenId) -> Result<Option<Token>, Error> {
    let (sql, values) = Filter::default().equal("tokens.id", Some(id.0)).rows(SELECT);
    let rows = tx.all(sql, &values)?;
    let mut found = tokens(tx, &rows)?;
    Kin::unite(&mut found, std::sync::Arc::default());
    Ok(found.pop())
}

/// The tokens of these numbers.
pub(in crate::tokens) fn of(tx: &mut Tx, ids: Vec<TokenId>) -> Result<Vec<Token>, Error> {
    let (sql, values) = among("tokens.id", ids).all(SELECT, &Order::default().then("tokens.id", false));
    let rows = tx.all(sql, &values)?;
    tokens(tx, &rows)
}

/// The tokens that these made, no more than `most`.
pub(in crate::tokens) fn of_parents(tx: &mut Tx, ids: Vec<TokenId>, most: usize) -> Result<Vec<Token>, Error> {
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
