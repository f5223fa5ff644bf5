//! `doorward user …`

use super::output::Output;
use super::place::quoted;
use super::{Desk, output};
use crate::error::{Code, Error, Refusal};
use crate::lists::{Page, Wanted};
use crate::sessions;
use crate::users::{self, NewUser};
use clap::Subcommand;
use serde_json::{Value, json};
use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum User {
    /// Add a user
    Add {
        /// The name to sign in with
        name: String,
        /// Where mail reaches them; they may sign in with it too
        #[arg(long)]
        email: Option<String>,
        /// Their full name [default: the user name]
        #[arg(long)]
        full_name: Option<String>,
        /// Let them hold everything
        #[arg(long)]
        super_admin: bool,
        /// A role to give them; may be repeated
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Read the password from stdin; without this, it is asked for on a terminal
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the users
    List,
    /// Show a user: their state, roles, and how many sessions they have open
    Show {
        /// User name or email address
        name: String,
    },
    /// Disable a user: ends their sessions and stops their tokens at once
    Disable {
        /// User name or email address
        name: String,
    },
    /// Enable a user again
    Enable {
        /// User name or email address
        name: String,
    },
    /// Set a user's password and end their sessions
    SetPassword {
        /// User name or email address
        name: String,
        /// Read the password from stdin; without this, it is asked for on a terminal
        #[arg(long)]
        password_stdin: bool,
    },
}

impl User {
    pub async fn run(self, desk: &Desk, output: &Output) -> Result<ExitCode, Error> {
        match self {
            Self::Add { name, email, full_name, super_admin, roles, password_stdin } => {
                let password = password(password_stdin, true)?;
                let without = password.is_none();
                let new = NewUser {
                    username: name,
                    name: full_name,
                    email_address: email,
                    password,
                    super_admin,
                    roles,
                    ..NewUser::default()
                };
                let user = users::add(&desk.cx, &desk.operator, new).await?;
                let name = &user.person.username;
                let mut sentence = format!("added user {} ({name})", user.person.id);
                if without {
                    sentence += &format!("; to let them sign in: doorward user set-password {}", quoted(name));
                }
                output.done(&sentence, json(desk, &user).await?)?;
            }
            Self::List => {
                let mut items = Vec::new();
                for page in Page::all() {
                    let (users, total) = users::list(&desk.cx, Wanted::page(users::LISTING, page)).await?;
                    for user in &users {
                        items.push(json(desk, user).await?);
                    }
                    if users.is_empty() || items.len() as i64 >= total {
                        break;
                    }
                }
                output.list(
                    &["id", "username", "name", "email_address", "enabled", "super_admin", "roles", "last_seen_at"],
                    &items,
                )?;
            }
            Self::Show { name } => {
                let user = desk.cx.storage.read(move |tx| users::by_name(tx, &name)).await?;
                let mut shown = json(desk, &user).await?;
                shown["session_count"] = sessions::of(&desk.cx, user.person.id).await?.len().into();
                output.thing(&shown)?;
            }
            Self::Disable { name } => {
                let user = users::set_enabled(&desk.cx, &desk.operator, name.as_str(), false).await?;
                output.done(&format!("disabled {name}: sessions ended, tokens stopped"), json(desk, &user).await?)?;
            }
            Self::Enable { name } => {
                let user = users::set_enabled(&desk.cx, &desk.operator, name.as_str(), true).await?;
                output.done(
                    &format!("enabled {name}: tokens that were not revoked work again"),
                    json(desk, &user).await?,
                )?;
            }
            Self::SetPassword { name, password_stdin } => {
                let Some(password) = password(password_stdin, false)? else {
                    return Err(
                        Refusal::input("password", "no password was given: pass it with --password-stdin").into()
                    );
                };
                let user = users::set_password(&desk.cx, &desk.operator, &name, password).await?;
                output.done(&format!("set the password of {name}: sessions ended"), json(desk, &user).await?)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A password from stdin or, on a terminal, asked for twice. It never comes from the argument list, which other
/// users of the machine can read.
fn password(from_stdin: bool, optional: bool) -> Result<Option<String>, Error> {
    if from_stdin {
        let mut text = Vec::new();
        let read = std::io::stdin().take(64 * 1024).read_to_end(&mut text);
        read.map_err(|error| Refusal::new(Code::BadUserInput, format!("stdin: {error}")))?;
        let text =
            String::from_utf8(text).map_err(|_| Refusal::input("password", "the password on stdin is not UTF-8"))?;
        return Ok(Some(text.strip_suffix('\n').map_or(text.as_str(), |line| line.trim_end_matches('\r')).to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt)
            .map_err(|error| Refusal::new(Code::BadUserInput, format!("the terminal: {error}")))
    };
    let first = ask(if optional { "Password (empty: none yet): " } else { "Password: " })?;
    if first.is_empty() {
        return Ok(None);
    }
    if ask("Once more: ")? != first {
        return Err(Refusal::input("password", "the two passwords differ").into());
    }
    output::say("");
    Ok(Some(first))
}

async fn json(desk: &Desk, user: &users::User) -> Result<Value, Error> {
    let person = &user.person;
    let roles = user.roles(&desk.cx).await?;
    Ok(json!({
        "id": person.id.to_string(),
        "username": person.username,
        "name": person.name,
        "public_name": person.public_name,
        "email_address": person.email_address,
        "enabled": user.enabled,
        "super_admin": person.super_admin_since.is_some(),
        "external_id": user.external_id,
        "roles": roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(),
        "created_at": person.created_at.to_string(),
        "updated_at": user.updated_at.to_string(),
        "last_seen_at": user.last_seen_at.map(|at| at.to_string()),
    }))
}
