//! What is left of a token that both databases have: the narrower limits of two, and the newer secret.

use super::{Documents, Token, write};
use crate::addresses::Ranges;
use crate::restore::roles::{Grants, both};
use crate::restore::{Plan, Relation};
use crate::world::Timestamp;

/// Why a token is revoked that has two secrets.
const TWO_SECRETS: &str = "a backup was restored in which it had another secret, and it is not known which is newer";

/// Plans what is left of a token that both have.
pub(super) fn differences(plan: &mut Plan, id: i64, then: &Token, now: Token, relation: Relation) {
    let mut left = then.clone();
    let mut what: Vec<&str> = Vec::new();
    if now.revoked_at.is_some() && then.revoked_at.is_none() {
        (left.revoked_at, left.revoke_reason) = (now.revoked_at, now.revoke_reason.clone());
        what.push("stays revoked");
    }
    left.compromised |= now.compromised;
    if now.last_used.0 > then.last_used.0 {
        left.last_used = now.last_used.clone();
    }
    what.extend(secret(&mut left, then, &now, relation, plan.now));
    if now.read_only && !then.read_only {
        left.read_only = true;
        what.push("stays read-only");
    }
    if let Some(narrowing) = narrower(&then.narrowing, now.narrowing) {
        left.narrowing = Some(narrowing);
        what.push("stays narrowed");
    }
    if let Some(documents) = fewer(&then.documents, now.documents) {
        left.documents = Some(documents);
        what.push("stays held to documents");
    }
    if let Some(ranges) = addresses(then.ip_ranges.as_deref(), now.ip_ranges.as_deref()) {
        left.ip_ranges = Some(ranges);
        what.push("stays held to addresses");
    }
    if left != *then {
        let name = then.name.clone();
        if !what.is_empty() {
            plan.say("token", id, &name, what.join(", "));
        }
        plan.act(move |tx| write::update(tx, id, &left));
    }
}

/// Which secret is left, and until when; answers what is to be said of it.
fn secret(
    left: &mut Token,
    then: &Token,
    now: &Token,
    relation: Relation,
    restored_at: Timestamp,
) -> Option<&'static str> {
    if then.hash == now.hash {
        if relation == Relation::Later {
            (left.previous_hash, left.previous_until) = (now.previous_hash.clone(), now.previous_until);
        } else if then.previous_hash == now.previous_hash {
            left.previous_until = then.previous_until.min(now.previous_until);
        } else {
            (left.previous_hash, left.previous_until) = (None, None);
        }
        left.expires_at = then.expires_at.min(now.expires_at);
        return (left.expires_at != then.expires_at).then_some("ends as early as now");
    }
    match is_newer(then, now, relation) {
        // The holder of the new secret goes on; the old one ended, perhaps because it had leaked.
        Some(true) => {
            (left.hash, left.hint) = (now.hash.clone(), now.hint.clone());
            (left.previous_hash, left.previous_until) = (now.previous_hash.clone(), now.previous_until);
            if relation == Relation::Later {
                (left.expires_at, left.lifetime_seconds) = (now.expires_at, now.lifetime_seconds);
            } else {
                left.expires_at = then.expires_at.min(now.expires_at);
            }
            Some("keeps the secret of now")
        }
        Some(false) => None,
        // Either of them may have leaked.
        None if left.revoked_at.is_none() => {
            (left.revoked_at, left.revoke_reason) = (Some(restored_at.0), Some(TWO_SECRETS.into()));
            Some("is revoked: it has another secret now, and it is not known which is newer")
        }
        None => None,
    }
}

/// Whether the secret of now is the newer one of two. Each remembers the one before it; `None`: neither is the other's.
fn is_newer(then: &Token, now: &Token, relation: Relation) -> Option<bool> {
    if relation == Relation::Later || now.previous_hash.as_ref() == Some(&then.hash) {
        return Some(true);
    }
    (then.previous_hash.as_ref() == Some(&now.hash)).then_some(false)
}

/// What both leave; `None`: that is what `then` leaves.
fn narrower(then: &Option<Grants>, now: Option<Grants>) -> Option<Grants> {
    match (then, now) {
        (_, None) => None,
        (None, Some(now)) => Some(now),
        (Some(then), Some(now)) => both(then, &now),
    }
}

fn fewer(then: &Option<Documents>, now: Option<Documents>) -> Option<Documents> {
    match (then, now) {
        (_, None) => None,
        (None, Some(now)) => Some(now),
        (Some(then), Some(now)) => {
            let both: Documents =
                then.iter().filter(|(_, hash)| now.iter().any(|(_, known)| known == hash)).cloned().collect();
            (both != *then).then_some(both)
        }
    }
}

/// An address that both hold; `None`: what `then` holds.
fn addresses(then: Option<&str>, now: Option<&str>) -> Option<String> {
    let now = now?;
    let Some(then) = then else { return Some(now.to_owned()) };
    // What cannot be read holds no address.
    let left = Ranges::stored(then)
        .zip(Ranges::stored(now))
        .map_or_else(String::new, |(then, now)| then.common(&now).to_string());
    (left != then).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn of_two_lists_of_addresses_what_both_hold_is_left() {
        for (then, now, left) in [
            (None, None, None),
            (Some("10.0.0.0/8"), None, None),
            (None, Some("10.0.0.0/8"), Some("10.0.0.0/8")),
            (Some("10.1.0.0/16"), Some("10.0.0.0/8"), None),
            (Some("10.0.0.0/8"), Some("10.1.0.0/16"), Some("10.1.0.0/16")),
            (Some("10.0.0.0/8 2001:db8::1"), Some("10.1.0.0/16 2001:db8::/32"), Some("2001:db8::1 10.1.0.0/16")),
            (Some("10.0.0.0/8"), Some("192.168.0.0/16"), Some("")),
        ] {
            assert_eq!(addresses(then, now).as_deref(), left, "{then:?} {now:?}");
        }
    }
}
