//! A token just made or rotated: its secret, this once, ready to paste; and whether it was used yet.

use super::powers::Powers;
use super::query::{self, Sample};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::When;
use crate::console::{reply, snippets};
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

/// What every token may ask.
const ANYONES: &str = "query { __typename }";
/// What a token with all that its user may can ask.
const ME: &str = "query { me { name username } }";

/// A token just made, as it is answered.
#[derive(Deserialize)]
pub(super) struct Issued {
    /// The secret.
    pub token: String,
    /// The token.
    pub personal_access_token: Made,
}

/// What is said of it.
#[derive(Deserialize)]
pub(super) struct Made {
    pub id: String,
    pub name: String,
    pub role: String,
    pub expires_at: When,
}

/// One snippet: its place, what it is called, its language for colours, and the text.
struct Snippet {
    name: &'static str,
    label: &'static str,
    language: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "tokens/created.html")]
struct Page<'a> {
    frame: Frame,
    made: &'a Made,
    secret: &'a str,
    title: String,
    sentence: String,
    snippets: Vec<Snippet>,
    env: String,
    endpoint: String,
    /// The request as the form for a Postman collection carries it.
    document: String,
    operation: String,
    variables: String,
    /// When the page was made, by the server's clock, in microseconds.
    since: i64,
    writes: bool,
}

#[derive(Template)]
#[template(path = "tokens/made_before.html")]
struct MadeBefore {
    frame: Frame,
}

/// Shows a token that was just made.
pub(super) fn page(visit: &Visit, issued: &Issued, call: &Call, powers: &Powers) -> Result<Response<Body>, Stop> {
    let anything = if powers.grants.is_none() { ME } else { ANYONES };
    let sample = powers.sample.clone().unwrap_or_else(|| Sample::of(anything));
    let ends = issued.personal_access_token.expires_at.long_day();
    let sentence = format!("{} It ends on {ends}.", powers.sentence);
    shown(visit, issued, call, &format!("{} is ready", issued.personal_access_token.name), sentence, sample)
}

/// Shows the new secret of a token that was rotated.
pub(super) async fn rotated(
    visit: &Visit,
    issued: &Issued,
    call: &Call,
    overlap: &str,
    documents: Option<&[String]>,
) -> Result<Response<Body>, Stop> {
    // One that is held to documents runs nothing else.
    let sample = match documents.and_then(<[String]>::first) {
        Some(document) => {
            query::read(visit, document).await.map_or_else(|_| Sample::of(document), |pasted| pasted.sample)
        }
        None => Sample::of(ANYONES),
    };
    let made = &issued.personal_access_token;
    let sentence = format!("It can do what it could before, until {}. {overlap}", made.expires_at.long_day());
    shown(visit, issued, call, &format!("{} has a new secret", made.name), sentence, sample)
}

fn shown(
    visit: &Visit,
    issued: &Issued,
    call: &Call,
    title: &str,
    sentence: String,
    Sample { document, operation, variables }: Sample,
) -> Result<Response<Body>, Stop> {
    let made = &issued.personal_access_token;
    let crumbs = vec![Crumb::to("/tokens", "Personal access tokens"), Crumb::here(title)];
    let note = "This is the call that made it. A read-write token that may run it can make tokens too, never with more than \
                it has itself.";
    let frame = visit
        .frame(Here::Tokens, title, crumbs)?
        .with_call(call.shown(&visit.doors.own_endpoint()).noted(note))
        .with_scripts(&["token.js"]);
    let endpoint = visit.doors.endpoint();
    let request = snippets::Request {
        endpoint: &endpoint,
        token: Some(&issued.token),
        document: &document,
        operation: operation.as_deref(),
        variables: &variables,
    };
    let snippet = |name, label, language, text| Snippet { name, label, language, text };
    let snippets = vec![
        snippet("curl", "cURL", "sh", snippets::curl(&request)),
        snippet("javascript", "JavaScript", "js", snippets::javascript(&request)),
        snippet("python", "Python", "py", snippets::python(&request)),
        snippet("go", "Go", "go", snippets::go(&request)),
    ];
    let page = Page {
        frame,
        made,
        secret: &issued.token,
        title: title.to_owned(),
        sentence,
        snippets,
        env: snippets::env(&issued.token),
        variables: if variables.is_empty() { String::new() } else { json!(variables).to_string() },
        document,
        operation: operation.unwrap_or_default(),
        since: visit.now().0,
        endpoint,
        writes: made.role == "ROLE_READ_WRITE",
    };
    // Not packed: how well a page packs would tell of the secret in it.
    Ok(reply::page(StatusCode::OK, false, &page))
}

/// For a form that was sent before.
pub(super) fn again(visit: &Visit) -> Result<Response<Body>, Stop> {
    let title = "This was done before";
    let crumbs = vec![Crumb::to("/tokens", "Personal access tokens"), Crumb::here(title)];
    let frame = visit.frame(Here::Tokens, title, crumbs)?;
    Ok(reply::page(StatusCode::CONFLICT, visit.gzip, &MadeBefore { frame }))
}

/// The Postman collection of the request that was shown, with the token in it.
pub(super) fn collection(form: &Form) -> Response<Body> {
    let variables = serde_json::from_str(form.get("variables")).unwrap_or_default();
    let request = snippets::Request {
        endpoint: form.get("endpoint"),
        token: Some(form.get("secret")),
        document: form.get("document"),
        operation: form.text("operation"),
        variables: &variables,
    };
    let name = form.text("name").unwrap_or("Doorward");
    let text = snippets::postman(name, &request);
    reply::download("application/json", &format!("{name}.postman_collection.json"), text.into_bytes())
}

const SEEN: &str = "query TokenUse($id: Int64Bit) {
  personal_access_tokens(id: $id) { entities { last_used_at last_used_ip last_used_agent created_at } }
}";

#[derive(Deserialize)]
struct Uses {
    personal_access_tokens: Entities,
}

#[derive(Deserialize)]
struct Entities {
    entities: Vec<Use>,
}

#[derive(Deserialize)]
struct Use {
    last_used_at: Option<When>,
    last_used_ip: Option<String>,
    last_used_agent: Option<String>,
}

/// Whether the token was used since the page was made (`since`, microseconds by the server's clock), as a sentence.
pub(super) async fn seen(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    let answer: Uses = visit.ask(&Call::new(SEEN).with("id", id)).await?;
    let since: i64 = visit.query.get("since").parse().unwrap_or(0);
    let one = answer.personal_access_tokens.entities.into_iter().next().ok_or(Stop::NotFound)?;
    let sentence = one.last_used_at.filter(|at| at.0.0 >= since).map(|at| {
        let from = one.last_used_ip.map(|ip| format!(" from {ip}")).unwrap_or_default();
        let agent = one.last_used_agent.map(|agent| format!(" ({agent})")).unwrap_or_default();
        format!("First request seen{from}{agent} at {} UTC.", at.clock())
    });
    Ok(reply::json(visit.gzip, &json!({ "seen": sentence })))
}
