//! The list of one's own tokens, with search and filters.

use super::Token;
use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::list::{Listed, Pager, page_of};
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::counted;
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::json;

const LIST: &str = "query MyTokens($paginator: Paginator, $search: [Search!], $general_search: String) {
  personal_access_tokens(
    paginator: $paginator
    sorter: [{attribute: \"id\", direction: DESC}]
    search: $search
    general_search: $general_search
  ) {
    entities {
      id name description hint role permissions documents status
      expires_at last_used_at last_used_ip revoked_at previous_secret_until
    }
    page_info { page total_count total_pages }
  }
}";

#[derive(Deserialize)]
struct Answer {
    personal_access_tokens: Listed<Token>,
}

#[derive(Template)]
#[template(path = "tokens/list.html")]
struct Page<'a> {
    frame: Frame,
    tokens: &'a [Token],
    now: Timestamp,
    search: &'a str,
    status: &'a str,
    /// Those that end soon, to be told of above the list.
    ending: Vec<&'a Token>,
    pager: Pager,
    /// Whether there is no token at all.
    none: bool,
}

/// The list.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let (search, status) = (visit.query.get("q").trim(), visit.query.get("status"));
    let page = page_of(&visit.query);
    let mut call = Call::new(LIST).with("paginator", json!({ "page": page, "records_per_page": 100 }));
    if let Some(filter) = filter(status, visit.now()) {
        call = call.with("search", filter);
    }
    if !search.is_empty() {
        call = call.with("general_search", search);
    }
    let Answer { personal_access_tokens: mut listed } = visit.ask(&call).await?;
    if matches!(status, "active" | "expiring") {
        listed.entities.retain(|token| !token.has_ended());
    }
    let frame = visit
        .frame(Here::Tokens, "Personal access tokens", vec![Crumb::here("Personal access tokens")])?
        .with_call(call.shown(&visit.doors.own_endpoint()));
    let tokens = &listed.entities;
    Ok(visit.page(&Page {
        frame,
        ending: tokens.iter().filter(|token| token.status == "EXPIRING").take(3).collect(),
        tokens,
        now: visit.now(),
        search,
        status,
        none: tokens.is_empty() && search.is_empty() && status.is_empty() && page == 1,
        pager: Pager::new(visit, &listed.page_info, &counted(listed.page_info.total_count, "token")),
    }))
}

/// The comparisons that a status comes to; of those that have not ended by time, the revoked are left out afterwards.
fn filter(status: &str, now: Timestamp) -> Option<serde_json::Value> {
    let compared = |attribute: &str, operator: &str, at: Timestamp| json!({ "attribute": attribute, "operator": operator, "search_value": at.to_string() });
    let expires = |operator: &str, at: Timestamp| compared("expires_at", operator, at);
    let soon = now.plus_days(14);
    Some(match status {
        "active" => json!([{ "datetime_fields": [expires("GT", now)] }]),
        "expiring" => json!([{ "datetime_fields": [expires("GT", now), expires("LTE", soon)] }]),
        "ended" => json!([
            { "datetime_fields": [expires("LTE", now)] },
            { "datetime_fields": [compared("revoked_at", "GT", Timestamp(0))] },
        ]),
        _ => return None,
    })
}
