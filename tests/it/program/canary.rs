//! No secret is ever written down in clear: marked ones of every kind are used in every way, also in those that people
//! use by mistake, at the most talkative log level; then all that was written is searched for them.

use super::running::Running;
use super::{PASSWORD, Program};
use crate::databases::Database;
use base64::Engine as _;
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use tokio_postgres::NoTls;

/// What is to be found nowhere.
#[derive(Default)]
struct Canaries(Vec<(String, Vec<String>)>);

impl Canaries {
    fn plant(&mut self, what: &str, secret: &str) -> String {
        // The random part of a token: its beginning and end may be shown. A password has no such parts.
        let tell_tale = match secret.strip_prefix("dwd_").and_then(|rest| rest.split_once('_')) {
            Some((_, random)) => &random[..30],
            None => secret,
        };
        assert!(tell_tale.len() >= 16, "{what} is too short to be told from chance");
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
        self.0.push((what.into(), vec![tell_tale.into(), hex(tell_tale), base64]));
        secret.to_owned()
    }

    #[track_caller]
    fn are_not_in(&self, place: &str, written: &str) {
        for (what, forms) in &self.0 {
            for form in forms {
                let before =
                    written.split_once(form).map(|(before, _)| before.chars().rev().take(120).collect::<String>());
                let before = before.map(|before| before.chars().rev().collect::<String>());
                assert_eq!(before, None, "{what} is in {place}, after this");
            }
        }
    }
}

/// The same url with a password, which the server of these tests does not ask for.
fn with_password(url: &str, password: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a url");
    let (user, host) = rest.split_once('@').expect("a user in it");
    let user = user.split(':').next().expect("a name");
    format!("{scheme}://{user}:{password}@{host}")
}

/// Makes the administrator by the set-up link, after a few tries that fail.
fn set_up(server: &Running, canaries: &mut Canaries) -> String {
    let link = server.said.wait_for("the set-up link", |text| {
        text.split_whitespace().find(|word| word.contains("/setup?code=")).map(str::to_owned)
    });
    let code = canaries.plant("the set-up code", link.split_once('=').unwrap().1);
    let password = canaries.plant("the administrator's password", "canary administrator fjord 7");
    let send = |code: &str, password: &str| {
        server.http.post_form("/setup", &[("code", code), ("username", "ada"), ("password", password)])
    };
    let submit = |code: &str, password: &str| send(code, password).status;
    assert_eq!(server.http.get(&format!("/setup?code={code}")).status, 200);
    assert_eq!(submit(&canaries.plant("a wrong set-up code", "not-a-code-but-still-a-secret"), &password), 403);
    let weak = canaries.plant("a weak password", "canarycanarycanary");
    assert_eq!(submit(&code, &weak), 422);
    let made = send(&code, &password);
    assert_eq!(made.status, 303, "{}", made.body);
    let cookie = made.header("set-cookie").and_then(|set| set.split([';', '=']).nth(1)).expect("a cookie");
    canaries.plant("the administrator's cookie", cookie);
    assert_eq!(submit(&code, &password), 403);
    password
}

/// Signs in well and badly, makes tokens, and uses all of them as they are meant to be used.
fn use_well(server: &Running, password: &str, canaries: &mut Canaries) -> [String; 4] {
    let http = &server.http;
    let (access, refresh) = http.sign_in("ada", password);
    canaries.plant("an access token", &access);
    canaries.plant("a refresh token", &refresh);
    let ask = |document: &str, variables: Value| {
        let mut answer = http.ask(&access, document, &variables);
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].take()
    };
    let document = "mutation ($t: String!) { signInRefresh(refreshToken: $t) { accessToken } }";
    let again = ask(document, json!({ "t": refresh }))["signInRefresh"]["accessToken"].as_str().unwrap().to_owned();
    canaries.plant("a refreshed access token", &again);
    let document = "mutation { createPersonalAccessToken(name: \"a canary\", role: ROLE_READ_WRITE) }";
    let first = ask(document, Value::Null)["createPersonalAccessToken"].as_str().unwrap().to_owned();
    canaries.plant("the first token", &first);
    let document =
        "mutation { issuePersonalAccessToken(input: { name: \"b\" }) { token personal_access_token { id } } }";
    let issued = ask(document, Value::Null)["issuePersonalAccessToken"].take();
    let second = issued["token"].as_str().unwrap().to_owned();
    canaries.plant("an issued token", &second);
    for token in [&access, &again, &first, &second] {
        assert_eq!(http.standing(token).unwrap(), "ada");
    }
    let revoke = "mutation ($id: Int64Bit!) { revokePersonalAccessToken(id: $id) { id } }";
    ask(revoke, json!({ "id": issued["personal_access_token"]["id"] }));
    assert_eq!(http.standing(&second).unwrap(), "TOKEN_REVOKED");
    [access, refresh, first, second]
}

