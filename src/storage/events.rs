//! Who is told of a change of powers, and in which order: this node's own changes before whoever made them gets
//! an answer, those of other nodes when the follower has read them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::watch;

use super::lease::Lease;
use super::value::Row;
use crate::error::{Error, Fault};
use crate::world::Timestamp;

/// Whose powers may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One token.
    Token(i64),
    /// One user, and through them all they own.
    User(i64),
    /// One role, and through it all who hold it.
    Role(i64),
    /// One session.
    Session(i64),
    /// The schema: what is new in it has been accepted.
    Schema,
    /// Possibly anyone: whatever was remembered is to be forgotten.
    Everything,
}

impl Subject {
    pub(super) const fn stored(self) -> (&'static str, i64) {
        match self {
            Self::Token(id) => ("token", id),
            Self::User(id) => ("user", id),
            Self::Role(id) => ("role", id),
            Self::Session(id) => ("session", id),
            Self::Schema => ("schema", 0),
            Self::Everything => ("everything", 0),
        }
    }

    fn from_stored(subject: &str, id: i64) -> Self {
        match subject {
            "token" => Self::Token(id),
            "user" => Self::User(id),
            "role" => Self::Role(id),
            "session" => Self::Session(id),
            "schema" => Self::Schema,
            // A newer node may know subjects that this one does not: then nothing remembered is safe.
            _ => Self::Everything,
        }
    }
}

/// A change of someone's powers that has been committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The revision it brought; several events of one transaction share it.
    pub id: i64,
    /// Whose powers changed.
    pub subject: Subject,
}

impl Event {
    /// From `select id, subject, subject_id`.
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self { id: row.get(0)?, subject: Subject::from_stored(&row.get::<String>(1)?, row.get(2)?) })
    }
}

/// The database went back to an earlier state, by a standby that took over or a restore: what had been changed in
/// between is lost, what was taken away among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// The highest revision that this node had seen.
    pub seen: i64,
    /// The revision that the database came back with.
    pub found: i64,
    /// When this node noticed.
    pub at: Timestamp,
}

/// What one transaction, or one group of them, changed; revisions `first` to `last` are all its own.
pub(super) struct Committed {
    pub first: i64,
    pub last: i64,
    pub events: Vec<Event>,
    /// The database gave out a revision that this node had seen before.
    pub rewound: bool,
}

/// More revisions than this are not read one by one.
pub(super) const TOO_FAR_BEHIND: i64 = 10_000;

type Listener = Arc<dyn Fn(&[Event]) + Send + Sync>;

/// The events in their order, and those who listen.
pub(super) struct Feed {
    /// Every event up to this revision has been told. Held while telling, which keeps the order.
    told: Mutex<i64>,
    listeners: RwLock<Vec<Listener>>,
    /// How long this node may go on with what it has heard.
    lease: Lease,
    loss: watch::Sender<Option<Loss>>,
    /// How many statements this node has run.
    statements: AtomicU64,
}

impl Feed {
    /// Begins after `revision`: what came before was never remembered by this node.
    pub(super) fn after(revision: i64, lease: Lease) -> Self {
        Self {
            told: Mutex::new(revision),
            listeners: RwLock::default(),
            lease,
            loss: watch::Sender::default(),
            statements: AtomicU64::new(0),
        }
    }

    /// How long this node may go on with what it has heard.
    pub(super) const fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Hears when the database goes back.
    pub(super) fn losses(&self) -> watch::Receiver<Option<Loss>> {
        self.loss.subscribe()
    }

    /// Counts statements that were run, and says how many there were in all.
    pub(super) fn count(&self, statements: u64) -> u64 {
        self.statements.fetch_add(statements, Ordering::Relaxed) + statements
    }

