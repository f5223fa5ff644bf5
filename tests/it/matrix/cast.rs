//! The people of the matrix and what they can show.

use std::collections::HashMap;

use axum::http::Request;
use serde_json::json;

use super::rights::NARROWING;
use crate::app::{Answer, TestApp, URL, body, new};
use crate::console::Browser;
use doorward::users::NewUser;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Person {
    Nobody,
    Member,
    WithRole,
    Admin,
    Disabled,
}

impl Person {
    pub const ALL: [Self; 5] = [Self::Nobody, Self::Member, Self::WithRole, Self::Admin, Self::Disabled];

    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Nobody => None,
            Self::Member => Some("mia"),
            Self::WithRole => Some("rosa"),
            Self::Admin => Some("ada"),
            Self::Disabled => Some("otto"),
        }
    }
}

/// What is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    Nothing,
    /// The access token of a session.
    Access,
    /// A token that may only read.
    Reader,
    Writer,
    /// A token that may write, narrowed to what `rights` says.
    Narrowed,
    Expired,
    Revoked,
    Malformed,
    /// As it should be, and never made.
    Unknown,
    /// A refresh token in place of an access token.
    Refresh,
    /// A session's and a token's at once.
    TwoCredentials,
    /// The cookie of a session that was begun in the console, from one of its pages.
    Cookie,
    /// The same and a token that was never made: a header beats a cookie, even a dead one.
    CookieAndUnknown,
}

impl Shown {
    pub const ALL: [Self; 13] = [
        Self::Nothing,
        Self::Access,
        Self::Reader,
        Self::Writer,
        Self::Narrowed,
        Self::Expired,
        Self::Revoked,
        Self::Malformed,
        Self::Unknown,
        Self::Refresh,
        Self::TwoCredentials,
        Self::Cookie,
        Self::CookieAndUnknown,
    ];
}

/// The headers that show it.
pub type Headers = Vec<(&'static str, String)>;
type Secrets = HashMap<Shown, Headers>;

const UNKNOWN: &str = "dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXc";

pub struct Cast {
    app: TestApp,
    secrets: HashMap<Person, Secrets>,
    refresh: HashMap<Person, String>,
}

impl Cast {
    pub async fn on(app: TestApp) -> Self {
        app.role("directory", &["Query.users", "UserConnection.*", "User.*"]).await;
        app.add(NewUser { roles: vec!["directory".into()], ..new("rosa") }).await;
        let people = Person::ALL.into_iter().filter_map(|person| Some((person, person.name()?)));
        let people: Vec<_> = people.collect();
        let mut secrets: HashMap<Person, Secrets> = HashMap::new();
        for (person, name) in &people {
            let short = app.person(name).await.issue(json!({"name": "short", "expires_in_days": 1})).await;
            secrets.entry(*person).or_default().insert(Shown::Expired, bearer(&[&short.secret]));
        }
        app.later(86_400);
        let mut refresh = HashMap::new();
        for (person, name) in &people {
            let tokens = app.sign_in(name).await;
            let their = secrets.entry(*person).or_default();
            add(their, &app, &tokens.access).await;
            their.insert(Shown::Refresh, bearer(&[&tokens.refresh]));
            let cookie = cookie(&app, name).await;
            their.insert(Shown::CookieAndUnknown, [cookie.clone(), bearer(&[UNKNOWN])].concat());
            their.insert(Shown::Cookie, cookie);
            refresh.insert(*person, tokens.refresh);
        }
        app.enable("otto", false).await;
        secrets.entry(Person::Nobody).or_default().insert(Shown::Nothing, Vec::new());
        for their in secrets.values_mut() {
            their.insert(Shown::Nothing, Vec::new());
            their.insert(Shown::Malformed, bearer(&["dwd_pat_not-a-token"]));
            their.insert(Shown::Unknown, bearer(&[UNKNOWN]));
        }
        Self { app, secrets, refresh }
    }

    /// The headers that show it; `None`: they have no such thing.
    pub fn headers(&self, person: Person, shown: Shown) -> Option<Headers> {
        self.secrets.get(&person)?.get(&shown).cloned()
    }

    /// The same with a session of its own.
    pub async fn fresh(&self, person: Person, shown: Shown) -> Option<Headers> {
        match person.name() {
            Some(name) if shown == Shown::Access && person != Person::Disabled => {
                Some(bearer(&[&self.app.sign_in(name).await.access]))
            }
            Some(name) if shown == Shown::Cookie && person != Person::Disabled => Some(cookie(&self.app, name).await),
            _ => self.headers(person, shown),
        }
    }

    /// A refresh token that holds, theirs where it does.
    pub fn refresh(&self, person: Person) -> &str {
        let person = if matches!(person, Person::Nobody | Person::Disabled) { Person::Member } else { person };
        &self.refresh[&person]
    }

    /// How many combinations of person and credential there are.
    pub fn combinations(&self) -> usize {
        self.secrets.values().map(HashMap::len).sum()
    }

    pub async fn post(&self, path: &str, headers: &Headers, query: &str) -> Answer {
        let mut request = Request::post(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.app.send(request.body(body(query, &json!({}))).unwrap()).await
    }

    pub async fn get(&self, path: &str, headers: &Headers) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.app.send(request.body(axum::body::Body::empty()).unwrap()).await
    }
}

/// What someone with a session can show.
async fn add(their: &mut Secrets, app: &TestApp, access: &str) {
    let session = app.bearer(access);
    let narrowed = json!({"name": "narrowed", "role": "ROLE_READ_WRITE", "permissions": NARROWING});
    let revoked = session.issue(json!({"name": "revoked", "role": "ROLE_READ_WRITE"})).await;
    session.revoke(&revoked.id).await.data();
    let writer = session.writer().await.secret().to_owned();
    their.insert(Shown::Access, bearer(&[access]));
    their.insert(Shown::Reader, bearer(&[session.reader().await.secret()]));
    their.insert(Shown::Narrowed, bearer(&[&session.issue(narrowed).await.secret]));
    their.insert(Shown::Revoked, bearer(&[&revoked.secret]));
    their.insert(Shown::TwoCredentials, bearer(&[access, &writer]));
    their.insert(Shown::Writer, bearer(&[&writer]));
}

fn bearer(secrets: &[&str]) -> Headers {
    secrets.iter().map(|secret| ("authorization", format!("Bearer {secret}"))).collect()
}

/// The cookie of a new session, from a page of the server's own.
async fn cookie(app: &TestApp, name: &str) -> Headers {
    let cookie = Browser::of(app, name).await.cookie.expect("a sign-in gives a cookie");
    vec![("cookie", cookie), ("origin", URL.to_owned())]
}
