//! The watchdog that warns about async activities that block their thread.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    task::{Context, Poll},
    thread,
    time::Duration,
};

use parking_lot::Mutex;
use pin_project_lite::pin_project;
use temporalio_sdk::{
    WorkerOptions,
    interceptors::{ActivityInboundInterceptor, ExecuteActivityInput, ExecuteActivityOutput, Next},
};
use tower::Layer;
use tracing::Dispatch;

/// How long a poll may take by default before it is reported as blocking.
const THRESHOLD: Duration = Duration::from_secs(1);

/// Warns, once per activity type, that an async activity blocks the thread that it is polled on.
///
/// A blocked thread polls no other activity, and when all threads of a runtime block, the worker
/// takes no task, sends no heartbeat and receives no cancellation. The remedy is
/// [`Pooled`](super::Pooled) or a [`BlockingLayer`](super::BlockingLayer); activities that run in
/// these cause no warning.
///
/// A separate thread checks the polls in progress, so a poll that never ends is found too. The
/// watchdog is a [`tower::Layer`] over `WorkerOptions`, not a part of a stack.
///
/// ```
/// use chronoscope::activity::Watchdog;
/// use temporalio_sdk::WorkerOptions;
/// use tower::Layer as _;
///
/// let options = Watchdog::default().layer(WorkerOptions::new("orders").build());
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct Watchdog {
    threshold: Duration,
}

impl Watchdog {
    /// Creates a watchdog that warns about polls that take longer than the threshold. It may notice
    /// them only after twice that time. `Watchdog::default()` has a threshold of 1 s.
    #[must_use]
    pub fn new(threshold: Duration) -> Self {
        Self { threshold }
    }
}

impl Default for Watchdog {
    fn default() -> Self {
        Self::new(THRESHOLD)
    }
}

impl Layer<WorkerOptions> for Watchdog {
    type Service = WorkerOptions;

    fn layer(&self, mut options: WorkerOptions) -> WorkerOptions {
        match Watch::start(self.threshold) {
            Ok(watch) => _ = options.activity_inbound_interceptor(watch),
            Err(error) => {
                tracing::warn!(
                    %error,
                    "cannot start the thread of the watchdog; blocking activities are not reported"
                );
            }
        }
        options
    }
}

/// A watchdog of one worker. Its thread ends when this is dropped.
struct Watch {
    attempts: Attempts,
    _ends_when_dropped: Sender<()>,
}

/// The attempts that are executing, by address.
type Attempts = Arc<Mutex<BTreeMap<usize, Arc<Watched>>>>;

/// One attempt, and how often a poll of it began or ended: an odd number while one is under way.
struct Watched {
    activity_type: Box<str>,
    polls: AtomicU64,
    /// The number of polls at the last look.
    seen: AtomicU64,
}

impl Watch {
    /// Starts the thread that checks.
    fn start(threshold: Duration) -> io::Result<Self> {
        let (sender, ended) = mpsc::channel();
        let attempts = Attempts::default();
        let watched = attempts.clone();
        // Warnings go to the subscriber that was current at set-up.
        let dispatch = tracing::dispatcher::get_default(Dispatch::clone);
        let named = thread::Builder::new().name("activity-watchdog".to_owned());
        named.spawn(move || {
            let mut warned = BTreeSet::new();
            while ended.recv_timeout(threshold) == Err(RecvTimeoutError::Timeout) {
                look(&watched, &mut warned, threshold, &dispatch);
            }
        })?;
        Ok(Self {
            attempts,
            _ends_when_dropped: sender,
        })
    }
}

impl Watched {
    /// Returns whether the same poll is under way as at the last look.
    fn blocks(&self) -> bool {
        let polls = self.polls.load(Ordering::Relaxed);
        self.seen.swap(polls, Ordering::Relaxed) == polls && polls % 2 == 1
    }

