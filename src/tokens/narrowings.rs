//! The narrowings of tokens as lists of grants, for whoever asks whom a change of the schema concerns.

use crate::error::Error;
use crate::permission::NamedGrants;
use crate::roles;
use crate::storage::{Tx, params, sql};
use crate::world::Timestamp;

/// The narrowings of all tokens that still work, each by the token's number and name.
///
/// # Errors
/// When the database fails.
pub fn narrowings(tx: &mut Tx, now: Timestamp) -> Result<Vec<NamedGrants>, Error> {
    let rows = tx.all(
        sql!(
            "select token_grants.permission, token_grants.as_of_revision,
                    personal_access_tokens.id, personal_access_tokens.name
             from token_grants
             join personal_access_tokens on personal_access_tokens.id = token_grants.token_id
             where personal_access_tokens.revoked_at is null and personal_access_tokens.expires_at > $1
             order by personal_access_tokens.id, token_grants.position"
        ),
        params![now],
    )?;
    let mut all: Vec<(i64, NamedGrants)> = Vec::new();
    for row in rows {
        let (id, name): (i64, String) = (row.get(2)?, row.get(3)?);
        if all.last().is_none_or(|(last, _)| *last != id) {
            let name = format!("{id} ({name})");
            all.push((id, NamedGrants { name, grants: Vec::new(), follow_new_fields: false }));
        }
        if let Some((_, last)) = all.last_mut() {
            last.grants.push(roles::stored_grant(&row)?);
        }
    }
    Ok(all.into_iter().map(|(_, list)| list).collect())
}
