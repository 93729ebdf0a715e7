//! The wait before a call is retried: as long as the client's own, or as long as the server asks
//! for.

use std::time::Duration;

use temporalio_client::tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::util::rng::{HasherRng, Rng as _};

/// The share by which waits vary, so that many callers don't retry at once.
const JITTER: f64 = 0.2;

/// Waits that grow with each retry.
#[derive(Clone, Copy, Debug)]
struct Growing {
    next: Duration,
    factor: f64,
    longest: Duration,
}

impl Growing {
    /// Returns the current wait, and grows the next one.
    fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = wait.mul_f64(self.factor).min(self.longest);
        wait
    }
}

/// The waits of one call, with random numbers of its own.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    usual: Growing,
    /// After `RESOURCE_EXHAUSTED`.
    exhausted: Growing,
    random: HasherRng,
}

impl Backoff {
    /// Begins the waits of a call, at its first retry.
    pub(super) fn new() -> Self {
        Self {
            usual: Growing {
                next: Duration::from_millis(100),
                factor: 1.7,
                longest: Duration::from_secs(5),
            },
            exhausted: Growing {
                next: Duration::from_secs(1),
                factor: 2.0,
                longest: Duration::from_secs(10),
            },
            random: HasherRng::new(),
        }
    }

    /// Returns how long to wait after this failure. A time that the server asks for replaces the
    /// wait after `RESOURCE_EXHAUSTED`.
    pub(super) fn after(&mut self, code: Code, status: Option<&Status>) -> Duration {
        let usual = self.usual.next();
        let usual = self.vary(usual, 1.0 - JITTER);
        let asked = status.and_then(StatusExt::get_details_retry_info);
        if let Some(asked) = asked.and_then(|info| info.retry_delay) {
            return usual.max(self.vary(asked, 1.0));
        }
        if code != Code::ResourceExhausted {
            return usual;
        }
        let exhausted = self.exhausted.next();
        usual.max(self.vary(exhausted, 1.0 - JITTER))
    }

    /// Returns a random time from `least` times this one up to this one plus the jitter.
    fn vary(&mut self, time: Duration, least: f64) -> Duration {
        let share = least + (1.0 + JITTER - least) * self.random.next_f64();
        Duration::try_from_secs_f64(time.as_secs_f64() * share).unwrap_or(time)
    }
}
