//! A client of HTTP/1.1 that sends what it is told to and nothing else: one connection for each request.

use serde_json::{Value, json};
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// Where to ask.
#[derive(Clone)]
pub struct Client {
    address: String,
}

impl Client {
    pub fn to(address: &str) -> Self {
        Self { address: address.to_owned() }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// A connection on which nothing has been sent.
    pub fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Sends a request and reads the answer to its end.
    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
        let mut stream = self.connect()?;
        stream.write_all(&self.request(method, target, headers, body))?;
        Answer::read(stream)
    }

    /// The bytes of a request that asks for the connection to be closed after it.
    pub fn request(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    }

    #[track_caller]
    pub fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], b"").expect("it answers")
    }

    /// Posts a form as a browser does from a page of the server's own.
    #[track_caller]
    pub fn post_form(&self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let origin = format!("http://{}", self.address);
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin.as_str())];
        self.send("POST", target, &headers, form.as_bytes()).expect("it answers")
    }

    /// Posts a GraphQL request; an empty token is none.
    pub fn graphql(&self, token: &str, query: &str, variables: &Value) -> io::Result<Answer> {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("content-type", "application/json")];
        if !token.is_empty() {
            headers.push(("authorization", &bearer));
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.send("POST", "/graphql", &headers, body.as_bytes())
    }

    /// The answer to a GraphQL request, as JSON.
    #[track_caller]
    pub fn ask(&self, token: &str, query: &str, variables: &Value) -> Value {
        self.graphql(token, query, variables).expect("it answers").json()
    }

    /// How a token stands: its user's name, or why it is refused.
    pub fn standing(&self, token: &str) -> io::Result<String> {
        let answer = self.graphql(token, "{ me { username } }", &Value::Null)?.json();
        let told = answer["data"]["me"]["username"].as_str();
        let told = told.or_else(|| answer["errors"][0]["extensions"]["reason"].as_str());
        Ok(told.map_or_else(|| answer.to_string(), str::to_owned))
    }

    /// Signs in, and answers access token and refresh token.
    #[track_caller]
    pub fn sign_in(&self, name: &str, password: &str) -> (String, String) {
        let answer = self.try_to_sign_in(name, password);
        let token = |name: &str| answer["data"]["signIn"][name].as_str().map(str::to_owned);
        token("accessToken").zip(token("refreshToken")).unwrap_or_else(|| panic!("no sign-in, but {answer}"))
    }

    /// What a sign-in is answered.
    #[track_caller]
    pub fn try_to_sign_in(&self, name: &str, password: &str) -> Value {
        let document = "mutation ($c: SignInCredentials!) { signIn(credentials: $c) { accessToken refreshToken } }";
        self.ask("", document, &json!({ "c": { "userName": name, "password": password } }))
    }
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: String,
    head: String,
}

impl Answer {
    /// Reads all that comes until the connection is closed.
    pub fn read(mut stream: TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        let text = String::from_utf8(bytes).map_err(io::Error::other)?;
        let cut_off = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer was cut off");
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut_off)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut_off)?;
        let answer = Self { status, body: body.to_owned(), head: head.to_owned() };
        let whole = answer.header("content-length").is_none_or(|length| length == body.len().to_string());
        assert_eq!(answer.header("transfer-encoding"), None, "this client does not read chunks");
        if whole { Ok(answer) } else { Err(cut_off()) }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    /// The body, which must be JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.body))
    }
}
