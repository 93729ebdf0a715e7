//! The gate's decision, as a pure function of signal and replay state.

use crate::execution::{Phase, Policy, Replay};

/// What asks the gate whether it is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GatedSignal {
    /// A log event, or a `tracing` span that gives log events their context.
    Log,
    /// A recording of a user's metric, or a call of a user's hook.
    Metric,
    /// A trace span begins.
    SpanOpen,
    /// A trace span ends and would be exported.
    SpanEnd,
    /// A search attribute is set.
    SearchAttribute,
}

impl GatedSignal {
    /// Every signal.
    pub const ALL: &[Self] = &[
        Self::Log,
        Self::Metric,
        Self::SpanOpen,
        Self::SpanEnd,
        Self::SearchAttribute,
    ];
}

/// The gate's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Emit the signal.
    Emit,
    /// Drop the signal.
    Drop,
    /// Hold the signal until the server has accepted the workflow task.
    Hold,
}

/// Decides whether a signal is emitted. The [module](super) has the whole table.
#[inline]
#[must_use]
pub const fn admit(signal: GatedSignal, replay: Replay) -> Verdict {
    match (replay.phase, signal) {
        (Phase::Live, GatedSignal::SearchAttribute) => Verdict::Emit,
        (Phase::Live, _) if replay.held => Verdict::Hold,
        (Phase::Live, _) => Verdict::Emit,
        (Phase::Replaying, GatedSignal::SearchAttribute) => Verdict::Emit,
        (Phase::Replaying, GatedSignal::Log) if matches!(replay.policy, Policy::Show) => {
            Verdict::Emit
        }
        (Phase::Replaying, GatedSignal::SpanOpen | GatedSignal::SpanEnd)
            if matches!(replay.policy, Policy::Rebuild) =>
        {
            Verdict::Emit
        }
        (Phase::Replaying, _) => Verdict::Drop,
        (Phase::ReadOnly, GatedSignal::SearchAttribute) => Verdict::Drop,
        (Phase::ReadOnly, _) => Verdict::Emit,
        (Phase::Evicting, _) => Verdict::Drop,
    }
}
