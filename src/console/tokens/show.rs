//! A token's own page: what it is, what it can see, what it descends from, and what happened to it.

use super::Token;
use super::log::{self, Line};
use super::powers::sentence;
use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::{When, counted};
use crate::permission::PinnedGrant;
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use std::sync::Arc;

const OWN: &str = "query MyToken($id: Int64Bit) {
  personal_access_tokens(id: $id) {
    entities {
      id name description hint role permissions documents ip_ranges status effective_permissions
      user { id name }
      created_at confirmed_at expires_at last_used_at last_used_ip last_used_agent
      previous_secret_until revoked_at revoke_reason
      parent { id name status }
      children { id name status last_used_at }
    }
  }
}";

const ANYONES: &str = "query Token($id: Int64Bit) {
  all_personal_access_tokens(id: $id) {
    entities {
      id name description hint role permissions documents ip_ranges status effective_permissions
      user { id name }
      created_at confirmed_at expires_at last_used_at last_used_ip last_used_agent
      previous_secret_until revoked_at revoke_reason
      parent { id name status }
      children { id name status last_used_at }
    }
  }
}";

/// As many effective permissions are answered at most.
const MOST: usize = 1_000;

/// A token with all that its page shows.
#[derive(Deserialize)]
pub(super) struct Whole {
    #[serde(flatten)]
    pub token: Token,
    pub ip_ranges: Option<Vec<String>>,
    pub effective_permissions: Vec<String>,
    pub user: Owner,
    pub created_at: When,
    pub confirmed_at: When,
    pub last_used_agent: Option<String>,
    pub revoke_reason: Option<String>,
    pub parent: Option<Kin>,
    pub children: Vec<Kin>,
}

/// Whose it is.
#[derive(Deserialize)]
pub(super) struct Owner {
    pub id: String,
    pub name: String,
}

/// A token that it descends from, or that it made.
#[derive(Deserialize)]
pub(super) struct Kin {
    pub id: String,
    pub name: String,
    pub status: String,
    #[serde(default)]
    pub last_used_at: Option<When>,
}

impl Kin {
    /// Whether it works.
    pub fn works(&self) -> bool {
        matches!(self.status.as_str(), "ACTIVE" | "EXPIRING")
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "personal_access_tokens", alias = "all_personal_access_tokens")]
    tokens: Entities,
}

#[derive(Deserialize)]
struct Entities {
    entities: Vec<Whole>,
}

/// The call that a token's page is made of, and whether the token is the visitor's own.
pub(super) async fn find(visit: &Visit, id: &str) -> Result<(Whole, Call, bool), Stop> {
    if id.parse::<i64>().is_err() {
        return Err(Stop::NotFound);
    }
    for (document, own) in [(OWN, true), (ANYONES, false)] {
        if !own && !visit.may(document) {
            continue;
        }
        let call = Call::new(document).with("id", id);
        let answer: Answer = visit.ask(&call).await?;
        if let Some(token) = answer.tokens.entities.into_iter().next() {
            return Ok((token, call, own));
        }
    }
    Err(Stop::NotFound)
}

#[derive(Template)]
#[template(path = "tokens/show.html")]
struct Page {
    frame: Frame,
    whole: Whole,
    own: bool,
    now: Timestamp,
    sentence: String,
    sdl: Option<String>,
    /// What happened to it; `None`: not the visitor's to see.
    log: Option<Vec<Line>>,
    /// Whether the user's page is the visitor's to see.
    sees_user: bool,
    may_revoke: bool,
}

/// The page.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    let (whole, call, own) = find(visit, id).await?;
    let crumbs = vec![Crumb::to("/tokens", "Personal access tokens"), Crumb::here(&whole.token.name)];
    let frame =
        visit.frame(Here::Tokens, &whole.token.name, crumbs)?.with_call(call.shown(&visit.doors.own_endpoint()));
    let surface = &visit.doors.whole.surface;
    let is_field = |name: &&String| super::powers::is_field(surface, name);
    let fields: Vec<String> = whole.effective_permissions.iter().filter(is_field).cloned().collect();
    let sdl = sdl(visit, &whole.effective_permissions).await;
    let log = log::of(visit, id).await?;
    Ok(visit.page(&Page {
        sees_user: frame.sees_users,
        may_revoke: own || visit.may(super::revoke::ANYONES),
        sentence: if whole.effective_permissions.len() >= MOST {
            format!("This token can use {} and more.", counted(MOST, "permission"))
        } else {
            sentence(&fields)
        },
        frame,
        whole,
        own,
        now: visit.now(),
        sdl,
        log,
    }))
}

/// The schema that these permissions show; `None`: too many to draw.
async fn sdl(visit: &Visit, permissions: &[String]) -> Option<String> {
    if permissions.len() >= MOST {
        return None;
    }
    let door = &visit.doors.whole;
    let pinned = |name: &String| {
        let grant = door.surface.accept(name).ok()?;
        Some(PinnedGrant { grant, as_of: i64::MAX })
    };
    let list: Vec<PinnedGrant> = permissions.iter().filter_map(pinned).collect();
    let (surface, shapes) = (Arc::clone(&door.surface), Arc::clone(&door.shapes));
    let drawn = move || shapes.of(&surface, &surface.powers(surface.compile(&list, true))).outline();
    tokio::task::spawn_blocking(drawn).await.ok()
}
