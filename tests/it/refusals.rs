//! Every way in which a request is refused: which status, which code, which headers. The table is the promise;
//! one test walks it on both databases and for both media types.

mod behind;
mod breaking;
mod guessing;
mod open;
mod table;
mod upstream;

use axum::http::StatusCode;
use serde_json::Value;

use crate::app::{Answer, TestApp, new};
use table::{Row, Who};

/// `application/json`, and the media type whose status tells how it went.
const MEDIA: [&str; 2] = ["application/json", "application/graphql-response+json"];

/// What a bearer challenge says to whoever sent nothing, and to whoever sent something that does not hold.
const CHALLENGE: (&str, &str) = ("www-authenticate", "Bearer realm=\"doorward\"");
const INVALID_TOKEN: (&str, &str) = ("www-authenticate", "Bearer realm=\"doorward\", error=\"invalid_token\"");

/// The people and credentials that the rows speak of.
struct Stage {
    app: TestApp,
    session: String,
    expired_session: String,
    ended_session: String,
    refresh: String,
    reader: String,
    writer: String,
    narrow: String,
    held: String,
    elsewhere: String,
    expired: String,
    revoked: String,
    disabled: String,
}

impl Stage {
    async fn on(app: TestApp) -> Self {
        app.admin().await;
        let mia = app.member().await;
        let expired = mia.issue(serde_json::json!({"name": "short", "expires_in_days": 1})).await.secret;
        let expired_session = mia.secret().to_owned();
        app.later(86_400);
        let ended = app.member().await;
        ended.gql("mutation { signOut }").await.data();
        let otto = app.person("otto").await;
        let disabled = otto.issue(serde_json::json!({"name": "of otto"})).await.secret;
        app.enable("otto", false).await;
        let tokens = app.sign_in("mia").await;
        let mia = app.bearer(&tokens.access);
        let revoked = mia.issue(serde_json::json!({"name": "gone"})).await;
        mia.revoke(&revoked.id).await.data();
        let narrow = serde_json::json!({"name": "narrow", "permissions": ["Query.me", "Me.id"]});
        Self {
            expired_session,
            ended_session: ended.secret().to_owned(),
            refresh: tokens.refresh.clone(),
            reader: mia.reader().await.secret().to_owned(),
            writer: mia.writer().await.secret().to_owned(),
            narrow: mia.issue(narrow).await.secret,
            held: mia.issue(serde_json::json!({"name": "held", "documents": ["{ me { id } }"]})).await.secret,
            elsewhere: mia.issue(serde_json::json!({"name": "there", "ip_ranges": ["192.0.2.0/24"]})).await.secret,
            session: tokens.access.clone(),
            expired,
            revoked: revoked.secret,
            disabled,
            app,
        }
    }

    /// The headers by which someone presents what they have.
    fn headers(&self, who: Who) -> Vec<(&'static str, String)> {
        let bearer = |secret: &str| vec![("authorization", format!("Bearer {secret}"))];
        match who {
            Who::Nobody => Vec::new(),
            Who::Header(value) => vec![("authorization", value.into())],
            Who::Misspelt => vec![("authorisation", format!("Bearer {}", self.reader))],
            Who::TwoHeaders => [bearer(&self.session), bearer(&self.reader)].concat(),
            Who::Session => bearer(&self.session),
            Who::ExpiredSession => bearer(&self.expired_session),
            Who::EndedSession => bearer(&self.ended_session),
            Who::Refresh => bearer(&self.refresh),
            Who::Reader => bearer(&self.reader),
            Who::Writer => bearer(&self.writer),
            Who::Narrow => bearer(&self.narrow),
            Who::Held => bearer(&self.held),
            Who::Elsewhere => bearer(&self.elsewhere),
            Who::Expired => bearer(&self.expired),
            Who::Revoked => bearer(&self.revoked),
            Who::Disabled => bearer(&self.disabled),
        }
    }

    async fn ask(&self, row: &Row, media: &str) -> Answer {
        let path = row.path.replace("READER", &self.reader);
        let mut request = axum::http::Request::builder().method(row.method).uri(path).header("accept", media);
        for (name, value) in self.headers(row.who) {
            request = request.header(name, value);
        }
        if let Some(content) = row.content {
            request = request.header("content-type", content);
        }
        self.app.send(request.body(row.body.clone().into()).expect("a request that can be sent")).await
    }
}

/// What of an answer is not as its row says.
fn not_as(row: &Row, media: &str, answer: &Answer) -> Vec<String> {
    let wanted = StatusCode::from_u16(if media == MEDIA[0] { row.status.0 } else { row.status.1 }).unwrap();
    let kind = answer.header("content-type").unwrap_or_default();
    let has = |name: &str| answer.header(name).is_some();
    let json = answer.json();
    let mut wrong = Vec::new();
    let mut hold = |holds: bool, about: &str| {
        if !holds {
            wrong.push(format!("{} as {media}: {about}: {} {}", row.what, answer.status, answer.text()));
        }
    };
    hold(answer.status == wanted, "status");
    hold(answer.code() == row.code && answer.reason() == row.reason, "code and reason");
    hold(answer.missing() == row.missing, "missing");
    hold(row.headers.iter().all(|(name, value)| answer.header(name) == Some(value)), "headers");
    hold(has("www-authenticate") == (wanted == StatusCode::UNAUTHORIZED), "challenge");
    hold(has("allow") == (wanted == StatusCode::METHOD_NOT_ALLOWED), "Allow");
    hold(has("retry-after") == matches!(wanted.as_u16(), 429 | 503), "Retry-After");
    hold(json.get("data") == row.ran.then_some(&Value::Null), "data is there only for what was run");
    hold(!answer.message().is_empty() && answer.message().contains(row.says), "message");
    hold(has("x-request-id"), "request id");
    hold(answer.header("x-content-type-options") == Some("nosniff"), "nosniff");
    hold(answer.header("cache-control") == Some("private, no-store"), "Cache-Control");
    hold(answer.header("vary") == Some("Authorization, Cookie, Origin"), "Vary");
    // Text has one media type for its refusals.
    let media = if row.path.starts_with("/schema") { MEDIA[0] } else { media };
    hold(kind == format!("{media}; charset=utf-8"), "Content-Type");
    let by_token = matches!(row.who, Who::Reader | Who::Writer | Who::Narrow | Who::Held | Who::Elsewhere)
        && wanted.as_u16() != 503;
    hold(has("doorward-token-expires-at") == by_token, "the token's end");
    wrong
}

#[track_caller]
fn check(row: &Row, media: &str, answer: &Answer) {
    let wrong = not_as(row, media, answer);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

on_both! {
    async fn every_refusal_is_as_the_table_says(app: TestApp) {
        app.add(new("nils")).await;
        let stage = Stage::on(app).await;
        let before = stage.app.made().await;
        let (mut tried, mut wrong) = (0, Vec::new());
        for row in table::rows() {
            for media in MEDIA {
                wrong.extend(not_as(&row, media, &stage.ask(&row, media).await));
                tried += 1;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let after = stage.app.made().await;
        assert_eq!((after.users, after.tokens, after.sessions), (before.users, before.tokens, before.sessions));
        println!("{tried} refusals");
    }
}

#[test]
fn what_is_open_is_still_impossible() {
    for part in open::OPEN {
        assert!(!(part.is_possible)(), "`{}` can be refused now: move its rows from `OPEN` into the table", part.what);
    }
}
