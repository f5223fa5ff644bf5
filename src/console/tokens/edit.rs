//! Changing a token: its name, what it is narrowed to, and where it may call from.

use super::show;
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql::AnsweredRefusal;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

const UPDATE: &str = "mutation UpdateToken($id: Int64Bit!, $input: UpdatePersonalAccessTokenMutationInput) {
  updatePersonalAccessToken(id: $id, input: $input) { id name permissions documents ip_ranges }
}";

#[derive(Template)]
#[template(path = "tokens/edit.html")]
struct Page<'a> {
    frame: Frame,
    id: &'a str,
    name: String,
    description: String,
    narrowed: bool,
    permissions: String,
    ip_ranges: String,
    /// How many documents it is held to; they stay unless the box is cleared.
    documents: usize,
    holds: bool,
    refusal: Option<AnsweredRefusal>,
}

impl Page<'_> {
    fn wrong(&self, field: &str) -> Option<&str> {
        self.refusal.as_ref().filter(|refusal| refusal.is_about(field)).map(|refusal| refusal.message.as_str())
    }

    fn wrong_elsewhere(&self) -> Option<&str> {
        let refusal = self.refusal.as_ref()?;
        let shown = ["name", "description", "permissions", "ip_ranges"];
        (!shown.iter().any(|field| refusal.is_about(field))).then_some(refusal.message.as_str())
    }
}

/// The form.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&filled(visit, id, None, None).await?))
}

/// Saves it.
pub(super) async fn submit(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let call = call(id, form);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    match visit.attempt::<Value>(&call).await? {
        Ok(_) => Ok(reply::see_other(&format!("/tokens/{id}?done=saved"))),
        Err(refusal) => Ok(visit.page_again(&filled(visit, id, Some(form), Some(refusal)).await?)),
    }
}

fn call(id: &str, form: &Form) -> Call {
    let list = |name: &str| Value::from(form.lines(name));
    let mut input = json!({ "name": form.get("name").trim(), "description": form.text("description") });
    input["permissions"] = if form.get("powers") == "pick" { list("permissions") } else { Value::Null };
    input["ip_ranges"] = if form.text("ip_ranges").is_some() { list("ip_ranges") } else { Value::Null };
    if form.ticked("had_documents") && !form.ticked("hold") {
        input["documents"] = Value::Null;
    }
    Call::new(UPDATE).with("id", id).with("input", input)
}

async fn filled<'a>(
    visit: &Visit,
    id: &'a str,
    form: Option<&Form>,
    refusal: Option<AnsweredRefusal>,
) -> Result<Page<'a>, Stop> {
    let (whole, _, own) = show::find(visit, id).await?;
    if !own {
        return Err(Stop::NotFound);
    }
    let token = whole.token;
    let documents = token.documents.as_ref().map_or(0, Vec::len);
    let mut page = Page {
        frame: visit.frame(
            Here::Tokens,
            &format!("Edit {}", token.name),
            vec![
                Crumb::to("/tokens", "Personal access tokens"),
                Crumb::to(format!("/tokens/{id}"), &token.name),
                Crumb::here("Edit"),
            ],
        )?,
        id,
        name: token.name,
        description: token.description.unwrap_or_default(),
        narrowed: token.permissions.is_some(),
        permissions: token.permissions.unwrap_or_default().join("\n"),
        ip_ranges: whole.ip_ranges.unwrap_or_default().join("\n"),
        documents,
        holds: true,
        refusal,
    };
    if let Some(form) = form {
        page.name = form.get("name").to_owned();
        page.description = form.get("description").to_owned();
        page.narrowed = form.get("powers") == "pick";
        page.permissions = form.get("permissions").to_owned();
        page.ip_ranges = form.get("ip_ranges").to_owned();
        page.holds = form.ticked("hold");
    }
    let sent = Form::parse(
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("name", page.name.as_str()),
                ("description", &page.description),
                ("powers", if page.narrowed { "pick" } else { "all" }),
                ("permissions", &page.permissions),
                ("ip_ranges", &page.ip_ranges),
            ])
            .finish()
            .as_bytes(),
    );
    page.frame = page
        .frame
        .with_call(call(id, form.unwrap_or(&sent)).shown(&visit.doors.own_endpoint()))
        .with_scripts(&["token.js"]);
    Ok(page)
}
