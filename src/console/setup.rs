//! Setting up in three steps: the first administrator, by a link that works once; the API behind; the first token, which
//! is a page of its own.

use super::form::Form;
use super::gate::Gate;
use super::routes::Asked;
use super::visit::{Doors, Visit};
use super::{reply, sign_in, stop::Stop};
use crate::caller::Origin;
use crate::error::{Error, Refusal};
use crate::guard;
use crate::permission::{Source, Surface};
use crate::secret::Secret;
use crate::users::NewUser;
use crate::users::set_up::{self, Link};
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use std::sync::Arc;

/// The link for a code.
#[must_use]
pub fn link(public_url: &str, code: &Secret) -> String {
    format!("{}/setup?code={}", public_url.trim_end_matches('/'), code.expose())
}

#[derive(Template)]
#[template(path = "setup/administrator.html")]
struct Administrator<'a> {
    gate: Gate,
    code: &'a str,
    /// For how many minutes still the link works.
    minutes: String,
    form: &'a Form,
    trouble: Option<&'a Refusal>,
    /// Why nobody can sign in by a browser here.
    plain: Option<String>,
}

impl Administrator<'_> {
    fn wrong(&self, field: &str) -> Option<&str> {
        let trouble = self.trouble.filter(|trouble| trouble.field.as_deref() == Some(field));
        trouble.map(|trouble| trouble.message.as_str())
    }

    /// What is wrong with none of the fields that are shown.
    fn elsewhere(&self) -> Option<&str> {
        let shown = ["username", "name", "email_address", "password"];
        self.trouble.filter(|_| !shown.iter().any(|field| self.wrong(field).is_some())).map(|one| one.message.as_str())
    }
}

#[derive(Template)]
#[template(path = "setup/over.html")]
struct Over {
    gate: Gate,
}

#[derive(Template)]
#[template(path = "setup/unneeded.html")]
struct Unneeded {
    gate: Gate,
}

#[derive(Template)]
#[template(path = "setup/api.html")]
struct YourApi {
    gate: Gate,
    behind: Option<Behind>,
}

/// The API behind, as far as an administrator wants to know of it here.
struct Behind {
    /// Where it is.
    url: String,
    /// How it is doing, in words.
    state: String,
    /// Whether its last answer was as it should be.
    well: bool,
    /// What it offers; `None`: its schema is not known yet.
    offers: Option<String>,
}

/// The form. Looking at it spends nothing: previews of links may look too.
pub(super) async fn page(doors: &Doors, asked: &Asked<'_>) -> Response<Body> {
    let code = asked.query.get("code");
    match set_up::check(&doors.own.cx, code).await {
        Ok(Link::Holds(ends)) => show(doors, code, ends, &Form::default(), None),
        Ok(other) => closed(doors, asked, other),
        Err(error) => refuse(doors, error),
    }
}

/// Makes the administrator and signs them in, or says what is wrong and keeps what was typed but for the password.
pub(super) async fn submit(doors: &Doors, origin: &Arc<Origin>, form: &Form, asked: &Asked<'_>) -> Response<Body> {
    let door = &doors.own;
    let code = form.get("code");
    let ends = match set_up::check(&door.cx, code).await {
        Ok(Link::Holds(ends)) => ends,
        Ok(other) => return closed(doors, asked, other),
        Err(error) => return refuse(doors, error),
    };
    let stranger = match guard::stranger(&door.cx, &door.callers, Arc::clone(origin)).await {
        Ok(stranger) => stranger,
        Err(error) => return refuse(doors, error),
    };
    let text = |name| form.text(name).map(str::to_owned);
    let new = NewUser {
        username: form.get("username").trim().to_owned(),
        name: text("name"),
        email_address: text("email_address"),
        password: Some(form.get("password").to_owned()),
        ..NewUser::default()
    };
    match set_up::spend(&door.cx, &stranger, code, new).await {
        Ok(_) => sign_in::submit(doors, origin, form, asked).await,
        Err(Error::Refusal(refusal)) if refusal.field.is_some() => show(doors, code, ends, form, Some(&refusal)),
        Err(error) => refuse(doors, error),
    }
}

fn show(doors: &Doors, code: &str, ends: Timestamp, form: &Form, trouble: Option<&Refusal>) -> Response<Body> {
    let seconds = (ends.0 - doors.own.cx.world.now().0) / 1_000_000;
    let minutes = super::when::counted(usize::try_from(seconds / 60 + 1).unwrap_or(1), "minute");
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let gate = Gate::new(doors, "Set up").wide();
    let page = Administrator { gate, code, minutes, form, trouble, plain: sign_in::not_kept(doors) };
    // Not packed: how well a page packs would tell of the code in it.
    reply::page(status, false, &page)
}

/// The page in the place of the form.
fn closed(doors: &Doors, asked: &Asked<'_>, link: Link) -> Response<Body> {
    let gate = Gate::new(doors, "Set up");
    match link {
        Link::Unneeded => reply::page(StatusCode::FORBIDDEN, asked.gzip, &Unneeded { gate }),
        _ => reply::page(StatusCode::FORBIDDEN, asked.gzip, &Over { gate: gate.wide() }),
    }
}

/// A set-up that cannot go on.
fn refuse(doors: &Doors, error: Error) -> Response<Body> {
    match error {
        Error::Refusal(refusal) => {
            super::note(doors, StatusCode::FORBIDDEN, "This link does not hold", &refusal.message)
        }
        Error::Fault(fault) => {
            tracing::error!(%fault, "the set-up page failed");
            super::note(
                doors,
                StatusCode::SERVICE_UNAVAILABLE,
                "Not now",
                "The server cannot answer now; try again in a moment.",
            )
        }
    }
}

/// The second step: the API behind, or how to name one. Only for those who look after the server.
pub(super) fn api(visit: &Visit) -> Result<Response<Body>, Stop> {
    if !visit.caller.is_super_admin() {
        return Ok(reply::see_other("/tokens"));
    }
    let door = &visit.doors.whole;
    let behind = door.api.as_ref().zip(door.cx.config.upstream.url.as_ref()).map(|(api, url)| Behind {
        // What stands behind the path may be a key.
        url: url.split('?').next().unwrap_or(url).to_owned(),
        state: api.state(),
        well: super::frame::Behind::of(&visit.doors).is_some_and(|behind| behind.well),
        offers: (!door.surface.awaits_api()).then(|| offers(&door.surface)),
    });
    Ok(visit.page(&YourApi { gate: Gate::new(&visit.doors, "Your API").wide(), behind }))
}

/// What of a schema is the API's: `12 queries, 3 mutations, 148 fields`.
fn offers(surface: &Surface) -> String {
    let theirs = |root: &str| {
        let fields = surface.schema().get_object(root).map(|object| &object.fields).into_iter().flatten();
        fields.filter(|(name, _)| surface.answers(root, name) == Some(Source::Api)).count()
    };
    let roots = [("Query", "query"), ("Mutation", "mutation"), ("Subscription", "subscription")];
    let counts = roots.map(|(root, word)| (theirs(root), word));
    let operations: usize = counts.iter().map(|(count, _)| count).sum();
    let api = surface.catalogue().filter(|known| known.source == Source::Api && !known.coordinate.contains('('));
    let fields = (api.count().saturating_sub(operations), "field");
    let all = counts.into_iter().chain([fields]).filter(|(count, word)| *count > 0 || *word == "query");
    all.map(|(count, word)| super::when::counted(count, word)).collect::<Vec<_>>().join(", ")
}
