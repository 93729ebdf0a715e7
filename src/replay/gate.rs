use crate::execution::{Phase, Policy, Replay};

/// What wants to come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
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

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 5] = [
        Self::Log,
        Self::Metric,
        Self::SpanOpen,
        Self::SpanEnd,
        Self::SearchAttribute,
    ];
}

/// What the gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Let it out.
    Emit,
    /// Forget it.
    Drop,
}

/// Decides whether a signal may come out. The [module](super) shows the whole table.
#[inline]
#[must_use]
pub const fn admit(signal: Signal, replay: Replay) -> Verdict {
    match (replay.phase, signal) {
        (Phase::Live, _) => Verdict::Emit,
        (Phase::Replaying, Signal::SearchAttribute) => Verdict::Emit,
        (Phase::Replaying, Signal::Log) if matches!(replay.policy, Policy::Show) => Verdict::Emit,
        (Phase::Replaying, Signal::SpanOpen | Signal::SpanEnd)
            if matches!(replay.policy, Policy::Rebuild) =>
        {
            Verdict::Emit
        }
        (Phase::Replaying, _) => Verdict::Drop,
        (Phase::ReadOnly, Signal::SearchAttribute) => Verdict::Drop,
        (Phase::ReadOnly, _) => Verdict::Emit,
        (Phase::Evicting, _) => Verdict::Drop,
    }
}
