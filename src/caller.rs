//! Who is calling, and with what powers. Only `guard` makes one (`tests/it/house/arrows.rs` holds everyone else to it).

use crate::addresses::Ranges;
use crate::error::{Code, Error, Reason, Refusal};
use crate::id::{RoleId, SessionId, TokenId, UserId};
use crate::permission::Powers;
use crate::secret::Digest;
use crate::world::Timestamp;
use axum::http::HeaderValue;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// For how long a session counts as proved.
pub const PROVED_SECONDS: i64 = 600;

/// A person with an account, as they were when last read.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their number.
    pub id: UserId,
    /// The name they sign in with.
    pub username: String,
    /// Their full name.
    pub name: String,
    /// The name that others see.
    pub public_name: String,
    /// Where mail reaches them.
    pub email_address: Option<String>,
    /// Since when they are a super administrator.
    pub super_admin_since: Option<Timestamp>,
    /// Since when the account exists.
    pub created_at: Timestamp,
    /// Their roles, by number, without the built-in one that everybody has.
    pub roles: Vec<RoleId>,
}

impl Person {
    /// Whether they hold everything by a credential that was last confirmed then: `super_admin` reaches no token that a
    /// person last stood by before it was given. `None`: it is no token that asks.
    #[must_use]
    pub fn holds_everything(&self, confirmed_at: Option<Timestamp>) -> bool {
        let reached = |since: Timestamp| confirmed_at.is_none_or(|confirmed| confirmed >= since);
        self.super_admin_since.is_some_and(reached)
    }
}

/// What was shown to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nothing: a stranger.
    Nothing,
    /// The access token of a session.
    Session(SessionCredential),
    /// A personal access token.
    Token(TokenCredential),
    /// The command line, used by whoever may read the data directory: the operating system's user.
    Operator(String),
}

impl Credential {
    /// Whether it came as a cookie.
    #[must_use]
    pub const fn is_cookie(&self) -> bool {
        matches!(self, Self::Session(SessionCredential { by_cookie: true, .. }))
    }
}

/// What is known of the session that makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionCredential {
    /// Its number.
    pub id: SessionId,
    /// When its user last showed that it is theirs: by signing in or by `proveSession`.
    pub proved_at: Timestamp,
    /// Whether it was begun in the console, and came as its cookie: then its use prolongs it.
    pub by_cookie: bool,
}

/// What is known of the personal access token that makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenCredential {
    /// Its number.
    pub id: TokenId,
    /// Its name, for the audit trail.
    pub name: String,
    /// Whether it may run no mutation, or descends from one that may not.
    pub read_only: bool,
    /// When a person last stood by it or by what it descends from.
    pub confirmed_at: Timestamp,
    /// When the secret that was presented ends.
    pub expires_at: Timestamp,
    /// The same as every answer carries it (RFC 3339).
    pub expires_at_header: HeaderValue,
    /// The digest of that secret.
    pub digest: Digest,
    /// Whether that secret is the one before the last rotation.
    pub previous: bool,
    /// Whether it, or one that it descends from, is narrowed to a list of grants.
    pub narrowed: bool,
    /// The documents that it may run, each by the digest of its normal form; `None`: any.
    pub documents: Option<Arc<HashSet<Digest>>>,
    /// The ranges that it may call from, its own and those of the tokens that it descends from: each has to hold the
    /// address.
    pub ip_ranges: Vec<Ranges>,
}

impl TokenCredential {
    /// Whether it holds less than its user for any reason: a narrowing, documents, addresses, being read-only.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.read_only || self.narrowed || self.documents.is_some() || !self.ip_ranges.is_empty()
    }

    /// Whether something holds it that a session would not be held by: documents, addresses, or that its secret was
    /// replaced.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.previous || self.documents.is_some() || !self.ip_ranges.is_empty()
    }
}

/// What an API may be told of a person besides their number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What another system knows them by.
    pub external_id: Option<String>,
    /// Those of their roles' names that a super administrator has marked for it.
    pub roles: Vec<String>,
}

/// What a verified credential comes to: the part of a caller that is kept from one request to the next.
#[derive(Debug)]
pub struct Identity {
    /// Whose credential it is; nobody's, for strangers and for the operator.
    pub person: Option<Person>,
    /// The credential.
    pub credential: Credential,
    /// What it may do.
    pub powers: Arc<Powers>,
    /// What the API behind may be told of the person; `None`: nothing.
    pub told: Option<Told>,
    /// The documents of the token that a person acts as; `None`: they are held to none.
    pub documents: Option<Arc<HashSet<Digest>>>,
    /// Whether the person acts as a token or a role of theirs: then it is not all of their session that calls.
    pub acting: bool,
    /// How many events this node had heard of before the rows behind this were read.
    pub as_of: u64,
    /// When the credential ends by itself; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When its use was last noted, so that noting it again can wait.
    pub noted_at: AtomicI64,
}

