//! How the replaced database stands to the one that was backed up.

use super::trail;
use crate::error::Error;
use crate::storage::{Storage, Tx, sql};

/// How the replaced database stands to the one that was backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// A later state of it: what it took away stays away, and its secrets are the newer ones.
    Later,
    /// An earlier state of it: the backup knows all that it took away.
    Earlier,
    /// Once the same one, but each has gone its own way since: what it took away stays away, and which of two secrets is
    /// the newer one has to be shown by themselves.
    Kin,
    /// Another installation's: nothing of it concerns the backup.
    Foreign,
}

/// Tells it by the last rows of the trails, which only ever grow. A first user who is the same shows that both began as
/// one, but not which of them is later.
pub(super) async fn find(restored: &Storage, replaced: &Storage) -> Result<Relation, Error> {
    if let Some(last) = trail::last(restored).await?
        && trail::holds(replaced, last).await?
    {
        return Ok(Relation::Later);
    }
    if let Some(last) = trail::last(replaced).await?
        && trail::holds(restored, last).await?
    {
        return Ok(Relation::Earlier);
    }
    let first = |tx: &mut Tx<'_>| {
        let row = tx.optional(sql!("select id, created_at from users order by id limit 1"), &[])?;
        row.map(|row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))).transpose()
    };
    let (here, there) = (restored.read(first).await?, replaced.read(first).await?);
    Ok(if here.is_some() && here == there { Relation::Kin } else { Relation::Foreign })
}
