//! What the server limits in a run.

/// What has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limited {
    HistoryEvents,
    HistoryBytes,
    Signals,
    Updates,
    Activities,
    ChildWorkflows,
    ExternalSignals,
    ExternalCancels,
    /// The server's suggestion to continue as new.
    Suggestion,
}

impl Limited {
    /// Everything that has a limit.
    pub(crate) const ALL: [Self; 9] = [
        Self::HistoryEvents,
        Self::HistoryBytes,
        Self::Signals,
        Self::Updates,
        Self::Activities,
        Self::ChildWorkflows,
        Self::ExternalSignals,
        Self::ExternalCancels,
        Self::Suggestion,
    ];

    /// Returns its name in labels and on lines.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::HistoryEvents => "history_events",
            Self::HistoryBytes => "history_bytes",
            Self::Signals => "signals",
            Self::Updates => "updates",
            Self::Activities => "pending_activities",
            Self::ChildWorkflows => "pending_child_workflows",
            Self::ExternalSignals => "pending_external_signals",
            Self::ExternalCancels => "pending_external_cancels",
            Self::Suggestion => "continue_as_new_suggested",
        }
    }

    /// Returns its bit in a set.
    pub(crate) const fn bit(self) -> u16 {
        1 << self as u16
    }
}
