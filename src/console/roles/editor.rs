//! The page on which a role is looked at and changed; and the same for one that is not made yet.

use super::draft::Draft;
use super::sees::Sees;
use super::{Role, granted, stored};
use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::list::PageInfo;
use crate::console::stop::Stop;
use crate::console::users::Field;
use crate::console::visit::Visit;
use crate::graphql::AnsweredRefusal;
use crate::roles::Preset;
use askama::Template;
use serde::Deserialize;
use serde_json::json;

/// Who holds a role.
const HOLDERS: &str = "query RoleHolders($role: Int64Bit!, $paginator: Paginator) {
  users(
    search: [{integer_fields: [{attribute: \"roles\", search_value: $role}]}]
    sorter: [{attribute: \"name\"}]
    paginator: $paginator
  ) {
    entities { id name username enabled roles { id } }
    page_info { page total_count total_pages }
  }
}";

/// How many of those who hold a role are named.
const NAMED: usize = 10;

/// Somebody who holds a role.
#[derive(Debug, Deserialize)]
pub(super) struct Holder {
    /// Their number.
    pub id: String,
    /// Their full name.
    pub name: String,
    /// The name they sign in with.
    pub username: String,
    /// Whether they may sign in.
    pub enabled: bool,
}

impl Holder {
    /// The first letter of their name.
    pub fn initial(&self) -> String {
        self.name.chars().next().unwrap_or('?').to_uppercase().to_string()
    }
}

/// Those who hold a role: some of them, and how many there are.
#[derive(Debug, Deserialize)]
pub(super) struct Holders {
    /// The first.
    pub entities: Vec<Holder>,
    /// How many there are.
    pub page_info: PageInfo,
}

#[derive(Deserialize)]
struct Answer {
    users: Holders,
}

/// The page.
#[derive(Template)]
#[template(path = "roles/editor.html")]
pub(super) struct Editor {
    frame: Frame,
    /// The role that it is, unless it is a new one.
    role: Option<Role>,
    /// Where the form goes.
    action: String,
    fields: Vec<Field>,
    /// The grants, one in a line.
    grants: String,
    /// Those that are saved, to tell what is new.
    saved: String,
    wrong_grants: Option<String>,
    trouble: Option<String>,
    /// Whether the visitor may change it.
    editable: bool,
    /// Whether the visitor is a super administrator: some things they alone may say.
    all: bool,
    follow_new_fields: bool,
    presets: Vec<(&'static str, &'static str)>,
    sees: Sees,
    holders: Option<Holders>,
    may_copy: bool,
    may_delete: bool,
    draft: Draft,
}

/// Who holds a role, if that is the visitor's to see.
pub(super) async fn holders(visit: &Visit, role: &Role) -> Result<Option<Holders>, Stop> {
    if role.built_in || !visit.may(HOLDERS) {
        return Ok(None);
    }
    let call = Call::new(HOLDERS).with("role", role.id.clone()).with("paginator", json!({ "records_per_page": NAMED }));
    Ok(Some(visit.ask::<Answer>(&call).await?.users))
}

/// What a draft shows; as it is saved, if that is what stands there.
pub(super) async fn sees(visit: &Visit, role: Option<&Role>, draft: &Draft) -> Result<Sees, Stop> {
    let granted = match role {
        Some(role) if Draft::of_role(role) == *draft => Ok(stored(visit, role).await?),
        _ => granted(visit, draft),
    };
    match granted {
        Ok(granted) => Sees::of(visit, granted).await,
        Err(refusal) => Ok(Sees::problem(&refusal.message)),
    }
}

/// The page for a draft of a role, or of a new one.
pub(super) async fn editor(
    visit: &Visit,
    role: Option<Role>,
    draft: Draft,
    call: Call,
    refusal: Option<&AnsweredRefusal>,
) -> Result<Editor, Stop> {
    let (title, crumb) = match &role {
        Some(role) => (role.name.clone(), role.name.clone()),
        None => ("New role".to_owned(), "New".to_owned()),
    };
    let super_admin = visit.caller.is_super_admin();
    let built_in = role.as_ref().is_some_and(|role| role.built_in);
    let everyones = role.as_ref().is_some_and(Role::is_everyones);
    let editable = match &role {
        Some(_) => visit.may(super::show::UPDATE) && !everyones && (!built_in || super_admin),
        None => true,
    };
    let note = "A role is a list of grants. Saving replaces the list.";
    let frame = visit
        .frame(Here::Roles, &title, vec![Crumb::to("/roles", "Roles"), Crumb::here(crumb)])?
        .with_call(call.shown(&visit.doors.own_endpoint()).noted(note))
        .with_scripts(if editable { &["roles.js"] } else { &[] });
    let holders = match &role {
        Some(role) => holders(visit, role).await?,
        None => None,
    };
    let fields: Vec<Field> = fields(&draft, built_in, super_admin, refusal);
    Ok(Editor {
        frame,
        action: role.as_ref().map_or_else(|| "/roles/new".into(), |role| format!("/roles/{}/review", role.id)),
        grants: draft.grants.join("\n"),
        saved: role.as_ref().map(|role| role.applied_permissions.join("\n")).unwrap_or_default(),
        wrong_grants: refusal
            .filter(|refusal| refusal.is_about("applied_permissions"))
            .map(|refusal| refusal.message.clone()),
        trouble: Field::none_of(&fields, &["applied_permissions"], refusal),
        fields,
        editable,
        all: super_admin,
        follow_new_fields: draft.follow_new_fields,
        presets: Preset::ALL.iter().map(|preset| (preset.name(), label(*preset))).collect(),
        sees: sees(visit, role.as_ref(), &draft).await?,
        holders,
        may_copy: role.is_some() && visit.may(super::create::CREATE),
        may_delete: role.is_some() && !built_in && visit.may(super::delete::DELETE),
        role,
        draft,
    })
}

fn fields(draft: &Draft, built_in: bool, super_admin: bool, refusal: Option<&AnsweredRefusal>) -> Vec<Field> {
    if built_in {
        return Vec::new();
    }
    let mut fields = vec![
        Field::new("name", "Name", &draft.name),
        Field::new("description", "Description", &draft.description)
            .optional()
            .hinted("What it is for, and what it leaves out."),
    ];
    if super_admin {
        let told = Field::new("upstream_name", "Name for the API", &draft.upstream_name).optional();
        fields.push(told.hinted("The API behind is told this of those who hold the role: a to z, 0 to 9, _ and -."));
    }
    fields.into_iter().map(|field| field.after(None, refusal)).collect()
}

const fn label(preset: Preset) -> &'static str {
    match preset {
        Preset::ReadOnly => "Read-only",
        Preset::ReadWrite => "Read-write",
        Preset::Administrator => "Administrator",
    }
}
