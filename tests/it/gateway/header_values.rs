//! The headers that go to the API with each request: where their values are kept, which there may be, and that what is
//! secret of them is told nowhere.

use super::{Behind, SHOP, before};
use crate::databases::Database;
use doorward::config::{Config, Given, Notice};
use doorward::error::Refusal;
use std::collections::BTreeSet;
use std::fs;

/// Part of every secret of these tests.
const MARK: &str = "otter-mark";

fn read(text: &str, environment: &[(&str, &str)]) -> Result<(Config, Vec<Notice>), Refusal> {
    let file = Some(("doorward.toml".to_owned(), format!("[upstream]\nurl = \"http://127.0.0.1:1/\"\n{text}")));
    let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Config::read(&Given { file, environment, ..Given::default() })
}

#[track_caller]
fn refused(what: &str, read: Result<(Config, Vec<Notice>), Refusal>) -> String {
    let refusal = read.err().unwrap_or_else(|| panic!("{what} is taken"));
    assert!(!refusal.message.contains(MARK), "{what}: {refusal}");
    refusal.message
}

on_both! {
    async fn each_request_has_the_headers_with_their_values_from_where_these_are_kept(database: Database) {
        let behind = Behind::new(SHOP).await;
        let file = behind.sdl().with_file_name("key");
        fs::write(&file, "a key: in a file\n\n").unwrap();
        let table = format!(
            "headers = {{ Authorization = {{ env = \"API_TOKEN\" }}, X-Key = {{ file = \"{}\" }}, x-tenant = \"seven, 7\", User-Agent = \"shop/1\" }}",
            file.display()
        );
        let (config, notices) = read(&table, &[("API_TOKEN", "Bearer abc=")]).unwrap();
        assert_eq!(notices, []);
        let headers = config.upstream.headers;
        let app = before(database, &behind, |config| config.upstream.headers = headers).await;
        behind.says(r#"{"data":{"version":"9"}}"#);
        let ada = app.admin().await;
        let request = ada.post("/graphql").header("x-tenant", "eight").header("x-key", "mine");
        assert_eq!(ada.send(request.body(r#"{"query":"{ version }"}"#.into())).await.data()["version"], "9");
        let got = behind.one();

        // One that is configured takes the place of Doorward's own.
        let told = [("x-key", "a key: in a file"), ("x-tenant", "seven, 7"), ("user-agent", "shop/1")];
        for (name, value) in [("authorization", "Bearer abc=")].into_iter().chain(told) {
            assert_eq!(got.headers.get_all(name).iter().collect::<Vec<_>>(), [value], "{name}");
        }
    }
}

#[test]
fn the_environment_holds_them_one_a_line_and_beats_the_file() {
    let table = "headers = { x-tenant = \"seven\", x-other = \"8\" }";
    let pairs = |config: &Config| {
        let pairs = config.upstream.headers.pairs().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<BTreeSet<String>>()
    };
    let of = |pairs: [&str; 2]| BTreeSet::from(pairs.map(str::to_owned));
    assert_eq!(pairs(&read(table, &[]).unwrap().0), of(["x-tenant=seven", "x-other=8"]));
    let lines = "Authorization: Bearer a: b\r\n\n  x-tenant :  9  \n";
    let expected = of(["Authorization=Bearer a: b", "x-tenant=9"]);
    assert_eq!(pairs(&read(table, &[("DOORWARD_UPSTREAM__HEADERS", lines)]).unwrap().0), expected);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("headers");
    fs::write(&file, lines).unwrap();
    let by_file = ("DOORWARD_UPSTREAM__HEADERS_FILE", file.to_str().unwrap());
    assert_eq!(pairs(&read(table, &[by_file]).unwrap().0), expected);
    let both = refused("twice", read("", &[by_file, ("DOORWARD_UPSTREAM__HEADERS", lines)]));
    assert!(both.contains("both set `upstream.headers`"), "{both}");
    fs::write(&file, "a shared secret of otters\n").unwrap();
    let by_file = ("DOORWARD_UPSTREAM__SECRET_FILE", file.to_str().unwrap());
    let (config, _) = read("identity = \"headers\"", &[by_file]).unwrap();
    assert_eq!(config.upstream.secret.as_deref(), Some("a shared secret of otters"));
}

#[test]
fn what_doorward_sets_itself_cannot_be_configured() {
    let ours = [
        "accept",
        "Accept-Encoding",
        "connection",
        "content-encoding",
        "content-length",
        "Content-Type",
        "cookie",
        "expect",
        "HOST",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-request-id",
        "doorward-user-id",
        "Doorward-Secret",
        "doorward-x",
    ];
    for name in ours {
        let told = refused(name, read(&format!("headers = {{ {name} = \"{MARK}\" }}"), &[]));
        assert!(told.to_lowercase().contains(&name.to_lowercase()) && told.contains("`upstream.headers`"), "{told}");
        let line = format!("{name}: {MARK}");
        let told = refused(name, read("", &[("DOORWARD_UPSTREAM__HEADERS", &line)]));
        assert!(told.to_lowercase().contains(&name.to_lowercase()), "{told}");
    }
    for name in ["", "a b", "a:b", "ä", "a\\nb", "(a)"] {
        let told = refused(name, read(&format!("headers = {{ \"{name}\" = \"{MARK}\" }}"), &[]));
        assert!(told.contains("`upstream.headers`"), "{name}: {told}");
    }
}

#[test]
fn a_value_that_cannot_be_had_or_sent_is_refused_without_being_told() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (empty, lines) = (at("empty", " \n"), at("lines", &format!("{MARK}\r\nx-evil: 1")));
    let (missing, folder) = (directory.path().join("missing"), directory.path());
    let wrong = [
        ("x-key = { env = \"API_KEY\" }".to_owned(), "API_KEY"),
        ("x-key = { env = \"EMPTY\" }".to_owned(), "empty"),
        (format!("x-key = {{ file = \"{}\" }}", missing.display()), "missing"),
        (format!("x-key = {{ file = \"{}\" }}", folder.display()), "directory"),
        (format!("x-key = {{ file = \"{empty}\" }}"), "empty"),
        (format!("x-key = {{ file = \"{lines}\" }}"), "visible ASCII"),
        ("x-key = { env = \"LINES\" }".to_owned(), "visible ASCII"),
        (format!("x-key = \"{MARK}\\nx-evil: 1\""), "visible ASCII"),
        (format!("x-key = \"{MARK} ä\""), "visible ASCII"),
        (format!("x-key = \" {MARK}\""), "visible ASCII"),
        ("x-key = \"\"".to_owned(), "visible ASCII"),
        (format!("x-key = \"{MARK}\", X-Key = \"{MARK}2\""), "twice"),
        (format!("x-key = {{ env = \"{MARK}\", file = \"{MARK}\" }}"), "`upstream.headers"),
        (format!("x-key = {{ environment = \"{MARK}\" }}"), "`upstream.headers"),
        (format!("x-key = [\"{MARK}\"]"), "`upstream.headers"),
        ("x-key = true".to_owned(), "`upstream.headers"),
    ];
    let environment = [("EMPTY", ""), ("LINES", "otter-mark\r\nx-evil: 1")];
    for (entry, says) in wrong {
        let told = refused(&entry, read(&format!("headers = {{ {entry} }}"), &environment));
        assert!(told.contains("`upstream.headers") && told.contains(says), "{entry}: {told}");
    }
    for text in [format!("headers = \"{MARK}\""), format!("headers = [\"{MARK}\"]"), "headers = 7".to_owned()] {
        assert!(refused(&text, read(&text, &[])).contains("`upstream.headers"), "{text}");
    }
    let told = refused("no colon", read("", &[("DOORWARD_UPSTREAM__HEADERS", &format!("Bearer {MARK}"))]));
    assert!(told.contains("`upstream.headers"), "{told}");
}

#[test]
fn secrets_are_told_by_no_debug_output_and_no_refusal() {
    let long = format!("{MARK} that is long enough");
    let text = format!(
        "url = \"http://127.0.0.1:1/x?key={MARK}\"\nidentity = \"headers\"\nsecret = \"{long}\"\n\
         headers = {{ authorization = \"Bearer {MARK}\", x-key = {{ env = \"API_KEY\" }} }}"
    );
    let file = Some(("doorward.toml".to_owned(), format!("[upstream]\n{text}")));
    let environment = vec![("API_KEY".to_owned(), format!("{MARK}-2"))];
    let given = Given { file, environment, ..Given::default() };
    let (config, _) = Config::read(&given).unwrap();
    assert_eq!(config.upstream.secret.as_deref(), Some(long.as_str()));
    for debug in [format!("{config:?}"), format!("{config:#?}"), format!("{:?}", config.upstream.clone())] {
        assert!(!debug.contains(MARK), "{debug}");
        assert!(debug.contains("authorization") && debug.contains("127.0.0.1:1/x"), "{debug}");
    }
    let wrong = [
        format!("identity = \"headers\"\nsecret = \"{MARK}\""),
        format!("identity = \"headers\"\nsecret = \"{MARK} with ä in it\""),
        format!("identity = \"headers\"\nsecret = [\"{MARK}\"]"),
        format!("identity = \"headers\"\nsecret = \"{MARK} that is not closed"),
        format!("identity = \"{MARK}\""),
        format!("secret = \"{long}\""),
        format!("secrets = \"{long}\""),
        format!("timeout = \"{MARK}\""),
        format!("audience = \"{MARK}\""),
    ];
    for text in wrong {
        refused(&text, read(&text, &[]));
    }
    for url in [
        "https://ada:otter-mark@api.example.com/",
        "https://otter-mark@x/",
        "ftp://x/otter-mark",
        "http://x/#otter-mark",
    ] {
        let environment = vec![("DOORWARD_UPSTREAM__URL".to_owned(), url.to_owned())];
        refused(url, Config::read(&Given { environment, ..Given::default() }));
    }
    for environment in [("DOORWARD_UPSTREAM__SECRET", MARK), ("DOORWARD_UPSTREAM__SECRET_FILE", "/nowhere")] {
        refused(environment.0, read("identity = \"headers\"", &[environment]));
    }
}
