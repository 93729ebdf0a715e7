use super::Settling;
use crate::{
    commit::Ledger,
    execution::{Execution, Moment, Phase},
    schema::Outcome,
};

/// What an adapter knows of one intercepted call.
pub(crate) trait Call<T> {
    /// Returns what the poll is for that is about to start.
    fn moment(&self) -> Moment {
        Moment::default()
    }

    /// Returns the phase in which the call's future is dropped before it was ready.
    fn phase_at_drop(&self) -> Phase {
        Phase::Live
    }

    /// Returns what the call's end means.
    fn classify(&self, output: &T) -> Outcome;

    /// Returns what it means that the call's future is dropped before it was ready.
    fn classify_drop(&self) -> Outcome {
        Outcome::Dropped
    }

    /// Returns the message of the error that the call ended with: the error's own, never what it
    /// carries.
    fn message(&self, _output: &T) -> Option<String> {
        None
    }

    /// Measures the call's end, once for what happens once.
    fn measure(&self, _outcome: &Outcome) {}

    /// Writes the line that the call ends with, where it has one.
    fn log(&self, _execution: &Execution, _outcome: &Outcome) {}

    /// Returns the ledger in which start and end wait for the SDK: in workflow code.
    fn ledger(&self) -> Option<&Ledger> {
        None
    }

    /// Returns how the end is settled, where there is a ledger.
    fn settling(&self) -> Option<Settling> {
        None
    }
}

/// How a call came to its end.
pub(crate) enum End<'a, T> {
    /// It returned.
    Returned(&'a T),
    Panicked,
    /// Its future was dropped before it was ready.
    Dropped,
}

impl<T> End<'_, T> {
    pub(super) fn outcome(&self, call: &impl Call<T>) -> Outcome {
        match self {
            Self::Returned(output) => call.classify(output),
            Self::Panicked => Outcome::Panicked,
            Self::Dropped => call.classify_drop(),
        }
    }

    pub(super) fn message(&self, call: &impl Call<T>) -> Option<String> {
        match self {
            Self::Returned(output) => call.message(output),
            Self::Panicked | Self::Dropped => None,
        }
    }
}
