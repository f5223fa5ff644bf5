//! What is said of the API in the configuration: what is half written opens no door, and what names nothing is told.

use super::{Behind, SHOP, before, list};
use crate::app::TestApp;
use crate::databases::{self, Database, START};
use doorward::app::App;
use doorward::config::{Config, Given, List, Notice};
use doorward::error::{Error, Refusal};
use doorward::world::World;

const SECRET: &str = "otter-lantern-fjord-secret";

/// Reads a file of this text.
fn read(text: &str) -> Result<(Config, Vec<Notice>), Refusal> {
    Config::read(&Given { file: Some(("doorward.toml".into(), text.into())), ..Given::default() })
}

/// One way to fill in `upstream`.
#[derive(Debug, Clone, Copy)]
struct Filled<'a> {
    url: Option<&'a str>,
    sdl: Option<&'a str>,
    headers: bool,
    identity: Option<&'a str>,
    secret: bool,
    audience: bool,
}

impl Filled<'_> {
    fn text(&self) -> String {
        let mut text = "[upstream]\n".to_owned();
        let set = [
            ("url", self.url),
            ("sdl", self.sdl),
            ("identity", self.identity),
            ("secret", self.secret.then_some(SECRET)),
            ("audience", self.audience.then_some("https://api.example.com")),
        ];
        for (key, value) in set {
            text += &value.map(|value| format!("{key} = \"{value}\"\n")).unwrap_or_default();
        }
        if self.headers {
            text += &format!("headers = {{ authorization = \"Bearer {SECRET}\" }}\n");
        }
        text
    }

    /// Whether it means one thing only, and that is built.
    fn is_whole(&self, is_loopback: bool) -> bool {
        let tells = !matches!(self.identity, None | Some("none"));
        match self.url {
            None => !(self.sdl.is_some() || self.headers || tells || self.secret || self.audience),
            Some(_) if self.audience || matches!(self.identity, Some("jwt" | "credential")) => false,
            Some(_) if tells => self.secret || is_loopback,
            Some(_) => !self.secret,
        }
    }
}

/// Every way to fill it in, with one of these URLs.
fn ways<'a>(urls: &[Option<&'a str>], sdl: &'a str) -> Vec<Filled<'a>> {
    let identities = [None, Some("none"), Some("headers"), Some("jwt"), Some("credential")];
    let mut ways = Vec::new();
    for &url in urls {
        for identity in identities {
            for bits in 0..16 {
                let [sdl_is_set, headers, secret, audience] = [1, 2, 4, 8].map(|bit| bits & bit != 0);
                ways.push(Filled { url, sdl: sdl_is_set.then_some(sdl), headers, identity, secret, audience });
            }
        }
    }
    ways
}

#[test]
fn what_is_half_written_is_refused_with_the_setting_that_is_at_fault() {
    let loopback = ["http://127.0.0.1:1/", "http://localhost:1/graphql", "https://[::1]/x", "http://127.8.8.8"];
    let public = [
        "https://api.example.com/graphql",
        "http://10.0.0.7/graphql",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://[2001:db8::1]:1/",
        "http://0.0.0.0/",
    ];
    let urls: Vec<Option<&str>> = loopback.iter().chain(&public).map(|url| Some(*url)).chain([None]).collect();
    let mut accepted = 0;
    for way in ways(&urls, "api.graphql") {
        let is_loopback = way.url.is_some_and(|url| loopback.contains(&url));
        match read(&way.text()) {
            Ok(_) => {
                assert!(way.is_whole(is_loopback), "{way:?} is taken");
                accepted += 1;
            }
            Err(refusal) => {
                assert!(!way.is_whole(is_loopback), "{way:?}: {refusal}");
                assert!(refusal.message.contains("`upstream."), "{way:?}: {refusal}");
                assert!(!refusal.message.contains(SECRET), "{way:?}: {refusal}");
            }
        }
    }
    // Of each URL: two ways to say `none`, `headers` with the secret, and on loopback without it; each with and without
    // schema and headers. Without a URL the two ways to say nothing.
    assert_eq!(accepted, 4 * 4 * loopback.len() + 3 * 4 * public.len() + 2);
}