/// Rotates a token, and gives passwords to oneself and to others, well and badly.
fn change(server: &Running, access: &str, password: &str, canaries: &mut Canaries) -> [String; 4] {
    let ask = |document: &str, variables: Value| server.http.ask(access, document, &variables);
    let rotated = ask("mutation { rotatePersonalAccessToken(id: 1) { token } }", Value::Null);
    let rotated = rotated["data"]["rotatePersonalAccessToken"]["token"].as_str().expect("a secret").to_owned();
    canaries.plant("a rotated token", &rotated);
    let document = "mutation ($p: String) { createUser(input: { username: \"zoe\", password: $p }) { id } }";
    let first = canaries.plant("the password of a new user", "canary newcomer harbour 5");
    let made = ask(document, json!({ "p": first }));
    ask(document, json!({ "p": first }));
    let document = "mutation ($id: Int64Bit!, $p: String) { updateUser(id: $id, input: { password: $p }) { id } }";
    let second = canaries.plant("another password of theirs", "canary newcomer granite 6");
    let zoe = &made["data"]["createUser"]["id"];
    assert_eq!(ask(document, json!({ "id": zoe, "p": second }))["errors"], Value::Null);
    ask(document, json!({ "id": "99", "p": second }));
    let code = set_by_links(server, &ask, zoe, canaries);
    let document = "mutation ($p: String) { proveSession(password: $p) }";
    assert_eq!(ask(document, json!({ "p": password }))["errors"], Value::Null);
    ask(document, json!({ "p": first }));
    ask("mutation ($p: String) { proveSession(code: $p) }", json!({ "p": first }));
    let document =
        "mutation ($old: String!, $new: String!) { changePassword(current_password: $old, new_password: $new) }";
    let own = canaries.plant("the administrator's next password", "canary administrator meadow 9");
    ask(document, json!({ "old": first, "new": own }));
    assert_eq!(ask(document, json!({ "old": password, "new": own }))["errors"], Value::Null);
    let documents = json!({ "input": { "name": "held", "documents": [format!("{{ me {{ {rotated} }} }}")], "ip_ranges": [second] } });
    ask(
        "mutation ($input: IssuePersonalAccessTokenMutationInput) { issuePersonalAccessToken(input: $input) { token } }",
        documents,
    );
    [rotated, second, own, code]
}

/// Has a user set their password by a link, after tries that fail; answers the code of another link, which is left.
fn set_by_links(
    server: &Running,
    ask: &impl Fn(&str, Value) -> Value,
    user: &Value,
    canaries: &mut Canaries,
) -> String {
    let document = "mutation ($id: Int64Bit!) { createPasswordLink(id: $id) { url } }";
    let mut link = |what: &str| {
        let made = ask(document, json!({ "id": user }));
        let url = made["data"]["createPasswordLink"]["url"].as_str().unwrap_or_else(|| panic!("{made}"));
        canaries.plant(what, url.split_once("?code=").expect("a code").1)
    };
    let (code, left) = (link("the code of a link"), link("the code of a link that is left"));
    assert_eq!(server.http.get(&format!("/set-password?code={code}")).status, 403, "the other took its place");
    let password = canaries.plant("a password set by a link", "canary newcomer willow 8");
    let weak = canaries.plant("a weak password for a link", "canarycanarycanary");
    let send = |code: &str, password: &str| {
        server.http.post_form("/set-password", &[("code", code), ("password", password)]).status
    };
    assert_eq!(send(&code, &password), 403);
    assert_eq!(send(&left, &weak), 422);
    assert_eq!(send(&left, &password), 303);
    assert_eq!(send(&left, &password), 403);
    let again = ask(document, json!({ "id": user }));
    let url = again["data"]["createPasswordLink"]["url"].as_str().expect("a link");
    canaries.plant("the code of a third link", url.split_once("?code=").expect("a code").1)
}

