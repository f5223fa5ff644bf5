//! Changing a token: its name, what it is narrowed to, and where it may call from.

use super::show::{self, Whole};
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
use serde_json::{Map, Value, json};

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
    /// What the fields were when the form was first shown.
    was: Vec<(String, String)>,
    refusal: Option<AnsweredRefusal>,
}

impl Page<'_> {
    /// What the fields are, shown for the first time.
    fn first(&self) -> Vec<(String, String)> {
        Form::first([
            ("name", &*self.name),
            ("description", &self.description),
            ("powers", if self.narrowed { "pick" } else { "all" }),
            ("permissions", &self.permissions),
            ("ip_ranges", &self.ip_ranges),
        ])
    }

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
    let whole = found(visit, id).await?;
    let call = call(&whole, form);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    let saved = || reply::see_other(&format!("/tokens/{id}?done=saved"));
    if call.variables["input"].as_object().is_none_or(Map::is_empty) {
        return Ok(saved());
    }
    match visit.attempt::<Value>(&call).await? {
        Ok(_) => Ok(saved()),
        Err(refusal) => Ok(visit.page_again(&filled(visit, id, Some(form), Some(refusal)).await?)),
    }
}

/// A token of the visitor's own.
async fn found(visit: &Visit, id: &str) -> Result<Whole, Stop> {
    match show::find(visit, id).await? {
        (whole, _, true) => Ok(whole),
        _ => Err(Stop::NotFound),
    }
}

/// The call for what the form changes of it. A list that stays is not sent: saving it is standing by it, with all that the
/// schema has gained since.
fn call(whole: &Whole, form: &Form) -> Call {
    let token = &whole.token;
    let mut input = Map::new();
    if form.changed("name") && form.get("name").trim() != token.name {
        input.insert("name".into(), form.get("name").trim().into());
    }
    if form.changed("description")
        && form.text("description") != token.description.as_deref().filter(|text| !text.is_empty())
    {
        input.insert("description".into(), form.text("description").into());
    }
    let mut list = |name: &str, before: &Option<Vec<String>>, after: Option<Vec<String>>| {
        if !same(before.as_deref(), after.as_deref()) {
            input.insert(name.to_owned(), after.into());
        }
    };
    if form.changed("powers") || form.changed("permissions") {
        list("permissions", &token.permissions, (form.get("powers") == "pick").then(|| form.lines("permissions")));
    }
    if form.changed("ip_ranges") {
        list("ip_ranges", &whole.ip_ranges, form.text("ip_ranges").map(|_| form.lines("ip_ranges")));
    }
    if form.ticked("had_documents") && !form.ticked("hold") {
        input.insert("documents".into(), Value::Null);
    }
    Call::new(UPDATE).with("id", token.id.clone()).with("input", input)
}

/// Whether two lists hold the same, in whatever order.
fn same(before: Option<&[String]>, after: Option<&[String]>) -> bool {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    before.map(sorted) == after.map(sorted)
}

async fn filled<'a>(
    visit: &Visit,
    id: &'a str,
    form: Option<&Form>,
    refusal: Option<AnsweredRefusal>,
) -> Result<Page<'a>, Stop> {
    let whole = found(visit, id).await?;
    let nothing = || Call::new(UPDATE).with("id", id).with("input", json!({}));
    let shown = form.map_or_else(nothing, |form| call(&whole, form)).shown(&visit.doors.own_endpoint());
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
        was: Vec::new(),
        refusal,
    };
    page.was = form.map_or_else(|| page.first(), Form::was);
    if let Some(form) = form {
        page.name = form.get("name").to_owned();
        page.description = form.get("description").to_owned();
        page.narrowed = form.get("powers") == "pick";
        page.permissions = form.get("permissions").to_owned();
        page.ip_ranges = form.get("ip_ranges").to_owned();
        // What had no box when the form was first shown was not left empty.
        page.holds = form.ticked("hold") || !form.ticked("had_documents");
    }
    page.frame = page.frame.with_call(shown).with_scripts(&["token.js"]);
    Ok(page)
}