    fn warn(&self, threshold: Duration) {
        tracing::warn!(
            activity_type = &*self.activity_type,
            "an async activity has blocked its thread for more than {threshold:?}: register it as \
             `Pooled`, or put a `BlockingLayer` around it"
        );
    }
}

fn look(
    attempts: &Attempts,
    warned: &mut BTreeSet<Box<str>>,
    threshold: Duration,
    dispatch: &Dispatch,
) {
    let attempts = attempts.lock();
    let blocking = attempts.values().filter(|attempt| attempt.blocks());
    let blocking: Vec<_> = blocking.cloned().collect();
    // Starts and ends of attempts take the lock.
    drop(attempts);
    for attempt in blocking {
        if warned.insert(attempt.activity_type.clone()) {
            // Only for the warning: a thread-local subscriber makes every other thread slower. A sink
            // that panics at one warning gets the next all the same.
            let warn = || tracing::dispatcher::with_default(dispatch, || attempt.warn(threshold));
            let _ = catch_unwind(AssertUnwindSafe(warn));
        }
    }
}

/// An attempt's entry among the executing ones, until it is dropped.
struct Entry {
    attempts: Attempts,
    watched: Arc<Watched>,
}

impl Entry {
    fn of(attempts: &Attempts, watched: Watched) -> Self {
        let watched = Arc::new(watched);
        let address = Arc::as_ptr(&watched) as usize;
        attempts.lock().insert(address, watched.clone());
        Self {
            attempts: attempts.clone(),
            watched,
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let address = Arc::as_ptr(&self.watched) as usize;
        self.attempts.lock().remove(&address);
    }
}

impl ActivityInboundInterceptor for Watch {
    fn execute_activity<'a>(
        &'a self,
        input: ExecuteActivityInput,
        next: Next<'a, ExecuteActivityInput, ExecuteActivityOutput<'a>>,
    ) -> ExecuteActivityOutput<'a> {
        let watched = Watched {
            activity_type: input.activity_info().activity_type.as_str().into(),
            polls: AtomicU64::new(0),
            seen: AtomicU64::new(0),
        };
        let entry = Entry::of(&self.attempts, watched);
        let inner = next.run(input);
        Box::pin(WatchedFuture { inner, entry })
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

pin_project! {
    struct WatchedFuture<F> {
        #[pin]
        inner: F,
        entry: Entry,
    }
}

impl<F: Future> Future for WatchedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _polling = (!UNWATCHED.get()).then(|| Polling::of(this.entry.watched.clone()));
        this.inner.poll(cx)
    }
}

thread_local! {
    /// The attempt that is being polled on this thread, and watched.
    static POLLED: RefCell<Option<Arc<Watched>>> = const { RefCell::new(None) };
    /// Whether the current poll may block.
    static UNWATCHED: Cell<bool> = const { Cell::new(false) };
}

/// A poll in progress, also if it ends by a panic.
struct Polling(Option<Arc<Watched>>);

impl Polling {
    fn of(watched: Arc<Watched>) -> Self {
        watched.polls.fetch_add(1, Ordering::Relaxed);
        Self(POLLED.replace(Some(watched)))
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        if let Some(watched) = POLLED.replace(self.0.take()) {
            watched.polls.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Polls something that may block its thread. Meanwhile neither the poll in progress nor one inside
/// it is watched.
pub(super) fn unwatched<T>(poll: impl FnOnce() -> T) -> T {
    struct Resume(Option<Arc<Watched>>);
    impl Drop for Resume {
        fn drop(&mut self) {
            if let Some(watched) = &self.0 {
                watched.polls.fetch_add(1, Ordering::Relaxed);
            }
            POLLED.set(self.0.take());
            UNWATCHED.set(false);
        }
    }
    UNWATCHED.set(true);
    let paused = POLLED.take();
    if let Some(watched) = &paused {
        watched.polls.fetch_add(1, Ordering::Relaxed);
    }
    let _resume = Resume(paused);
    poll()
}
