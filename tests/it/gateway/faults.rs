//! Whatever the API behind does wrong: whoever asks is told what kind of failure it is, in time, and nothing of the
//! API's own words or address. Doorward's own fields go on.

use super::broken::{Play, answer, chunks, head, json, says};
use super::{Behind, Broken, SHOP, before, packed};
use crate::app::{Answer, Client, TestApp};
use crate::databases::Database;
use doorward::config::Span;
use std::time::{Duration, Instant};

/// Words of the API that nobody else is to read.
const WORDS: &str = "the-apis-own-words";
const JSON: &str = "content-type: application/json";
const LIMIT: Duration = Duration::from_secs(1);

const UNAVAILABLE: (&str, u16) = ("UPSTREAM_UNAVAILABLE", 502);
const TIMEOUT: (&str, u16) = ("UPSTREAM_TIMEOUT", 504);
const INVALID: (&str, u16) = ("UPSTREAM_INVALID", 502);
const UNAUTHORIZED: (&str, u16) = ("UPSTREAM_UNAUTHORIZED", 502);

type Fault = (&'static str, Play, (&'static str, u16));

/// A server before a peer that answers what a test says. The schema is the shop's.
async fn before_broken(database: Database) -> (Broken, TestApp) {
    let (behind, broken) = (Behind::new(SHOP).await, Broken::new().await);
    let url = broken.url();
    let app = before(database, &behind, |config| {
        config.upstream.url = Some(url);
        config.upstream.timeout = Span(LIMIT);
    })
    .await;
    (broken, app)
}