/// Puts each secret where it does not belong.
fn use_badly(server: &Running, secrets: &[&str]) {
    let http = &server.http;
    let send = |method: &str, target: &str, headers: &[(&str, &str)], body: &str| {
        http.send(method, target, headers, body.as_bytes()).map_or(0, |answer| answer.status)
    };
    let as_json = [("content-type", "application/json")];
    for secret in secrets {
        http.try_to_sign_in(secret, secret);
        http.try_to_sign_in("ada", secret);
        http.try_to_sign_in(&format!("{secret}@example.org"), "x");
        let in_url: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let plainly = in_url.replace('+', "%20");
        assert_eq!(send("GET", &format!("/graphql?query=%7Bme%7Bid%7D%7D&token={in_url}"), &[], ""), 400);
        send("GET", &format!("/graphql?query=%7Bme(x:%22{in_url}%22)%7Bid%7D%7D"), &[], "");
        send("GET", &format!("/graphql/{plainly}"), &[], "");
        send("GET", &format!("/{plainly}?{in_url}"), &[], "");
        send("DELETE", &format!("/schema.graphql?{in_url}"), &[], "");
        send("POST", &format!("/graphql?access_token={in_url}"), &as_json, r#"{"query":"{me{id}}"}"#);
        send("GET", &format!("/setup?code={in_url}"), &[], "");
        send("GET", &format!("/set-password?code={in_url}"), &[], "");
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("ada:{secret}"));
        for authorization in
            [&format!("Basic {basic}"), &format!("Token {secret}"), *secret, "Bearer", &format!("Bearer {secret}x")]
        {
            send("POST", "/graphql", &[as_json[0], ("authorization", authorization)], r#"{"query":"{me{id}}"}"#);
        }
        send("POST", "/graphql", &[as_json[0], ("authorisation", secret)], r#"{"query":"{me{id}}"}"#);
        send("POST", "/graphql", &[as_json[0], ("cookie", &format!("session={secret}"))], r#"{"query":"{me{id}}"}"#);
        send("POST", "/graphql", &[("content-type", secret)], secret);
        for body in [
            (*secret).to_owned(),
            format!("{{\"{secret}\": 1, \"{secret}\": 2}}"),
            format!("{{\"query\": \"{{ me {{ {secret}\"}}"),
            json!({ "query": format!("{{ me {{ username(x: \"{secret}\") }} }}") }).to_string(),
            json!({ "query": "{ me { id } }", "operationName": secret }).to_string(),
            json!({ "query": "query ($id: Int64Bit) { users(id: $id) { entities { id } } }", "variables": { "id": secret } })
                .to_string(),
            json!({ "query": format!("mutation {{ signIn(credentials: {{ userName: \"ada\", pass: \"{secret}\" }}) {{ x }} }}") })
                .to_string(),
            json!({ "query": "mutation { signInRefresh(refreshToken: 1) { accessToken } }", "extensions": secret }).to_string(),
        ] {
            send("POST", "/graphql", &as_json, &body);
            let bearer = format!("Bearer {}", secrets[0]);
            send("POST", "/graphql", &[as_json[0], ("authorization", &bearer)], &body);
        }
        for raw in [
            format!("{secret} / HTTP/1.1\r\nconnection: close\r\n\r\n"),
            format!("GET / HTTP/{secret}\r\n\r\n"),
            format!("GET / HTTP/1.1\r\n{secret}\r\n\r\n"),
        ] {
            let mut stream = http.connect().unwrap();
            stream.write_all(raw.as_bytes()).unwrap();
            let _end_or_reset = stream.read_to_end(&mut Vec::new());
        }
    }
}

/// All rows of all tables, as text.
async fn dump(url: &str) -> String {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let tables = "select table_name::text from information_schema.tables where table_schema = 'public'";
    let mut all = String::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        for row in client.query(&format!("select t::text from \"{table}\" t"), &[]).await.unwrap() {
            all += &format!("{table} {}\n", row.get::<_, String>(0));
        }
    }
    connection.abort();
    all
}

/// Searches every file below the directory; answers what is in all of them.
fn search_files(directory: &Path, canaries: &Canaries) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &search_files(&path, canaries);
        } else {
            let written = fs::read(&path).unwrap();
            let written = String::from_utf8_lossy(&written);
            canaries.are_not_in(&path.display().to_string(), &written);
            all += &written;
        }
    }
    all
}

