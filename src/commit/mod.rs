//! Holds what an activation of workflow code begins and ends until the SDK has settled it.
//!
//! Workflow code is polled first and judged afterwards: the SDK converts results, encodes them and
//! may fail the whole workflow task after every future has returned. So spans, counters and hooks
//! of workflow code are held in the run's [`Ledger`] and released, in order, when the worker's hook
//! sees the completion of the activation. A failed activation ends nothing: the run is evicted, and
//! its next attempt makes all its signals again.
//!
//! # Replay
//!
//! The ledger holds only signals that the gate has admitted: a replayed end never gets here.
//!
//! # Cost
//!
//! One box per held span, counter or hook; nothing for replayed code.

mod answers;
mod ledger;

pub(crate) use self::{
    answers::{Answer, Answers, Awaits},
    ledger::Ledger,
};
