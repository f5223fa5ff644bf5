//! What a user holds, before any token of theirs cuts it down.

use crate::caller::Person;
use crate::error::Error;
use crate::permission::{Granted, Surface};
use crate::roles;
use crate::storage::Tx;
use crate::world::Timestamp;

/// What a person holds: their roles, `member`, or everything. `super_admin` reaches no token that a person last
/// stood by before it was given; `None`: it is no token that asks.
///
/// # Errors
/// When the database fails.
pub fn held_by(
    tx: &mut Tx,
    surface: &Surface,
    person: &Person,
    confirmed_at: Option<Timestamp>,
) -> Result<Granted, Error> {
    if person.holds_everything(confirmed_at) {
        return Ok(surface.everything());
    }
    roles::held(tx, surface, person.id)
}