#[test]
fn whatever_is_accepted_refuses_strangers_and_tokens_without_grants() {
    databases::run(async {
        let behind = Behind::new(SHOP).await;
        let (url, sdl) = (behind.url(), behind.sdl().display().to_string());
        let mut built = 0;
        for way in ways(&[Some(&url), Some("http://api.example.com/graphql"), None], &sdl) {
            // `none` said and not said are one.
            let Some((config, _)) = read(&way.text()).ok().filter(|_| way.identity != Some("none")) else { continue };
            built += 1;
            let app = TestApp::with(Database::sqlite(), |ours| {
                ours.upstream = config.upstream;
                ours.gateway = config.gateway;
            })
            .await;
            // Without the file it is not known yet what the API has.
            let refused = if way.url.is_some() && way.sdl.is_some() {
                app.pull().await;
                "FORBIDDEN"
            } else {
                "GRAPHQL_VALIDATION_FAILED"
            };
            let app = app.renewed();
            let mia = app.member().await;
            let (reader, writer) = (mia.reader().await, mia.writer().await);
            for query in ["{ version }", "mutation { ping }", "{ me { username } products { id } }"] {
                let told = app.anonymous().gql(query).await;
                assert_eq!((told.code().as_str(), told.status.as_u16()), ("UNAUTHENTICATED", 401), "{way:?}");
                for who in [&mia, &reader, &writer] {
                    let told = who.gql(query).await;
                    assert_eq!(told.code(), refused, "{way:?}: {query}");
                    let request = who.post("/graphql").header("accept", "application/graphql-response+json");
                    let body = serde_json::json!({ "query": query }).to_string();
                    let told = who.send(request.body(body.into())).await;
                    assert_eq!(told.status, if refused == "FORBIDDEN" { 403 } else { 400 }, "{way:?}: {query}");
                }
            }
            assert_eq!(writer.gql("{ me { username } }").await.data()["me"]["username"], "mia", "{way:?}");
            assert!(behind.got().is_empty(), "{way:?}");
        }
        assert_eq!(built, 12 + 8 + 1);
    });
}

/// What a start says with these lists, where the API's schema is known already: `never`, `by_name_only`,
/// `treat_as_mutation`.
async fn start(app: &TestApp, never: &[&str], by_name_only: Option<&[&str]>, mutating: &[&str]) -> Result<App, Error> {
    let mut config = Config::clone(&app.cx().config);
    config.gateway.never = list(never);
    config.gateway.by_name_only = by_name_only.map(list);
    config.gateway.treat_as_mutation = list(mutating);
    App::build(config, World::fixed(START)).await
}

#[track_caller]
fn refuses(started: Result<App, Error>, entry: &str) {
    match started {
        Ok(_) => panic!("it starts, and `{entry}` is not there"),
        Err(Error::Refusal(refusal)) => assert!(refusal.message.contains(&format!("`{entry}`")), "{entry}: {refusal}"),
        Err(Error::Fault(fault)) => panic!("{fault}"),
    }
}

on_both! {
    async fn a_setting_that_closes_what_was_never_there_stops_the_start(database: Database) {
        let behind = Behind::new(SHOP).await;
        let app = before(database, &behind, |_| {}).await;
        let good = ["Product.secret", "api:Mutation.dropProduct", "Query.product(id:)", "User.*", "own:Query.users"];
        start(&app, &good, None, &good).await.expect("all of these are there");
        start(&app, &[], Some(&good), &[]).await.expect("all of these are there");
        start(&app, &[], Some(&[]), &[]).await.expect("an empty list is a list");
        let wrong = [
            "Query.nope",
            "api:Product.nope",
            "own:Query.products",
            "api:Query.me",
            "Nope.*",
            "Query.product(nope:)",
            // The beginning of a name is another name.
            "Product.secre",
            "Prod.*",
        ];
        for wrong in wrong {
            refuses(start(&app, &[wrong], None, &[]).await, wrong);
            refuses(start(&app, &["Product.secret", wrong, "User.*"], Some(&[]), &["Query.version"]).await, wrong);
            refuses(start(&app, &[], Some(&[wrong]), &[]).await, wrong);
            refuses(start(&app, &["Product.secret"], Some(&["Query.version", wrong]), &["User.*"]).await, wrong);
            refuses(start(&app, &[], None, &[wrong]).await, wrong);
            refuses(start(&app, &["User.*"], Some(&["User.*"]), &["User.*", wrong]).await, wrong);
        }
        // What the API had, and has no more, is no misspelling.
        behind.becomes(&SHOP.replace("secret: String ", ""));
        app.pull().await;
        start(&app, &["Product.secret"], None, &[]).await.expect("it was there once");
    }

    async fn a_first_schema_without_what_a_setting_closes_is_not_served(database: Database) {
        let behind = Behind::new(SHOP).await;
        let (url, sdl) = (behind.url(), behind.sdl());
        let app = TestApp::with(database, |config| {
            config.upstream.url = Some(url);
            config.upstream.sdl = Some(sdl);
            config.gateway.never = list(&["Product.secert"]);
        })
        .await;
        let refused = start(&app, &["Product.secert"], None, &[]).await.expect("nothing is known yet").pull(None).await;
        let Err(Error::Refusal(refusal)) = refused else { panic!("it is taken in: {refused:?}") };
        assert!(refusal.message.contains("`Product.secert`"), "{refusal}");
        let ada = app.admin().await;
        assert_eq!(ada.gql("{ product(id: 1) { secret } }").await.code(), "GRAPHQL_VALIDATION_FAILED");
        let ready = app.anonymous().get("/readyz").await;
        assert_eq!((ready.status.as_u16(), ready.header("retry-after")), (503, Some("1")));
        assert!(behind.got().is_empty());
    }
}

