//! An API of our own: it answers what a test says, and remembers what it was sent.

use apollo_compiler::ast;
use apollo_compiler::introspection::partial_execute;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// What the API makes of a request.
pub type Reply = Response<Body>;
type Answers = Arc<dyn Fn(&Got) -> Reply + Send + Sync>;

/// A request that reached the API.
#[derive(Debug, Clone)]
pub struct Got {
    pub headers: HeaderMap,
    pub body: String,
}

impl Got {
    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("what reaches the API is JSON")
    }

    /// The document that it asks for.
    pub fn query(&self) -> String {
        self.json()["query"].as_str().expect("a document").to_owned()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }
}

/// The API.
pub struct Behind {
    port: u16,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<Answers>>,
    directory: TempDir,
}

impl Behind {
    /// An API with this schema, which answers null for each key until it is told something else.
    pub async fn new(sdl: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        std::fs::write(directory.path().join("api.graphql"), sdl).expect("the schema can be written");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let first: Answers = Arc::new(nothing);
        let answers = Arc::new(Mutex::new(first));
        let behind = Self { port, got: Arc::clone(&got), answers: Arc::clone(&answers), directory };
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (got, answers) = (Arc::clone(&got), Arc::clone(&answers));
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let (got, answers) = (Arc::clone(&got), Arc::clone(&answers));
                    async move { Ok::<_, Infallible>(take(&got, &answers, request).await) }
                });
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(async move { http.serve_connection(TokioIo::new(stream), service).await });
            }
        });
        behind
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/graphql", self.port)
    }

    /// The file with its schema.
    pub fn sdl(&self) -> PathBuf {
        self.directory.path().join("api.graphql")
    }

    /// Gives it another schema.
    pub fn becomes(&self, sdl: &str) {
        std::fs::write(self.sdl(), sdl).expect("the schema can be written");
    }

    /// What it answers from now on.
    pub fn answers(&self, answers: impl Fn(&Got) -> Reply + Send + Sync + 'static) {
        *self.answers.lock().expect("no test panics here") = Arc::new(answers);
    }

    /// The same as a text of JSON.
    pub fn says(&self, text: &'static str) {
        self.answers(move |_| json(text));
    }

    /// The same, and what it answers when it is asked for its schema.
    pub fn describes(&self, sdl: &str, otherwise: &'static str) {
        let schema = Schema::parse_and_validate(sdl, "api.graphql").expect("the schema of a test is valid");
        self.answers(move |got| if got.body.contains("__schema") { described(&schema, got) } else { json(otherwise) });
    }

    /// What reached it, which it forgets then.
    pub fn got(&self) -> Vec<Got> {
        std::mem::take(&mut self.got.lock().expect("no test panics here"))
    }

    /// The one request that reached it.
    #[track_caller]
    pub fn one(&self) -> Got {
        let mut got = self.got();
        assert_eq!(got.len(), 1, "{got:?}");
        got.remove(0)
    }
}

async fn take(
    got: &Mutex<Vec<Got>>,
    answers: &Mutex<Answers>,
    request: Request<hyper::body::Incoming>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let body = String::from_utf8(body.to_vec()).expect("what reaches the API is UTF-8");
    let one = Got { headers: head.headers, body };
    got.lock().expect("no test panics here").push(one.clone());
    let answers = Arc::clone(&answers.lock().expect("no test panics here"));
    answers(&one)
}

/// The answer to introspection; where it asks for what the library does not know, an error as servers give it.
pub fn described(schema: &Valid<Schema>, got: &Got) -> Reply {
    let Ok(document) = ExecutableDocument::parse_and_validate(schema, got.query(), "introspection") else {
        return json(r#"{"errors":[{"message":"unknown field"}]}"#);
    };
    let operation = document.operations.iter().next().expect("an operation");
    let (implementers, none) = (schema.implementers_map(), Valid::assume_valid(JsonMap::new()));
    let answer = partial_execute(schema, &implementers, &document, operation, &none).expect("an answer");
    json(serde_json::to_vec(&answer).expect("JSON"))
}

/// The keys that are asked for, each null.
fn nothing(got: &Got) -> Reply {
    let document = ast::Document::parse(got.query(), "").expect("what reaches the API parses");
    let mut keys = serde_json::Map::new();
    for definition in &document.definitions {
        if let ast::Definition::OperationDefinition(operation) = definition {
            collect(&document, &operation.selection_set, &mut keys);
        }
    }
    json(serde_json::json!({ "data": keys }).to_string())
}

fn collect(document: &ast::Document, selections: &[ast::Selection], keys: &mut serde_json::Map<String, Value>) {
    for selection in selections {
        match selection {
            ast::Selection::Field(field) => {
                keys.insert(field.response_name().to_string(), Value::Null);
            }
            ast::Selection::InlineFragment(inline) => collect(document, &inline.selection_set, keys),
            ast::Selection::FragmentSpread(spread) => {
                for definition in &document.definitions {
                    if let ast::Definition::FragmentDefinition(fragment) = definition
                        && fragment.name == spread.fragment_name
                    {
                        collect(document, &fragment.selection_set, keys);
                    }
                }
            }
        }
    }
}

/// An answer of JSON.
pub fn json(text: impl Into<Bytes>) -> Reply {
    let body = Body::new(Full::new(text.into()));
    Response::builder().header("content-type", "application/json").body(body).expect("an answer")
}
