//! `doorward role show`

use super::json;
use crate::cli::Desk;
use crate::cli::output::Output;
use crate::error::Error;
use crate::roles::Role;
use crate::users;

/// Shows a role's grants as written, what they open on the schema as served, and who holds it.
///
/// # Errors
/// When the database fails, or the answer cannot be written.
pub async fn show(desk: &Desk, output: &Output, role: &Role) -> Result<(), Error> {
    let surface = &desk.cx.surface;
    let mut shown = json(role, surface);
    shown["effective_permissions"] = surface.coordinates(&role.granted(surface)).collect::<Vec<_>>().into();
    let id = role.id;
    // Everybody has `member`, without being given it: there is nobody to name.
    if !role.is_everyones() {
        shown["users"] = desk.cx.storage.read(move |tx| users::names_with(tx, id)).await?.into();
    }
    Ok(output.thing(&shown)?)
}
