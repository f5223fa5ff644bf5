//! Changing a user: names, address, and what only super administrators may say of somebody.

use super::{Field, User, show};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Frame, Here};
use crate::console::giving::{give, must};
use crate::console::me::{is_wanted, prove};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql::AnsweredRefusal;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// Changes a user.
pub(super) const UPDATE: &str = "mutation UpdateUser($id: Int64Bit!, $input: UpdateUserMutationInput) {
  updateUser(id: $id, input: $input) { id username }
}";

#[derive(Template)]
#[template(path = "users/edit.html")]
struct Page {
    frame: Frame,
    id: String,
    fields: Vec<Field>,
    /// Whether the visitor is a super administrator: some things they alone may say.
    all: bool,
    super_admin: bool,
    /// What the fields were when the form was first shown.
    was: Vec<(String, String)>,
    /// What is wrong with the box.
    wrong_admin: Option<String>,
    /// Whether it asks for the visitor's own password, since it is they whom it is about.
    proves: bool,
    wrong_password: Option<String>,
    trouble: Option<String>,
}

/// The form.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    must(visit, UPDATE)?;
    let (user, _) = show::find(visit, id).await?;
    Ok(visit.page(&filled(visit, &user, None, None)?))
}

/// Saves it.
pub(super) async fn submit(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let (user, _) = show::find(visit, id).await?;
    let call = call(&user, form, visit.caller.is_super_admin());
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    let is_empty = call.variables["input"].as_object().is_none_or(Map::is_empty);
    if is_empty {
        return Ok(reply::see_other(&format!("/users/{id}?done=saved")));
    }
    let proved = match form.get("current_password") {
        "" => None,
        password => match prove(visit, password).await? {
            Ok(proved) => Some(proved),
            Err(words) => {
                let page = filled(visit, &user, Some(form), None)?;
                return Ok(visit.page_again(&Page { proves: true, wrong_password: Some(words), ..page }));
            }
        },
    };
    if let Err(refusal) = give::<IgnoredAny>(proved.as_ref().unwrap_or(visit), &call, "id").await? {
        let page = filled(visit, &user, Some(form), Some(&refusal))?;
        return Ok(visit.page_again(&if is_wanted(&refusal) { asking(page) } else { page }));
    }
    Ok(reply::see_other(&format!("/users/{id}?done=saved")))
}

/// The form, which asks for the visitor's password.
fn asking(page: Page) -> Page {
    let words = "Give your own password: how you sign in is about to change.".to_owned();
    Page { proves: true, wrong_password: Some(words), trouble: None, ..page }
}

/// The call for what the form changes of them.
fn call(user: &User, form: &Form, all: bool) -> Call {
    let mut input = Map::new();
    let mut text = |name: &str, before: Option<&str>, clears: bool| {
        let Some(typed) = form.given(name).map(str::trim).filter(|_| form.changed(name)) else { return };
        if typed != before.unwrap_or_default() {
            let value = if clears && typed.is_empty() { Value::Null } else { typed.into() };
            input.insert(name.to_owned(), value);
        }
    };
    text("username", Some(&user.username), false);
    text("name", Some(&user.name), false);
    text("public_name", user.public_name.as_deref(), false);
    text("email_address", user.email_address.as_deref(), true);
    if all {
        text("external_id", user.external_id.as_deref(), true);
        let ticked = form.ticked("super_admin");
        // A form from before its visitor could tick the box says nothing of it: none was left empty.
        let was_ticked = form.get("was.super_admin") == "yes";
        if ticked != was_ticked && ticked != user.super_admin {
            input.insert("super_admin".into(), ticked.into());
        }
    }
    Call::new(UPDATE).with("id", user.id.clone()).with("input", input)
}

fn filled(visit: &Visit, user: &User, form: Option<&Form>, refusal: Option<&AnsweredRefusal>) -> Result<Page, Stop> {
    let all = visit.caller.is_super_admin();
    let mut fields = vec![
        Field::new("username", "User name", &user.username),
        Field::new("name", "Full name", &user.name),
        Field::new("public_name", "Public name", user.public_name.as_deref().unwrap_or_default())
            .hinted("The name that others see."),
        Field::new("email_address", "Email address", user.email_address.as_deref().unwrap_or_default())
            .optional()
            .of_kind("email")
            .hinted("They may sign in with it instead of the user name."),
    ];
    if all {
        let id = user.external_id.as_deref().unwrap_or_default();
        fields.push(Field::new("external_id", "Id at the API", id).optional().hinted(EXTERNAL));
    }
    let was = form.map_or_else(
        || {
            let admin = all.then_some(("super_admin", if user.super_admin { "yes" } else { "" }));
            Form::first(fields.iter().map(|field| (field.name, field.value.as_str())).chain(admin))
        },
        Form::was,
    );
    let fields: Vec<Field> = fields.into_iter().map(|field| field.after(form, refusal)).collect();
    let shown = form.map_or_else(|| call(user, &Form::default(), false), |form| call(user, form, all));
    let title = format!("Edit {}", user.name);
    let frame = visit
        .frame(Here::Users, &title, show::crumbs(user, "Edit"))?
        .with_call(shown.shown(&visit.doors.own_endpoint()));
    Ok(Page {
        frame,
        id: user.id.clone(),
        trouble: Field::none_of(&fields, &["super_admin"], refusal),
        fields,
        all,
        proves: false,
        wrong_password: None,
        super_admin: form.map_or(user.super_admin, |form| form.ticked("super_admin")),
        was,
        wrong_admin: refusal.filter(|refusal| refusal.is_about("super_admin")).map(|refusal| refusal.message.clone()),
    })
}

/// What is said of the API's own id of somebody.
pub(super) const EXTERNAL: &str = "The API's own id of this user; the API is told it with each request.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_sent() {
        let user: User = serde_json::from_str(
            r#"{"id":"4","username":"jonas","name":"Jonas","public_name":"J","email_address":"j@example.com","enabled":true}"#,
        )
        .unwrap();
        let form =
            Form::parse(b"username=jonas&name=Jonas+L&public_name=J&email_address=&external_id=7&super_admin=yes");
        let input = |all| call(&user, &form, all).variables["input"].to_string();
        assert_eq!(input(false), r#"{"name":"Jonas L","email_address":null}"#);
        assert_eq!(input(true), r#"{"name":"Jonas L","email_address":null,"external_id":"7","super_admin":true}"#);
    }
}
