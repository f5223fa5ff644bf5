//! A browser without its window: keeps its cookie, reads forms, sends them as a browser does.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::app::{Answer, PASSWORD, TestApp, URL};

/// Somebody with a browser.
pub struct Browser<'a> {
    app: &'a TestApp,
    pub cookie: Option<String>,
    /// What the browser is known by.
    pub known_by: Option<String>,
}

/// What stands in a form of a page: its address and its hidden fields.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub hidden: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    pub const fn new(app: &'a TestApp) -> Self {
        Self { app, cookie: None, known_by: None }
    }

    /// Somebody who has signed in.
    pub async fn of(app: &'a TestApp, name: &str) -> Self {
        let mut browser = Self::new(app);
        let answer = browser.signs_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer}");
        browser
    }

    pub async fn signs_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("username", name), ("password", password)]).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.sends(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// Sends fields from a page of the server's own.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.posts_from(Some(URL), path, fields).await
    }

    /// The same from a page of this origin.
    pub async fn posts_from(&mut self, origin: Option<&str>, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut request = self.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let body: String = form_urlencoded(fields);
        self.sends(request.body(body.into()).unwrap()).await
    }

    /// Opens a page and sends its form with these fields.
    pub async fn fills(&mut self, page: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(page).await;
        let form = form(&page);
        self.send(&form, fields).await
    }

    /// Sends a form that was read before.
    pub async fn send(&mut self, form: &Form, fields: &[(&str, &str)]) -> Answer {
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let hidden = hidden.filter(|(name, _)| !fields.iter().any(|(other, _)| other == name));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.post(&form.action, &all).await
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        let cookies: Vec<&str> = [&self.known_by, &self.cookie].into_iter().flatten().map(String::as_str).collect();
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    async fn sends(&mut self, request: Request<Body>) -> Answer {
        let answer = self.app.send(request).await;
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap_or_default();
            let kept = if pair.contains("-browser=") { &mut self.known_by } else { &mut self.cookie };
            *kept = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        answer
    }
}

fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

/// The last form of a page that is sent by POST: those before it are the frame's.
#[track_caller]
pub fn form(page: &Answer) -> Form {
    let text = page.text();
    let start = text.rfind("method=\"post\"").unwrap_or_else(|| panic!("no form: {page}"));
    let rest = &text[start..];
    let whole = &rest[..rest.find("</form>").expect("a form ends")];
    let action = attribute(whole, "action").expect("a form goes somewhere");
    let inputs = whole.split("<input type=\"hidden\"").skip(1);
    let hidden = inputs.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)));
    Form { action, hidden: hidden.collect() }
}

fn attribute(text: &str, name: &str) -> Option<String> {
    let tag = &text[..text.find('>')?];
    let from = tag.find(&format!("{name}=\""))? + name.len() + 2;
    let value = &tag[from..from + tag[from..].find('"')?];
    Some(unescaped(value))
}

/// As a reader of the page sees it.
pub fn unescaped(text: &str) -> String {
    let entities = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, is)| text.replace(entity, is))
}

/// What a page shows once as its secret.
#[track_caller]
pub fn secret(page: &Answer) -> String {
    let text = page.text();
    let from = text.find("id=\"secret\"").unwrap_or_else(|| panic!("no secret: {page}"));
    let rest = &text[from..];
    rest[rest.find('>').unwrap() + 1..rest.find("</output>").unwrap()].to_owned()
}