/// Where a request came from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The address that the connection came from.
    pub ip: Option<IpAddr>,
    /// What the client calls itself (`User-Agent`), cut to 200 characters.
    pub agent: Option<String>,
    /// The number of the request, as in the log and in `x-request-id`.
    pub request_id: String,
}

/// A caller: an identity and where it calls from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Caller {
    identity: Arc<Identity>,
    origin: Arc<Origin>,
}

impl Caller {
    /// Puts an identity and an origin together. For `guard` alone.
    #[must_use]
    pub const fn new(identity: Arc<Identity>, origin: Arc<Origin>) -> Self {
        Self { identity, origin }
    }

    /// The identity, for what has to be looked up in it.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Where the call comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same, to be kept.
    #[must_use]
    pub const fn shared_origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// What the caller may do.
    #[must_use]
    pub fn powers(&self) -> &Powers {
        &self.identity.powers
    }

    /// The person who calls.
    ///
    /// # Errors
    /// A stranger and the operator are nobody with an account.
    pub fn person(&self) -> Result<&Person, Error> {
        self.identity.person.as_ref().ok_or_else(|| Refusal::new(Code::Unauthenticated, "sign in first").into())
    }

    /// The personal access token that makes the call.
    #[must_use]
    pub fn token(&self) -> Option<&TokenCredential> {
        match &self.identity.credential {
            Credential::Token(token) => Some(token),
            _ => None,
        }
    }

    /// The session that makes the call: what changes accounts and hands out powers takes one.
    ///
    /// # Errors
    /// For any other credential.
    pub fn session(&self) -> Result<SessionCredential, Refusal> {
        match self.identity.credential {
            Credential::Session(_) if self.identity.acting => Err(Self::acting()),
            Credential::Session(session) => Ok(session),
            _ => Err(Refusal::new(Code::Forbidden, "this takes a session, not a token: sign in")
                .because(Reason::SessionRequired)),
        }
    }

    /// The same, proved within the last ten minutes: what changes how one signs in takes that.
    ///
    /// # Errors
    /// For any other credential, and for a session that was not proved lately.
    pub fn proved_session(&self, now: Timestamp) -> Result<SessionCredential, Refusal> {
        let session = self.session()?;
        if now < session.proved_at.plus_seconds(PROVED_SECONDS) {
            return Ok(session);
        }
        let message = "this takes a session that was proved in the last 10 minutes: call `proveSession` first";
        Err(Refusal::new(Code::Forbidden, message).because(Reason::ProofRequired))
    }

    /// Whether the caller may set somebody's password: whoever sets one can sign in by it, and a session sheds what a token
    /// is held to.
    ///
    /// # Errors
    /// For a token that is held to documents or addresses, and for a secret that was replaced by a rotation.
    pub fn may_set_passwords(&self) -> Result<(), Refusal> {
        if self.token().is_none_or(|token| !token.is_bound()) {
            return Ok(());
        }
        let message = "a token that is held to documents or addresses sets no passwords, nor does a replaced secret: \
                       whoever signs in by one would be held to nothing";
        Err(Refusal::new(Code::Forbidden, message).because(Reason::SessionRequired))
    }

    /// Whether the caller is all that they are: nobody gets more by acting as something of theirs than it could give.
    ///
    /// # Errors
    /// For a person who acts as a token or a role.
    pub fn is_themselves(&self) -> Result<(), Refusal> {
        if self.identity.acting { Err(Self::acting()) } else { Ok(()) }
    }

    fn acting() -> Refusal {
        let message = "this takes you yourself: you act as a token or a role now";
        Refusal::new(Code::Forbidden, message).because(Reason::SessionRequired)
    }

    /// Whether everything is open to the caller by what they are: a super administrator, by a session or by a token
    /// that a person stood by since; or the command line.
    #[must_use]
    pub fn is_super_admin(&self) -> bool {
        let confirmed_at = self.token().map(|token| token.confirmed_at);
        let person = self.identity.person.as_ref();
        let everything = person.is_some_and(|person| person.holds_everything(confirmed_at));
        self.is_operator() || everything && !self.identity.acting
    }

    /// Whether this is the command line.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        matches!(self.identity.credential, Credential::Operator(_))
    }

    /// Whether the use of this credential has gone unnoted for `seconds`; if so it counts as noted from `now`.
    #[must_use]
    pub fn due_for_noting(&self, now: Timestamp, seconds: i64) -> bool {
        let noted = self.identity.noted_at.load(Ordering::Relaxed);
        now.0 - noted >= seconds * 1_000_000
            && self.identity.noted_at.compare_exchange(noted, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
