//! The fate of held signals, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use super::lane::Kind;

/// The fate of the signals that were held until the server had accepted their tasks, in
/// [`Health::commits`](crate::Health::commits). With
/// [`Emission::Immediate`](super::Emission::Immediate) all but `repeated`, `maybe_repeated` and `panics` are
/// zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitCounts {
    /// Emitted: their tasks were accepted.
    pub released: SignalCounts,
    /// Dropped: their tasks were refused.
    pub refused: SignalCounts,
    /// Lines of refused tasks that were written all the same, marked `task_failed`.
    pub shown: SignalCounts,
    /// Dropped: there was no room to hold them.
    pub overflowed: SignalCounts,
    /// Emitted although nobody could say whether their tasks were accepted; lines are marked.
    pub unknown: SignalCounts,
    /// Left out in both modes: an earlier attempt at their task had emitted them.
    pub repeated: SignalCounts,
    /// Emitted in both modes although another process may have emitted them: the core executed their
    /// task with one that follows it at once. Lines are marked `maybe_repeated`.
    pub maybe_repeated: SignalCounts,
    /// Lines that were written before the server's answer, marked `task_open`.
    pub early: SignalCounts,
    /// Signals that wait now.
    pub held: u64,
    /// The bytes of the lines and log records that wait now.
    pub held_bytes: u64,
    /// Activations whose signals were emitted at once, since no gRPC layer saw their task.
    pub unseen: u64,
    /// How often a history was asked the fate of a task.
    pub asked: u64,
    /// Sinks that panicked when they were handed held signals, or lines of chronoscope's own about runs.
    /// Each panic was caught.
    pub panics: u64,
}

impl CommitCounts {
    /// Returns the counts of the fates that a metric has, with their names.
    pub(crate) const fn fates(&self) -> [(&'static str, SignalCounts); 8] {
        [
            ("released", self.released),
            ("refused", self.refused),
            ("shown", self.shown),
            ("overflowed", self.overflowed),
            ("unknown", self.unknown),
            ("repeated", self.repeated),
            ("maybe_repeated", self.maybe_repeated),
            ("early", self.early),
        ]
    }
}

/// Signals by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalCounts {
    /// Lines, one per sink, and log records.
    pub lines: u64,
    /// Recordings of metrics.
    pub recordings: u64,
    /// Spans, hooks, and counts of chronoscope's own.
    pub ends: u64,
}

impl SignalCounts {
    /// Returns the counts with the names by which a metric has them.
    pub(crate) const fn kinds(&self) -> [(&'static str, u64); 3] {
        [
            ("log", self.lines),
            ("metric", self.recordings),
            ("end", self.ends),
        ]
    }

    /// Returns the number of all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.lines + self.recordings + self.ends
    }
}

/// One fate's counters.
#[derive(Debug, Default)]
pub(super) struct Counters([AtomicU64; 3]);

impl Counters {
    pub(super) fn add(&self, kind: Kind, count: usize) {
        self.0[kind as usize].fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn so_far(&self) -> SignalCounts {
        let [lines, recordings, ends] = &self.0;
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SignalCounts {
            lines: get(lines),
            recordings: get(recordings),
            ends: get(ends),
        }
    }
}
