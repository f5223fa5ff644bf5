//! Personal access tokens: which were revoked, given another secret, or held to less.

mod left;
mod write;

use super::roles::{Grants, as_known};
use super::{Plan, Relation, store};
use crate::error::Error;
use crate::storage::{Row, Storage, Tx, params, sql};
use std::collections::BTreeMap;

/// The documents that a token is held to, each with its digest.
type Documents = Vec<(String, Vec<u8>)>;

/// When a token was last used, from where and by what.
type LastUse = (Option<i64>, Option<String>, Option<String>);

#[derive(Clone, PartialEq)]
struct Token {
    user: i64,
    parent: Option<i64>,
    created_at: i64,
    name: String,
    description: Option<String>,
    last_used: LastUse,
    hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    previous_until: Option<i64>,
    hint: String,
    read_only: bool,
    narrowing: Option<Grants>,
    documents: Option<Documents>,
    ip_ranges: Option<String>,
    confirmed_at: i64,
    lifetime_seconds: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    revoke_reason: Option<String>,
    compromised: bool,
}

/// Plans what is to be taken from tokens. Those that came after the backup are kept, revoked: they say so to whoever
/// presents them, and their numbers do not become others'.
pub(super) async fn compare(
    plan: &mut Plan,
    restored: &Storage,
    replaced: &Storage,
    relation: Relation,
) -> Result<(), Error> {
    let newest = store::newest_schema(restored).await?;
    let mut after = i64::MIN;
    loop {
        let select = sql!(
            "select id, user_id, parent_id, created_at, name, hash, previous_hash, previous_until, hint, read_only,
                    narrowed, held_to_documents, ip_ranges, confirmed_at, lifetime_seconds, expires_at, revoked_at,
                    revoke_reason, compromised, description, last_used_at, last_used_ip, last_used_agent
             from personal_access_tokens where id > $1 and id <= $2 order by id limit $3"
        );
        let page = store::page(restored, replaced, after, select).await?;
        let here = whole(restored, &page.here, after, page.until).await?;
        let mut there = whole(replaced, &page.there, after, page.until).await?;
        there.values_mut().filter_map(|token| token.narrowing.as_mut()).for_each(|grants| as_known(grants, newest));
        for (id, now) in there {
            match here.get(&id) {
                Some(then) if then.created_at == now.created_at && then.user == now.user => {
                    left::differences(plan, id, then, now, relation);
                }
                Some(_) => {}
                None => write::came_later(plan, id, now),
            }
        }
        after = page.until;
        if page.is_last {
            return Ok(());
        }
    }
}

/// Tokens from their rows, with their grants and documents.
async fn whole(storage: &Storage, rows: &[Row], after: i64, until: i64) -> Result<BTreeMap<i64, Token>, Error> {
    let lists = move |tx: &mut Tx<'_>| {
        let grants = sql!(
            "select token_id, permission, as_of_revision from token_grants
             where token_id > $1 and token_id <= $2 order by token_id, position"
        );
        let documents = sql!(
            "select token_id, document, hash from token_documents
             where token_id > $1 and token_id <= $2 order by token_id, position"
        );
        Ok((tx.all(grants, params![after, until])?, tx.all(documents, params![after, until])?))
    };
    let (grants, documents) = storage.read(lists).await?;
    let mut tokens = rows.iter().map(token).collect::<Result<BTreeMap<_, _>, Error>>()?;
    for row in &grants {
        if let Some(list) = tokens.get_mut(&row.get(0)?).and_then(|token| token.narrowing.as_mut()) {
            list.push((row.get(1)?, row.get(2)?));
        }
    }
    for row in &documents {
        if let Some(list) = tokens.get_mut(&row.get(0)?).and_then(|token| token.documents.as_mut()) {
            list.push((row.get(1)?, row.get(2)?));
        }
    }
    Ok(tokens)
}

fn token(row: &Row) -> Result<(i64, Token), Error> {
    let token = Token {
        user: row.get(1)?,
        parent: row.get(2)?,
        created_at: row.get(3)?,
        name: row.get(4)?,
        hash: row.get(5)?,
        previous_hash: row.get(6)?,
        previous_until: row.get(7)?,
        hint: row.get(8)?,
        read_only: row.get(9)?,
        narrowing: row.get::<bool>(10)?.then(Vec::new),
        documents: row.get::<bool>(11)?.then(Vec::new),
        ip_ranges: row.get(12)?,
        confirmed_at: row.get(13)?,
        lifetime_seconds: row.get(14)?,
        expires_at: row.get(15)?,
        revoked_at: row.get(16)?,
        revoke_reason: row.get(17)?,
        compromised: row.get(18)?,
        description: row.get(19)?,
        last_used: (row.get(20)?, row.get(21)?, row.get(22)?),
    };
    Ok((row.get(0)?, token))
}
