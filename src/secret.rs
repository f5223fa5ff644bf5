//! Secrets and their digests. A secret is shown once, to whoever it is made for; everything else, the database
//! included, sees only its SHA-256.

use crate::error::Refusal;
use crate::world::World;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The 62 digits of a secret, in the order that base 62 counts them.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How many random characters a secret has: 62^30 is a little over 178 bits.
const RANDOM: usize = 30;
/// How many characters of checksum follow them.
const CHECKSUM: usize = 6;

/// What a secret is for; part of its text, so that one kind can never pass as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `…_pat_…`, a personal access token.
    PersonalAccessToken,
    /// `…_at_…`, the bearer token of a session.
    AccessToken,
    /// `…_rt_…`, what a session asks for new access tokens with.
    RefreshToken,
    /// `…_su_…`, the one-time set-up link.
    SetUp,
    /// `…_pw_…`, the link by which a user sets their own password.
    PasswordLink,
    /// `…_ck_…`, the cookie of a session that was begun in the console.
    Cookie,
    /// `…_br_…`, the cookie by which a browser is known again. It opens nothing.
    Browser,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::PersonalAccessToken,
        Self::AccessToken,
        Self::RefreshToken,
        Self::SetUp,
        Self::PasswordLink,
        Self::Cookie,
        Self::Browser,
    ];

    const fn tag(self) -> &'static str {
        match self {
            Self::PersonalAccessToken => "pat",
            Self::AccessToken => "at",
            Self::RefreshToken => "rt",
            Self::SetUp => "su",
            Self::PasswordLink => "pw",
            Self::Cookie => "ck",
            Self::Browser => "br",
        }
    }
}

/// A secret in clear. Has no `Display` and prints as `[secret]`, so that it gets into no log by accident.
#[derive(Clone)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl Secret {
    /// Makes a new secret: `PREFIX_TAG_` + 30 random characters + 6 of checksum.
    #[must_use]
    pub fn mint(world: &World, prefix: &str, kind: Kind) -> Self {
        let mut random = String::with_capacity(RANDOM);
        let mut bytes = [0u8; 64];
        while random.len() < RANDOM {
            world.fill(&mut bytes);
            // Bytes from 248 up would make the first eight digits likelier than the rest.
            let fair = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(DIGITS[usize::from(byte % 62)]));
            random.extend(fair.take(RANDOM - random.len()));
        }
        let checksum = checksum(&random);
        Self(format!("{prefix}_{}_{random}{checksum}", kind.tag()))
    }

    /// What kind of secret this text has the form of, its checksum included; `None`: not one of ours.
    #[must_use]
    pub fn kind_of(text: &str, prefix: &str) -> Option<Kind> {
        let rest = text.strip_prefix(prefix)?.strip_prefix('_')?;
        let kind = Kind::ALL.into_iter().find(|kind| rest.starts_with(&format!("{}_", kind.tag())))?;
        let body = &rest[kind.tag().len() + 1..];
        let whole = body.len() == RANDOM + CHECKSUM && body.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (whole && checksum(&body[..RANDOM]) == body[RANDOM..]).then_some(kind)
    }

    /// Whether one of our secrets stands anywhere in this text.
    #[must_use]
    pub fn stands_in(text: &str, prefix: &str) -> bool {
        text.match_indices(prefix).any(|(start, _)| {
            let word = &text[start..];
            let end = word.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(word.len());
            Self::kind_of(&word[..end], prefix).is_some()
        })
    }

    /// The text itself, for the one answer that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// How people recognise the secret later: its prefix and last four characters.
    #[must_use]
    pub fn hint(&self) -> String {
        let (front, _) = self.0.split_at(self.0.rfind('_').map_or(0, |at| at + 1));
        format!("{front}…{}", &self.0[self.0.len() - 4..])
    }

    /// What is stored of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

/// The SHA-256 of a secret: what is stored, and what it is found by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[digest]")
    }
}

impl Digest {
    /// The digest of a secret that was presented.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// The digest of these bytes, as the database has kept them; `None`: they are none.
    #[must_use]
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for the database.
    #[must_use]
    pub const fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// Compares with another in a time that does not tell where they differ.
    #[must_use]
    pub fn same(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }
}

/// Made when compiling: its table costs more than any checksum.
static CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// CRC-32 (ISO-HDLC) of `random` in base 62, most significant digit first, padded with `0` to six.
fn checksum(random: &str) -> String {
    let mut left = CRC.checksum(random.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(left % 62) as usize];
        left /= 62;
    }
    digits.map(char::from).iter().collect()
}

/// Checks a prefix from the configuration: short, lower-case letters and digits.
///
/// # Errors
/// Says what is allowed.
pub fn check_prefix(prefix: &str) -> Result<(), Refusal> {
    let fits = (1..=12).contains(&prefix.len())
        && prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if fits {
        Ok(())
    } else {
        Err(Refusal::input("tokens.prefix", "`tokens.prefix` must be 1 to 12 lower-case letters or digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(checksum("Doorward0Doorward1Doorward2xyz"), "2mLsXc");
    }

    #[test]
    fn a_minted_secret_is_recognised_and_a_mistyped_one_is_not() {
        let secret = Secret::mint(&World::real(), "dwd", Kind::PersonalAccessToken);
        assert_eq!(Secret::kind_of(secret.expose(), "dwd"), Some(Kind::PersonalAccessToken));
        assert_eq!(secret.expose().len(), "dwd_pat_".len() + 36);
        let last = secret.expose().chars().last().unwrap();
        let wrong = if last == 'a' { 'b' } else { 'a' };
        let mistyped = format!("{}{wrong}", &secret.expose()[..secret.expose().len() - 1]);
        assert_eq!(Secret::kind_of(&mistyped, "dwd"), None);
        assert_eq!(Secret::kind_of(secret.expose(), "acme"), None);
        assert_eq!(Secret::kind_of("dwd_pat_ä", "dwd"), None);
    }

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        let secret = Secret::mint(&World::real(), "dwd", Kind::AccessToken);
        assert_eq!(format!("{secret:?} {:?}", secret.digest()), "[secret] [digest]");
    }
}