async fn search(program: &Program, database: &Database, canaries: &Canaries) {
    let files = search_files(program.directory(), canaries);
    let kept = match database.url() {
        Some(url) => dump(url).await,
        None => files,
    };
    canaries.are_not_in("the database", &kept);
    for there in ["a canary", "a script", "session.refused", "ada"] {
        assert!(kept.contains(there), "the search would find {there}, were it looking rightly");
    }
}

on_both! {
    async fn no_secret_is_written_down_in_clear(database: Database) {
        let mut canaries = Canaries::default();
        let mut program = Program::on(&database).with("DOORWARD_LOG", "trace");
        if let Some(url) = database.url() {
            let password = canaries.plant("the database's password", "canary-of-the-database");
            program = Program::new().with("DOORWARD_LOG", "trace").with("DOORWARD_DATABASE__URL", &with_password(url, &password));
        }
        let server = program.serve();
        let password = set_up(&server, &mut canaries);
        let [access, refresh, first, revoked] = use_well(&server, &password, &mut canaries);

        let [rotated, zoes, own, code] = change(&server, &access, &password, &mut canaries);

        let mias = canaries.plant("a user's password", "canary user lantern 8");
        let mut told = program.run_with(["user", "add", "mia", "--password-stdin"], mias.as_bytes()).told();
        let made = program.run(["token", "create", "--user", "mia", "--name", "a script"]);
        let token = canaries.plant("a token of the command line", made.stdout.trim_end());
        told += &made.stderr;
        told += &program.run_with(["user", "set-password", "mia", "--password-stdin"], PASSWORD.as_bytes()).told();
        told += &program.run_with(["user", "set-password", "mea", "--password-stdin"], mias.as_bytes()).told();
        told += &program.run_with(["user", "add", "mia", "--password-stdin"], mias.as_bytes()).told();
        told += &program.run(["token", "list", "--json"]).told();
        assert_eq!(server.http.standing(&token).unwrap(), "mia");

        use_badly(&server, &[&access, &refresh, &first, &revoked, &token, &password, &mias, &rotated, &zoes, &own, &code]);
        program.does(["token", "revoke", "1", "--compromised"]);
        canaries.are_not_in("what the commands say", &told);
        search(&program, &database, &canaries).await;

        server.terminate();
        server.said.wait_for("that it has stopped", |text| text.contains("\"stopped\"").then_some(()));
        let log = server.said.so_far();
        // The one line that is meant for the eyes of whoever starts it.
        let (before, link) = log.split_once("no administrator yet: open ").unwrap();
        let after = link.split_once('\n').unwrap().1;
        assert!(after.contains("/graphql"), "the log tells of requests");
        canaries.are_not_in("the log", &format!("{before}{after}"));
        canaries.are_not_in("stdout", &server.output.so_far());
        drop(server);
        search(&program, &database, &canaries).await;
    }
}
