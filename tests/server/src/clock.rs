//! Time: the only place that reads the machine's clocks.

use std::time::{Duration, Instant, SystemTime};

use crate::proto::{Span, Timestamp};

/// A point in time, as a duration since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Time(Duration);

impl Time {
    /// The time that is this much after the epoch.
    pub(crate) fn from_epoch(since: Duration) -> Self {
        Self(since)
    }

    /// Moves forward; the end of time stays the end of time.
    pub(crate) fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }

    /// Moves back, to the epoch at most.
    pub(crate) fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span))
    }

    /// What lies between an earlier time and this one; nothing if it is not earlier.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// Since the epoch.
    pub(crate) fn since_epoch(self) -> Duration {
        self.0
    }

    /// As the message that the protocol has for it.
    pub(crate) fn proto(self) -> Timestamp {
        Timestamp {
            seconds: i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(self.0.subsec_nanos()).unwrap_or(0),
        }
    }
}

impl From<&Timestamp> for Time {
    fn from(stamp: &Timestamp) -> Self {
        Self(duration(stamp.seconds, stamp.nanos))
    }
}

fn duration(seconds: i64, nanos: i32) -> Duration {
    let seconds = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    seconds.saturating_add(Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)))
}

/// A span of the protocol; what is missing or negative is nothing.
pub(crate) fn span(span: Option<&Span>) -> Duration {
    span.map_or(Duration::ZERO, |span| duration(span.seconds, span.nanos))
}

/// A duration as the message that the protocol has for it.
pub(crate) fn proto_span(duration: Duration) -> Span {
    Span {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(0),
    }
}

/// The server's clock: real time, plus what was skipped for the whole server.
#[derive(Debug)]
pub(crate) struct Clock {
    epoch: Time,
    started: Instant,
    skipped: Duration,
}

impl Clock {
    /// A clock that shows real time.
    #[expect(clippy::disallowed_methods, reason = "the server's time starts here")]
    pub(crate) fn real() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            epoch: Time(since.unwrap_or_default()),
            started: Instant::now(),
            skipped: Duration::ZERO,
        }
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> Time {
        self.epoch.after(self.started.elapsed()).after(self.skipped)
    }

    /// Moves the clock forward.
    pub(crate) fn skip(&mut self, span: Duration) {
        self.skipped = self.skipped.saturating_add(span);
    }
}
