//! One user: who they are, what they were given, where they are signed in, and their tokens.

use super::{Entities, User, edit, state};
use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::list::Listed;
use crate::console::me::device;
use crate::console::stop::Stop;
use crate::console::tokens::Token;
use crate::console::visit::Visit;
use crate::console::when::{When, counted};
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde_json::json;

const SHOW: &str = "query User($id: Int64Bit) {
  users(id: $id) {
    entities {
      id username name public_name email_address enabled super_admin external_id
      created_at last_seen_at roles { id name }
    }
  }
}";

const SESSIONS: &str = "query UserSessions($id: Int64Bit) {
  users(id: $id) { entities { sessions { created_at last_used_at ip agent } } }
}";

const TOKENS: &str = "query UserTokens($user_id: Int64Bit, $paginator: Paginator) {
  all_personal_access_tokens(user_id: $user_id, paginator: $paginator, sorter: [{attribute: \"id\", direction: DESC}]) {
    entities {
      id name description hint role permissions documents status
      expires_at last_used_at last_used_ip revoked_at previous_secret_until
    }
    page_info { page total_count total_pages }
  }
}";

const REVOKE: &str = "mutation RevokeAny($id: Int64Bit!, $with_descendants: Boolean, $compromised: Boolean) {
  revokeAnyPersonalAccessToken(id: $id, with_descendants: $with_descendants, compromised: $compromised) { id status }
}";

#[derive(Deserialize)]
struct Answer {
    users: Entities<User>,
}

#[derive(Deserialize)]
struct OfSessions {
    users: Entities<Sessions>,
}

#[derive(Deserialize)]
struct Sessions {
    sessions: Vec<Session>,
}

/// A session of a user's.
#[derive(Deserialize)]
pub(super) struct Session {
    /// When it was begun.
    pub created_at: When,
    /// When it was last used.
    pub last_used_at: Option<When>,
    /// From where it was begun.
    pub ip: Option<String>,
    agent: Option<String>,
}

impl Session {
    /// With what it was begun, in words.
    pub fn device(&self) -> String {
        device(self.agent.as_deref())
    }
}

#[derive(Deserialize)]
struct OfTokens {
    all_personal_access_tokens: Listed<Token>,
}

/// What ends with a user, as far as the visitor may know of it.
pub(super) struct Ending {
    /// Where they are signed in.
    pub sessions: Option<Vec<Session>>,
    /// Their tokens, the newest hundred.
    pub tokens: Option<Vec<Token>>,
    /// How many tokens they have in all.
    pub all_tokens: usize,
}

impl Ending {
    /// The tokens that work.
    pub fn live(&self) -> Vec<&Token> {
        self.tokens.iter().flatten().filter(|token| !token.has_ended()).collect()
    }

    /// `2 sessions and 3 tokens`; nothing, if nothing is known to end.
    pub fn in_words(&self) -> String {
        let sessions = self.sessions.as_ref().map_or(0, Vec::len);
        let tokens = self.live().len();
        let known = [(sessions, "session"), (tokens, "token")];
        let said: Vec<String> = known.iter().filter(|(n, _)| *n > 0).map(|(n, word)| counted(*n, word)).collect();
        said.join(" and ")
    }
}

#[derive(Template)]
#[template(path = "users/show.html")]
struct Page {
    frame: Frame,
    user: User,
    now: Timestamp,
    ending: Ending,
    oneself: bool,
    may_edit: bool,
    may_revoke: bool,
    may_disable: bool,
    may_enable: bool,
}

/// The user of this number, and the call that asked for them.
pub(super) async fn find(visit: &Visit, id: &str) -> Result<(User, Call), Stop> {
    let call = Call::new(SHOW).with("id", id);
    let Answer { users } = visit.ask(&call).await?;
    Ok((users.entities.into_iter().next().ok_or(Stop::NotFound)?, call))
}

/// What ends when they are disabled.
pub(super) async fn ending(visit: &Visit, id: &str) -> Result<Ending, Stop> {
    let sessions = if visit.may(SESSIONS) {
        let answer: OfSessions = visit.ask(&Call::new(SESSIONS).with("id", id)).await?;
        answer.users.entities.into_iter().next().map(|user| user.sessions)
    } else {
        None
    };
    let (tokens, all_tokens) = if visit.may(TOKENS) {
        let call = Call::new(TOKENS).with("user_id", id).with("paginator", json!({ "records_per_page": 100 }));
        let answer: OfTokens = visit.ask(&call).await?;
        let listed = answer.all_personal_access_tokens;
        (Some(listed.entities), listed.page_info.total_count)
    } else {
        (None, 0)
    };
    Ok(Ending { sessions, tokens, all_tokens })
}

/// The page.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    let (user, call) = find(visit, id).await?;
    let ending = ending(visit, id).await?;
    let crumbs = vec![Crumb::to("/users", "Users"), Crumb::here(&user.name)];
    let frame = visit.frame(Here::Users, &user.name, crumbs)?.with_call(call.shown(&visit.doors.own_endpoint()));
    Ok(visit.page(&Page {
        frame,
        now: visit.now(),
        ending,
        oneself: visit.person()?.id.0.to_string() == user.id,
        may_edit: visit.may(edit::UPDATE),
        may_revoke: visit.may(REVOKE),
        may_disable: visit.may(state::DISABLE),
        may_enable: visit.may(state::ENABLE),
        user,
    }))
}

/// The way to a page of this user's.
pub(super) fn crumbs(user: &User, here: &str) -> Vec<Crumb> {
    vec![Crumb::to("/users", "Users"), Crumb::to(format!("/users/{}", user.id), &user.name), Crumb::here(here)]
}
