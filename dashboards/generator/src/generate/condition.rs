//! What an alert can watch.

use chronoscope::schema::Metric;

use super::promql::Only;

/// The failed calls, and all calls.
pub type Calls = (Metric, Metric);

/// Calls that the server answers immediately.
pub const SHORT: Calls = (Metric::RequestFailure, Metric::Request);
/// Calls that the server holds: polls, and updates until they are accepted.
pub const LONG: Calls = (Metric::LongRequestFailure, Metric::LongRequest);

/// What an alert watches.
#[derive(Clone, Copy, Debug)]
pub enum Condition {
    /// A quantile or a share is above the alert's threshold, with more than a few samples.
    Above(Only<'static>),
    /// A counter increased at all.
    Happens(Metric, Only<'static>),
    /// One of several counters keeps increasing.
    KeepsHappening(&'static [(Metric, Only<'static>)]),
    /// More than a few calls fail, and more than a share of all. `only` selects the failures by
    /// operation and code, and `of` all calls by operation.
    Refused {
        calls: &'static [Calls],
        only: Only<'static>,
        of: Only<'static>,
        share: f64,
    },
    /// A gauge is above zero, over all instances.
    Any(Metric),
    /// Nobody polls for a kind of work, although slots are free.
    Unpolled,
    /// One instance does not poll, while others do.
    UnpolledHere,
    /// All slots of a kind are in use, and nothing that holds them ends.
    Held,
    /// More than a share of attempts fail on one instance, but not overall.
    FailsHere { failed: Metric, ended: Metric },
    /// The series of a process are gone, and its target does not respond.
    Vanished(Metric),
    /// Work starts, but none of it ends. With `used_to`, some ended before.
    Unended {
        begun: Metric,
        ended: Metric,
        used_to: bool,
    },
    /// The cache is empty, and tasks replay for it.
    EmptyCache,
}
