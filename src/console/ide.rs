//! The IDE: GraphiQL, built by Vite from `web/ide` and put into the program by `build.rs`; what its page asks for besides
//! GraphQL; and a word for who built without it.

use super::call::Call;
use super::reply::{self, json};
use super::snippets;
use super::visit::{Doors, Visit};
use crate::graphql::run_inside;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::io::Read as _;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/ide.rs"));

/// Whether the IDE was built into this program.
pub const HAS_IDE: bool = !PACKED.is_empty();

/// As everywhere, but that the editor writes its own styles.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// How many tokens and roles are offered to act as.
const OFFERED: u32 = 100;

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(rename = "type")]
    content_type: String,
}

/// A file of the IDE, packed.
struct File {
    name: String,
    content_type: HeaderValue,
    packed: &'static [u8],
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let manifest: Vec<Entry> = serde_json::from_str(MANIFEST).unwrap_or_default();
    let file = |entry: Entry| {
        let (_, packed) = PACKED.iter().find(|(name, _)| *name == entry.name)?;
        let content_type = HeaderValue::from_str(&entry.content_type).ok()?;
        Some(File { name: entry.name, content_type, packed })
    };
    manifest.into_iter().filter_map(file).collect()
});

fn file(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

fn body(file: &File, gzip: bool) -> Body {
    if gzip {
        return Body::from(Bytes::from_static(file.packed));
    }
    let mut plain = Vec::new();
    // It was packed by us.
    let _ = GzDecoder::new(file.packed).read_to_end(&mut plain);
    Body::from(plain)
}

/// The page; for who built without it, how to get it.
pub(super) fn page(doors: &Doors, gzip: bool) -> Response<Body> {
    let Some(index) = file("index.html") else {
        let text = "This program was built without GraphiQL: build it by `make run`, or run `tools/setup run` and build \
                    again. The endpoint is /graphql all the same.";
        return super::note(doors, StatusCode::NOT_FOUND, "GraphiQL is not in this build", text);
    };
    let mut response = reply::with(StatusCode::OK, false, "text/html; charset=utf-8", Vec::new());
    *response.body_mut() = body(index, gzip);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// One of its files: its name changes with what is in it, so that browsers keep it for ever.
pub(super) fn asset(name: &str, gzip: bool) -> Option<Response<Body>> {
    let file = file(name).filter(|file| file.name != "index.html")?;
    let mut response = Response::new(body(file, gzip));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, file.content_type.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Some(response)
}

const TOKENS: &str = "query MyTokens($paginator: Paginator) {
  personal_access_tokens(paginator: $paginator, sorter: [{attribute: \"id\", direction: DESC}]) {
    entities { id name role status permissions documents }
  }
}";

const ROLES: &str = "query Roles($paginator: Paginator) {
  roles(paginator: $paginator) { entities { id name effective_permission_count } }
}";

const MANAGE: &str = "mutation Manage($id: Int64Bit!) { updateRole(id: $id) { id } }";

/// What the page begins with. Nobody is signed in: a token may be pasted.
pub(super) async fn start(visit: Option<&Visit>) -> Response<Body> {
    let endpoint = "/graphql";
    let Some((visit, person)) = visit.and_then(|visit| Some((visit, visit.person().ok()?))) else {
        return json(false, &json!({ "user": null, "csrf": "", "endpoint": endpoint, "tokens": [], "roles": [] }));
    };
    let about = if visit.caller.is_super_admin() {
        format!("{} · Super administrator", person.username)
    } else {
        person.username.clone()
    };
    let tokens = entities(visit, TOKENS, "personal_access_tokens").await;
    let works = |token: &&Value| matches!(token["status"].as_str(), Some("ACTIVE" | "EXPIRING"));
    let tokens: Vec<Value> = tokens.iter().filter(works).map(token).collect();
    let roles = if visit.may(MANAGE) { entities(visit, ROLES, "roles").await } else { Vec::new() };
    let counted = |role: &Value| {
        let count = role["effective_permission_count"].as_u64().unwrap_or_default();
        super::when::counted(usize::try_from(count).unwrap_or_default(), "permission")
    };
    let roles: Vec<Value> =
        roles.iter().map(|role| json!({ "id": role["id"], "name": role["name"], "about": counted(role) })).collect();
    let user = json!({ "name": person.name, "username": person.username, "about": about });
    json(
        visit.gzip,
        &json!({ "user": user, "csrf": visit.csrf(), "endpoint": endpoint, "tokens": tokens, "roles": roles }),
    )
}

fn token(token: &Value) -> Value {
    let access = if token["role"] == "ROLE_READ_WRITE" { "read-write" } else { "read-only" };
    let held = match (token["documents"].as_array(), token["permissions"].as_array()) {
        (Some(documents), _) => super::when::counted(documents.len(), "document"),
        (None, Some(permissions)) => super::when::counted(permissions.len(), "permission"),
        (None, None) => "all that you may".into(),
    };
    json!({ "id": token["id"], "name": token["name"], "about": format!("{access}, {held}") })
}

async fn entities(visit: &Visit, document: &'static str, list: &str) -> Vec<Value> {
    let call = Call::new(document).with("paginator", json!({ "records_per_page": OFFERED }));
    let answered = run_inside(&visit.doors.own, &visit.caller, call.document, &call.variables).await;
    answered.data[list]["entities"].as_array().cloned().unwrap_or_default()
}

/// The request that is in the editor.
#[derive(Deserialize)]
struct Asked {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    token: Option<String>,
}

/// The request in the languages that people copy from.
pub(super) fn written(doors: &Doors, body: &[u8], gzip: bool) -> Response<Body> {
    let Ok(asked) = serde_json::from_slice::<Asked>(body) else {
        let errors = json!({ "errors": [{ "message": "this is no request" }] });
        return reply::with(
            StatusCode::BAD_REQUEST,
            false,
            "application/json; charset=utf-8",
            errors.to_string().into_bytes(),
        );
    };
    // What is no token could be a command in disguise.
    let is_token = |text: &String| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.~+/=".contains(&byte));
    let token = asked.token.filter(is_token);
    let (endpoint, variables) = (doors.endpoint(), asked.variables.unwrap_or_default());
    let request = snippets::Request {
        endpoint: &endpoint,
        token: token.as_deref(),
        document: &asked.query,
        operation: None,
        variables: &variables,
    };
    json(
        // With a token in it, its length packed would tell of it.
        gzip && token.is_none(),
        &json!({
            "curl": snippets::curl(&request),
            "javascript": snippets::javascript(&request),
            "python": snippets::python(&request),
            "go": snippets::go(&request),
            "postman": snippets::postman("Doorward", &request),
        }),
    )
}
