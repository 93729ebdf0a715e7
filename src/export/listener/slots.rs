//! The limited slots of connections, and which connection gives way.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::clock;

/// The limits on connections: their number and their times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// Until the first call that is admitted.
    pub(crate) first: Duration,
    /// The longest time for the head of a request, if the service reports heads.
    pub(crate) head: Option<Duration>,
    /// Without a byte either way.
    pub(crate) idle: Duration,
}

/// The slots of connections.
#[derive(Debug)]
pub(crate) struct Slots {
    limits: Limits,
    started: Instant,
    free: Arc<Semaphore>,
    taken: Mutex<HashMap<u64, Taken>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Taken {
    traffic: Traffic,
    /// Closes the connection when it is dropped.
    _closes: oneshot::Sender<()>,
}

/// A slot that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    number: u64,
    pub(super) traffic: Traffic,
    /// Completes when the connection must give way.
    pub(super) closed: oneshot::Receiver<()>,
    _permit: Option<OwnedSemaphorePermit>,
}

/// The traffic of a connection. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Traffic(Arc<Seen>);

#[derive(Debug)]
struct Seen {
    /// The start of all times, which are in microseconds.
    started: Instant,
    made: u64,
    moved: AtomicU64,
    /// When the first byte of a head came, or 0.
    head_since: AtomicU64,
    is_admitted: AtomicBool,
    working: AtomicUsize,
}

/// Work for a connection, which does not give way until this is dropped.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "prometheus"),
    allow(dead_code, reason = "calls do no such work")
)]
pub(crate) struct Working(Traffic);

impl Slots {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            started: clock::now(),
            free: Arc::new(Semaphore::new(limits.connections)),
            taken: Mutex::default(),
            next: AtomicU64::new(0),
        })
    }

    /// Takes a slot, that of the longest idle connection if no other is free.
    pub(super) async fn take(self: &Arc<Self>) -> Slot {
        let permit = match self.free.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => {
                self.give_way();
                // Nobody closes the semaphore.
                self.free.clone().acquire_owned().await.ok()
            }
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let traffic = Traffic::new(self.started);
        let (closes, closed) = oneshot::channel();
        let taken = Taken {
            traffic: traffic.clone(),
            _closes: closes,
        };
        self.taken.lock().insert(number, taken);
        Slot {
            slots: self.clone(),
            number,
            traffic,
            closed,
            _permit: permit,
        }
    }

    /// Closes the connection that is idle for longest, if one is idle.
    pub(super) fn give_way(&self) {
        let mut taken = self.taken.lock();
        let idle = taken.iter().filter(|(_, taken)| !taken.traffic.works());
        let longest = idle.min_by_key(|(number, taken)| (taken.traffic.rank(), **number));
        if let Some(number) = longest.map(|(number, _)| *number) {
            taken.remove(&number);
        }
    }

    /// Closes the connections that took too long.
    pub(super) fn close_overdue(&self) {
        let now = micros(self.started);
        self.taken
            .lock()
            .retain(|_, taken| !taken.traffic.is_overdue(now, &self.limits));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.taken.lock().remove(&self.number);
    }
}

impl Traffic {
    fn new(started: Instant) -> Self {
        let now = micros(started);
        Self(Arc::new(Seen {
            started,
            made: now,
            moved: AtomicU64::new(now),
            head_since: AtomicU64::new(0),
            is_admitted: AtomicBool::new(false),
            working: AtomicUsize::new(0),
        }))
    }

    /// Notes a call that the caller may make: its head is there.
    pub(crate) fn admit(&self) {
        self.0.is_admitted.store(true, Ordering::Relaxed);
        self.0.head_since.store(0, Ordering::Relaxed);
    }

    /// Keeps the connection for as long as something is done for it.
    #[cfg_attr(
        not(feature = "prometheus"),
        allow(dead_code, reason = "calls do no such work")
    )]
    pub(crate) fn work(&self) -> Working {
        self.0.working.fetch_add(1, Ordering::Relaxed);
        Working(self.clone())
    }

    /// Notes that bytes came.
    pub(super) fn came(&self) {
        let now = self.moved();
        let first = (0, now.max(1));
        let relaxed = Ordering::Relaxed;
        let _ = self
            .0
            .head_since
            .compare_exchange(first.0, first.1, relaxed, relaxed);
    }

    /// Notes that bytes moved, and returns when.
    pub(super) fn moved(&self) -> u64 {
        let now = micros(self.0.started);
        self.0.moved.store(now, Ordering::Relaxed);
        now
    }

    fn works(&self) -> bool {
        self.0.working.load(Ordering::Relaxed) > 0
    }

    /// Returns the key that decides which connection gives way first: the least.
    fn rank(&self) -> (bool, u64) {
        let is_admitted = self.0.is_admitted.load(Ordering::Relaxed);
        (is_admitted, self.0.moved.load(Ordering::Relaxed))
    }

    fn is_overdue(&self, now: u64, limits: &Limits) -> bool {
        if self.works() {
            return false;
        }
        let (is_admitted, moved) = self.rank();
        let passed =
            |since: u64, limit: Duration| u128::from(now.saturating_sub(since)) > limit.as_micros();
        let head_since = self.0.head_since.load(Ordering::Relaxed);
        let has_head_late = limits
            .head
            .is_some_and(|limit| head_since > 0 && passed(head_since, limit));
        has_head_late
            || passed(moved, limits.idle)
            || !is_admitted && passed(self.0.made, limits.first)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.moved();
        self.0.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}

fn micros(since: Instant) -> u64 {
    let passed = clock::now().saturating_duration_since(since);
    u64::try_from(passed.as_micros()).unwrap_or(u64::MAX)
}
