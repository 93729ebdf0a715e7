//! What an alert can watch.

use chronoscope::schema::Metric;

use super::promql::Only;

/// Failures, and the calls that they are a part of.
pub type Calls = (Metric, Metric);

/// Calls that the server answers at once.
pub const SHORT: Calls = (Metric::RequestFailure, Metric::Request);
/// Calls that the server holds: polls, and updates until they are accepted.
pub const LONG: Calls = (Metric::LongRequestFailure, Metric::LongRequest);

/// What an alert watches.
#[derive(Clone, Copy, Debug)]
pub enum Condition {
    /// A quantile or a share is above the threshold of the alert's name, and of more than a few.
    Above(Only<'static>),
    /// A counter went up at all.
    Happens(Metric, Only<'static>),
    /// One of several counters goes up again and again.
    KeepsHappening(&'static [(Metric, Only<'static>)]),
    /// Calls fail: more than a few, and more than a share of them all. First the calls and the
    /// codes, then the calls alone.
    Refused {
        calls: &'static [Calls],
        only: Only<'static>,
        of: Only<'static>,
        share: f64,
    },
    /// A gauge is zero, over all instances.
    Zero(Metric),
    /// A gauge is zero on one instance, and not on all.
    ZeroHere(Metric),
    /// More than a share of attempts fail on one instance, and not on all together.
    FailsHere { failed: Metric, ended: Metric },
    /// A series that a process served is gone, and its target does not answer.
    Vanished(Metric),
    /// Work begins, and none of it ends well; if it used to, it must have done so before.
    Unended {
        begun: Metric,
        ended: Metric,
        failed: Metric,
        used_to: bool,
    },
    /// The cache is empty, and tasks replay for it.
    EmptyCache,
}
