//! Passwords: argon2id in a bounded pool, and what a password must be like. Knows no accounts.

use crate::counts::Count;
use crate::error::{Code, Error, Fault, Refusal};
use crate::world::World;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The shortest password.
const SHORTEST: usize = 12;
/// How many calls may wait for the pool before more are turned away.
pub const WAITING: usize = 128;
/// How many of these places strangers leave to those who are known: a flood of sign-ins takes them all.
pub const KEPT_FOR_KNOWN: usize = 32;

/// Who wants a password hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Anybody.
    Stranger,
    /// Somebody with a live credential, or who signed in from there before.
    Known,
}

/// The pool: so many hashes at once as there are cores, less one for everybody else, and at least one.
#[derive(Debug, Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    cores: usize,
    waiting: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    refused: Arc<Count>,
}

/// How the pool fares.
#[derive(Debug)]
pub struct Pool {
    /// Hashes that are being made.
    pub running: usize,
    /// Calls that wait for their turn.
    pub waiting: usize,
    /// Calls that were turned away so far.
    pub refused: u64,
}

/// A hash of our parameters that no password has: verified when the user is unknown, so that it takes as long.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyBpdCE$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// A pool for this machine.
    #[must_use]
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let cores = cores.saturating_sub(1).max(1);
        Self {
            running: Arc::new(Semaphore::new(cores)),
            cores,
            waiting: Arc::new(Semaphore::new(WAITING)),
            strangers: Arc::new(Semaphore::new(WAITING - KEPT_FOR_KNOWN)),
            refused: Arc::default(),
        }
    }

    /// How the pool fares now.
    #[must_use]
    pub fn pool(&self) -> Pool {
        let running = self.cores.saturating_sub(self.running.available_permits());
        // Who is served keeps the place that they waited at.
        let here = WAITING.saturating_sub(self.waiting.available_permits());
        Pool { running, waiting: here.saturating_sub(running), refused: self.refused.get() }
    }

    /// Hashes a password for storing (argon2id, PHC string).
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS` when too many are waiting already.
    pub async fn hash(&self, world: &World, password: String) -> Result<String, Error> {
        let world = world.clone();
        self.run(Asks::Known, move || hash(&world, &password)).await
    }

    /// Whether the password is the one that was hashed; without a hash it works as long and answers no.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS` when too many are waiting already; a stored hash that does not parse is a fault.
    pub async fn verify(&self, asks: Asks, password: String, stored: Option<String>) -> Result<bool, Error> {
        self.run(asks, move || {
            let known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(NOBODYS);
            let parsed =
                PasswordHash::new(stored).map_err(|error| Fault::new("reading a password hash", error.to_string()))?;
            Ok(hasher()?.verify_password(password.as_bytes(), &parsed).is_ok() && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        asks: Asks,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Error> {
        let full = |_| {
            self.refused.add();
            Refusal::new(Code::TooManyRequests, "too many sign-ins at once; try again in a second").after(1)
        };
        let _of_strangers = match asks {
            Asks::Stranger => Some(self.strangers.try_acquire().map_err(full)?),
            Asks::Known => None,
        };
        let _place = self.waiting.try_acquire().map_err(full)?;
        let turn =
            Arc::clone(&self.running).acquire_owned().await.map_err(|error| Fault::new("hashing a password", error))?;
        // The permit goes along: a client that hangs up does not free a core that is still at work.
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        Ok(done.await.map_err(|error| Fault::new("hashing a password", error))??)
    }
}

/// argon2id with 19 MiB, two passes, one lane: OWASP's first recommendation for servers.
fn hasher() -> Result<Argon2<'static>, Fault> {
    let params =
        Params::new(19_456, 2, 1, None).map_err(|error| Fault::new("hashing a password", error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(world: &World, password: &str) -> Result<String, Fault> {
    let mut salt = [0u8; 16];
    world.fill(&mut salt);
    let hash = hasher()?.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| Fault::new("hashing a password", error.to_string()))?.to_string())
}

/// Checks that a new password is long and hard enough to guess; `personal`: names that must not be what it is
/// made of.
///
/// # Errors
/// Says what is missing.
pub fn check_strength(field: &str, password: &str, personal: &[&str]) -> Result<(), Refusal> {
    if password.chars().count() < SHORTEST {
        return Err(Refusal::input(field, format!("the password is too short: at least {SHORTEST} characters")));
    }
    if password.len() > 1_024 {
        return Err(Refusal::input(field, "the password is too long: at most 1024 bytes"));
    }
    let mut words = vec!["doorward"];
    words.extend(personal);
    // Guessing stops being a matter of the first hundred characters long before them.
    let front: String = password.chars().take(100).collect();
    if u8::from(zxcvbn::zxcvbn(&front, &words).score()) < 3 {
        return Err(Refusal::input(
            field,
            "the password is too easy to guess: use several unrelated words, or let a password manager make one",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let world = World::real();
        let passwords = Passwords::new();
        let stored = passwords.hash(&world, "correct horse battery".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify(Asks::Known, "correct horse battery".into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify(Asks::Known, "correct horse batterx".into(), Some(stored)).await.unwrap());
        assert!(!passwords.verify(Asks::Known, "correct horse battery".into(), None).await.unwrap());
    }

    #[test]
    fn weak_passwords_are_refused_with_the_way_out() {
        for weak in ["short", "passwordpassword", "mia.example.org", "doorward1234", "aaaaaaaaaaaaaaaa"] {
            assert!(check_strength("password", weak, &["mia.example.org"]).is_err(), "{weak}");
        }
        assert!(check_strength("password", "otter-lantern-fjord-9", &["mia"]).is_ok());
    }
}
