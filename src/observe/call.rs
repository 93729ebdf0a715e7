//! One intercepted call, as an adapter describes it to the core.

use super::Settling;
use crate::{
    commit::Ledger,
    execution::{Execution, Moment, Phase},
    schema::Outcome,
};

/// Writes the last line of a run.
pub(crate) type LastLine = Box<dyn FnOnce() + Send>;

/// One intercepted call, as its adapter describes it.
pub(crate) trait Call<T> {
    /// Returns the moment of the poll that is about to start.
    fn moment(&self) -> Moment {
        Moment::default()
    }

    /// Returns the phase of a drop before the call's future was ready.
    fn phase_at_drop(&self) -> Phase {
        Phase::Live
    }

    /// Returns the outcome of the call.
    fn classify(&self, output: &T) -> Outcome;

    /// Returns the outcome of a call whose future is dropped before it was ready.
    fn classify_drop(&self) -> Outcome {
        Outcome::Dropped
    }

    /// Returns the message of the error that the call ended with: only the error's own text, never
    /// its payloads.
    fn message(&self, _output: &T) -> Option<String> {
        None
    }

    /// Measures the call's end: once, even if it is replayed.
    fn measure(&self, _outcome: &Outcome) {}

    /// Writes the call's own line, if it has one.
    fn log(&self, _execution: &Execution, _outcome: &Outcome) {}

    /// Returns the line that the return of workflow code is worth, if it is worth one: written once
    /// the SDK has ended the run.
    fn last_line(&self, _output: &T) -> Option<LastLine> {
        None
    }

    /// Returns the ledger that holds start and end until the SDK has settled them: in workflow
    /// code.
    fn ledger(&self) -> Option<&Ledger> {
        None
    }

    /// Returns how the end is settled, if there is a ledger.
    fn settling(&self) -> Option<Settling> {
        None
    }
}

/// How a call ended.
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