#[test]
fn lengths_of_time_and_lists_are_read_or_refused_by_name() {
    let with = |line: &str| read(&format!("upstream.url = \"http://127.0.0.1:1/\"\n{line}"));
    for (text, seconds) in [("1s", 1), ("90s", 90), ("10m", 600)] {
        let (config, _) = with(&format!("upstream.timeout = \"{text}\"")).unwrap();
        assert_eq!(config.upstream.timeout.0.as_secs(), seconds);
    }
    for (text, seconds) in [("0s", 0), ("12h", 43_200), ("90d", 7_776_000)] {
        let (config, _) = with(&format!("gateway.follow_schema_every = \"{text}\"")).unwrap();
        assert_eq!(config.gateway.follow_schema_every.0.as_secs(), seconds);
    }
    let (config, _) = with("gateway.never = [\"Query.a\", \"User.*\"]").unwrap();
    assert_eq!(config.gateway.never, list(&["Query.a", "User.*"]));
    assert_eq!(with("gateway.by_name_only = []").unwrap().0.gateway.by_name_only, Some(List::default()));
    assert_eq!(with("gateway.never = []").unwrap().0.gateway.by_name_only, None);
    let by_environment = |name: &str, value: &str| {
        Config::read(&Given { environment: vec![(name.into(), value.into())], ..Given::default() })
    };
    let (config, _) = by_environment("DOORWARD_GATEWAY__NEVER", " Query.a , api:User.*,,Query.b(c:),").unwrap();
    assert_eq!(config.gateway.never, list(&["Query.a", "api:User.*", "Query.b(c:)"]));
    assert!(by_environment("DOORWARD_GATEWAY__NEVER", "Query.a;Query.b").is_err());
    for url in
        ["ftp://api.example.com", "api.example.com", "", "http://", "http:///x", "http://a@b/", "http://a/#b", "//a"]
    {
        let refusal = read(&format!("upstream.url = \"{url}\"")).err().unwrap_or_else(|| panic!("{url} is taken"));
        assert!(refusal.message.contains("`upstream.url`"), "{url}: {refusal}");
    }
    let wrong = [
        "upstream.timeout = \"0s\"",
        "upstream.timeout = \"601s\"",
        "upstream.timeout = \"11m\"",
        "upstream.timeout = 30",
        "upstream.timeout = \"30\"",
        "upstream.timeout = \"1.5s\"",
        "upstream.timeout = \"-1s\"",
        "upstream.timeout = \"\"",
        "upstream.timeout = true",
        "gateway.follow_schema_every = 600",
        "gateway.follow_schema_every = \"often\"",
        "gateway.never = \"Query\"",
        "gateway.never = [\"Query\"]",
        "gateway.never = [7]",
        "gateway.never = true",
        "gateway.never = [\"!Query.a\"]",
        "gateway.never = [\"Query.a b\"]",
        "gateway.by_name_only = [\"Query.(a:)\"]",
        "gateway.treat_as_mutation = [\"\"]",
        "gateway.treat_as_mutation = { a = 1 }",
        "gateway.directives = [\"@live\"]",
        "gateway.directives = [\"a b\"]",
        "gateway.on_conflict = \"both\"",
        "gateway.on_conflict = true",
        "upstream.identity = \"header\"",
    ];
    for line in wrong {
        let key = line.split(' ').next().unwrap();
        let refusal = with(line).err().unwrap_or_else(|| panic!("{line} is taken"));
        assert!(refusal.message.contains(&format!("`{key}`")), "{line}: {refusal}");
    }
}
