//! The list of users as a file: all pages of it, as filtered. That it was taken out is written down.

use super::list::{asked, said};
use crate::audit::export::harmless;
use crate::console::call::Call;
use crate::console::list::Listed;
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::users;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is asked for each page.
pub(super) const EXPORT: &str =
    "query ExportUsers($paginator: Paginator, $sorter: [Sorter!], $search: [Search!], $general_search: String) {
  users(paginator: $paginator, sorter: $sorter, search: $search, general_search: $general_search) {
    entities {
      id username name public_name email_address enabled super_admin external_id
      roles { id name } created_at updated_at last_seen_at
    }
    page_info { page total_count total_pages }
  }
}";

/// The columns of the table, named as in GraphQL.
const COLUMNS: [&str; 12] = [
    "id",
    "username",
    "name",
    "public_name",
    "email_address",
    "enabled",
    "super_admin",
    "external_id",
    "roles",
    "created_at",
    "updated_at",
    "last_seen_at",
];

#[derive(Deserialize)]
struct Answer {
    users: Listed<Value>,
}

/// All users that the filters leave.
pub(super) async fn answer(visit: &Visit, as_table: bool) -> Result<Response<Body>, Stop> {
    let mut all = Vec::new();
    for page in 1.. {
        let call = asked(Call::new(EXPORT), &visit.query);
        let Answer { users } =
            visit.ask(&call.with("paginator", json!({ "page": page, "records_per_page": 100 }))).await?;
        all.extend(users.entities);
        if page >= users.page_info.total_pages {
            break;
        }
    }
    users::note_export(visit.cx(), &visit.caller, &said(&visit.query)).await?;
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a list could not be written");
        Stop::Failed("internal error".into())
    };
    if as_table {
        let bytes = table(&all).map_err(|error| failed(&error))?;
        return Ok(reply::download("text/csv; charset=utf-8", "users.csv", bytes));
    }
    let bytes = serde_json::to_vec_pretty(&all).map_err(|error| failed(&error))?;
    Ok(reply::download("application/json", "users.json", bytes))
}

fn table(users: &[Value]) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for user in users {
        table.write_record(COLUMNS.iter().map(|column| harmless(&cell(&user[*column]))))?;
    }
    table.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// A value as a cell; of roles, their names.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(roles) => roles.iter().filter_map(|role| role["name"].as_str()).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_holds_what_a_spreadsheet_shows_and_runs_none_of_it() {
        let user = json!({
            "id": "1", "username": "ada", "name": "=1+1", "email_address": null, "enabled": true,
            "roles": [{"id": "3", "name": "a, b"}, {"id": "4", "name": "c"}],
        });
        let text = String::from_utf8(table(&[user]).unwrap()).unwrap();
        assert_eq!(text.lines().nth(1).unwrap(), "1,ada,'=1+1,,,true,,,\"a, b; c\",,,");
    }
}
