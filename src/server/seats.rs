//! Connections that are open: each may be told to end, and ends by itself when its client takes too long over its
//! headers. That costs a request a few loads and stores; a timer set for each head would cost more than reading it.

use hyper::rt::{Sleep, Timer};
use hyper::server::conn::http1;
use hyper_util::server::graceful::GracefulConnection;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often it is looked whose headers are late. None is cut off too early, and none later than one look after.
const LOOKED_EVERY: Duration = Duration::from_millis(250);
/// No headers are waited for.
const NONE: u64 = u64::MAX;

/// All connections that are open.
pub struct Seats {
    open: Mutex<HashMap<u64, Arc<Seat>>>,
    /// How many there were so far.
    so_far: AtomicU64,
    /// Somebody came where nobody was.
    first: Notify,
    /// The last one went.
    gone: Notify,
    clock: Arc<Clock>,
}

/// The clock that headers are held to.
struct Clock {
    /// How often it was looked so far.
    looks: AtomicU64,
    /// How many looks headers may take.
    most: u64,
    /// The time, as hyper is told: it adds to it and hands the sum back, which nobody looks at.
    origin: Instant,
}

impl Clock {
    fn is_late(&self, since: u64) -> bool {
        // The look that was next when they began came sooner than a whole one.
        since != NONE && self.looks.load(Ordering::Relaxed).saturating_sub(since) > self.most
    }
}

/// What one connection is told.
struct Seat {
    /// It has to end once what is under way is answered.
    ending: AtomicBool,
    /// The look at which headers began to be waited for.
    since: AtomicU64,
    clock: Arc<Clock>,
    /// Whom to wake.
    task: Mutex<Option<Waker>>,
}

impl Seat {
    fn wake(&self) {
        if let Some(task) = &*self.task.lock().unwrap_or_else(PoisonError::into_inner) {
            task.wake_by_ref();
        }
    }
}

impl Seats {
    /// Nobody, to begin with. Headers may take so long.
    pub fn new(headers_within: Duration) -> Arc<Self> {
        let most = u64::try_from(headers_within.as_millis() / LOOKED_EVERY.as_millis()).unwrap_or(NONE);
        let clock = Arc::new(Clock { looks: AtomicU64::new(0), most, origin: Instant::now() });
        let (first, gone) = (Notify::new(), Notify::new());
        Arc::new(Self { open: Mutex::default(), so_far: AtomicU64::new(0), first, gone, clock })
    }

    /// Cuts off whose headers are late, for as long as it is polled.
    pub async fn hurry(self: Arc<Self>) {
        loop {
            while self.open().is_empty() {
                self.first.notified().await;
            }
            tokio::time::sleep(LOOKED_EVERY).await;
            self.clock.looks.fetch_add(1, Ordering::Relaxed);
            let late = |seat: &&Arc<Seat>| self.clock.is_late(seat.since.load(Ordering::Relaxed));
            self.open().values().filter(late).for_each(|seat| seat.wake());
        }
    }

    /// Tells all to end, and waits until they have.
    pub async fn end(&self) {
        for seat in self.open().values() {
            seat.ending.store(true, Ordering::Release);
            seat.wake();
        }
        while !self.open().is_empty() {
            self.gone.notified().await;
        }
    }

    /// A seat for a connection that begins.
    pub fn take(self: &Arc<Self>) -> Taken {
        let seat = Arc::new(Seat {
            ending: AtomicBool::new(false),
            since: AtomicU64::new(NONE),
            clock: Arc::clone(&self.clock),
            task: Mutex::default(),
        });
        let number = self.so_far.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open();
        if open.is_empty() {
            self.first.notify_one();
        }
        open.insert(number, Arc::clone(&seat));
        drop(open);
        Taken { all: Arc::clone(self), seat, number }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Seat>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The seat of one connection, for as long as it is open.
pub struct Taken {
    all: Arc<Seats>,
    seat: Arc<Seat>,
    number: u64,
}

impl Taken {
    /// The settings of all connections, for this one.
    pub fn settings(&self, of_all: &http1::Builder) -> http1::Builder {
        let mut settings = of_all.clone();
        settings.timer(Heads(Arc::clone(&self.seat)));
        // How long it is, the seats know: it only has to be set.
        settings.header_read_timeout(Duration::ZERO);
        settings
    }

    /// Sees a connection to its end.
    pub fn serve<C: GracefulConnection>(self, connection: C) -> Served<C> {
        Served { connection: Box::pin(connection), taken: self, task: None, is_ending: false }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut open = self.all.open();
        open.remove(&self.number);
        if open.is_empty() {
            self.all.gone.notify_one();
        }
    }
}

/// A connection that heeds what it is told.
pub struct Served<C> {
    connection: Pin<Box<C>>,
    taken: Taken,
    /// Who is woken: a connection stays in one task, so that this is settled once.
    task: Option<Waker>,
    is_ending: bool,
}

impl<C: GracefulConnection> Future for Served<C> {
    type Output = C::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        let this = &mut *self;
        let seat = &this.taken.seat;
        if !this.task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
            this.task = Some(cx.waker().clone());
            seat.task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&this.task);
        }
        if !this.is_ending && seat.ending.load(Ordering::Acquire) {
            this.is_ending = true;
            this.connection.as_mut().graceful_shutdown();
        }
        this.connection.as_mut().poll(cx)
    }
}

/// The timer that hyper sets when it begins to wait for a head, and lets go of when the head is there. It sets no other.
struct Heads(Arc<Seat>);

impl Timer for Heads {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        self.0.since.store(self.0.clock.looks.load(Ordering::Relaxed), Ordering::Relaxed);
        Box::pin(Head(Arc::clone(&self.0)))
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(Duration::ZERO)
    }

    fn now(&self) -> Instant {
        self.0.clock.origin
    }
}

/// A head that is waited for. Whoever finds it late wakes its connection.
struct Head(Arc<Seat>);

impl Future for Head {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.clock.is_late(self.0.since.load(Ordering::Relaxed)) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Sleep for Head {}

impl Drop for Head {
    fn drop(&mut self) {
        self.0.since.store(NONE, Ordering::Relaxed);
    }
}
