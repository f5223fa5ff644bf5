//! What the schema has gained and nobody has looked at: who would gain it, and accepting it. Only for super
//! administrators, whatever is granted.

use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::counted;
use crate::coordinates;
use crate::gateway::{self, Concern};
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::de::IgnoredAny;

/// Opens what is new.
const ACCEPT: &str = "mutation Accept($coordinates: [String!]) { acceptSchemaCoordinates(coordinates: $coordinates) }";

/// How many are shown at once, and can be chosen.
const SHOWN: usize = 500;

/// One thing that is new.
struct New {
    coordinate: String,
    /// Who would gain it.
    gains: Vec<Gain>,
    chosen: bool,
}

struct Gain {
    /// `role` or `token`.
    of: &'static str,
    name: String,
    grant: String,
}

#[derive(Template)]
#[template(path = "schema/accept.html")]
struct Page {
    frame: Frame,
    new: Vec<New>,
    /// How many there are, in words, and how many more than are shown.
    total: String,
    more: usize,
    trouble: Option<String>,
}

/// How much waits for the visitor, in words; `None`: nothing, or it is not theirs.
pub(super) async fn words(visit: &Visit) -> Result<Option<String>, Stop> {
    if coordinates::may_accept(&visit.caller).is_err() || !visit.may(ACCEPT) {
        return Ok(None);
    }
    let waiting = visit.cx().storage.read(coordinates::waiting).await?;
    let wait = if waiting.len() == 1 { "waits" } else { "wait" };
    Ok((!waiting.is_empty()).then(|| format!("{} {wait}", counted(waiting.len(), "new coordinate"))))
}

/// The list.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&made(visit, &[], None).await?))
}

/// Accepts what was chosen, or all.
pub(super) async fn submit(visit: &Visit, form: &Form) -> Result<Response<Body>, Stop> {
    coordinates::may_accept(&visit.caller).map_err(crate::error::Error::from)?;
    let chosen: Vec<String> = form.all("coordinate").map(str::to_owned).collect();
    let all = form.get("which") == "all";
    let call = call(&chosen, all);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    if !all && chosen.is_empty() {
        let text = "Choose what to accept, or accept all of it.".to_owned();
        return Ok(visit.page_again(&made(visit, &chosen, Some(text)).await?));
    }
    match visit.attempt::<IgnoredAny>(&call).await? {
        Ok(_) => Ok(reply::see_other("/schema?done=accepted")),
        Err(refusal) => Ok(visit.page_again(&made(visit, &chosen, Some(refusal.message)).await?)),
    }
}

fn call(chosen: &[String], all: bool) -> Call {
    if all { Call::new(ACCEPT) } else { Call::new(ACCEPT).with("coordinates", chosen) }
}

async fn made(visit: &Visit, chosen: &[String], trouble: Option<String>) -> Result<Page, Stop> {
    coordinates::may_accept(&visit.caller).map_err(crate::error::Error::from)?;
    let (waiting, concerns) = gateway::waiting(visit.cx()).await?;
    let crumbs = vec![Crumb::to("/schema", "Schema"), Crumb::here("What is new")];
    let shown = call(chosen, chosen.is_empty()).shown(&visit.doors.own_endpoint());
    let frame = visit.frame(Here::Schema, "What is new in the schema", crumbs)?.with_call(shown);
    let (total, more) = (counted(waiting.len(), "coordinate"), waiting.len().saturating_sub(SHOWN));
    let new = waiting.into_iter().take(SHOWN).map(|coordinate| {
        let gains = concerns.iter().filter(|concern| concern.coordinate == coordinate).map(gain).collect();
        New { chosen: chosen.contains(&coordinate), coordinate, gains }
    });
    Ok(Page { frame, new: new.collect(), total, more, trouble })
}

fn gain(concern: &Concern) -> Gain {
    Gain { of: concern.of, name: concern.name.clone(), grant: concern.grant.clone() }
}
