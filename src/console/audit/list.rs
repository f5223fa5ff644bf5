//! The log, the newest first.

use super::filter::Filter;
use super::words::{self, KINDS, Kind, Tone};
use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::list::{Listed, Pager, page_of};
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::{When, counted};
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::json;

/// The list.
pub const LIST: &str = "query AuditLog($paginator: Paginator, $search: [Search!], $general_search: String) {
  audit_events(
    paginator: $paginator
    sorter: [{attribute: \"id\", direction: DESC}]
    search: $search
    general_search: $general_search
  ) {
    entities {
      id at action actor actor_user_id credential credential_token_id
      subject subject_type subject_id ip request_id details
    }
    page_info { page total_count total_pages }
  }
}";

const PER_PAGE: u32 = 50;

#[derive(Deserialize)]
struct Answer {
    audit_events: Listed<Event>,
}

#[derive(Deserialize)]
struct Event {
    at: When,
    action: String,
    actor: String,
    actor_user_id: Option<String>,
    credential: String,
    credential_token_id: Option<String>,
    subject: Option<String>,
    subject_type: Option<String>,
    subject_id: Option<String>,
    ip: Option<String>,
    request_id: Option<String>,
    details: Option<String>,
}

impl Event {
    fn did(&self) -> &str {
        words::of(&self.action).0
    }

    fn is_bad(&self) -> bool {
        words::of(&self.action).1 == Tone::Bad
    }

    fn is_warn(&self) -> bool {
        words::of(&self.action).1 == Tone::Warn
    }

    /// The page of what it was done to, as far as the visitor may see such pages.
    fn leads_to(&self, frame: &Frame) -> Option<String> {
        let id = self.subject_id.as_ref()?;
        match self.subject_type.as_deref() {
            Some("user") if frame.sees_users => Some(format!("/users/{id}")),
            Some("role") if frame.sees_roles && self.action != "role.delete" => Some(format!("/roles/{id}")),
            _ => None,
        }
    }

    fn actors_page(&self, frame: &Frame) -> Option<String> {
        let id = self.actor_user_id.as_ref().filter(|_| frame.sees_users)?;
        Some(format!("/users/{id}"))
    }

    /// What it was done to: of oneself there is nothing to say twice.
    fn subject(&self) -> Option<&str> {
        let oneself = self.subject_type.as_deref() == Some("user") && self.subject_id == self.actor_user_id;
        let told_by_deed = self.action == "user.change_password" || self.action.starts_with("session.");
        self.subject.as_deref().filter(|_| !(oneself && told_by_deed))
    }
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct Page<'a> {
    frame: Frame,
    events: &'a [Event],
    filter: Filter,
    kinds: &'static [Kind],
    now: Timestamp,
    pager: Pager,
    /// The filters as a URL carries them, for the files.
    query: String,
}

impl Page<'_> {
    /// The beginning of an event's row: its day is said where it is another than the row's above.
    fn day(&self, event: &Event) -> String {
        let (day, today) = (event.at.day(), When(self.now).day());
        if day == today { "today".into() } else { day }
    }
}

/// The page.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let filter = Filter::of(&visit.query);
    let paginator = json!({ "page": page_of(&visit.query), "records_per_page": PER_PAGE });
    let call = filter.on(Call::new(LIST).with("paginator", paginator), &[]);
    let Answer { audit_events: listed } = visit.ask(&call).await?;
    let frame = visit
        .frame(Here::Audit, "Audit log", vec![Crumb::here("Audit log")])?
        .with_call(call.shown(&visit.doors.own_endpoint()));
    let kept = visit.query.fields().iter().filter(|(key, value)| key != "page" && key != "done" && !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    Ok(visit.page(&Page {
        frame,
        events: &listed.entities,
        filter,
        kinds: KINDS,
        now: visit.now(),
        pager: Pager::new(visit, &listed.page_info, &counted(listed.page_info.total_count, "line")),
        query,
    }))
}
