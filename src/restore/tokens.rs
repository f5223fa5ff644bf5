//! Personal access tokens: which were revoked, given another secret, or held to less.

use super::roles::{Grants, as_known, both};
use super::{Plan, Relation, store};
use crate::addresses::Ranges;
use crate::error::Error;
use crate::storage::{Row, Storage, Tx, params, sql};
use std::collections::BTreeMap;

/// The documents that a token is held to, each with its digest.
type Documents = Vec<(String, Vec<u8>)>;

#[derive(Clone, PartialEq)]
struct Token {
    user: i64,
    parent: Option<i64>,
    created_at: i64,
    name: String,
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

const WHY: &str = "a backup from before it was made was restored";

/// Why a token is revoked that has two secrets.
const TWO_SECRETS: &str = "a backup was restored in which it had another secret, and it is not known which is newer";

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
        let selects = (
            sql!(
                "select id, user_id, parent_id, created_at, name, hash, previous_hash, previous_until, hint, read_only,
                        narrowed, held_to_documents, ip_ranges, confirmed_at, lifetime_seconds, expires_at, revoked_at,
                        revoke_reason, compromised
                 from personal_access_tokens where id > $1 order by id limit $2"
            ),
            sql!(
                "select id, user_id, parent_id, created_at, name, hash, previous_hash, previous_until, hint, read_only,
                        narrowed, held_to_documents, ip_ranges, confirmed_at, lifetime_seconds, expires_at, revoked_at,
                        revoke_reason, compromised
                 from personal_access_tokens where id > $1 and id <= $2 order by id"
            ),
        );
        let page = store::page(restored, replaced, after, selects).await?;
        let here = whole(restored, &page.here, after, page.until).await?;
        let mut there = whole(replaced, &page.there, after, page.until).await?;
        there.values_mut().filter_map(|token| token.narrowing.as_mut()).for_each(|grants| as_known(grants, newest));
        for (id, now) in there {
            match here.get(&id) {
                Some(then) if then.created_at == now.created_at && then.user == now.user => {
                    differences(plan, id, then, now, relation);
                }
                Some(_) => {}
                None => came_later(plan, id, now),
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
    };
    Ok((row.get(0)?, token))
}

fn differences(plan: &mut Plan, id: i64, then: &Token, now: Token, relation: Relation) {
    let mut left = then.clone();
    let mut what: Vec<&str> = Vec::new();
    if now.revoked_at.is_some() && then.revoked_at.is_none() {
        (left.revoked_at, left.revoke_reason) = (now.revoked_at, now.revoke_reason.clone());
        what.push("stays revoked");
    }
    left.compromised |= now.compromised;
    what.extend(secret(&mut left, then, &now, relation));
    if now.read_only && !then.read_only {
        left.read_only = true;
        what.push("stays read-only");
    }
    if let Some(narrowing) = narrower(&then.narrowing, now.narrowing) {
        left.narrowing = Some(narrowing);
        what.push("stays narrowed");
    }
    if let Some(documents) = fewer(&then.documents, now.documents) {
        left.documents = Some(documents);
        what.push("stays held to documents");
    }
    if let Some(ranges) = addresses(then.ip_ranges.as_deref(), now.ip_ranges.as_deref()) {
        left.ip_ranges = Some(ranges);
        what.push("stays held to addresses");
    }
    if left != *then {
        let name = then.name.clone();
        if !what.is_empty() {
            plan.say("token", id, &name, what.join(", "));
        }
        plan.act(move |tx| write(tx, id, &left));
    }
}

/// Which secret is left, and until when; answers what is to be said of it.
fn secret(left: &mut Token, then: &Token, now: &Token, relation: Relation) -> Option<&'static str> {
    if then.hash == now.hash {
        if relation == Relation::Later {
            (left.previous_hash, left.previous_until) = (now.previous_hash.clone(), now.previous_until);
        } else if then.previous_hash == now.previous_hash {
            left.previous_until = then.previous_until.min(now.previous_until);
        } else {
            (left.previous_hash, left.previous_until) = (None, None);
        }
        left.expires_at = then.expires_at.min(now.expires_at);
        return (left.expires_at != then.expires_at).then_some("ends as early as now");
    }
    match is_newer(then, now, relation) {
        // The holder of the new secret goes on; the old one ended, perhaps because it had leaked.
        Some(true) => {
            (left.hash, left.hint) = (now.hash.clone(), now.hint.clone());
            (left.previous_hash, left.previous_until) = (now.previous_hash.clone(), now.previous_until);
            if relation == Relation::Later {
                (left.expires_at, left.lifetime_seconds) = (now.expires_at, now.lifetime_seconds);
            } else {
                left.expires_at = then.expires_at.min(now.expires_at);
            }
            Some("keeps the secret of now")
        }
        Some(false) => None,
        // Either of them may have leaked.
        None if left.revoked_at.is_none() => {
            (left.revoked_at, left.revoke_reason) = (Some(then.created_at), Some(TWO_SECRETS.into()));
            Some("is revoked: it has another secret now, and it is not known which is newer")
        }
        None => None,
    }
}

