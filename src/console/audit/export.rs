//! The log as a file, with the filters of the page: asked for page by page as its visitor, and sent as it comes, so that
//! its length costs no memory. That it was taken out is itself written down.

use super::filter::Filter;
use super::list::LIST;
use crate::audit::export;
use crate::console::call::Call;
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::guard;
use axum::body::{Body, Bytes};
use axum::http::Response;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;

/// How many rows are asked for at once.
const AT_ONCE: usize = 100;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A table for spreadsheets.
    Table,
    /// One JSON object a line.
    Lines,
}

#[derive(Deserialize)]
struct Answer {
    audit_events: Rows,
}

#[derive(Deserialize)]
struct Rows {
    entities: Vec<Value>,
}

/// What is still to be sent.
struct Rest {
    visit: Visit,
    filter: Filter,
    format: Format,
    /// The number that all rows to come are below; `None`: nothing is left.
    below: Option<i64>,
}

/// The file. What is refused is refused before it begins.
pub(super) async fn answer(visit: &Visit, format: Format) -> Result<Response<Body>, Stop> {
    let filter = Filter::of(&visit.query);
    if filter.has_wrong_day() {
        return Ok(reply::see_other(&format!("/audit?{}", visit.query.encoded())));
    }
    let first = rows(visit, &filter, i64::MAX).await?;
    export::note(visit.cx(), &visit.caller, &filter.said()).await?;
    let Visit { doors, caller, cookie, path, query, gzip } = visit;
    let (doors, caller, cookie, path, query) =
        (doors.clone(), caller.clone(), cookie.clone(), path.clone(), query.clone());
    let rest =
        Rest { visit: Visit { doors, caller, cookie, path, query, gzip: *gzip }, filter, format, below: below(&first) };
    let begin = [head(format), written(format, &first)].concat();
    let (content_type, name) = match format {
        Format::Table => ("text/csv; charset=utf-8", "audit.csv"),
        Format::Lines => ("application/jsonl; charset=utf-8", "audit.jsonl"),
    };
    if rest.below.is_none() {
        return Ok(reply::download(content_type, name, begin));
    }
    let pages = stream::unfold(Some((Some(begin), rest)), |left| async {
        let (ready, mut rest) = left?;
        if let Some(ready) = ready {
            return Some((Ok(Bytes::from(ready)), Some((None, rest))));
        }
        let below = rest.below?;
        match rest.next(below).await {
            Ok(bytes) => Some((Ok(bytes), Some((None, rest)))),
            Err(error) => Some((Err(error), None)),
        }
    });
    let mut response = reply::download(content_type, name, Vec::new());
    *response.body_mut() = Body::from_stream(pages);
    Ok(response)
}

impl Rest {
    /// The next rows. Whoever may not see them any more gets a file that breaks off, not one that looks whole.
    async fn next(&mut self, below: i64) -> io::Result<Bytes> {
        let door = &self.visit.doors.own;
        if !guard::still_stands(&door.cx, &door.callers, &self.visit.caller) {
            return Err(io::Error::other("the session ended while the audit log was sent"));
        }
        let rows = rows(&self.visit, &self.filter, below).await.map_err(|stop| {
            tracing::warn!(?stop, "an export of the audit log breaks off");
            io::Error::other("the audit log could not be read to its end")
        })?;
        self.below = self::below(&rows);
        Ok(Bytes::from(written(self.format, &rows)))
    }
}

async fn rows(visit: &Visit, filter: &Filter, below: i64) -> Result<Vec<Value>, Stop> {
    let call = Call::new(LIST).with("paginator", json!({ "records_per_page": AT_ONCE }));
    let below = json!({ "attribute": "id", "operator": "LT", "search_value": below.to_string() });
    let Answer { audit_events } = visit.ask(&filter.on(call, &[below])).await?;
    Ok(audit_events.entities)
}

/// The number of the last row, if more may come after it.
fn below(rows: &[Value]) -> Option<i64> {
    let last = rows.last().filter(|_| rows.len() == AT_ONCE)?;
    last["id"].as_str()?.parse().ok()
}

fn head(format: Format) -> Vec<u8> {
    if format == Format::Table { table(|table| table.write_record(export::COLUMNS)) } else { Vec::new() }
}

fn written(format: Format, rows: &[Value]) -> Vec<u8> {
    match format {
        Format::Lines => rows.iter().map(|row| export::line(row) + "\n").collect::<String>().into_bytes(),
        Format::Table => table(|table| rows.iter().try_for_each(|row| table.write_record(export::cells(row)))),
    }
}

/// Lines of a table. In memory nothing can go wrong with them.
fn table(write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> Vec<u8> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let written = write(&mut table);
    written.ok().and_then(|()| table.into_inner().ok()).unwrap_or_default()
}
