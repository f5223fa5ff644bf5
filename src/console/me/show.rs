//! The page of one's own details.

use super::device;
use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::list::PageInfo;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::{When, counted};
use crate::world::Timestamp;
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;

const ME: &str = "query Me {
  me { id username name public_name email_address super_admin created_at roles { id name } }
  permissions(paginator: {records_per_page: 1}) { page_info { page total_count total_pages } }
  sessions { created_at last_used_at ip agent current }
}";

#[derive(Deserialize)]
struct Answer {
    me: Me,
    permissions: Permissions,
    sessions: Vec<Session>,
}

#[derive(Deserialize)]
struct Me {
    id: String,
    username: String,
    name: String,
    public_name: String,
    email_address: Option<String>,
    super_admin: bool,
    created_at: When,
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Permissions {
    page_info: PageInfo,
}

#[derive(Deserialize)]
struct Session {
    created_at: When,
    last_used_at: Option<When>,
    ip: Option<String>,
    agent: Option<String>,
    current: bool,
}

impl Session {
    fn device(&self) -> String {
        device(self.agent.as_deref())
    }
}

#[derive(Template)]
#[template(path = "me/show.html")]
struct Page {
    frame: Frame,
    me: Me,
    sessions: Vec<Session>,
    may: String,
    now: Timestamp,
}

/// The page.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let call = Call::new(ME);
    let Answer { me, permissions, mut sessions } = visit.ask(&call).await?;
    sessions.sort_by_key(|session| (!session.current, std::cmp::Reverse(session.last_used_at)));
    let frame = visit
        .frame(Here::Me, "My info", vec![Crumb::here("My info")])?
        .with_call(call.shown(&visit.doors.own_endpoint()));
    let may = counted(permissions.page_info.total_count, "permission");
    Ok(visit.page(&Page { frame, me, sessions, may, now: visit.now() }))
}