fn breaks() -> Vec<Fault> {
    let short = answer("200 OK", &[JSON], format!(r#"{{"data":{{"version":"{WORDS}"}}}}"#));
    let part = short[..short.len() - 8].to_vec();
    let whole_chunk = chunks(format!(r#"{{"data":{{"version":"{WORDS}"}}}}"#).as_bytes(), 7);
    let part_of_chunk = whole_chunk[..whole_chunk.len() - 5].to_vec();
    let half_head = &b"HTTP/1.1 200 OK\r\ncontent-type: application/js"[..];
    vec![
        ("closes the connection at once", Play::closes_at_once(), UNAVAILABLE),
        ("closes it when it has read", says("").and_closes(), UNAVAILABLE),
        ("closes it within the headers", says(half_head).and_closes(), UNAVAILABLE),
        ("closes it after the headers", says(head("200 OK", &[JSON, "content-length: 9"])).and_closes(), UNAVAILABLE),
        ("closes it within the body", says(part.clone()).and_closes(), UNAVAILABLE),
        ("closes it within a chunk", says(part_of_chunk.clone()).and_closes(), UNAVAILABLE),
        ("closes it before the last chunk", says(whole_chunk.clone()).and_closes(), UNAVAILABLE),
        ("says nothing", says("").and_waits(), TIMEOUT),
        ("says to go on, and nothing more", says(head("100 Continue", &[])).and_waits(), TIMEOUT),
        ("stops within the headers", says(half_head).and_waits(), TIMEOUT),
        ("stops after the headers", says(head("200 OK", &[JSON, "content-length: 9"])).and_waits(), TIMEOUT),
        ("stops within the body", says(part).and_waits(), TIMEOUT),
        ("stops within a chunk", says(part_of_chunk).and_waits(), TIMEOUT),
        ("stops before the last chunk", says(whole_chunk).and_waits(), TIMEOUT),
        ("comes in drops", says(&short[..20]).and_drips(&short[20..]), TIMEOUT),
        ("has headers that come in drops", says(half_head).and_drips("x".repeat(500)), TIMEOUT),
    ]
}

fn no_graphql() -> Vec<Fault> {
    let page = format!("<!doctype html><title>{WORDS}</title>");
    let good = format!(r#"{{"data":{{"version":"{WORDS}"}}}}"#);
    let cut_off = &good[..good.len() - 1];
    let typed = |content: &str| says(answer("200 OK", &[content], &good));
    let body = |body: &str| says(json(body));
    let marked = format!("x-mark: {WORDS}");
    let of = |status: &str, headers: &[&str], body: &str| says(answer(status, &[headers, &[&marked]].concat(), body));
    let html = ["content-type: text/html"];
    let located = ["content-type: application/json", "location: /elsewhere"];
    let many: Vec<String> = (0..200).map(|number| format!("x-{number}: {WORDS}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).chain([JSON]).collect();
    let long = format!("x-long: {}", "x".repeat(1 << 20));
    let gzip = ["content-type: application/json", "content-encoding: gzip"];
    vec![
        ("speaks another protocol", says("SSH-2.0-OpenSSH_9.6\r\n").and_closes(), INVALID),
        ("speaks TLS", says([0x15, 3, 3, 0, 2, 2, 40]).and_closes(), INVALID),
        ("has headers of a megabyte", says(answer("200 OK", &[JSON, &long], &good)), INVALID),
        ("has two hundred headers", says(answer("200 OK", &many, &good)), INVALID),
        ("has two lengths", says(answer("200 OK", &[JSON, "content-length: 3"], &good)).and_closes(), INVALID),
        ("changes the protocol", of("101 Switching Protocols", &["upgrade: x", "connection: upgrade"], ""), INVALID),
        ("is a page", of("200 OK", &html, &page), INVALID),
        ("is a page that claims to be JSON", body(&page), INVALID),
        ("is JSON that claims to be a page", typed("content-type: text/html"), INVALID),
        ("is JSON that claims to be text", typed("content-type: text/plain"), INVALID),
        ("is of no type", says(answer("200 OK", &[], &good)), INVALID),
        ("is of UTF-16", typed("content-type: application/json; charset=utf-16"), INVALID),
        ("is of Latin-1", typed("content-type: application/json; charset=\"iso-8859-1\""), INVALID),
        ("is not UTF-8", says(json(b"{\"data\":{\"version\":\"\xff\"}}")), INVALID),
        ("is an array", body(&format!("[{good}]")), INVALID),
        ("is a text", body(&format!("\"{WORDS}\"")), INVALID),
        ("is null", body("null"), INVALID),
        ("is empty", body(""), INVALID),
        ("has neither data nor errors", body(&format!(r#"{{"message":"{WORDS}"}}"#)), INVALID),
        ("is cut off, with the right length", body(cut_off), INVALID),
        ("is followed by something", body(&format!("{good}{good}")), INVALID),
        ("is a page for an error", of("500 Internal Server Error", &html, &page), INVALID),
        ("is a page of a proxy", of("502 Bad Gateway", &html, &page), INVALID),
        ("is JSON of a proxy", of("503 Service Unavailable", &[JSON], r#"{"message":"no"}"#), INVALID),
        ("is no content", says(head("204 No Content", &[JSON])), INVALID),
        ("is not modified", says(head("304 Not Modified", &[JSON])), INVALID),
        ("leads elsewhere for good", of("301 Moved Permanently", &located, &good), INVALID),
        ("leads elsewhere", of("302 Found", &located, &good), INVALID),
        ("leads elsewhere with the request", of("307 Temporary Redirect", &located, &good), INVALID),
        ("leads elsewhere for good with the request", of("308 Permanent Redirect", &located, &good), INVALID),
        ("is compressed unasked", says(answer("200 OK", &gzip, packed(good.as_bytes()))), INVALID),
        ("claims to be compressed", of("200 OK", &gzip, &good), INVALID),
        ("is coded otherwise", of("200 OK", &[JSON, "content-encoding: br"], &good), INVALID),
        ("refuses our credential", of("401 Unauthorized", &[JSON], r#"{"errors":[{"message":"no"}]}"#), UNAUTHORIZED),
        ("refuses our credential by a page", of("403 Forbidden", &html, &page), UNAUTHORIZED),
    ]
}

/// Nothing of the API's may be in an answer that tells of its failure.
fn check_silence(what: &str, broken: &Broken, told: &Answer) {
    let values: String = told.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    for tell_tale in [WORDS, "127.0.0.1", &broken.port().to_string(), "elsewhere"] {
        assert!(!told.text().contains(tell_tale), "{what}: {tell_tale} is in {told}");
    }
    assert!(!values.contains(WORDS) && !values.contains("elsewhere"), "{what}: {values}");
}

async fn walk(broken: &Broken, ada: &Client<'_>, faults: Vec<Fault>) {
    for (what, play, (code, status)) in faults {
        broken.plays([play]);
        let begun = Instant::now();
        let (query, mutation, mixed, own) = tokio::join!(
            ada.gql("{ version }"),
            ada.gql("mutation { ping }"),
            ada.gql("{ me { username } v: version }"),
            ada.gql("{ me { username } }"),
        );
        let took = begun.elapsed();
        assert!(took < LIMIT + Duration::from_secs(4), "{what}: {took:?}");
        for told in [&query, &mutation] {
            assert_eq!((told.code().as_str(), told.status.as_u16()), (code, status), "{what}: {told}");
            assert_eq!(told.json()["errors"].as_array().map(Vec::len), Some(1), "{what}: {told}");
            assert!(told.json().get("data").is_none(), "{what}: {told}");
            check_silence(what, broken, told);
        }
        let json = mixed.json();
        assert_eq!(mixed.status, 200, "{what}: {mixed}");
        assert_eq!(json["data"].to_string(), r#"{"me":{"username":"ada"},"v":null}"#, "{what}");
        assert_eq!((mixed.code(), mixed.message()), (code.into(), query.message()), "{what}");
        assert_eq!(json["errors"][0]["path"].to_string(), r#"["v"]"#, "{what}");
        check_silence(what, broken, &mixed);
        assert_eq!(own.data()["me"]["username"], "ada", "{what}");
        // Of each operation one request reached it, or none.
        let heard = broken.heard();
        assert!(heard.iter().filter(|heard| heard.body.contains("ping")).count() <= 1, "{what}: {heard:?}");
        assert!(heard.len() <= 3, "{what}: {heard:?}");
    }
    broken.plays([says(json(r#"{"data":{"version":"9"}}"#))]);
    assert_eq!(ada.gql("{ version }").await.data()["version"], "9");
}

on_both! {
    async fn an_api_that_breaks_off_or_stands_still_is_told_of_in_time(database: Database) {
        let (broken, app) = before_broken(database).await;
        walk(&broken, &app.admin().await, breaks()).await;
    }

    async fn an_answer_that_is_no_graphql_is_told_of_and_not_shown(database: Database) {
        let (broken, app) = before_broken(database).await;
        walk(&broken, &app.admin().await, no_graphql()).await;
    }

    async fn an_api_that_is_not_there_leaves_own_fields_alone(database: Database) {
        let behind = Behind::new(SHOP).await;
        // Nobody listens there.
        let app = before(database, &behind, |config| config.upstream.url = Some("http://127.0.0.1:1/graphql".into())).await;
        let ada = app.admin().await;
        for query in ["{ version }", "mutation { ping }"] {
            let told = ada.gql(query).await;
            assert_eq!((told.code().as_str(), told.status.as_u16()), UNAVAILABLE);
            assert!(!told.text().contains("127.0.0.1"), "{told}");
        }
        let mixed = ada.gql("{ v: version me { username } }").await;
        assert_eq!((mixed.status.as_u16(), mixed.code().as_str()), (200, UNAVAILABLE.0));
        assert_eq!(mixed.json()["data"].to_string(), r#"{"v":null,"me":{"username":"ada"}}"#);
        assert!(app.anonymous().get("/readyz?verbose").await.text().contains("api: cannot be reached"));
    }

    async fn an_answer_that_is_odd_and_whole_is_passed_on(database: Database) {
        let (broken, app) = before_broken(database).await;
        let ada = app.admin().await;
        let good = "  {\"errors\":[{\"message\":\"no\"}],\n\"data\":{\"version\":1.50}}\n";
        let body = |typed: &str| answer("200 OK", &[typed], good);
        let old = |bytes: Vec<u8>| [b"HTTP/1.0".to_vec(), bytes[8..].to_vec()].concat();
        let after = |status: &str| [head(status, &["link: </x>"]), json(good)].concat();
        let odd = [
            ("HTTP/1.0", says(old(json(good))).and_closes()),
            ("HTTP/1.0 without a length", says([old(head("200 OK", &[JSON])), good.into()].concat()).and_closes()),
            ("without a length", says([head("200 OK", &[JSON]), good.into()].concat()).and_closes()),
            ("told to go on first", says(after("100 Continue"))),
            ("with early hints", says(after("103 Early Hints"))),
            ("with trailers", says([chunks(good.as_bytes(), 5), b"0\r\nx-trailer: 1\r\n\r\n".to_vec()].concat())),
            ("closing after it", says(answer("200 OK", &[JSON, "connection: close"], good)).and_closes()),
            ("in drops", says(&json(good)[..110]).and_drips(&json(good)[110..])),
            ("of the newer type", says(body("content-type: application/graphql-response+json"))),
            ("of a type in capitals", says(body("Content-Type: Application/JSON; Charset=\"UTF-8\""))),
        ];
        for (what, play) in odd {
            broken.plays([play]);
            for _ in 0..2 {
                let told = ada.gql("{ version }").await;
                assert_eq!((told.status.as_u16(), told.text().as_str()), (200, good), "{what}");
            }
        }
    }

    async fn errors_of_the_apis_own_come_through_with_their_status_where_the_media_type_lets_it_tell(database: Database) {
        let (broken, app) = before_broken(database).await;
        let ada = app.admin().await;
        let body = r#"{"errors":[{"message":"no such product","extensions":{"code":"LOST"}}]}"#;
        for (theirs, status) in [("400 Bad Request", 400), ("422 Unprocessable Content", 422), ("500 Internal Server Error", 500)] {
            broken.plays([says(answer(theirs, &[JSON], body))]);
            for (media, status) in [("application/json", 200), ("application/graphql-response+json", status)] {
                let request = ada.post("/graphql").header("accept", media).body(r#"{"query":"{ version }"}"#.into());
                let told = ada.send(request).await;
                assert_eq!((told.status.as_u16(), told.text().as_str()), (status, body), "{theirs} {media}");
            }
        }
    }
}
