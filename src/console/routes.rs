//! Which page answers where.

use super::form::Form;
use super::stop::Stop;
use super::visit::{Doors, Visit};
use super::{audit, ide, me, reply, roles, schema, set_password, setup, sign_in, tokens, users};
use crate::caller::Origin;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use std::sync::Arc;

/// Every path of the console, `{…}` standing for one segment; and, of those that are open to everyone, why.
pub const PATHS: &[(&str, Option<&str>)] = &[
    ("/", Some("leads to the tokens or to the sign-in, with nothing of anyone's in it")),
    ("/graphiql", Some("the IDE, the same for everyone")),
    (
        "/graphiql/start",
        Some("says who is signed in by the cookie, and what of theirs they may act as; nothing to others"),
    ),
    ("/graphiql/snippets", Some("writes down what it is sent, from a page of its own")),
    ("/assets/{folder}/{name}", Some("style, scripts and icons, the same for everyone")),
    ("/setup", Some("takes the one-time code of the set-up link, and only while there is no administrator")),
    ("/setup/api", None),
    ("/set-password", Some("takes the one-time code of a link by which a user sets their own password")),
    ("/sign-in", Some("takes a user name and a password, like the mutation `signIn`")),
    ("/sign-out", None),
    ("/me", None),
    ("/me/names", None),
    ("/me/email", None),
    ("/me/password", None),
    ("/me/sessions/end", None),
    ("/tokens", None),
    ("/tokens/new", None),
    ("/tokens/new/query", None),
    ("/tokens/collection", None),
    ("/tokens/{id}", None),
    ("/tokens/{id}/seen", None),
    ("/tokens/{id}/edit", None),
    ("/tokens/{id}/rotate", None),
    ("/tokens/{id}/confirm", None),
    ("/tokens/{id}/revoke", None),
    ("/users", None),
    ("/users.csv", None),
    ("/users.json", None),
    ("/users/new", None),
    ("/users/{id}", None),
    ("/users/{id}/edit", None),
    ("/users/{id}/roles", None),
    ("/users/{id}/password", None),
    ("/users/{id}/disable", None),
    ("/users/{id}/enable", None),
    ("/roles", None),
    ("/roles/new", None),
    ("/roles/{id}", None),
    ("/roles/{id}/review", None),
    ("/roles/{id}/delete", None),
    ("/audit", None),
    ("/audit.csv", None),
    ("/audit.json", None),
    ("/schema", None),
    ("/schema/accept", None),
    ("/schema/download", None),
    ("/schema/tree", None),
];

/// What was asked for.
pub(super) struct Asked<'a> {
    /// What stands behind the path.
    pub query: Form,
    /// The form that was sent.
    pub form: Option<Form>,
    /// Whether the browser takes packed answers.
    pub gzip: bool,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The path.
    pub path: &'a str,
}

/// Pages that are open to everyone; `None`: it is none of them.
pub(super) async fn open(
    doors: &Doors,
    origin: &Arc<Origin>,
    segments: &[&str],
    asked: &Asked<'_>,
) -> Option<Response<Body>> {
    Some(match (segments, &asked.form) {
        (["graphiql"], None) => ide::page(doors, asked.gzip),
        (["graphiql", "snippets"], None) => super::only(doors, "POST", "This takes a POST from the IDE."),
        (["sign-in"], None) => sign_in::page(doors, asked),
        (["sign-in"], Some(form)) => sign_in::submit(doors, origin, form, asked).await,
        (["setup"], None) => setup::page(doors, asked).await,
        (["setup"], Some(form)) => setup::submit(doors, origin, form, asked).await,
        (["set-password"], None) => set_password::page(doors, asked).await,
        (["set-password"], Some(form)) => set_password::submit(doors, origin, form, asked).await,
        _ => return None,
    })
}

/// Pages for who is signed in.
pub(super) async fn guarded(visit: &Visit, segments: &[&str], form: Option<&Form>) -> Result<Response<Body>, Stop> {
    match (segments, form) {
        ([], None) => Ok(reply::see_other("/tokens")),
        (["setup", "api"], None) => setup::api(visit),
        (["sign-out"], Some(_)) => sign_in::sign_out(visit).await,
        (["me", rest @ ..], form) => me::answer(visit, rest, form).await,
        (["tokens", rest @ ..], form) => tokens::answer(visit, rest, form).await,
        (["users.csv"], None) => users::export(visit, true).await,
        (["users.json"], None) => users::export(visit, false).await,
        (["users", rest @ ..], form) => users::answer(visit, rest, form).await,
        (["roles", rest @ ..], form) => roles::answer(visit, rest, form).await,
        (["audit"], form) => audit::answer(visit, form).await,
        (["audit.csv"], None) => audit::file(visit, "csv").await,
        (["audit.json"], None) => audit::file(visit, "json").await,
        (["schema", rest @ ..], form) => schema::answer(visit, rest, form).await,
        _ => Err(Stop::NotFound),
    }
}
