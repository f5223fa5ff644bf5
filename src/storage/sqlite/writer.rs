//! The one thread that writes to SQLite. What has queued up is committed together, since what a commit costs is
//! the wait for the disk; each job keeps its own fate by a savepoint.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::statement::{plain_fault, query};
use super::watch::{LOOK_AGAIN, Watch};
use crate::error::{Error, Fault};
use crate::params;
use crate::sql;
use crate::storage::Why;
use crate::storage::events::{Committed, Feed, decode};
use crate::storage::tx::{Mode, On, Tx};

const DOING: &str = "writing to SQLite";
const LARGEST_GROUP: usize = 512;

/// So long may groups follow one another before another process, the command line say, gets its turn.
const TURN: Duration = Duration::from_millis(30);
const PAUSE: Duration = Duration::from_millis(1);

/// A transaction that waits for its turn, whatever its type.
trait Job: Send {
    /// Runs the closure and keeps what came of it. `None`: it failed and is to be undone.
    fn run(&mut self, connection: &Connection, feed: &Feed) -> Option<Option<Committed>>;
    /// Whether it changes somebody's powers: then it is still written when the disk is full.
    fn changes_powers(&self) -> bool;
    /// Lets the waiter know, after the group's commit; `lost` if there was none.
    fn answer(self: Box<Self>, lost: Option<&Lost>);
}

/// Why the whole group came to nothing.
struct Lost {
    cause: String,
    passing: bool,
    /// Where nothing else can be written either, why.
    why: Option<Why>,
}

impl Lost {
    fn for_want_of_room() -> Self {
        Self { cause: Why::Full.to_string(), passing: true, why: Some(Why::Full) }
    }

    fn by(error: &rusqlite::Error) -> Self {
        Self { cause: error.to_string(), passing: plain_fault(DOING, error).passing, why: Why::of(error) }
    }
}

struct Waiting<T, F> {
    mode: Mode,
    work: Option<F>,
    result: Option<Result<T, Error>>,
    waiter: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Job for Waiting<T, F>
where
    T: Send,
    F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send,
{
    fn run(&mut self, connection: &Connection, feed: &Feed) -> Option<Option<Committed>> {
        let work = self.work.take()?;
        let mut tx = Tx::new(On::Sqlite(connection), self.mode);
        let result = tx.perform(feed, work);
        let kept = result.is_ok().then(|| tx.into_committed());
        self.result = Some(result);
        kept
    }

    fn changes_powers(&self) -> bool {
        self.mode == Mode::Change
    }

    fn answer(self: Box<Self>, lost: Option<&Lost>) {
        let result = match (self.result, lost) {
            // A refusal would have been the answer whatever became of the others.
            (Some(Err(Error::Refusal(refusal))), _) => Err(Error::Refusal(refusal)),
            (_, Some(lost)) => Err(Fault { passing: lost.passing, ..Fault::new(DOING, lost.cause.clone()) }.into()),
            (Some(result), None) => result,
            (None, None) => Err(Fault::new(DOING, "a job was not run").into()),
        };
        // Whoever asked may have hung up; what they asked for is done all the same.
        let _gone = self.waiter.send(result);
    }
}

enum Message {
    Job(Box<dyn Job>),
    Stop,
}

/// The way to the writing thread. Without any way left to it, the thread ends by itself.
pub(super) struct Writer {
    queue: Sender<Message>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        connection: Connection,
        feed: Arc<Feed>,
        watch: Option<Watch>,
    ) -> Result<(Self, JoinHandle<()>), Fault> {
        let (queue, jobs) = channel();
        let thread = thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || serve(&connection, &feed, watch.as_ref(), &jobs))
            .map_err(|error| Fault::new("starting the writing thread", error))?;
        Ok((Self { queue }, thread))
    }

    /// Runs a transaction; it runs whole even if nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        mode: Mode,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let closed = || Error::from(Fault::passing(DOING, "the storage is closed"));
        let (waiter, answer) = oneshot::channel();
        let job = Waiting { mode, work: Some(work), result: None, waiter };
        self.queue.send(Message::Job(Box::new(job))).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Everything queued up to now is still written.
    pub(super) fn stop(&self) {
        // Stopped already, if nobody takes it.
        let _stopped = self.queue.send(Message::Stop);
    }
}

