//! The ticks of streams, and the limit on their readers.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Interval, MissedTickBehavior, interval},
};
use tonic::{Status, codegen::tokio_stream::Stream};

use super::v1;
use crate::clock;

const DEFAULT: Duration = Duration::from_secs(1);
const FASTEST: Duration = Duration::from_millis(100);
const SLOWEST: Duration = Duration::from_secs(3600);

/// The most concurrent readers.
const READERS: usize = 256;

/// Reads the interval of a stream.
pub(super) fn pace(pace: Option<v1::Pace>) -> Result<Duration, Status> {
    let Some(asked) = pace.and_then(|pace| pace.interval) else {
        return Ok(DEFAULT);
    };
    let interval = Duration::try_from(asked).ok();
    interval
        .filter(|interval| (FASTEST..=SLOWEST).contains(interval))
        .ok_or_else(|| {
            Status::invalid_argument("the interval must be between 0.1 seconds and 1 hour")
        })
}

/// The readers of streams, which are limited because a stream is cheap to open.
#[derive(Clone, Debug)]
pub(super) struct Readers(Arc<Semaphore>);

impl Default for Readers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(READERS)))
    }
}

impl Readers {
    /// Returns the number of readers.
    pub(super) fn count(&self) -> u64 {
        (READERS - self.0.available_permits()) as u64
    }

    /// Takes a place among the readers.
    pub(super) fn join(&self) -> Result<OwnedSemaphorePermit, Status> {
        let place = self.0.clone().try_acquire_owned();
        place.map_err(|_| {
            Status::resource_exhausted(format!("{READERS} readers stream already: end one of them"))
        })
    }
}

/// Makes a message at each tick, but only if it is read.
pub(super) struct Ticks<M> {
    interval: Interval,
    every: Duration,
    started: Instant,
    last: u64,
    make: Box<dyn FnMut(v1::Tick) -> M + Send>,
    _place: OwnedSemaphorePermit,
}

impl<M> Ticks<M> {
    pub(super) fn new(
        every: Duration,
        place: OwnedSemaphorePermit,
        make: impl FnMut(v1::Tick) -> M + Send + 'static,
    ) -> Self {
        let mut interval = interval(every);
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self {
            interval,
            every,
            started: clock::now(),
            last: 0,
            make: Box::new(make),
            _place: place,
        }
    }

    fn tick(&mut self) -> v1::Tick {
        let passed = self.started.elapsed().as_nanos() / self.every.as_nanos();
        let by_clock = u64::try_from(passed).unwrap_or(u64::MAX).saturating_add(1);
        // Two ticks in a row may be early and late.
        let number = by_clock.max(self.last + 1);
        let missed = number - self.last - 1;
        self.last = number;
        v1::Tick { number, missed }
    }
}

impl<M> Stream for Ticks<M> {
    type Item = Result<M, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        ready!(this.interval.poll_tick(cx));
        let tick = this.tick();
        Poll::Ready(Some(Ok((this.make)(tick))))
    }
}
