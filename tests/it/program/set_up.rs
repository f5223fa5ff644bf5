//! The set-up link: how the first administrator is made, and when it does not hold.

use super::http::Answer;
use super::running::Running;
use super::{PASSWORD, Program};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

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
    server.http.post_form("/setup", &[("code", code), ("username", name), ("password", password)])
}

/// What stands between `<tag>` and `</tag>`, as a reader of the page sees it.
fn shown<'a>(page: &'a str, tag: &'a str) -> Vec<String> {
    let (opening, closing) = (format!("<{tag}>"), format!("</{tag}>"));
    let shown = page.split(&opening).skip(1).map(|rest| rest.split_once(&closing).expect("it is closed").0);
    let entities = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    shown.map(|text| entities.iter().fold(text.to_owned(), |text, (entity, is)| text.replace(entity, is))).collect()
}

/// Runs a command as somebody would who has copied it from a page.
fn pasted(command: &str, directory: &Path) -> String {
    let mut shell = Command::new("bash");
    let path = Path::new(env!("CARGO_BIN_EXE_doorward")).parent().unwrap().display();
    shell.args(["-c", &format!("PATH={path}:$PATH NO_PROXY='*'; export NO_PROXY\n{command}")]).current_dir(directory);
    let output = shell.output().expect("there is bash");
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn the_commands_of_the_welcome_page_work_as_they_are_shown() {
    for name in ["ada", "o'brien \"ada\" $HOME"] {
        let program = Program::new();
        let server = program.serve();
        let page = submit_as(&server, name, &link(&server), PASSWORD).body;
        let commands = shown(&page, "pre");
        let [sign_in, make, call] = commands.as_slice() else { panic!("three commands, not {commands:?}") };
        let run = |command: &str, placeholder: &str, value: &str| -> Value {
            assert!(command.contains(placeholder), "{command}");
            let printed = pasted(&command.replace(placeholder, value), program.directory());
            serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{command}\n{printed}"))
        };
        let signed_in = run(sign_in, "YOUR PASSWORD", PASSWORD);
        let access = signed_in["data"]["signIn"]["accessToken"].as_str().unwrap_or_else(|| panic!("{signed_in}"));
        let made = run(make, "ACCESS TOKEN", access);
        let token = made["data"]["createPersonalAccessToken"].as_str().unwrap_or_else(|| panic!("{made}"));
        let me = run(call, "TOKEN", token);
        assert_eq!(me, json!({ "data": { "me": { "name": name, "username": name } } }));
        let by_terminal = pasted(&shown(&page, "code")[0], program.directory());
        assert_eq!(server.http.standing(&by_terminal).unwrap(), name);
    }
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
        assert_eq!(form.header("referrer-policy"), Some("no-referrer"));
    }
    let weak = submit(&server, &link, "password");
    assert!(weak.status == 422 && weak.body.contains("too short: at least 12"), "{} {}", weak.status, weak.body);
    assert!(weak.body.contains("value=\"ada\"") && !weak.body.contains("value=\"password\""), "{}", weak.body);

    let welcome = submit(&server, &link, PASSWORD);
    assert_eq!(welcome.status, 200, "{}", welcome.body);
    assert!(welcome.body.contains(&format!("curl {}/graphql", server.url())), "{}", welcome.body);
    assert!(welcome.body.contains("--user ada") && !welcome.body.contains(PASSWORD), "{}", welcome.body);

    let again = submit(&server, &link, PASSWORD);
    assert!(again.status == 403 && again.body.contains("administrator already"), "{} {}", again.status, again.body);
    assert_eq!(server.http.get(&link).status, 403);
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
    assert_eq!(server.http.get(&first).status, 403, "the next start makes another");
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
