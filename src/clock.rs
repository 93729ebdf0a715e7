//! The one place that reads a clock. Workflow code never calls it, since it must follow from
//! history alone.

use std::time::{Duration, Instant, SystemTime};

/// Returns a moment to measure from.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Returns the time since a moment of another process's clock, or zero if that lies ahead.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub(crate) fn since(moment: SystemTime) -> Duration {
    SystemTime::now().duration_since(moment).unwrap_or_default()
}

/// Returns the time of day, for comparisons across processes.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}
