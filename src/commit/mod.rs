//! What an activation of workflow code begins and ends, held until the SDK has settled it.
//!
//! Workflow code is polled first and judged afterwards: the SDK converts results, encodes them and
//! may fail the whole workflow task when every future has returned already. So spans, counters and
//! hooks of workflow code are kept in the run's [`Ledger`] and come out when the worker's hook sees
//! the completion of the activation, in the order in which they were held. An activation that
//! failed ends nothing: the run is evicted, and its next attempt says all of it again.
//!
//! # Replay
//!
//! The ledger holds what the gate has admitted: a replayed end never gets here.
//!
//! # Cost
//!
//! One box for each span, counter or hook that is held; nothing for replayed code.

mod answers;
mod ledger;

pub(crate) use self::{
    answers::{Answer, Answers, Awaits},
    ledger::Ledger,
};
