//! Making a token: the form, what it comes to, and the call that it stands for.

use super::created;
use super::powers::{self, Powers, Way};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::{When, counted};
use crate::graphql::AnsweredRefusal;
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const ISSUE: &str = "mutation Issue($input: IssuePersonalAccessTokenMutationInput) {
  issuePersonalAccessToken(input: $input) {
    token
    personal_access_token { id name role expires_at hint }
  }
}";

/// The expiries that are offered, in days.
const EXPIRIES: [i64; 4] = [7, 30, 90, 365];

#[derive(Template)]
#[template(path = "tokens/new.html")]
struct Page<'a> {
    frame: Frame,
    form: &'a Form,
    once: String,
    access: &'a str,
    way: &'static str,
    expiry: String,
    presets: Vec<(String, String)>,
    longest: i64,
    /// The days, if they are the form's own.
    days: String,
    until: String,
    holds: bool,
    powers: Powers,
    refusal: Option<AnsweredRefusal>,
    first: bool,
}

impl Page<'_> {
    /// What is wrong with a field.
    fn wrong(&self, field: &str) -> Option<&str> {
        self.refusal.as_ref().filter(|refusal| refusal.is_about(field)).map(|refusal| refusal.message.as_str())
    }

    /// What is wrong with none of the fields that are shown.
    fn wrong_elsewhere(&self) -> Option<&str> {
        let shown = ["name", "description", "expires_in_days", "ip_ranges", "permissions", "documents"];
        let refusal = self.refusal.as_ref()?;
        (!shown.iter().any(|field| refusal.is_about(field))).then_some(refusal.message.as_str())
    }
}

/// The form; a query in the URL fills it in and makes nothing.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&filled(visit, &visit.query, None).await?))
}

/// The sentence and what belongs to it, for the form as it is now.
pub(super) async fn told(visit: &Visit, form: &Form) -> Response<Body> {
    #[derive(Serialize)]
    struct Told {
        #[serde(flatten)]
        powers: Powers,
        until: String,
        ends: String,
    }
    let (days, powers) = (days(form), powers::of(visit, form).await);
    let until = until(visit.now(), days, longest(visit));
    let ends =
        ends(visit.now(), days, longest(visit)).map_or("Not chosen".into(), |day| format!("{day} ({})", in_days(days)));
    reply::json(visit.gzip, &Told { powers, until, ends })
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "issuePersonalAccessToken")]
    issued: created::Issued,
}

/// Makes the token and shows it, this once.
pub(super) async fn submit(visit: &Visit, form: &Form) -> Result<Response<Body>, Stop> {
    let powers = powers::of(visit, form).await;
    let call = call(form, &powers);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    if powers.problem.is_some() {
        return Ok(visit.page_again(&filled(visit, form, None).await?));
    }
    if !visit.is_first(form).await? {
        return created::again(visit);
    }
    match visit.attempt::<Answer>(&call).await? {
        Ok(Answer { issued }) => created::page(visit, &issued, &call, &powers),
        Err(refusal) => {
            visit.give_back(form).await?;
            Ok(visit.page_again(&filled(visit, form, Some(refusal)).await?))
        }
    }
}

async fn filled<'a>(visit: &Visit, form: &'a Form, refusal: Option<AnsweredRefusal>) -> Result<Page<'a>, Stop> {
    let powers = powers::of(visit, form).await;
    let crumbs = vec![Crumb::to("/tokens", "Personal access tokens"), Crumb::here("Create token")];
    let frame = visit
        .frame(Here::Tokens, "Create token", crumbs)?
        .with_call(call(form, &powers).shown(&visit.doors.own_endpoint()))
        .with_scripts(&["token.js"]);
    let longest = longest(visit);
    let presets = EXPIRIES.into_iter().filter(|days| *days <= longest);
    let presets = presets.map(|days| (days.to_string(), if days == 365 { "1 year".into() } else { in_days(days) }));
    let way = match Way::of(form) {
        Way::Everything if form.given("powers").is_none() && form.given("query").is_some() => "paste",
        Way::Everything => "all",
        Way::Pick => "pick",
        Way::Paste => "paste",
    };
    Ok(Page {
        once: visit.nonce(),
        access: if form.get("access") == "ROLE_READ_WRITE" { "ROLE_READ_WRITE" } else { "ROLE_READ_ONLY" },
        way,
        expiry: form.text("expiry").unwrap_or("90").to_owned(),
        presets: presets.collect(),
        longest,
        days: form.get("days").to_owned(),
        until: until(visit.now(), days(form), longest),
        holds: form.given("powers") != Some("paste") || form.ticked("hold"),
        first: form.ticked("first"),
        frame,
        form,
        powers,
        refusal,
    })
}

fn longest(visit: &Visit) -> i64 {
    visit.cx().config.tokens.max_lifetime_days
}

/// The days that a form asks for; 0 for none that can be read.
fn days(form: &Form) -> i64 {
    match form.text("expiry").unwrap_or("90") {
        "custom" => form.get("days").trim().parse().unwrap_or(0),
        days => days.parse().unwrap_or(0),
    }
}

fn in_days(days: i64) -> String {
    counted(usize::try_from(days).unwrap_or_default(), "day")
}

fn ends(now: Timestamp, days: i64, longest: i64) -> Option<String> {
    (1..=longest).contains(&days).then(|| When(now.plus_days(days)).long_day())
}

fn until(now: Timestamp, days: i64, longest: i64) -> String {
    match ends(now, days, longest) {
        Some(day) => format!("Ends on {day}."),
        None => format!("Choose between 1 and {longest} days."),
    }
}

fn call(form: &Form, powers: &Powers) -> Call {
    let access = if form.get("access") == "ROLE_READ_WRITE" { "ROLE_READ_WRITE" } else { "ROLE_READ_ONLY" };
    let mut input = json!({
        "name": form.get("name").trim(),
        "role": access,
        "expires_in_days": days(form),
    });
    if let Some(description) = form.text("description") {
        input["description"] = description.into();
    }
    if let Some(grants) = &powers.grants {
        input["permissions"] = Value::from(grants.clone());
    }
    if let Some(documents) = &powers.documents {
        input["documents"] = Value::from(documents.clone());
    }
    let ranges = form.lines("ip_ranges");
    if !ranges.is_empty() {
        input["ip_ranges"] = Value::from(ranges);
    }
    Call::new(ISSUE).with("input", input)
}
