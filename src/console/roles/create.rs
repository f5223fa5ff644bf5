//! Making a role: from nothing, from a preset, or from another role.

use super::draft::Draft;
use super::editor::{editor, sees};
use super::show;
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::giving::{give, must};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// Makes a role.
pub(super) const CREATE: &str = "mutation CreateRole($input: CreateRoleMutationInput) {
  createRole(input: $input) { id effective_permission_count }
}";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "createRole")]
    role: Made,
}

#[derive(Deserialize)]
struct Made {
    id: String,
}

/// The form.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    must(visit, CREATE)?;
    let mut draft = match visit.query.text("from") {
        Some(id) if id.parse::<i64>().is_ok() => {
            let (role, _) = show::find(visit, id).await?;
            Draft { name: String::new(), upstream_name: String::new(), ..Draft::of_role(&role) }
        }
        _ => Draft::default(),
    };
    draft.follow_new_fields &= visit.caller.is_super_admin();
    let draft = draft.with_preset(visit.query.get("preset"), &visit.cx().surface);
    let call = call(&draft);
    Ok(visit.page(&editor(visit, None, draft, call, None).await?))
}

/// Makes it; or shows the form again, with a preset in it or with what its grants show.
pub(super) async fn submit(visit: &Visit, form: &Form) -> Result<Response<Body>, Stop> {
    must(visit, CREATE)?;
    let draft = Draft::of_form(form, &Draft::default(), visit.caller.is_super_admin())
        .with_preset(form.get("preset"), &visit.cx().surface);
    let call = call(&draft);
    match form.get("show") {
        "call" => return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint()))),
        "sees" => return Ok(reply::json(visit.gzip, &sees(visit, None, &draft).await?)),
        _ => {}
    }
    if form.ticked("preset") || form.ticked("look") {
        return Ok(visit.page(&editor(visit, None, draft, call, None).await?));
    }
    match give::<Answer>(visit, &call, "applied_permissions").await? {
        Ok(Answer { role }) => Ok(reply::see_other(&format!("/roles/{}?done=created", role.id))),
        Err(refusal) => Ok(visit.page_again(&editor(visit, None, draft, call, Some(&refusal)).await?)),
    }
}

fn call(draft: &Draft) -> Call {
    let mut input = json!({ "name": draft.name, "applied_permissions": draft.grants });
    if !draft.description.is_empty() {
        input["description"] = Value::from(draft.description.as_str());
    }
    if draft.follow_new_fields {
        input["follow_new_fields"] = true.into();
    }
    if !draft.upstream_name.is_empty() {
        input["upstream_name"] = Value::from(draft.upstream_name.as_str());
    }
    Call::new(CREATE).with("input", input)
}
