//! The people of the matrix and what they can show.

use std::collections::HashMap;

use axum::http::Request;
use serde_json::json;

use super::rights::NARROWING;
use crate::app::{Answer, TestApp, body, new};
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
}

impl Shown {
    pub const ALL: [Self; 11] = [
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
    ];
}

type Secrets = HashMap<Shown, Vec<String>>;

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
            secrets.entry(*person).or_default().insert(Shown::Expired, vec![short.secret]);
        }
        app.later(86_400);
        let mut refresh = HashMap::new();
        for (person, name) in &people {
            let tokens = app.sign_in(name).await;
            let their = secrets.entry(*person).or_default();
            add(their, &app, &tokens.access).await;
            their.insert(Shown::Refresh, vec![tokens.refresh.clone()]);
            refresh.insert(*person, tokens.refresh);
        }
        app.enable("otto", false).await;
        secrets.entry(Person::Nobody).or_default().insert(Shown::Nothing, Vec::new());
        for their in secrets.values_mut() {
            their.insert(Shown::Nothing, Vec::new());
            their.insert(Shown::Malformed, vec!["dwd_pat_not-a-token".into()]);
            their.insert(Shown::Unknown, vec!["dwd_pat_Doorward0Doorward1Doorward2xyz2mLsXc".into()]);
        }
        Self { app, secrets, refresh }
    }

    /// The headers that show it; `None`: they have no such thing.
    pub fn headers(&self, person: Person, shown: Shown) -> Option<Vec<String>> {
        let secrets = self.secrets.get(&person)?.get(&shown)?;
        Some(secrets.iter().map(|secret| format!("Bearer {secret}")).collect())
    }

    /// The same with a session of its own.
    pub async fn fresh(&self, person: Person, shown: Shown) -> Option<Vec<String>> {
        match person.name() {
            Some(name) if shown == Shown::Access && person != Person::Disabled => {
                Some(vec![format!("Bearer {}", self.app.sign_in(name).await.access)])
            }
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

    pub async fn post(&self, path: &str, headers: &[String], query: &str) -> Answer {
        let mut request = Request::post(path).header("content-type", "application/json");
        for header in headers {
            request = request.header("authorization", header);
        }
        self.app.send(request.body(body(query, &json!({}))).unwrap()).await
    }

    pub async fn get(&self, path: &str, headers: &[String]) -> Answer {
        let mut request = Request::get(path);
        for header in headers {
            request = request.header("authorization", header);
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
    their.insert(Shown::Access, vec![access.to_owned()]);
    their.insert(Shown::Reader, vec![session.reader().await.secret().to_owned()]);
    their.insert(Shown::Narrowed, vec![session.issue(narrowed).await.secret]);
    their.insert(Shown::Revoked, vec![revoked.secret]);
    their.insert(Shown::TwoCredentials, vec![access.to_owned(), writer.clone()]);
    their.insert(Shown::Writer, vec![writer]);
}
