//! The effects of a run's transaction on the world outside the run.

use crate::{
    proto::{
        Failure, Payloads,
        enums::{ParentClosePolicy, RetryState},
    },
    queue::Task,
    run::{Begin, nexus::Callback},
};

/// Something to do once the run's own transaction is over.
#[derive(Debug)]
pub(crate) enum Effect {
    /// A task for the workers of the run: on the sticky queue, if it is named and polled.
    OfferTask { sticky: Option<String>, task: Task },
    /// A task for the workers of activities.
    OfferActivity { queue: String, task: Task },
    /// A request for the handler of a Nexus operation.
    OfferRequest { endpoint: String, task: Task },
    /// Tell the Nexus operation that this run was how it ended.
    TellOperation { callback: Callback, end: ChildEnd },
    /// Start the child that this event initiated.
    StartChild(i64),
    /// Send the signal that this event initiated.
    SignalOther(i64),
    /// Send the request to cancel that this event initiated.
    CancelOther(i64),
    /// Tell the parent how its child ended.
    TellParent(ChildEnd),
    /// Tell the parent whether its child waits idly.
    Idle(bool),
    /// The parent closed: do to the child what its policy says.
    Orphan {
        workflow_id: String,
        run_id: String,
        policy: ParentClosePolicy,
    },
    /// Go on in a new run.
    Continue(Box<Begin>),
}

/// How a child ended.
#[derive(Clone, Debug)]
pub(crate) enum ChildEnd {
    Completed(Option<Payloads>),
    Failed(Option<Box<Failure>>, RetryState),
    Canceled(Option<Payloads>),
    TimedOut(RetryState),
    Terminated,
}
