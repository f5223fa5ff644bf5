//! Guessing is limited: whoever tries passwords that are wrong has to wait, by the account, by the address and by the
//! network. It counts tries by keys, which are digests, and knows neither users nor sessions: who calls it says which
//! keys a try counts under, and whether it was wrong. Right passwords never count.

mod counter;
mod store;
mod under_way;

pub use counter::{Counter, Counters, Way};

use crate::config;
use crate::error::{Code, Error, Refusal};
use crate::storage::{Storage, Tx};
use crate::world::{Timestamp, World};
use counter::Room;
use std::sync::Arc;
use tokio::sync::Semaphore;
use under_way::UnderWay;

/// How many tries may wait for others of the same account or address before more are turned away.
const WAITING: usize = 128;

/// Lets tries through, or not. Cheap to clone; clones are the same.
#[derive(Debug, Clone)]
pub struct Throttle {
    counters: Counters,
    under_way: UnderWay,
    waiting: Arc<Semaphore>,
}

/// A try that was let through. Until it is dropped it counts as one that may turn out wrong, so it has to be kept until
/// what came of it is committed.
#[derive(Debug)]
pub struct Admitted {
    way: Way,
    under_way: under_way::Places,
}

impl Admitted {
    /// What the try counts under, if it is wrong: for [`Throttle::count`]. To be asked for only when it may be written
    /// down: others read their counters again when it leaves.
    #[must_use]
    pub fn way(&mut self) -> Way {
        self.under_way.may_be_counted();
        self.way.clone()
    }
}

impl Throttle {
    /// A throttle with these limits.
    #[must_use]
    pub fn new(limits: &config::Throttle) -> Self {
        let waiting = Arc::new(Semaphore::new(WAITING));
        Self { counters: Counters::new(limits), under_way: UnderWay::default(), waiting }
    }

    /// The counters that tries can be counted under.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Lets a try through, if one of the ways that `look` says has room in all its counters: the first that has. `look`
    /// also reads what the try is to be judged by, in the same transaction.
    ///
    /// Tries that are under way count as if they were wrong, so that many at once get no further than one after the
    /// other. A try that only these keep out waits for them: they may be right.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS`, and when to come again.
    pub async fn admit<T: Send + 'static>(
        &self,
        storage: &Storage,
        world: &World,
        look: impl Fn(&mut Tx<'_>) -> Result<(T, Vec<Way>), Error> + Clone + Send + 'static,
    ) -> Result<(T, Admitted), Error> {
        let mut place = None;
        loop {
            let as_of = self.under_way.wrong();
            let look = look.clone();
            let read = storage.read(move |tx| {
                let (found, ways) = look(tx)?;
                let counted = store::counted(tx, ways.iter().flatten())?;
                Ok((found, ways, counted))
            });
            let (found, ways, counted) = read.await?;
            let now = world.now();
            let room = ways.iter().map(|way| counter::room(way, &counted, now)).collect::<Vec<_>>();
            let Some(first) = room.iter().map(Room::opens_after).min() else {
                return Err(too_many(1).into());
            };
            if first > 0 {
                return Err(too_many(first).into());
            }
            match self.under_way.enter(as_of, &ways, &room) {
                under_way::Entered::Through(at, places) => {
                    let way = ways.into_iter().nth(at).unwrap_or_default();
                    return Ok((found, Admitted { way, under_way: places }));
                }
                under_way::Entered::LookAgain => {}
                under_way::Entered::Behind(others) => {
                    if place.is_none() {
                        place = Some(self.waiting.try_acquire().map_err(|_| too_many(1))?);
                    }
                    others.await;
                }
            }
        }
    }

    /// Counts a try that was wrong, in the transaction that writes it down. Answers whose counter it filled: no more
    /// tries are let through there for now.
    ///
    /// # Errors
    /// When the database fails.
    pub fn count(&self, tx: &mut Tx, way: &Way, now: Timestamp) -> Result<Vec<&'static str>, Error> {
        store::count(tx, way, now)
    }
}

fn too_many(seconds: i64) -> Refusal {
    let when = match seconds {
        1 => "in a second".to_owned(),
        ..120 => format!("in {seconds} seconds"),
        _ => format!("in {} minutes", (seconds + 59) / 60),
    };
    let message = format!("too many wrong passwords: try again {when}; open sessions and tokens go on working");
    Refusal::new(Code::TooManyRequests, message).after(seconds)
}
