//! Acting as a token or a role that one looks after: what it may do, of what one may oneself. So that least privilege can
//! be tried before it is handed out. Whatever is done so is done, and audited, as oneself.

use super::{Callers, in_time};
use crate::caller::{Caller, Identity};
use crate::context::Context;
use crate::error::{Code, Error, Refusal};
use crate::id::{RoleId, TokenId};
use crate::permission::Source;
use crate::storage::Tx;
use crate::tokens::Bounds;
use crate::{roles, tokens};
use axum::http::HeaderMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// The header that says as what one acts, beside the cookie of the console: `token:12`, `role:3`.
pub const ACT_AS: &str = "doorward-act-as";

/// As what somebody wants to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum As {
    Token(TokenId),
    Role(RoleId),
}

/// Whom a caller who came by the console's cookie acts as, by the request's headers: themselves, unless they say otherwise.
///
/// # Errors
/// A header that cannot be read; what there is not, or is not theirs to look after.
pub async fn acting(
    cx: &Arc<Context>,
    callers: &Callers,
    headers: &HeaderMap,
    caller: Caller,
) -> Result<Caller, Error> {
    let mut values = headers.get_all(ACT_AS).iter();
    let Some(value) = values.next() else { return Ok(caller) };
    if values.next().is_some() {
        return Err(Refusal::new(Code::BadRequest, format!("`{ACT_AS}` stands twice")).into());
    }
    let wanted = value.to_str().ok().and_then(read).ok_or_else(|| {
        Refusal::new(Code::BadRequest, format!("`{ACT_AS}` must be `token:` or `role:` and a number"))
    })?;
    let (context, by) = (Arc::clone(cx), caller.clone());
    let (mut held, documents) = in_time(cx, cx.storage.read(move |tx| looked_after(tx, &context, &by, wanted))).await?;
    held.intersect_with(caller.powers().held());
    let before = caller.identity();
    let identity = Identity {
        person: before.person.clone(),
        credential: before.credential.clone(),
        powers: callers.powers(&cx.surface, held),
        told: before.told.clone(),
        documents,
        acting: true,
        as_of: before.as_of,
        expires_at: before.expires_at,
        // Noted with the session itself.
        noted_at: AtomicI64::new(cx.world.now().0),
    };
    Ok(Caller::new(Arc::new(identity), Arc::clone(caller.shared_origin())))
}

/// The refusal of that header beside any other credential than the console's cookie.
#[must_use]
pub fn acts_by_cookie() -> Refusal {
    let message = format!("`{ACT_AS}` goes with the console's cookie alone: a token is held to what it is");
    Refusal::new(Code::BadRequest, message)
}

fn read(text: &str) -> Option<As> {
    let (kind, number) = text.split_once(':')?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    match kind {
        "token" => Some(As::Token(TokenId(number))),
        "role" => Some(As::Role(RoleId(number))),
        _ => None,
    }
}

/// What it comes to, for who looks after it: one's own token, or the tokens or roles of all.
fn looked_after(tx: &mut Tx, cx: &Context, caller: &Caller, wanted: As) -> Result<Bounds, Error> {
    let may = |coordinate: &str| {
        let permission = cx.surface.permission(Source::Own, coordinate);
        permission.is_some_and(|permission| permission.is_subset(caller.powers().held()))
    };
    match wanted {
        As::Token(id) => {
            let token = tokens::find(tx, id)?;
            if token.user != caller.person()?.id && !may("Mutation.revokeAnyPersonalAccessToken") {
                return Err(Refusal::not_found(format!("there is no token {id}")).into());
            }
            tokens::comes_to(tx, cx, id)
        }
        As::Role(id) => {
            if !may("Mutation.updateRole") {
                return Err(Refusal::not_granted(vec!["Mutation.updateRole".into()]).into());
            }
            let found = roles::find_all(tx, &[id])?.into_iter().next();
            let role = found.ok_or_else(|| Refusal::not_found(format!("there is no role {id}")))?;
            Ok((role.granted(&cx.surface), None))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_acted_as_is_read_strictly() {
        assert_eq!(read("token:12"), Some(As::Token(TokenId(12))));
        assert_eq!(read("role:3"), Some(As::Role(RoleId(3))));
        for wrong in ["", "token", "token:", "token:x", "token:0", "token:-1", "user:1", "role:support"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
