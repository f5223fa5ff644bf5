//! What saving would change, and whom it concerns, before it is saved.

use super::draft::Draft;
use super::editor::{self, Holders, editor};
use super::show::{self, update};
use super::{Role, granted, stored};
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::giving::give;
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::counted;
use crate::graphql::AnsweredRefusal;
use crate::permission::Granted;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::de::IgnoredAny;
use serde_json::json;

/// How many permissions are named that come or go.
const NAMED: usize = 100;

/// Permissions that come, or go.
struct Moved {
    /// How many, in words.
    count: String,
    /// The first of them.
    named: Vec<String>,
    /// How many there are besides.
    more: usize,
}

impl Moved {
    /// What the one has and the other has not; `None`: nothing.
    fn of(visit: &Visit, one: &Granted, other: &Granted) -> Option<Self> {
        let mut moved = one.clone();
        moved.subtract(other);
        let n = moved.count();
        let named: Vec<String> = visit.cx().surface.coordinates(&moved).take(NAMED).collect();
        (n > 0).then(|| Self { count: counted(n, "permission"), more: n - named.len(), named })
    }
}

#[derive(Template)]
#[template(path = "roles/review.html")]
struct Page {
    frame: Frame,
    role: Role,
    draft: Draft,
    /// Lines that come and go: the grants.
    added: Vec<String>,
    removed: Vec<String>,
    /// What else changes, a sentence each.
    besides: Vec<String>,
    gained: Option<Moved>,
    lost: Option<Moved>,
    holders: Option<Holders>,
    all: bool,
    /// Whether anything changes at all.
    nothing: bool,
    /// The role as it was when this was shown.
    seen: String,
    /// Whether it was changed since it was reviewed before.
    meanwhile: bool,
}

/// The question; or the editor again, where its form asks for that.
pub(super) async fn page(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let (role, _) = show::find(visit, id).await?;
    let before = Draft::of_role(&role);
    let all = visit.caller.is_super_admin();
    let draft = Draft::of_form(form, &before, all).with_preset(form.get("preset"), &visit.cx().surface);
    let call = update(id, draft.changes(&before));
    match form.get("show") {
        "call" => return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint()))),
        "sees" => return Ok(reply::json(visit.gzip, &editor::sees(visit, Some(&role), &draft).await?)),
        _ => {}
    }
    if form.ticked("preset") || form.ticked("look") || form.ticked("edit") {
        return Ok(visit.page(&editor(visit, Some(role), draft, call, None).await?));
    }
    match granted(visit, &draft) {
        Ok(after) => Ok(visit.page(&reviewed(visit, role, draft, after).await?)),
        Err(refusal) => again(visit, role, draft, &refusal).await,
    }
}

async fn reviewed(visit: &Visit, role: Role, draft: Draft, after: Granted) -> Result<Page, Stop> {
    let before = Draft::of_role(&role);
    let call = update(&role.id, draft.changes(&before));
    let now = stored(visit, &role).await?;
    // Grants that stay as they are written keep the moment that they were given at.
    let after = if draft.grants == before.grants && draft.follow_new_fields == before.follow_new_fields {
        now.clone()
    } else {
        after
    };
    let frame = visit.frame(Here::Roles, &format!("Review {}", role.name), crumbs(&role))?.with_call(
        call.shown(&visit.doors.own_endpoint()).noted("A role is a list of grants. Saving replaces the list."),
    );
    let owned = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect::<Vec<_>>();
    Ok(Page {
        frame,
        added: owned(draft.beyond(&before)),
        removed: owned(before.beyond(&draft)),
        besides: besides(&draft, &before),
        gained: Moved::of(visit, &after, &now),
        lost: Moved::of(visit, &now, &after),
        holders: editor::holders(visit, &role).await?,
        all: visit.caller.is_super_admin(),
        nothing: draft == before,
        seen: seen(&before),
        meanwhile: false,
        role,
        draft,
    })
}

/// A role in a line, to tell whether it is still the one that was reviewed.
fn seen(role: &Draft) -> String {
    let Draft { name, description, grants, follow_new_fields, upstream_name } = role;
    json!([name, description, grants, follow_new_fields, upstream_name]).to_string()
}

/// Saves it.
pub(super) async fn save(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let (role, _) = show::find(visit, id).await?;
    let before = Draft::of_role(&role);
    let draft = Draft::of_form(form, &before, visit.caller.is_super_admin());
    let call = update(id, draft.changes(&before));
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    // Somebody else has changed it since this was reviewed: saved is what was seen, and nothing else.
    if form.given("seen").is_some_and(|reviewed| reviewed != seen(&before))
        && let Ok(after) = granted(visit, &draft)
    {
        let page = Page { meanwhile: true, ..reviewed(visit, role, draft, after).await? };
        return Ok(reply::page(StatusCode::CONFLICT, visit.gzip, &page));
    }
    match give::<IgnoredAny>(visit, &call, "applied_permissions").await? {
        Ok(_) => Ok(reply::see_other(&format!("/roles/{id}?done=saved"))),
        Err(refusal) => again(visit, role, draft, &refusal).await,
    }
}

async fn again(visit: &Visit, role: Role, draft: Draft, refusal: &AnsweredRefusal) -> Result<Response<Body>, Stop> {
    let call = update(&role.id, draft.changes(&Draft::of_role(&role)));
    Ok(visit.page_again(&editor(visit, Some(role), draft, call, Some(refusal)).await?))
}

fn crumbs(role: &Role) -> Vec<Crumb> {
    let own = Crumb::to(format!("/roles/{}", role.id), &role.name);
    vec![Crumb::to("/roles", "Roles"), own, Crumb::here("Review")]
}

/// What changes besides the grants.
fn besides(draft: &Draft, before: &Draft) -> Vec<String> {
    let mut said = Vec::new();
    if draft.name != before.name {
        said.push(format!("It is called {} from now on.", draft.name));
    }
    if draft.description != before.description {
        said.push("Its description changes.".to_owned());
    }
    match (draft.follow_new_fields, before.follow_new_fields) {
        (true, false) => said.push("Its grants open what the schema gains later, too.".to_owned()),
        (false, true) => said.push("What the schema gains from now on stays closed to it.".to_owned()),
        _ => {}
    }
    if draft.upstream_name != before.upstream_name {
        said.push(match draft.upstream_name.as_str() {
            "" => "The API is told of it no more.".to_owned(),
            name => format!("The API is told of it as {name}."),
        });
    }
    said
}
