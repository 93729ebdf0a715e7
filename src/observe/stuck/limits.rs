//! The server's limits of a run, and what comes near one.

use crate::{execution::WaitKind, schema::Limited};

/// The part of a limit from which on a run is near it, in percent.
const NEAR: u64 = 80;

/// The server's limits of a run, for [`StuckBuilder::limits`](super::StuckBuilder::limits).
///
/// ```
/// use chronoscope::observe::Limits;
///
/// let mut limits = Limits::default();
/// assert_eq!((limits.history_events, limits.pending), (51_200, 2_000));
/// // As a server's dynamic configuration has it.
/// limits.pending = 500;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Events of its history. Default: 51,200.
    pub history_events: u64,
    /// Bytes of its history. Default: 50 MiB.
    pub history_bytes: u64,
    /// Activities, children, signals or cancels that are pending, of each kind. Default: 2,000.
    pub pending: u64,
    /// Signals that it receives. Default: 10,000.
    pub signals: u64,
    /// Updates that it receives. Default: 2,000.
    pub updates: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            history_events: 51_200,
            history_bytes: 50 << 20,
            pending: 2_000,
            signals: 10_000,
            updates: 2_000,
        }
    }
}

/// How much there is of what has a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grown {
    pub(crate) what: Limited,
    pub(crate) value: u64,
    pub(crate) limit: u64,
}

/// Kinds of waits that have a limit.
const PENDING: [(WaitKind, Limited); 4] = [
    (WaitKind::Activity, Limited::Activities),
    (WaitKind::ChildWorkflow, Limited::ChildWorkflows),
    (WaitKind::ExternalSignal, Limited::ExternalSignals),
    (WaitKind::ExternalCancel, Limited::ExternalCancels),
];

impl Grown {
    /// Returns whether it is near its limit.
    pub(crate) fn is_near(&self) -> bool {
        self.value.saturating_mul(100) >= self.limit.saturating_mul(NEAR)
    }
}

impl Limits {
    /// Returns from how many waits on one of a kind may be near its limit.
    pub(crate) fn many_pending(&self) -> u64 {
        (self.pending.saturating_mul(NEAR) / 100).max(1)
    }

    /// Returns how much there is of what has a limit, waits left out.
    pub(crate) fn grown(&self, [events, bytes, signals, updates]: [u64; 4]) -> [Grown; 4] {
        let grown = |what, value, limit| Grown { what, value, limit };
        [
            grown(Limited::HistoryEvents, events, self.history_events),
            grown(Limited::HistoryBytes, bytes, self.history_bytes),
            grown(Limited::Signals, signals, self.signals),
            grown(Limited::Updates, updates, self.updates),
        ]
    }

    /// Returns how many waits there are of each kind that has a limit.
    pub(crate) fn pending(&self, count: impl Fn(WaitKind) -> usize) -> impl Iterator<Item = Grown> {
        PENDING.into_iter().map(move |(kind, what)| Grown {
            what,
            value: count(kind) as u64,
            limit: self.pending,
        })
    }
}
