//! The set-up link: how the first administrator is made, and when it does not hold.

use super::http::Answer;
use super::running::Running;
use super::{PASSWORD, Program};
use serde_json::{Value, json};

/// The path and query of the set-up link that the server printed.
pub fn link(server: &Running) -> String {
    let url = server.said.wait_for("the set-up link", |text| {
        let from = text.find("no administrator yet: open ")? + "no administrator yet: open ".len();
        Some(text[from..].split_once(' ')?.0.to_owned())
    });
    let path = url.strip_prefix(&server.url()).unwrap_or_else(|| panic!("{url} is not at {}", server.url()));
    path.to_owned()
}

fn submit(server: &Running, link: &str, password: &str) -> Answer {
    submit_as(server, "ada", link, password)
}

fn submit_as(server: &Running, name: &str, link: &str, password: &str) -> Answer {
    let code = link.strip_prefix("/setup?code=").expect("the link carries its code");
    let next = ("next", "/setup/api");
    server.http.post_form("/setup", &[("code", code), ("username", name), ("password", password), next])
}

/// The cookie of the session that an answer begins, as a browser sends it.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {} {}", answer.status, answer.body));
    set.split(';').next().unwrap().to_owned()
}

fn page(server: &Running, path: &str, cookie: &str) -> Answer {
    server.http.send("GET", path, &[("cookie", cookie)], b"").expect("it answers")
}

#[test]
fn set_up_leads_on_from_the_administrator_to_the_api_and_to_the_first_token() {
    for name in ["ada", "o'brien \"ada\" <b>"] {
        let program = Program::new();
        let server = program.serve();
        let made = submit_as(&server, name, &link(&server), PASSWORD);
        assert_eq!((made.status, made.header("location")), (303, Some("/setup/api")), "{}", made.body);
        let cookie = cookie(&made);
        let api = page(&server, "/setup/api", &cookie);
        assert_eq!(api.status, 200, "{}", api.body);
        assert!(api.body.contains("doorward serve --upstream https://api.example.com/graphql"), "{}", api.body);
        assert!(api.body.contains("[upstream]\nurl = "), "{}", api.body);
        assert!(api.body.contains("href=\"/tokens/new?first=1\""), "{}", api.body);
        let first = page(&server, "/tokens/new?first=1", &cookie);
        assert!(first.status == 200 && first.body.contains("First token"), "{} {}", first.status, first.body);
        let (access, _) = server.http.sign_in(name, PASSWORD);
        assert_eq!(server.http.standing(&access).unwrap(), name);
    }
}

#[test]
fn a_form_of_another_page_sets_nothing_up() {
    let program = Program::new();
    let server = program.serve();
    let link = link(&server);
    let code = link.strip_prefix("/setup?code=").unwrap();
    let form = format!("code={code}&username=eve&password={PASSWORD}");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    for origin in [None, Some("http://evil.example"), Some("null")] {
        let headers: Vec<_> = [kind].into_iter().chain(origin.map(|origin| ("origin", origin))).collect();
        let answer = server.http.send("POST", "/setup", &headers, form.as_bytes()).unwrap();
        assert_eq!(answer.status, 403, "{origin:?} {}", answer.body);
    }
    assert_eq!(server.http.get(&link).status, 200, "nobody was made");
}

#[test]
fn the_set_up_link_makes_the_first_administrator() {
    let program = Program::new();
    let server = program.serve();
    let link = link(&server);
    for _ in 0..2 {
        let form = server.http.get(&link);
        assert!(form.status == 200 && form.body.contains("<form method=\"post\""), "{} {}", form.status, form.body);
        assert_eq!(form.header("cache-control"), Some("no-store"));
        assert_eq!(form.header("referrer-policy"), Some("same-origin"));
    }
    let weak = submit(&server, &link, "password");
    assert!(weak.status == 422 && weak.body.contains("too short: at least 12"), "{} {}", weak.status, weak.body);
    assert!(weak.body.contains("value=\"ada\"") && !weak.body.contains("value=\"password\""), "{}", weak.body);

    let welcome = submit(&server, &link, PASSWORD);
    assert_eq!((welcome.status, welcome.header("location")), (303, Some("/setup/api")), "{}", welcome.body);
    assert!(!welcome.body.contains(PASSWORD), "{}", welcome.body);

    let again = submit(&server, &link, PASSWORD);
    assert!(
        again.status == 403 && again.body.contains("There is an administrator already"),
        "{} {}",
        again.status,
        again.body
    );
    let closed = server.http.get(&link);
    assert!(closed.status == 403 && closed.body.contains("href=\"/sign-in\""), "{} {}", closed.status, closed.body);
    let (access, _) = server.http.sign_in("ada", PASSWORD);
    let me = server.http.ask(&access, "{ me { id username super_admin } }", &Value::Null);
    assert_eq!(me, json!({ "data": { "me": { "id": "1", "username": "ada", "super_admin": true } } }));
}

#[test]
fn a_set_up_link_dies_with_the_first_administrator_the_next_start_and_after_half_an_hour() {
    let program = Program::new();
    let server = program.serve();
    let first = link(&server);
    server.stop();
    let server = program.serve();
    let second = link(&server);
    let over = server.http.get(&first);
    assert_eq!(over.status, 403, "the next start makes another");
    assert!(over.body.contains("doorward user add NAME --super-admin"), "{}", over.body);
    assert_eq!(server.http.get("/setup?code=nonsense").status, 403);
    assert_eq!(server.http.get("/setup").status, 403);
    assert_eq!(server.http.get(&second).status, 200);

    let database = rusqlite::Connection::open(program.directory().join("doorward-data/doorward.db")).unwrap();
    let sooner = |minutes: i64| {
        let moved = "update set_up_link set expires_at = expires_at - ?1 * 60000000";
        assert_eq!(database.execute(moved, [minutes]).unwrap(), 1);
    };
    sooner(29);
    assert_eq!(server.http.get(&second).status, 200);
    sooner(1);
    assert_eq!(server.http.get(&second).status, 403);
    assert_eq!(submit(&server, &second, PASSWORD).status, 403);
    sooner(-30);
    assert_eq!(server.http.get(&second).status, 200);

    program.add_user("ada", &["--super-admin"]);
    assert_eq!(server.http.get(&second).status, 403);
    let refused = submit(&server, &second, PASSWORD);
    assert!(refused.status == 403 && refused.body.contains("administrator already"), "{}", refused.body);
    server.stop();
    let server = program.serve();
    server.http.sign_in("ada", PASSWORD);
    assert!(!server.said.so_far().contains("/setup"), "{}", server.said.so_far());
}

#[test]
fn links_are_built_from_the_public_url() {
    let program = Program::new();
    let server = program.serve_with(&["--public-url", "https://keys.example.org/"]);
    let said = server.said.wait_for("the set-up link", |text| text.contains("/setup").then(|| text.to_owned()));
    assert!(said.contains("open https://keys.example.org/setup?code=dwd_su_"), "{said}");
    assert!(said.contains(&format!("listening on {}\n", server.url())), "{said}");
}

#[test]
fn a_server_that_listens_everywhere_names_an_address_that_can_be_opened() {
    let program = Program::new();
    let server = Running::start(program.command(["serve", "--listen", "0.0.0.0:0"]));
    let said = server.said.wait_for("the set-up link", |text| text.contains("/setup").then(|| text.to_owned()));
    let port = server.url().rsplit_once(':').unwrap().1.to_owned();
    assert!(said.contains(&format!("open http://127.0.0.1:{port}/setup?code=dwd_su_")), "{said}");
    assert!(said.contains("people and clients elsewhere need `public_url`"), "{said}");
}
