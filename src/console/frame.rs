//! What stands around every page: where one is, where one may go, who one is, and the call behind the page.

use super::assets;
use super::call::Shown;
use super::stop::Stop;
use super::visit::{Doors, Visit};
use super::{audit, roles, users};
use askama::filters::Safe;

/// The part of the console that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    /// One's own details.
    Me,
    /// Personal access tokens.
    Tokens,
    /// Users.
    Users,
    /// Roles.
    Roles,
    /// The audit trail.
    Audit,
    /// The schema.
    Schema,
}

/// One step of the way to a page.
#[derive(Debug, Clone)]
pub struct Crumb {
    /// What it is called.
    pub text: String,
    /// Where it is; empty: it is the page itself.
    pub href: String,
}

impl Crumb {
    /// A page on the way.
    #[must_use]
    pub fn to(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }

    /// The page itself.
    #[must_use]
    pub fn here(text: impl Into<String>) -> Self {
        Self::to("", text)
    }
}

/// The API behind, as far as everybody may know of it.
#[derive(Debug, Clone)]
pub struct Behind {
    /// Its host.
    pub host: String,
    /// Whether its last answer was as it should be, or it was not asked yet.
    pub well: bool,
}

impl Behind {
    /// What is behind these doors; `None`: no API.
    #[must_use]
    pub fn of(doors: &Doors) -> Option<Self> {
        let api = doors.whole.api.as_ref()?;
        let url = doors.whole.cx.config.upstream.url.as_deref()?;
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = rest.split(['/', '?']).next().unwrap_or(rest);
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let state = api.state();
        Some(Self { host: host.to_owned(), well: state.starts_with("answers") || state.starts_with("not asked") })
    }
}

/// The frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The page's title.
    pub title: String,
    /// The part it belongs to.
    pub here: Here,
    /// The way to it.
    pub crumbs: Vec<Crumb>,
    /// The visitor's full name.
    pub name: String,
    /// Their user name, and what they are.
    pub who: String,
    /// The first letter of their name.
    pub initial: String,
    /// Whether the list of users is theirs to see.
    pub sees_users: bool,
    /// Whether the list of roles is.
    pub sees_roles: bool,
    /// Whether the audit trail is.
    pub sees_audit: bool,
    /// The API behind.
    pub behind: Option<Behind>,
    /// A token for the page's forms.
    pub csrf: String,
    /// The folder of style, scripts and icons.
    pub assets: String,
    /// The call behind the page.
    pub call: Option<Shown>,
    /// What was done on the page before.
    pub done: &'static str,
    /// The scripts that this page needs besides those that all have.
    pub scripts: &'static [&'static str],
}

impl Frame {
    pub(super) fn new(visit: &Visit, here: Here, title: &str, crumbs: Vec<Crumb>) -> Result<Self, Stop> {
        let person = visit.person()?;
        let who = if visit.caller.is_super_admin() {
            format!("{} · Super administrator", person.username)
        } else {
            person.username.clone()
        };
        Ok(Self {
            title: title.to_owned(),
            here,
            crumbs,
            initial: person.name.chars().next().unwrap_or('?').to_uppercase().to_string(),
            name: person.name.clone(),
            who,
            sees_users: visit.may(users::LIST),
            sees_roles: visit.may(roles::LIST),
            sees_audit: visit.may(audit::LIST),
            behind: Behind::of(&visit.doors),
            csrf: visit.csrf(),
            assets: assets::folder(),
            call: None,
            done: done(visit.query.get("done")),
            scripts: &[],
        })
    }

    /// The same with the call behind the page.
    #[must_use]
    pub fn with_call(self, call: Shown) -> Self {
        Self { call: Some(call), ..self }
    }

    /// The same with scripts of its own.
    #[must_use]
    pub fn with_scripts(self, scripts: &'static [&'static str]) -> Self {
        Self { scripts, ..self }
    }

    /// An icon, which says nothing that the words beside it do not say.
    #[must_use]
    pub fn icon(&self, name: &str) -> Safe<String> {
        icon(&self.assets, name)
    }
}

/// An icon out of this folder.
#[must_use]
pub fn icon(assets: &str, name: &str) -> Safe<String> {
    Safe(format!(r#"<svg class="icon" aria-hidden="true"><use href="{assets}/icons.svg#{name}"/></svg>"#))
}

/// What was done, in words; a URL carries its name alone, so that nobody puts words of theirs into a page by a link.
fn done(name: &str) -> &'static str {
    match name {
        "signed-out" => "You are signed out.",
        "saved" => "Saved.",
        "password" => "Your password is changed. Every other session of yours has ended.",
        "everywhere" => "Every session of yours has ended.",
        "revoked" => "The token is revoked: its next request is refused.",
        "revoked-with" => "The token and those that it made are revoked: their next request is refused.",
        "confirmed" => "You stand by this token again.",
        "created" => "Created.",
        "deleted" => "Deleted.",
        "disabled" => "The user is disabled. Their sessions and tokens have ended.",
        "password-set" => "The password is set. Their sessions have ended.",
        "enabled" => "The user is enabled again.",
        "accepted" => "Accepted: what is new is open to those who hold a matching grant.",
        _ => "",
    }
}
