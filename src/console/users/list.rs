//! The list of users, with search, filters and order.

use super::{Entities, Given, User};
use crate::console::call::Call;
use crate::console::form::Form;
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
use serde_json::{Value, json};

/// The list.
pub(in crate::console) const LIST: &str =
    "query Users($paginator: Paginator, $sorter: [Sorter!], $search: [Search!], $general_search: String) {
  users(paginator: $paginator, sorter: $sorter, search: $search, general_search: $general_search) {
    entities { id username name enabled super_admin created_at last_seen_at roles { id name } }
    page_info { page total_count total_pages }
  }
}";

/// The names of roles, to choose from.
pub(super) const ROLES: &str = "query RoleNames($paginator: Paginator) {
  roles(paginator: $paginator, sorter: [{attribute: \"name\"}]) { entities { id name description built_in } }
}";

/// The columns that can be sorted by: the attribute, and what stands above it.
const SORTED: [(&str, &str); 4] =
    [("name", "Name"), ("last_seen_at", "Last seen"), ("created_at", "Added"), ("enabled", "Status")];

#[derive(Deserialize)]
struct Answer {
    users: Listed<User>,
}

#[derive(Deserialize)]
struct Names {
    roles: Entities<Given>,
}

/// The head of a column.
struct Column {
    label: &'static str,
    href: String,
    /// `ascending`, `descending`, or nothing: it is not sorted by.
    sorted: &'static str,
}

#[derive(Template)]
#[template(path = "users/list.html")]
struct Page<'a> {
    frame: Frame,
    users: &'a [User],
    now: Timestamp,
    search: &'a str,
    status: &'a str,
    role: &'a str,
    /// The roles to filter by.
    roles: Vec<Given>,
    columns: Vec<Column>,
    /// How it is sorted, for the form of the filters.
    sort: &'a str,
    pager: Pager,
    may_add: bool,
    may_export: bool,
    /// The query of the exports: the filters.
    query: String,
}

/// The list.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let call = asked(Call::new(LIST), &visit.query)
        .with("paginator", json!({ "page": page_of(&visit.query), "records_per_page": 50 }));
    let Answer { users } = visit.ask(&call).await?;
    let roles = roles(visit).await?;
    let frame = visit
        .frame(Here::Users, "Users", vec![Crumb::here("Users")])?
        .with_call(call.shown(&visit.doors.own_endpoint()));
    Ok(visit.page(&Page {
        frame,
        users: &users.entities,
        now: visit.now(),
        search: visit.query.get("q").trim(),
        status: visit.query.get("status"),
        role: visit.query.get("role"),
        roles,
        columns: SORTED.iter().map(|column| head(&visit.query, column)).collect(),
        sort: visit.query.get("sort"),
        pager: Pager::new(visit, &users.page_info, &counted(users.page_info.total_count, "user")),
        may_add: visit.may(super::create::CREATE),
        may_export: visit.may(super::export::EXPORT),
        query: with(&visit.query, &[]),
    }))
}

/// The roles that there are, as far as the visitor may know of them: the first hundred.
pub(super) async fn roles(visit: &Visit) -> Result<Vec<Given>, Stop> {
    if !visit.may(ROLES) {
        return Ok(Vec::new());
    }
    let call = Call::new(ROLES).with("paginator", json!({ "records_per_page": 100 }));
    Ok(visit.ask::<Names>(&call).await?.roles.entities)
}

/// A call for the users that the filters leave, in the order asked for.
pub(super) fn asked(call: Call, query: &Form) -> Call {
    let (attribute, down) = sort(query);
    let direction = if down { "DESC" } else { "ASC" };
    let mut call = call.with("sorter", json!([{ "attribute": attribute, "direction": direction }]));
    if let Some(text) = query.text("q") {
        call = call.with("general_search", text);
    }
    if let Some(search) = search(query) {
        call = call.with("search", json!([search]));
    }
    call
}

fn search(query: &Form) -> Option<Value> {
    let is = |attribute: &str, value: bool| json!([{ "attribute": attribute, "search_value": value }]);
    let mut search = match query.get("status") {
        "enabled" => json!({ "boolean_fields": is("enabled", true) }),
        "disabled" => json!({ "boolean_fields": is("enabled", false) }),
        "admins" => json!({ "boolean_fields": is("super_admin", true) }),
        _ => json!({}),
    };
    if let Ok(role) = query.get("role").parse::<i64>() {
        search["integer_fields"] = json!([{ "attribute": "roles", "search_value": role }]);
    }
    (search != json!({})).then_some(search)
}

/// The filters, in words: for the trail.
pub(super) fn said(query: &Form) -> Vec<String> {
    let status = Some(query.get("status")).filter(|status| ["enabled", "disabled", "admins"].contains(status));
    let role = Some(query.get("role")).filter(|role| role.parse::<i64>().is_ok());
    let all = [("search", query.text("q")), ("status", status), ("role", role)];
    all.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value?))).collect()
}

/// By what to sort, and whether downwards.
fn sort(query: &Form) -> (&'static str, bool) {
    let asked = query.get("sort");
    let (name, down) = asked.strip_prefix('-').map_or((asked, false), |name| (name, true));
    SORTED.iter().find(|(attribute, _)| *attribute == name).map_or(("name", false), |(attribute, _)| (attribute, down))
}

fn head(query: &Form, (attribute, label): &(&'static str, &'static str)) -> Column {
    let (by, down) = sort(query);
    let sorted = match (by == *attribute, down) {
        (false, _) => "",
        (true, false) => "ascending",
        (true, true) => "descending",
    };
    let next = if sorted == "ascending" { format!("-{attribute}") } else { (*attribute).to_owned() };
    Column { label, href: format!("/users?{}", with(query, &[("sort", &next)])), sorted }
}

/// The query of the list with this besides, from the first page on.
fn with(query: &Form, besides: &[(&str, &str)]) -> String {
    let is_other = |key: &str| !["page", "done"].contains(&key) && !besides.iter().any(|(name, _)| *name == key);
    let kept = query.fields().iter().filter(|(key, value)| is_other(key) && !value.is_empty());
    let mut made = form_urlencoded::Serializer::new(String::new());
    made.extend_pairs(kept).extend_pairs(besides);
    made.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_becomes_a_search() {
        let query = Form::parse(b"q=+ada&status=disabled&role=7&sort=-last_seen_at&page=3");
        let call = asked(Call::new(LIST), &query);
        assert_eq!(call.variables["general_search"], "ada");
        assert_eq!(call.variables["sorter"], json!([{ "attribute": "last_seen_at", "direction": "DESC" }]));
        assert_eq!(
            call.variables["search"],
            json!([{
                "boolean_fields": [{ "attribute": "enabled", "search_value": false }],
                "integer_fields": [{ "attribute": "roles", "search_value": 7 }],
            }])
        );
        let none = asked(Call::new(LIST), &Form::parse(b"role=&status=&sort=nonsense"));
        assert_eq!(none.variables.len(), 1, "{:?}", none.variables);
    }

    #[test]
    fn the_head_of_a_column_turns_its_order_round() {
        let query = Form::parse(b"sort=name&page=2&q=a");
        assert_eq!(head(&query, &SORTED[0]).href, "/users?q=a&sort=-name");
        assert_eq!(head(&query, &SORTED[0]).sorted, "ascending");
        assert_eq!(head(&query, &SORTED[1]).href, "/users?q=a&sort=last_seen_at");
    }
}
