//! Holds what an activation of workflow code begins and ends until the SDK has settled it, and knows
//! what the server has accepted.
//!
//! Workflow code is polled first and judged afterwards: the SDK converts results, encodes them and
//! may fail the whole workflow task after every future has returned. So spans, counters and hooks
//! of workflow code are held in the run's [`Ledger`] and released, in order, when the worker's hook
//! sees the completion of the activation. A failed activation ends nothing: the run is evicted, and
//! its next attempt makes all its signals again.
//!
//! # What the server has accepted
//!
//! gRPC layers note the tasks that are out ([`Tasks`]). Each names the last task that was completed
//! before it, which overrules the core where that takes a replay for live ([`is_past`](truth::is_past)):
//!
//! | the activation reaches | tasks of the run that are out | it is |
//! |---|---|---|
//! | an event up to the last completed task's start | any | the past |
//! | the start of a task that is out | that task | as the core says |
//! | another event | one that only asks a query | the past: no task will carry it |
//! | another event | none that only asks | as the core says |
//!
//! # Replay
//!
//! The ledger holds only signals that the gate has admitted: a replayed end never gets here.
//!
//! # Cost
//!
//! One box per held span, counter or hook; nothing for replayed code. With a gRPC layer, one look-up
//! per activation, and some numbers read from each answer to a poll.

mod answers;
mod fate;
mod ledger;
mod tasks;
mod truth;

pub(crate) use self::{
    answers::{Answer, Answers, Awaits},
    fate::{Fate, Reply},
    ledger::Ledger,
    tasks::{Task, Tasks},
};
#[cfg(feature = "__unwired")]
pub(crate) use self::truth::{Handed, is_past};
