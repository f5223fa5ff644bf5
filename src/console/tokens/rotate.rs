//! A new secret for a token, with an overlap in which the old one goes on working.

use super::created::{self, Issued};
use super::show;
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::counted;
use crate::graphql::AnsweredRefusal;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;

const ROTATE: &str = "mutation Rotate($id: Int64Bit, $overlap_hours: Int) {
  rotatePersonalAccessToken(id: $id, overlap_hours: $overlap_hours) {
    token
    personal_access_token { id name role expires_at hint }
  }
}";

#[derive(Template)]
#[template(path = "tokens/rotate.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    once: String,
    overlap: i64,
    refusal: Option<AnsweredRefusal>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "rotatePersonalAccessToken")]
    issued: Issued,
}

/// The question.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    Ok(visit.page(&asked(visit, id, &Form::default(), None).await?))
}

/// Rotates it, and shows the new secret this once.
pub(super) async fn submit(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let (whole, ..) = show::find(visit, id).await?;
    let call = call(id, form);
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &call.shown(&visit.doors.own_endpoint())));
    }
    if !visit.is_first(form).await? {
        return created::again(visit);
    }
    match visit.attempt::<Answer>(&call).await? {
        Ok(Answer { issued }) => {
            let words = match overlap(form) {
                0 => "The old secret has ended.".to_owned(),
                hours => format!("The old secret works for {}.", hours_of(hours)),
            };
            created::rotated(visit, &issued, &call, &words, whole.token.documents.as_deref()).await
        }
        Err(refusal) => {
            visit.give_back(form).await?;
            Ok(visit.page_again(&asked(visit, id, form, Some(refusal)).await?))
        }
    }
}

fn hours_of(hours: i64) -> String {
    counted(usize::try_from(hours).unwrap_or_default(), "hour")
}

fn overlap(form: &Form) -> i64 {
    form.text("overlap").unwrap_or("24").parse().unwrap_or(24)
}

fn call(id: &str, form: &Form) -> Call {
    Call::new(ROTATE).with("id", id).with("overlap_hours", overlap(form))
}

async fn asked(visit: &Visit, id: &str, form: &Form, refusal: Option<AnsweredRefusal>) -> Result<Page, Stop> {
    let (whole, _, own) = show::find(visit, id).await?;
    if !own {
        return Err(Stop::NotFound);
    }
    let name = whole.token.name;
    let crumbs = vec![
        Crumb::to("/tokens", "Personal access tokens"),
        Crumb::to(format!("/tokens/{id}"), &name),
        Crumb::here("Rotate"),
    ];
    let frame = visit
        .frame(Here::Tokens, &format!("Rotate {name}"), crumbs)?
        .with_call(call(id, form).shown(&visit.doors.own_endpoint()));
    Ok(Page { frame, id: id.to_owned(), name, once: visit.nonce(), overlap: overlap(form), refusal })
}
