//! `doorward token inspect`: what a token is and may do, by its secret.

use super::{json, status};
use crate::cli::Desk;
use crate::cli::output::Output;
use crate::error::{Code, Error, Refusal};
use crate::guard;
use crate::roles::graphql::EFFECTIVE_LISTED;
use crate::tokens::{self, Token};
use serde_json::{Value, json as object};
use std::io::Read as _;

/// Reads the secret from stdin and says what it is.
pub async fn run(desk: &Desk, output: &Output) -> Result<(), Error> {
    let mut secret = String::new();
    let read = std::io::stdin().take(4096).read_to_string(&mut secret);
    read.map_err(|error| Refusal::new(Code::BadUserInput, format!("stdin: {error}")))?;
    let chain = guard::inspect(&desk.cx, secret.trim()).await?;
    let (now, id) = (desk.cx.world.now(), chain.id);
    let token = desk.cx.storage.read(move |tx| tokens::find(tx, id)).await?;
    let owner = token.owner(&desk.cx).await?;
    let documents = token.allowed_documents(&desk.cx).await?;
    let effective = token.effective(&desk.cx).await?;
    let may: Vec<String> = desk.cx.surface.coordinates(&effective).take(EFFECTIVE_LISTED).collect();
    let (parents, children) = (parents(desk, &token).await?, token.made(&desk.cx).await?);
    let works = token.works(now) && now < chain.expires_at;

    let mut thing = json(desk, &token);
    thing["documents"] = documents.clone().into();
    thing["effective_permissions"] = may.clone().into();
    let brief = |one: &Token| object!({"id": one.id.to_string(), "name": one.name, "status": status(one.status(now))});
    let whole = object!({
        "works": works,
        "previous_secret": chain.previous,
        "user": {"id": owner.person.id.to_string(), "username": owner.person.username, "enabled": owner.enabled},
        "personal_access_token": thing,
        "parents": parents.iter().map(|one| brief(one)).collect::<Vec<Value>>(),
        "children": children.iter().map(|one| brief(one)).collect::<Vec<Value>>(),
    });

    let access = if token.read_only { "read-only" } else { "read-write" };
    let mut lines = vec![
        format!("token {} ({}) of {}, {access}", token.id, token.name, owner.person.username),
        format!("status      {}, until {}", status(token.status(now)), token.expires_at),
    ];
    if chain.previous {
        lines.push(format!("secret      the one before the last rotation; until {}", chain.expires_at));
    }
    let or = |list: Option<Vec<String>>, none: &str, empty: &str| match list {
        None => none.to_owned(),
        Some(list) if list.is_empty() => empty.to_owned(),
        Some(list) => list.join(", "),
    };
    let written = |list: &Vec<crate::permission::PinnedGrant>| {
        list.iter().map(|pinned| desk.cx.surface.print(&pinned.grant)).collect::<Vec<_>>()
    };
    lines.push(format!(
        "narrowed to {}",
        or(token.narrowing.as_ref().map(written), "all that its user may do", "nothing")
    ));
    let counted =
        documents.map(|list| if list.is_empty() { Vec::new() } else { vec![format!("{} of its own", list.len())] });
    lines.push(format!("documents   {}", or(counted, "any", "none")));
    let ranges = token.ip_ranges.as_ref().map(|ranges| ranges.written().collect());
    lines.push(format!("addresses   {}", or(ranges, "any", "none")));
    let named = |one: &Token| format!("{} ({}, {})", one.id, one.name, status(one.status(now)));
    let lineage = |of: Vec<String>| if of.is_empty() { "no token".to_owned() } else { of.join(", ") };
    lines.push(format!("made by     {}", lineage(parents.iter().map(|one| named(one)).collect())));
    lines.push(format!("made        {}", lineage(children.iter().map(|one| named(one)).collect())));
    lines.push(if may.is_empty() { "may do      nothing".into() } else { format!("may do      {}", may.join(", ")) });
    output.answer(&lines.join("\n"), whole)?;
    Ok(())
}

/// The tokens that it descends from, the nearest first.
async fn parents(desk: &Desk, token: &Token) -> Result<Vec<std::sync::Arc<Token>>, Error> {
    let mut parents = Vec::new();
    let mut next = token.made_by(&desk.cx).await?;
    while let Some(parent) = next {
        next = parent.made_by(&desk.cx).await?;
        parents.push(parent);
    }
    Ok(parents)
}
