//! Signing out everywhere.

use crate::console::call::Call;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::console::when::counted;
use crate::console::{reply, sign_in};
use askama::Template;
use axum::body::Body;
use axum::http::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;

const ASK: &str = "query MySessions { sessions { id } }";

const END: &str = "mutation SignOutEverywhere { signOut(everywhere: true) }";

#[derive(Deserialize)]
struct Answer {
    sessions: Vec<IgnoredAny>,
}

#[derive(Template)]
#[template(path = "me/end.html")]
struct Page {
    frame: Frame,
    ends: String,
}

/// The question.
pub(super) async fn page(visit: &Visit) -> Result<Response<Body>, Stop> {
    let Answer { sessions } = visit.ask(&Call::new(ASK)).await?;
    let crumbs = vec![Crumb::to("/me", "My info"), Crumb::here("Sign out everywhere")];
    let call = Call::new(END).shown(&visit.doors.own_endpoint());
    let frame = visit.frame(Here::Me, "Sign out everywhere", crumbs)?.with_call(call);
    Ok(visit.page(&Page { frame, ends: counted(sessions.len(), "session") }))
}

/// Ends all of them, this one too.
pub(super) async fn submit(visit: &Visit) -> Result<Response<Body>, Stop> {
    visit.ask::<IgnoredAny>(&Call::new(END)).await?;
    let mut response = reply::see_other("/sign-in?done=everywhere");
    sign_in::forget(&mut response, &visit.doors);
    Ok(response)
}
