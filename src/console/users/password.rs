//! A user's password: made by the server and shown once, typed by an administrator, or set by themselves by a link.

use super::{User, edit, link, show};
use crate::console::call::Call;
use crate::console::form::Form;
use crate::console::frame::{Crumb, Frame, Here};
use crate::console::giving::{give, must};
use crate::console::reply;
use crate::console::stop::Stop;
use crate::console::visit::Visit;
use crate::graphql::AnsweredRefusal;
use crate::world::World;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

/// What stands in the shown call where the password belongs.
const MASKED: &str = "THE_PASSWORD";

/// What passwords are made of: no letter that is read as another. 32 of them, so that each is as likely.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// How somebody is to get a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The server makes one, which is shown once.
    Made,
    /// They set it themselves, by a link that is shown once.
    Link,
    /// An administrator types it.
    Typed,
    /// They have none, and cannot sign in.
    Without,
}

impl Way {
    /// What a form asks for.
    pub fn of(form: Option<&Form>) -> Self {
        match form.map_or("", |form| form.get("way")) {
            "link" => Self::Link,
            "typed" => Self::Typed,
            "without" => Self::Without,
            _ => Self::Made,
        }
    }

    /// The password, if there is to be one.
    pub fn password(self, world: &World, form: &Form) -> Option<String> {
        match self {
            Self::Made => Some(made(world)),
            Self::Typed => Some(form.get("password").to_owned()),
            Self::Link | Self::Without => None,
        }
    }
}

/// Four blocks of five letters: a hundred bits of randomness.
fn made(world: &World) -> String {
    let mut bytes = [0; 20];
    world.fill(&mut bytes);
    let letters: Vec<u8> = bytes.iter().map(|byte| LETTERS[usize::from(byte & 31)]).collect();
    let blocks: Vec<String> = letters.chunks(5).map(|block| String::from_utf8_lossy(block).into_owned()).collect();
    blocks.join("-")
}

/// The same call without the password in it, to be shown.
pub(super) fn masked(call: &Call) -> Call {
    let mut call = call.clone();
    if let Some(password) = call.variables.get_mut("input").and_then(|input| input.get_mut("password")) {
        *password = Value::from(MASKED);
    }
    call
}

#[derive(Template)]
#[template(path = "users/password.html")]
struct Page {
    frame: Frame,
    user: User,
    once: String,
    way: Way,
    wrong: Option<String>,
    trouble: Option<String>,
    /// Whether one can be left without a password here.
    optional: bool,
    /// Whether a link can be made for them.
    links: bool,
    /// What the rules of the form watch.
    sessions: String,
}

#[derive(Template)]
#[template(path = "users/created.html")]
struct Created<'a> {
    frame: Frame,
    id: &'a str,
    name: &'a str,
    username: &'a str,
    title: String,
    password: &'a str,
}

#[derive(Template)]
#[template(path = "users/made_before.html")]
struct MadeBefore {
    frame: Frame,
}

/// The form.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<Response<Body>, Stop> {
    must(visit, edit::UPDATE)?;
    Ok(visit.page(&filled(visit, id, None, None).await?))
}

/// Sets it.
pub(super) async fn submit(visit: &Visit, id: &str, form: &Form) -> Result<Response<Body>, Stop> {
    let way = match Way::of(Some(form)) {
        Way::Without => Way::Made,
        way => way,
    };
    let password = way.password(&visit.cx().world, form);
    let call = match &password {
        Some(password) => Call::new(edit::UPDATE).with("id", id).with("input", json!({ "password": password })),
        None => link::call(id),
    };
    if form.get("show") == "call" {
        return Ok(reply::json(visit.gzip, &masked(&call).shown(&visit.doors.own_endpoint())));
    }
    let (user, _) = show::find(visit, id).await?;
    if !visit.is_first(form).await? {
        return again(visit);
    }
    let done = match password {
        None => link::once(visit, &user, format!("A link for {}", user.name)).await?,
        Some(password) => match give::<IgnoredAny>(visit, &call, "id").await? {
            Ok(_) if way == Way::Made => {
                let title = format!("{} has a new password", user.name);
                Ok(once(visit, &user, title, &password, &call)?)
            }
            Ok(_) => Ok(reply::see_other(&format!("/users/{id}?done=password-set"))),
            Err(refusal) => Err(refusal),
        },
    };
    match done {
        Ok(page) => Ok(page),
        Err(refusal) => {
            visit.give_back(form).await?;
            Ok(visit.page_again(&filled(visit, id, Some(form), Some(&refusal)).await?))
        }
    }
}

/// Shows a password that was made, this once.
pub(super) fn once(
    visit: &Visit,
    user: &User,
    title: String,
    password: &str,
    call: &Call,
) -> Result<Response<Body>, Stop> {
    let frame = visit
        .frame(Here::Users, &title, show::crumbs(user, "Password"))?
        .with_call(masked(call).shown(&visit.doors.own_endpoint()))
        .with_scripts(&["token.js"]);
    let page = Created { frame, id: &user.id, name: &user.name, username: &user.username, title, password };
    // Not packed: how well a page packs would tell of the secret in it.
    Ok(reply::page(StatusCode::OK, false, &page))
}

/// For a form that was sent before.
pub(super) fn again(visit: &Visit) -> Result<Response<Body>, Stop> {
    let title = "This was done before";
    let frame = visit.frame(Here::Users, title, vec![Crumb::to("/users", "Users"), Crumb::here(title)])?;
    Ok(reply::page(StatusCode::CONFLICT, visit.gzip, &MadeBefore { frame }))
}

async fn filled(visit: &Visit, id: &str, form: Option<&Form>, refusal: Option<&AnsweredRefusal>) -> Result<Page, Stop> {
    let (user, _) = show::find(visit, id).await?;
    let ends = show::ending(visit, id).await?;
    let way = Way::of(form);
    let call = match way {
        Way::Link => link::call(id),
        _ => Call::new(edit::UPDATE).with("id", id).with("input", json!({ "password": MASKED })),
    };
    let title = format!("Set a password for {}", user.name);
    let frame = visit
        .frame(Here::Users, &title, show::crumbs(&user, "Set a password"))?
        .with_call(call.shown(&visit.doors.own_endpoint()))
        .with_scripts(&["rules.js"]);
    let is_about = |refusal: &&AnsweredRefusal| refusal.is_about("password");
    Ok(Page {
        frame,
        links: user.enabled && visit.may(link::MAKE),
        user,
        once: visit.nonce(),
        way,
        wrong: refusal.filter(is_about).map(|refusal| refusal.message.clone()),
        trouble: refusal.filter(|refusal| !is_about(refusal)).map(|refusal| refusal.message.clone()),
        optional: false,
        sessions: ends
            .sessions
            .filter(|all| !all.is_empty())
            .map_or_else(String::new, |all| crate::console::when::counted(all.len(), "session")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::check_strength;
    use crate::world::Timestamp;

    #[test]
    fn passwords_that_are_made_are_long_unlike_and_strong() {
        let world = World::fixed(Timestamp(0));
        let (one, other) = (made(&world), made(&world));
        assert_ne!(one, other);
        assert_eq!(one.len(), 23);
        assert!(one.split('-').all(|block| block.len() == 5), "{one}");
        assert!(check_strength("password", &one, &["ada"]).is_ok());
    }

    #[test]
    fn the_shown_call_holds_no_password() {
        let call = Call::new(edit::UPDATE).with("input", json!({ "password": "quiet-heron" }));
        assert_eq!(masked(&call).variables["input"]["password"], MASKED);
    }
}
