//! The token that every form carries, so that no other site's page can send one for a visitor: besides `Origin` and
//! `SameSite`, since each of them alone has failed somewhere before.

use crate::world::World;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;

/// Bytes of the salt: another in each page, so that packed pages tell nothing of the token by their length.
const SALT: usize = 16;

/// A token for the forms of a page, good as long as the session's cookie is.
#[must_use]
pub fn token(world: &World, cookie: &str) -> String {
    let mut salt = [0; SALT];
    world.fill(&mut salt);
    let salt = hex(&salt);
    let mac = mac(cookie, &salt).map(|mac| hex(&mac.finalize().into_bytes())).unwrap_or_default();
    format!("{salt}{mac}")
}

/// Whether a form's token belongs to this cookie.
#[must_use]
pub fn holds(cookie: &str, token: &str) -> bool {
    let Some((salt, sent)) = token.split_at_checked(SALT * 2) else { return false };
    let Some(sent) = bytes(sent) else { return false };
    mac(cookie, salt).is_some_and(|mac| mac.verify_slice(&sent).is_ok())
}

fn mac(cookie: &str, salt: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(cookie.as_bytes()).ok()?;
    mac.update(b"csrf ");
    mac.update(salt.as_bytes());
    Some(mac)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    if hex.len().is_multiple_of(2) { (0..hex.len()).step_by(2).map(pair).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Timestamp, World};

    #[test]
    fn a_token_belongs_to_one_cookie() {
        let world = World::fixed(Timestamp(0));
        let (one, other) = (token(&world, "a"), token(&world, "a"));
        assert_ne!(one, other, "each page has its own");
        assert!(holds("a", &one) && holds("a", &other));
        assert!(!holds("b", &one));
        let flipped = format!("{}{}", &one[..one.len() - 1], if one.ends_with('0') { '1' } else { '0' });
        for wrong in ["", "0", &one[..40], &flipped, "ünicode-ünicode-ünicode-ünicode-ünicode"] {
            assert!(!holds("a", wrong), "{wrong}");
        }
    }
}
