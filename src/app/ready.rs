//! `/readyz`: whether this node can serve, and with `?verbose` how what it needs is doing. It names no address.

use super::App;
use crate::storage::{Loss, Unwritten, sql};
use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::{HeaderValue, Response, StatusCode, header};
use std::fmt::Write as _;
use std::time::Duration;

/// How long the database may take to answer.
const WITHIN: Duration = Duration::from_secs(2);

/// Answers. The API behind may be away: what is known of its schema is served, and its state is told.
pub(super) async fn answer(app: App, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = app.cx();
    let asked = asked.storage.read(|tx| {
        tx.one(sql!("select n from revision"), &[])?;
        Ok(())
    });
    let database = tokio::time::timeout(WITHIN, asked).await.is_ok_and(|asked| asked.is_ok());
    // A request that finds news makes new doors; whoever asks here wants to know of these.
    app.door().await;
    let awaits = app.awaits_api();
    let sure = app.cx().storage.holds_lease();
    let loss = *app.cx().storage.losses().borrow();
    let problem = match (database, sure, awaits) {
        (false, ..) => Some("the database does not answer"),
        (true, false, _) => Some("changes by other nodes cannot be read: credentials may have been revoked"),
        (true, true, true) => Some("the schema of the API behind is not known yet"),
        (true, true, false) => None,
    };
    let mut text = format!("{}\n", problem.unwrap_or("ready"));
    // It stays ready: it goes on verifying, and there is no other server on a file that could do more.
    let unwritten = app.cx().storage.unwritten();
    if let Some(Unwritten { since, why }) = unwritten {
        let _ = writeln!(text, "{why}; noticed {since}");
    }
    if let Some(Loss { seen, found, at }) = loss {
        let _ = writeln!(
            text,
            "the database went back: revision {seen} was seen, {found} came back, noticed {at}; what was taken away in \
             between may be back"
        );
    }
    let verbose = query.as_deref().unwrap_or_default().split('&').any(|part| part.split('=').next() == Some("verbose"));
    if verbose {
        let says = match (database, unwritten) {
            (false, _) => "does not answer",
            (true, Some(_)) => "answers, and cannot be written to",
            (true, None) => "answers",
        };
        let _ = writeln!(text, "database: {says}");
        let _ = writeln!(text, "changes by other nodes: {}", if sure { "known" } else { "not known for too long" });
        if let Some(api) = app.api() {
            let _ = writeln!(text, "api: {}", api.state());
            let _ = writeln!(text, "api schema: {}", if awaits { "not known yet" } else { "known" });
        }
    }
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if problem.is_some() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
