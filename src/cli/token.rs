//! `doorward token …`

mod inspect;

use super::Desk;
use super::arguments::token_number;
use super::output::{self, Output};
use crate::config::{Span, files};
use crate::error::{Error, Refusal};
use crate::guard;
use crate::id::TokenId;
use crate::lists::{Page, Wanted};
use crate::tokens::{self, LISTING, NewToken, Revocation, TokenStatus};
use crate::users;
use crate::world::Timestamp;
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Subcommand)]
pub enum Token {
    /// Make a token and print it, this once
    Create {
        /// Whose it is: user name or email address
        #[arg(long)]
        user: String,
        /// What it is called: the device, vendor or script that will use it
        #[arg(long)]
        name: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// Whether it may change anything
        #[arg(long, value_enum, default_value_t = Access::ReadOnly)]
        access: Access,
        /// How long it lasts: 30s, 15m, 12h, 90d
        #[arg(long, value_name = "DURATION", default_value = "90d")]
        expires_in: String,
        /// Narrow it to this grant; may be repeated
        #[arg(long = "permission", value_name = "GRANT")]
        permissions: Vec<String>,
        /// Hold it to the document in this file; may be repeated
        #[arg(long = "document", value_name = "FILE")]
        documents: Vec<PathBuf>,
        /// Let it be used from this address or range alone; may be repeated
        #[arg(long = "ip-range", value_name = "RANGE")]
        ip_ranges: Vec<String>,
    },
    /// Say what the token on stdin is, whose, and what it may do
    Inspect,
    /// List the tokens
    List {
        /// Only those of this user
        #[arg(long)]
        user: Option<String>,
    },
    /// Revoke a token: it is refused from now on
    Revoke {
        /// Its number
        #[arg(value_parser = token_number)]
        id: i64,
        /// Revoke what it made, too
        #[arg(long)]
        with_descendants: bool,
        /// It is in wrong hands: what it made goes along
        #[arg(long)]
        compromised: bool,
        /// Why, for those who read the list later
        #[arg(long)]
        reason: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Access {
    /// Runs no mutation
    ReadOnly,
    /// Runs what its user may
    ReadWrite,
}

impl Token {
    pub async fn run(self, desk: &Desk, output: &Output) -> Result<ExitCode, Error> {
        match self {
            Self::Create { user, name, description, access, expires_in, permissions, documents, ip_ranges } => {
                let owner = desk.cx.storage.read(move |tx| users::by_name(tx, &user)).await?;
                let new = NewToken {
                    name,
                    description,
                    read_only: matches!(access, Access::ReadOnly),
                    lifetime_seconds: seconds(&expires_in)?,
                    permissions: some(permissions),
                    documents: some(documents.iter().map(|path| read(path)).collect::<Result<_, _>>()?),
                    ip_ranges: some(ip_ranges),
                    lifetime_field: "--expires-in",
                };
                let issued = tokens::create(&desk.cx, &desk.operator, owner.person.id, new).await?;
                let token = &issued.token;
                let sentence = format!(
                    "made token {} ({}) for {}, until {}; it is shown this once:",
                    token.id, token.name, owner.person.username, token.expires_at
                );
                warn_of_the_useless(desk, &owner, token).await?;
                output.secret(issued.secret.expose(), &sentence, json(desk, token))?;
            }
            Self::List { user } => {
                let user = match user {
                    Some(user) => Some(desk.cx.storage.read(move |tx| users::by_name(tx, &user)).await?.person.id),
                    None => None,
                };
                let mut items = Vec::new();
                for page in Page::all() {
                    let (tokens, total) = tokens::list(&desk.cx, user, Wanted::page(LISTING, page)).await?;
                    items.extend(tokens.iter().map(|token| json(desk, token)));
                    if tokens.is_empty() || items.len() as i64 >= total {
                        break;
                    }
                }
                output
                    .list(&["id", "user_id", "name", "role", "hint", "status", "expires_at", "last_used_at"], &items)?;
            }
            Self::Inspect => inspect::run(desk, output).await?,
            Self::Revoke { id, with_descendants, compromised, reason } => {
                let asked = Revocation { with_descendants, compromised, reason };
                let token = tokens::revoke(&desk.cx, &desk.operator, TokenId(id), asked).await?;
                output.done(&format!("revoked token {id} ({})", token.name), json(desk, &token))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn some<T>(given: Vec<T>) -> Option<Vec<T>> {
    (!given.is_empty()).then_some(given)
}

fn read(path: &Path) -> Result<String, Refusal> {
    files::read(path, files::LONGEST).map_err(|why| Refusal::input("--document", why))
}

/// Says so where a narrowing spells what its user does not hold: nothing is wrong, and yet it will not work.
async fn warn_of_the_useless(desk: &Desk, owner: &users::User, token: &tokens::Token) -> Result<(), Error> {
    let Some(narrowing) = &token.narrowing else { return Ok(()) };
    let (context, id) = (Arc::clone(&desk.cx), owner.person.id);
    let held = desk.cx.storage.read(move |tx| guard::powers_of_user(tx, &context, id)).await?;
    let mut lacking = desk.cx.surface.confers(narrowing);
    lacking.subtract(held.held());
    if !lacking.is_empty() {
        let names: Vec<String> = desk.cx.surface.coordinates(&lacking).collect();
        let owner = &owner.person.username;
        output::say(&format!("warning: {owner} does not hold {}, so the token cannot use it yet", names.join(", ")));
    }
    Ok(())
}

/// Reads a duration: a whole number and one of s, m, h, d.
fn seconds(text: &str) -> Result<i64, Refusal> {
    let span = Span::read(text).and_then(|span| i64::try_from(span.0.as_secs()).ok());
    span.ok_or_else(|| {
        Refusal::input(
            "--expires-in",
            format!("`--expires-in` cannot be `{text}`; allowed: a length of time, like 30s, 15m, 12h or 90d"),
        )
    })
}

fn json(desk: &Desk, token: &tokens::Token) -> Value {
    let surface = &desk.cx.surface;
    let last = token.last_used.as_ref();
    let written = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": token.id.to_string(),
        "user_id": token.user.to_string(),
        "parent_id": token.parent.map(|parent| parent.to_string()),
        "name": token.name,
        "description": token.description,
        "role": if token.read_only { "ROLE_READ_ONLY" } else { "ROLE_READ_WRITE" },
        "hint": token.hint,
        "permissions": token.narrowing.as_ref().map(|list| list.iter().map(|pinned| surface.print(&pinned.grant)).collect::<Vec<_>>()),
        "ip_ranges": token.ip_ranges.as_ref().map(|ranges| ranges.written().collect::<Vec<_>>()),
        "created_at": token.created_at.to_string(),
        "confirmed_at": token.confirmed_at.to_string(),
        "expires_at": token.expires_at.to_string(),
        "last_used_at": written(last.map(|last| last.at)),
        "last_used_ip": last.and_then(|last| last.ip.clone()),
        "last_used_agent": last.and_then(|last| last.agent.clone()),
        "previous_secret_until": written(token.previous_until),
        "status": status(token.status(desk.cx.world.now())),
        "revoked_at": written(token.revoked_at),
        "revoke_reason": token.revoke_reason,
    })
}

const fn status(status: TokenStatus) -> &'static str {
    match status {
        TokenStatus::Active => "ACTIVE",
        TokenStatus::Expiring => "EXPIRING",
        TokenStatus::Expired => "EXPIRED",
        TokenStatus::Revoked => "REVOKED",
        TokenStatus::Compromised => "COMPROMISED",
        TokenStatus::UserDisabled => "USER_DISABLED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(["30s", "15m", "12h", "90d"].map(|text| seconds(text).unwrap()), [30, 900, 43_200, 7_776_000]);
        for wrong in
            ["", "d", "90", "-1d", "+1d", "1.5h", "90 d", "1w", "99999999999999999999d", "9223372036854775807d", "1ä"]
        {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