fn serve(connection: &Connection, feed: &Feed, watch: Option<&Watch>, jobs: &Receiver<Message>) {
    let mut turn_began = Instant::now();
    loop {
        let asked = Instant::now();
        let next = match watch {
            Some(watch) => {
                watch.look(connection);
                jobs.recv_timeout(LOOK_AGAIN)
            }
            None => jobs.recv().map_err(RecvTimeoutError::from),
        };
        let first = match next {
            Ok(Message::Job(first)) => first,
            Err(RecvTimeoutError::Timeout) => continue,
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        };
        if asked.elapsed() >= PAUSE {
            turn_began = Instant::now();
        } else if turn_began.elapsed() >= TURN {
            thread::sleep(PAUSE);
            turn_began = Instant::now();
        }
        let mut group = vec![first];
        let mut stop = false;
        while group.len() < LARGEST_GROUP && !stop {
            match jobs.try_recv() {
                Ok(Message::Job(job)) => group.push(job),
                Ok(Message::Stop) => stop = true,
                Err(_) => break,
            }
        }
        if watch.is_some_and(Watch::is_full) {
            let (kept, refused): (Vec<_>, Vec<_>) = group.into_iter().partition(|job| job.changes_powers());
            refused.into_iter().for_each(|job| job.answer(Some(&Lost::for_want_of_room())));
            group = kept;
        }
        let lost = match commit(connection, feed, &mut group) {
            Ok(committed) => {
                if let Some(own) = committed {
                    feed.committed(own, |told| read_events(connection, told));
                }
                None
            }
            Err(lost) => {
                if let (Some(watch), Some(why)) = (watch, lost.why) {
                    watch.failed(why);
                }
                Some(lost)
            }
        };
        for job in group {
            job.answer(lost.as_ref());
        }
        if stop {
            return;
        }
    }
}

/// Runs the group in one transaction; what of it was committed, if it changed anyone's powers.
fn commit(connection: &Connection, feed: &Feed, group: &mut [Box<dyn Job>]) -> Result<Option<Committed>, Lost> {
    if group.is_empty() {
        return Ok(None);
    }
    if !connection.is_autocommit() {
        // The last group could not even be undone, by a disk that fails, say.
        say(connection, "rollback")?;
    }
    say(connection, "begin immediate")?;
    let outcome = run_all(connection, feed, group).and_then(|committed| {
        say(connection, "commit")?;
        Ok(committed)
    });
    if outcome.is_err()
        && !connection.is_autocommit()
        && let Err(lost) = say(connection, "rollback")
    {
        tracing::error!(fault = lost.cause, "a group of transactions could not be undone yet");
    }
    outcome
}

fn run_all(connection: &Connection, feed: &Feed, group: &mut [Box<dyn Job>]) -> Result<Option<Committed>, Lost> {
    let mut all: Option<Committed> = None;
    for job in group {
        say(connection, "savepoint job")?;
        let kept = job.run(connection, feed);
        // A full disk makes SQLite give up the whole transaction; the next job would then run outside of any.
        if connection.is_autocommit() {
            let cause = "SQLite gave up the transaction (disk full or failing)".to_owned();
            return Err(Lost { cause, passing: true, why: Some(Why::Full) });
        }
        match kept {
            Some(committed) => all = joined(all, committed),
            None => say(connection, "rollback to job")?,
        }
        say(connection, "release job")?;
    }
    Ok(all)
}

/// Revisions given out in one group follow one another.
fn joined(all: Option<Committed>, next: Option<Committed>) -> Option<Committed> {
    match (all, next) {
        (Some(mut all), Some(next)) => {
            all.last = next.last;
            all.events.extend(next.events);
            all.rewound |= next.rewound;
            Some(all)
        }
        (all, next) => all.or(next),
    }
}

fn say(connection: &Connection, words: &str) -> Result<(), Lost> {
    let run = || connection.prepare_cached(words)?.raw_execute();
    run().map(|_| ()).map_err(|error| Lost::by(&error))
}

/// All events after a revision.
pub(super) fn read_events(connection: &Connection, told: i64) -> Result<Vec<crate::storage::Event>, Error> {
    let all = sql!("select id, subject, subject_id from events where id > $1 order by id");
    decode(&query(connection, Mode::Read, &all, params![told])?)
}
