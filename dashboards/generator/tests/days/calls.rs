//! The counters of calls to the server, for one minute.

use chronoscope::schema::Metric as M;

use super::{fleet::Queue, process::Process, random::Random, trouble::Trouble};

/// The calls that a process makes on a normal day. `*` stands for all.
const USUAL: [&str; 8] = [
    "PollWorkflowTaskQueue",
    "PollActivityTaskQueue",
    "StartWorkflowExecution",
    "UpdateWorkflowExecution",
    "RespondWorkflowTaskCompleted",
    "RespondActivityTaskCompleted",
    "RespondActivityTaskFailed",
    "*",
];
/// The calls whose latency the rules read.
const TIMED: [&str; 3] = [
    "StartWorkflowExecution",
    "SignalWithStartWorkflowExecution",
    "SignalWorkflowExecution",
];

/// Counts the polls, and the calls that only a fault makes.
pub fn calls(process: &mut Process, trouble: &Trouble) {
    for (operation, count) in [
        ("PollWorkflowTaskQueue", 12.0),
        ("PollActivityTaskQueue", 6.0),
    ] {
        call(process, trouble, operation, true, count);
    }
    for operation in trouble.asked {
        call(process, trouble, operation, false, 10.0);
    }
    for (operation, long, ..) in trouble.refused {
        if !USUAL.contains(operation) {
            call(process, trouble, operation, *long, 10.0);
        }
    }
}

/// Counts the calls of clients in the process.
pub fn clients_calls(
    process: &mut Process,
    queue: &Queue,
    trouble: &Trouble,
    starts: f64,
    random: &mut Random,
) {
    call(process, trouble, "StartWorkflowExecution", false, starts);
    let updates = random.about(queue.updates * starts / queue.runs.max(1.0));
    call(process, trouble, "UpdateWorkflowExecution", true, updates);
}

/// Counts calls of one operation, some of which fail.
pub fn call(
    process: &mut Process,
    trouble: &Trouble,
    operation: &'static str,
    long: bool,
    count: f64,
) {
    if count == 0.0 {
        return;
    }
    let (begun, failed) = match long {
        true => (M::LongRequest, M::LongRequestFailure),
        false => (M::Request, M::RequestFailure),
    };
    let of = ("operation", operation);
    process.add(begun, &[of], count);
    for (name, _, code, share) in trouble.refused {
        if *name == operation || *name == "*" {
            let count = (count * share).ceil();
            process.add(failed, &[of, ("status_code", code)], count);
        }
    }
    if !long && TIMED.contains(&operation) {
        process.record(
            M::RequestLatency,
            &[of],
            trouble.call.unwrap_or(0.02),
            count,
        );
    }
}
