//! Adding a user.

use super::given::{self, Choice};
use super::password::{self, Way};
use super::{Field, User, edit, link};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::giving::{give, must};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql::AnsweredRefusal;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Adds a user.
pub(super) const CREATE: &str = "mutation CreateUser($input: CreateUserMutationInput) {
  createUser(input: $input) { id username name enabled }
}";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "createUser")]
    user: User,
}

#[derive(Template)]
#[template(path = "users/new.html")]
struct Page {
    frame: Frame,
    once: String,
    fields: Vec<Field>,
    way: Way,
    wrong: Option<String>,
    /// Whether they may have no password.
    optional: bool,
    /// Whether a link can be made for them.
    links: bool,
    choices: Vec<Choice>,
    wrong_roles: Option<String>,
    all: bool,
    super_admin: bool,
    wrong_admin: Option<String>,
    trouble: Option<String>,
}

/// The form.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&filled(visit, None, None).await?))
}

/// Adds them; a password that was made is shown, this once.
pub(super) async fn submit(visit: &Visit, form: &Form) -> Result<Response<Body>, Stop> {
    let way = Way::of(Some(form));
    let password = way.password(&visit.cx().world, form);
    let call = call(form, password.as_deref(), visit.caller.is_super_admin());
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &password::masked(&call).shown(&visit.doors.own_endpoint())));
    }
    if way == Way::Link {
        must(visit, link::MAKE)?;
    }
    if !visit.is_first(form).await? {
        return password::again(visit);
    }
    match give::<Answer>(visit, &call, "role_ids").await? {
        Ok(Answer { user }) if way == Way::Link => {
            link::once(visit, &user, format!("{} is added", user.name)).await?.map_err(Stop::Refused)
        }
        Ok(Answer { user }) => match password.filter(|_| way == Way::Made) {
            Some(made) => password::once(visit, &user, format!("{} is added", user.name), &made, &call),
            None => Ok(reply::see_other(&format!("/users/{}?done=created", user.id))),
        },
        Err(refusal) => {
            visit.give_back(form).await?;
            Ok(visit.page_again(&filled(visit, Some(form), Some(&refusal)).await?))
        }
    }
}

fn call(form: &Form, password: Option<&str>, all: bool) -> Call {
    let mut input = Map::new();
    input.insert("username".into(), form.get("username").trim().into());
    for name in ["name", "public_name", "email_address"] {
        if let Some(text) = form.text(name) {
            input.insert(name.into(), text.into());
        }
    }
    if let Some(password) = password {
        input.insert("password".into(), password.into());
    }
    let roles: Vec<&str> = form.all("role_ids").collect();
    if !roles.is_empty() {
        input.insert("role_ids".into(), Value::from(roles));
    }
    if all {
        if let Some(id) = form.text("external_id") {
            input.insert("external_id".into(), id.into());
        }
        if form.ticked("super_admin") {
            input.insert("super_admin".into(), true.into());
        }
    }
    Call::new(CREATE).with("input", input)
}

async fn filled(visit: &Visit, form: Option<&Form>, refusal: Option<&AnsweredRefusal>) -> Result<Page, Stop> {
    must(visit, CREATE)?;
    let all = visit.caller.is_super_admin();
    let mut fields = vec![
        Field::new("username", "User name", "")
            .hinted("To sign in with. It differs from all other user names and addresses."),
        Field::new("name", "Full name", "").optional().hinted("Left empty, it is the user name."),
        Field::new("email_address", "Email address", "")
            .optional()
            .of_kind("email")
            .hinted("They may sign in with it too."),
    ];
    if all {
        fields.push(Field::new("external_id", "Id at the API", "").optional().hinted(edit::EXTERNAL));
    }
    let fields: Vec<Field> = fields.into_iter().map(|field| field.after(form, refusal)).collect();
    let nothing = Form::default();
    let shown = call(form.unwrap_or(&nothing), Some(""), all);
    let frame = visit
        .frame(Here::Users, "Add user", vec![Crumb::to("/users", "Users"), Crumb::here("Add user")])?
        .with_call(password::masked(&shown).shown(&visit.doors.own_endpoint()))
        .with_scripts(&["rules.js"]);
    let about = |name: &str| refusal.filter(|refusal| refusal.is_about(name)).map(|refusal| refusal.message.clone());
    Ok(Page {
        frame,
        once: visit.nonce(),
        trouble: Field::none_of(&fields, &["password", "role_ids", "super_admin"], refusal),
        fields,
        way: Way::of(form),
        wrong: about("password"),
        optional: true,
        links: visit.may(link::MAKE),
        choices: given::choices(visit, &[], form).await?,
        wrong_roles: about("role_ids"),
        all,
        super_admin: form.is_some_and(|form| form.ticked("super_admin")),
        wrong_admin: about("super_admin"),
    })
}