/// Whether the secret of now is the newer one of two. Each remembers the one before it; `None`: neither is the other's.
fn is_newer(then: &Token, now: &Token, relation: Relation) -> Option<bool> {
    if relation == Relation::Later || now.previous_hash.as_ref() == Some(&then.hash) {
        return Some(true);
    }
    (then.previous_hash.as_ref() == Some(&now.hash)).then_some(false)
}

/// What both leave; `None`: that is what `then` leaves.
fn narrower(then: &Option<Grants>, now: Option<Grants>) -> Option<Grants> {
    match (then, now) {
        (_, None) => None,
        (None, Some(now)) => Some(now),
        (Some(then), Some(now)) => both(then, &now),
    }
}

fn fewer(then: &Option<Documents>, now: Option<Documents>) -> Option<Documents> {
    match (then, now) {
        (_, None) => None,
        (None, Some(now)) => Some(now),
        (Some(then), Some(now)) => {
            let both: Documents =
                then.iter().filter(|(_, hash)| now.iter().any(|(_, known)| known == hash)).cloned().collect();
            (both != *then).then_some(both)
        }
    }
}

/// An address that both hold; `None`: what `then` holds.
fn addresses(then: Option<&str>, now: Option<&str>) -> Option<String> {
    let now = now?;
    let Some(then) = then else { return Some(now.to_owned()) };
    // What cannot be read holds no address.
    let left = Ranges::stored(then)
        .zip(Ranges::stored(now))
        .map_or_else(String::new, |(then, now)| then.common(&now).to_string());
    (left != then).then_some(left)
}

fn write(tx: &mut Tx<'_>, id: i64, token: &Token) -> Result<(), Error> {
    tx.execute(
        sql!(
            "update personal_access_tokens
             set hash = $2, previous_hash = $3, previous_until = $4, hint = $5, read_only = $6, narrowed = $7,
                 held_to_documents = $8, ip_ranges = $9, lifetime_seconds = $10, expires_at = $11, revoked_at = $12,
                 revoke_reason = $13, compromised = $14
             where id = $1"
        ),
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
            token.compromised
        ],
    )?;
    write_lists(tx, id, token)
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

fn came_later(plan: &mut Plan, id: i64, mut token: Token) {
    if token.revoked_at.is_none() {
        plan.say("token", id, &token.name.clone(), "came after the backup: is kept, revoked");
        (token.revoked_at, token.revoke_reason) = (Some(token.created_at), Some(WHY.into()));
    }
    plan.act(move |tx| {
        tx.execute(
            sql!(
                "insert into personal_access_tokens
                   (id, user_id, parent_id, hash, previous_hash, previous_until, hint, name, folded_name, read_only,
                    narrowed, held_to_documents, ip_ranges, created_at, confirmed_at, lifetime_seconds, expires_at,
                    revoked_at, revoke_reason, compromised)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
            ),
            params![
                id,
                token.user,
                token.parent,
                token.hash.clone(),
                token.previous_hash.clone(),
                token.previous_until,
                &token.hint,
                &token.name,
                crate::names::folded(&token.name),
                token.read_only,
                token.narrowing.is_some(),
                token.documents.is_some(),
                token.ip_ranges.clone(),
                token.created_at,
                token.confirmed_at,
                token.lifetime_seconds,
                token.expires_at,
                token.revoked_at,
                token.revoke_reason.clone(),
                token.compromised
            ],
        )?;
        write_lists(tx, id, &token)
    });
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn of_two_lists_of_addresses_what_both_hold_is_left() {
        for (then, now, left) in [
            (None, None, None),
            (Some("10.0.0.0/8"), None, None),
            (None, Some("10.0.0.0/8"), Some("10.0.0.0/8")),
            (Some("10.1.0.0/16"), Some("10.0.0.0/8"), None),
            (Some("10.0.0.0/8"), Some("10.1.0.0/16"), Some("10.1.0.0/16")),
            (Some("10.0.0.0/8 2001:db8::1"), Some("10.1.0.0/16 2001:db8::/32"), Some("2001:db8::1 10.1.0.0/16")),
            (Some("10.0.0.0/8"), Some("192.168.0.0/16"), Some("")),
        ] {
            assert_eq!(addresses(then, now).as_deref(), left, "{then:?} {now:?}");
        }
    }
}
