//! Whether what a database holds can be read by whoever decides by it: grants, documents, ranges of addresses. Each was
//! checked when it was written; where one cannot be read any more, nobody knows what it opened.

use super::AT_ONCE;
use crate::addresses::Ranges;
use crate::error::Error;
use crate::permission::Grant;
use crate::secret::Digest;
use crate::storage::{Row, Sql, Storage, params, sql};

/// How many complaints are told.
const TOLD: usize = 10;

/// What cannot be read, in words; the first of it.
///
/// # Errors
/// When the database fails.
pub async fn unreadable(storage: &Storage) -> Result<Vec<String>, Error> {
    let roles = sql!(
        "select role_id, position, permission, name from role_grants join roles on roles.id = role_id
         where (role_id, position) > ($1, $2) order by role_id, position limit $3"
    );
    let tokens = sql!(
        "select token_id, position, permission, name from token_grants
         join personal_access_tokens on personal_access_tokens.id = token_id
         where (token_id, position) > ($1, $2) order by token_id, position limit $3"
    );
    let documents = sql!(
        "select token_id, position, document, name, token_documents.hash from token_documents
         join personal_access_tokens on personal_access_tokens.id = token_id
         where (token_id, position) > ($1, $2) order by token_id, position limit $3"
    );
    let ranges = sql!(
        "select id, id, ip_ranges, name from personal_access_tokens
         where ip_ranges is not null and (id, id) > ($1, $2) order by id limit $3"
    );
    let mut told = Vec::new();
    all(storage, roles, &mut told, |row| Ok(grant(&row.get::<String>(2)?).map(|why| of("role", row, &why)))).await?;
    all(storage, tokens, &mut told, |row| Ok(grant(&row.get::<String>(2)?).map(|why| of("token", row, &why)))).await?;
    all(storage, documents, &mut told, |row| {
        let (text, hash): (String, Vec<u8>) = (row.get(2)?, row.get(4)?);
        Ok((!Digest::of(&text).same(&hash)).then(|| of("token", row, "a document that it is held to was changed")))
    })
    .await?;
    all(storage, ranges, &mut told, |row| {
        let text: String = row.get(2)?;
        Ok(Ranges::stored(&text).is_none().then(|| of("token", row, "its ranges of addresses are none")))
    })
    .await?;
    Ok(told)
}

/// What is wrong with a grant.
fn grant(text: &str) -> Option<String> {
    Grant::parse(text).err().map(|error| error.to_string())
}

fn of(what: &str, row: &Row, why: &str) -> String {
    let (id, name) = (row.get::<i64>(0).unwrap_or_default(), row.get::<String>(3).unwrap_or_default());
    format!("{what} {id} `{name}`: {why}")
}

/// Looks at all rows of a statement, some at a time: after the numbers in `$1` and `$2`, at most `$3`.
async fn all(
    storage: &Storage,
    select: Sql,
    told: &mut Vec<String>,
    look: impl Fn(&Row) -> Result<Option<String>, Error>,
) -> Result<(), Error> {
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let select = select.clone();
        let rows = storage.read(move |tx| tx.all(select, params![after.0, after.1, AT_ONCE])).await?;
        for row in &rows {
            told.extend(look(row)?.filter(|_| told.len() < TOLD));
        }
        match rows.last() {
            Some(last) => after = (last.get(0)?, last.get(1)?),
            None => return Ok(()),
        }
    }
}
