use crate::{execution::Phase, schema::Outcome};

/// What an adapter knows of one intercepted call.
pub(crate) trait Call<T> {
    /// Returns the phase of the poll that is about to start.
    fn phase(&self) -> Phase {
        Phase::Live
    }

    /// Returns the phase in which the call's future is dropped before it was ready.
    fn phase_at_drop(&self) -> Phase {
        Phase::Live
    }

    /// Returns what the call's end means.
    fn classify(&self, output: &T) -> Outcome;

    /// Measures the call's end, once for what happens once.
    fn measure(&self, _outcome: &Outcome) {}
}