    pub(super) fn listen(&self, listener: Listener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Lets the listeners go: they may hold the storage, which holds them.
    pub(super) fn forget_listeners(&self) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Every event up to this revision has been told.
    pub(super) fn told(&self) -> i64 {
        *self.lock()
    }

    /// Tells what this node has just committed. Other nodes may have committed before it what the follower has
    /// not read yet: `missed(after)` reads the events with a higher number than `after`, so that they go first.
    pub(super) fn committed(&self, own: Committed, missed: impl FnOnce(i64) -> Result<Vec<Event>, Error>) {
        if own.rewound {
            let mut told = self.lock();
            self.lost(*told, own.first - 1);
            *told = own.last;
            self.tell_everything(own.last);
            return;
        }
        let told = self.told();
        let mut events = Vec::new();
        if own.first > told + TOO_FAR_BEHIND {
            events.push(Event { id: own.first - 1, subject: Subject::Everything });
        } else if told < own.first - 1 {
            match missed(told) {
                Ok(found) => events = found.into_iter().filter(|event| event.id < own.first).collect(),
                Err(error) => {
                    // Ours are told at once all the same, and once more when the follower gets to them.
                    tracing::warn!(error = error.words(), "events of other nodes could not be read yet");
                    let _told = self.lock();
                    self.tell(&own.events);
                    return;
                }
            }
        }
        events.extend(own.events);
        self.deliver(own.last, events);
    }

    /// Tells what the follower has read: `told` is what [`Feed::told`] said before it began to read.
    pub(super) fn followed(&self, told: i64, revision: i64, events: Vec<Event>) {
        if revision < told {
            self.anew(told, revision);
            return;
        }
        let newest = events.last().map_or(revision, |event| event.id.max(revision));
        self.deliver(newest, events);
    }

    /// Tells that nothing remembered is to be used: the database is not known to be the one that was read before, so the
    /// same number may be another change. `told` is what [`Feed::told`] said before `revision` was read.
    pub(super) fn anew(&self, told: i64, revision: i64) {
        let mut now_told = self.lock();
        if revision < told {
            self.lost(told, revision);
        }
        *now_told = revision;
        self.tell_everything(revision);
    }

    /// Tells that too much has happened to be told one by one.
    pub(super) fn skip_to(&self, revision: i64) {
        self.deliver(revision, vec![Event { id: revision, subject: Subject::Everything }]);
    }

    /// `events` holds all there are from what was told last up to `revision`, and perhaps some that were told
    /// in the meantime.
    fn deliver(&self, revision: i64, mut events: Vec<Event>) {
        let mut told = self.lock();
        events.retain(|event| event.id > *told);
        if !events.is_empty() {
            self.tell(&events);
        }
        *told = revision.max(*told);
    }

    fn tell_everything(&self, revision: i64) {
        self.tell(&[Event { id: revision, subject: Subject::Everything }]);
    }

    fn lost(&self, seen: i64, found: i64) {
        tracing::warn!(seen, found, "the database has gone back to an earlier state; nothing remembered is used");
        self.loss.send_replace(Some(Loss { seen, found, at: self.lease.now() }));
    }

    fn tell(&self, events: &[Event]) {
        let listeners = self.listeners.read().unwrap_or_else(PoisonError::into_inner).clone();
        for listener in listeners {
            if catch_unwind(AssertUnwindSafe(|| listener(events))).is_err() {
                tracing::error!("a listener to changes panicked");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, i64> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads all events after a revision, given a way to run a statement.
pub(super) fn decode(rows: &[Row]) -> Result<Vec<Event>, Error> {
    rows.iter().map(Event::from_row).collect()
}

/// The fault of a revision that is not there.
pub(super) fn no_revision() -> Fault {
    Fault::new("reading the revision", "the table `revision` is empty")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn feed(revision: i64) -> Feed {
        Feed::after(revision, Lease::new(&World::fixed(Timestamp(7)), None))
    }

    #[test]
    fn a_database_that_is_another_one_is_told_of_whatever_its_revision() {
        let feed = feed(5);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        feed.listen(Arc::new(move |events| ear.lock().unwrap().extend_from_slice(events)));
        let losses = feed.losses();
        for (revision, loss) in [(5, None), (6, None), (4, Some(Loss { seen: 6, found: 4, at: Timestamp(7) }))] {
            feed.anew(feed.told(), revision);
            assert_eq!(heard.lock().unwrap().last(), Some(&Event { id: revision, subject: Subject::Everything }));
            assert_eq!((feed.told(), *losses.borrow()), (revision, loss));
        }
        assert_eq!(heard.lock().unwrap().len(), 3);
    }

    #[test]
    fn a_change_of_our_own_from_far_ahead_is_told_after_everything_is_forgotten() {
        let feed = feed(5);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        feed.listen(Arc::new(move |events| ear.lock().unwrap().extend_from_slice(events)));
        let first = 5 + TOO_FAR_BEHIND + 1;
        let own = Event { id: first, subject: Subject::Token(1) };
        let committed = Committed { first, last: first, events: vec![own], rewound: false };
        feed.committed(committed, |_| panic!("so much is not read one by one"));
        let forgotten = Event { id: first - 1, subject: Subject::Everything };
        assert_eq!(*heard.lock().unwrap(), [forgotten, own]);
        assert_eq!(feed.told(), first);
    }
}
