//! Roles: the list, making one, and the editor, which shows what a change comes to and whom it concerns before it is
//! saved.

mod create;
mod delete;
mod draft;
mod editor;
mod list;
mod review;
mod sees;
mod show;

pub(super) use list::LIST;

use super::form::Form;
use super::stop::Stop;
use super::visit::Visit;
use super::when::counted;
use crate::error::{Error, Refusal};
use crate::graphql::AnsweredRefusal;
use crate::id::RoleId;
use crate::permission::Granted;
use crate::roles as rules;
use axum::body::Body;
use axum::http::Response;
use draft::Draft;
use serde::Deserialize;

/// A role, as pages ask for it; what a page does not ask for is not there.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Role {
    /// Its number.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is one of Doorward's own.
    pub built_in: bool,
    /// Its grants, as written.
    pub applied_permissions: Vec<String>,
    /// Whether its grants also open what the schema gains later.
    #[serde(default)]
    pub follow_new_fields: bool,
    /// The name under which the API behind is told of it.
    pub upstream_name: Option<String>,
    /// How many permissions it comes to.
    pub effective_permission_count: usize,
    /// How many users hold it.
    pub user_count: usize,
}

impl Role {
    /// Whether it is the one that every user has.
    pub fn is_everyones(&self) -> bool {
        self.built_in && self.name == rules::MEMBER
    }

    /// Who holds it, in words.
    pub fn holders(&self) -> String {
        match (self.is_everyones(), self.built_in) {
            (true, _) => "everybody".into(),
            (false, true) => "strangers".into(),
            (false, false) => counted(self.user_count, "user"),
        }
    }

    /// `18 permissions`.
    pub fn opens(&self) -> String {
        counted(self.effective_permission_count, "permission")
    }

    /// `9 grants`.
    pub fn lines(&self) -> String {
        counted(self.applied_permissions.len(), "grant")
    }
}

/// Answers below `/roles`.
pub(super) async fn answer(visit: &Visit, segments: &[&str], form: Option<&Form>) -> Result<Response<Body>, Stop> {
    match (segments, form) {
        ([], None) => list::page(visit).await,
        (["new"], None) => create::page(visit).await,
        (["new"], Some(form)) => create::submit(visit, form).await,
        ([id, ..], _) if id.parse::<i64>().is_err() => Err(Stop::NotFound),
        ([id], None) => show::page(visit, id).await,
        ([id], Some(form)) => review::save(visit, id, form).await,
        ([id, "review"], Some(form)) => review::page(visit, id, form).await,
        ([id, "delete"], None) => delete::page(visit, id).await,
        ([id, "delete"], Some(form)) => delete::submit(visit, id, form).await,
        _ => Err(Stop::NotFound),
    }
}

/// What a draft would open, if it were saved now; or why its grants cannot be read.
fn granted(visit: &Visit, draft: &Draft) -> Result<Granted, AnsweredRefusal> {
    let cx = visit.cx();
    let read = rules::read_grants(cx, &visit.caller, "applied_permissions", &draft.grants);
    let grants = read.map_err(|refusal: Refusal| AnsweredRefusal::of(&refusal))?;
    Ok(cx.surface.compile(&grants, draft.follow_new_fields))
}

/// What a role opens as it is stored: each of its grants as of the schema that it was given on.
async fn stored(visit: &Visit, role: &Role) -> Result<Granted, Stop> {
    let id = RoleId(role.id.parse().map_err(|_| Stop::NotFound)?);
    let found =
        visit.cx().storage.read(move |tx| rules::find(tx, id)).await.map_err(|error: Error| Stop::from(error))?;
    Ok(found.ok_or(Stop::NotFound)?.granted(&visit.cx().surface))
}
