//! Twenty ways to be stuck, each with what introspection, `top`, the server and the lines say.
//!
//! One table of data, played on the server in this process and on a real one.

mod code;
mod look;
mod play;
#[path = "../../../examples/top/why.rs"]
mod why;

pub use self::code::Way;

/// What introspection says of a run.
#[derive(Clone, Copy, Debug)]
pub enum Inside {
    /// It waits for this: a kind and a name.
    Waits(&'static str, &'static str),
    /// It waits for a child, which waits for a condition.
    EachOther,
    /// It waits for nothing that the SDK shows.
    Unseen,
    /// Its task fails, with this cause.
    Fails(&'static str),
    /// Its code blocks its worker.
    Blocked,
}

use Inside::{Blocked, EachOther, Fails, Unseen, Waits};

/// A way to be stuck, and what is said of it.
pub struct Row {
    way: Way,
    inside: Inside,
    /// How the state and the reason begin that `top` shows.
    top: (&'static str, &'static str),
    /// How the server's word on the activity begins that it waits for, and the last failure.
    server: Option<(&'static str, &'static str)>,
    /// What introspection says of its worker.
    worker: Worker,
    /// A part of the line that is written, if one is.
    line: Option<&'static str>,
}

/// What introspection says of a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Worker {
    /// Nothing that would hold a run up.
    Fine,
    NoSlots,
    NoPollers,
}

const FAILS: &str = "WORKFLOW_WORKER_UNHANDLED_FAILURE";
const UNTAKEN: Option<(&str, &str)> = Some(("scheduled: no worker has taken it", ""));

/// A run that waits, and of which no line is written.
const WAITS: Row = Row {
    way: Way::AwaitsCondition,
    inside: Unseen,
    top: ("waiting", "nothing that the SDK shows"),
    server: None,
    worker: Worker::Fine,
    line: None,
};

/// A run whose task fails again and again.
const FAILING: Row = Row {
    inside: Fails(FAILS),
    top: ("stuck, ", FAILS),
    line: Some("the run does not advance: its workflow task keeps failing"),
    ..WAITS
};

/// Each way.
static WAYS: [Row; 20] = [
    Row {
        way: Way::AwaitsSignal,
        inside: Waits("condition", "payment"),
        top: ("waiting", "condition payment tests/stuck/ways/code.rs:"),
        ..WAITS
    },
    Row {
        way: Way::AwaitsNamedCondition,
        inside: Waits("condition", "never"),
        top: ("waiting", "condition never tests/stuck/ways/code.rs:"),
        ..WAITS
    },
    Row {
        way: Way::AwaitsCondition,
        ..WAITS
    },
    Row {
        way: Way::ForeignFuture,
        ..WAITS
    },
    Row {
        way: Way::UpdateThatWaits,
        inside: Waits("condition", "update"),
        top: ("waiting", "condition update tests/stuck/ways/code.rs:"),
        ..WAITS
    },
    Row {
        way: Way::TimerOfAYear,
        inside: Waits("timer", ""),
        top: ("waiting", "timer 1 until 20"),
        ..WAITS
    },
    Row {
        way: Way::ChildThatWaits,
        inside: Waits("child workflow", "Stuck"),
        top: ("waiting", "child workflow Stuck child-of-"),
        ..WAITS
    },
    Row {
        way: Way::TwoThatWaitForEachOther,
        inside: EachOther,
        top: ("waiting", "child workflow Stuck child-of-"),
        ..WAITS
    },
    Row {
        way: Way::ActivityWithoutWorker,
        inside: Waits("activity", "Acts::works"),
        top: ("waiting", "activity Acts::works 1"),
        server: UNTAKEN,
        ..WAITS
    },
    Row {
        way: Way::ActivityInBackoff,
        inside: Waits("activity", "Acts::fails"),
        top: ("waiting", "activity Acts::fails 1"),
        server: Some(("backoff until 20", "application")),
        ..WAITS
    },
    Row {
        way: Way::ActivityWithoutHeartbeat,
        inside: Waits("activity", "Acts::hangs"),
        top: ("waiting", "activity Acts::hangs 1"),
        server: Some(("backoff until 20", "timeout HEARTBEAT")),
        ..WAITS
    },
    Row {
        way: Way::WorkerWithoutSlots,
        inside: Waits("activity", "Acts::hangs"),
        top: ("waiting", "activity Acts::hangs 1"),
        server: UNTAKEN,
        worker: Worker::NoSlots,
        ..WAITS
    },
    Row {
        way: Way::WorkerWithoutPollers,
        inside: Waits("activity", "Acts::works"),
        top: ("waiting", "activity Acts::works 1"),
        server: UNTAKEN,
        worker: Worker::NoPollers,
        ..WAITS
    },
    Row {
        way: Way::NamespaceThatThrottles,
        inside: Waits("activity", "Acts::works"),
        top: ("waiting", "activity Acts::works "),
        line: Some("gRPC call failed"),
        ..WAITS
    },
    Row {
        way: Way::HistoryNearItsLimit,
        line: Some("the run comes near a limit of the server"),
        ..WAITS
    },
    Row {
        way: Way::BlockingCode,
        inside: Blocked,
        top: ("blocked, executing", ""),
        line: Some("workflow code blocks its worker"),
        ..WAITS
    },
    Row {
        way: Way::Panics,
        ..FAILING
    },
    Row {
        way: Way::ResultThatIsNotConverted,
        ..FAILING
    },
    Row {
        way: Way::CodecThatFails,
        ..FAILING
    },
    Row {
        way: Way::CodeThatLeftItsHistory,
        inside: Fails("NON_DETERMINISTIC_ERROR"),
        top: ("stuck, ", "NON_DETERMINISTIC_ERROR"),
        line: Some("the run does not advance: its code does not follow its history"),
        ..WAITS
    },
];
