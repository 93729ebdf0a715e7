//! Faults of calls to the server.

use super::{Fault, none, workers::waited};
use crate::days::trouble::{Refused, Trouble};

fn refused(name: &'static str, alert: &'static str, refused: &'static [Refused]) -> Fault {
    Fault::new(name, alert, Trouble { refused, ..none() }).labels(&[("namespace", "shop")])
}

const EXHAUSTED: &str = "RESOURCE_EXHAUSTED";

/// The responses that a normal day does not have, and the one of a failed activity.
const fn answers(code: &'static str) -> [Refused; 9] {
    [
        ("RespondWorkflowTaskFailed", false, code, 0.3),
        ("RespondQueryTaskCompleted", false, code, 0.3),
        ("RespondActivityTaskFailed", false, code, 0.9),
        ("RespondActivityTaskCanceled", false, code, 0.3),
        ("RespondActivityTaskCompletedById", false, code, 0.3),
        ("RespondActivityTaskFailedById", false, code, 0.3),
        ("RespondActivityTaskCanceledById", false, code, 0.3),
        ("RespondNexusTaskCompleted", false, code, 0.3),
        ("RespondNexusTaskFailed", false, code, 0.3),
    ]
}

/// Several operations on one day, each of which must have an alert.
pub fn more() -> Vec<Fault> {
    const THROTTLED: &[Refused] = &answers(EXHAUSTED);
    const LATE: &[Refused] = &answers("NOT_FOUND");
    let signals = Trouble {
        call: Some(4.0),
        asked: &[
            "SignalWithStartWorkflowExecution",
            "SignalWorkflowExecution",
        ],
        ..none()
    };
    vec![
        refused(
            "other answers throttled",
            "ResourceExhaustedOnResponses",
            THROTTLED,
        ),
        refused("other answers come too late", "NotFoundOnResponses", LATE),
        refused(
            "a permission is missing",
            "ServerUnreachable",
            &[("*", false, "PERMISSION_DENIED", 1.0)],
        )
        .leaves(waited("any")),
        Fault::new("signals take long", "RequestLatencyHigh", signals)
            .labels(&[("namespace", "shop")]),
    ]
}

/// Calls that users wait for.
pub fn users_calls() -> Vec<Fault> {
    let users = |name, calls| refused(name, "ResourceExhaustedForUsers", calls);
    vec![
        users(
            "starts throttled",
            &[("StartWorkflowExecution", false, EXHAUSTED, 0.3)],
        ),
        users(
            "signals with starts throttled",
            &[("SignalWithStartWorkflowExecution", false, EXHAUSTED, 0.3)],
        ),
        users(
            "signals throttled",
            &[("SignalWorkflowExecution", false, EXHAUSTED, 0.3)],
        ),
        users(
            "updates throttled",
            &[("UpdateWorkflowExecution", true, EXHAUSTED, 0.3)],
        ),
        users(
            "updates with starts throttled",
            &[("ExecuteMultiOperation", true, EXHAUSTED, 0.3)],
        ),
        users(
            "waits for updates throttled",
            &[("PollWorkflowExecutionUpdate", true, EXHAUSTED, 0.3)],
        ),
    ]
}

/// Calls of workers.
pub fn workers_calls() -> Vec<Fault> {
    let answers = |name, calls| refused(name, "ResourceExhaustedOnResponses", calls);
    let polls = |name, calls| refused(name, "ResourceExhaustedOnPolls", calls);
    vec![
        answers(
            "answers of workflow tasks throttled",
            &[("RespondWorkflowTaskCompleted", false, EXHAUSTED, 0.3)],
        ),
        answers(
            "answers of activities throttled",
            &[("RespondActivityTaskCompleted", false, EXHAUSTED, 0.3)],
        ),
        answers(
            "failures of activities throttled",
            &[("RespondActivityTaskFailed", false, EXHAUSTED, 0.9)],
        ),
        polls(
            "polls for workflow tasks throttled",
            &[("PollWorkflowTaskQueue", true, EXHAUSTED, 0.5)],
        ),
        polls(
            "polls for activities throttled",
            &[("PollActivityTaskQueue", true, EXHAUSTED, 0.5)],
        ),
        polls(
            "polls for Nexus tasks throttled",
            &[("PollNexusTaskQueue", true, EXHAUSTED, 0.5)],
        ),
    ]
}

/// Responses and heartbeats that come too late.
pub fn late() -> Vec<Fault> {
    vec![
        refused(
            "answers come too late",
            "NotFoundOnResponses",
            &[("RespondActivityTaskCompleted", false, "NOT_FOUND", 0.3)],
        ),
        refused(
            "workflow tasks are answered too late",
            "NotFoundOnResponses",
            &[("RespondWorkflowTaskCompleted", false, "NOT_FOUND", 0.3)],
        ),
        refused(
            "heartbeats come too late",
            "NotFoundOnHeartbeats",
            &[("RecordActivityTaskHeartbeat", false, "NOT_FOUND", 0.3)],
        ),
    ]
}

/// Calls that the server does not know or that fail.
pub fn broken() -> Vec<Fault> {
    vec![
        refused(
            "a call is unknown",
            "Unimplemented",
            &[("PauseActivity", false, "UNIMPLEMENTED", 1.0)],
        ),
        refused(
            "a poll is unknown",
            "Unimplemented",
            &[("PollNexusTaskQueue", true, "UNIMPLEMENTED", 1.0)],
        ),
        refused(
            "the server fails",
            "Internal",
            &[("StartWorkflowExecution", false, "INTERNAL", 0.3)],
        ),
        refused(
            "the server fails updates",
            "Internal",
            &[("UpdateWorkflowExecution", true, "INTERNAL", 0.3)],
        ),
        Fault {
            trouble: Trouble {
                refused: &[("*", false, "UNAVAILABLE", 1.0)],
                call: Some(15.0),
                ..none()
            },
            ..refused("the server is away", "ServerUnreachable", &[])
        }
        .leaves(waited("any")),
        refused(
            "the way to the server is cut",
            "ServerUnreachable",
            &[("*", false, "TRANSPORT_ERROR", 1.0)],
        )
        .leaves(waited("any")),
        refused(
            "a certificate is refused",
            "ServerUnreachable",
            &[("*", false, "UNAUTHENTICATED", 1.0)],
        )
        .leaves(waited("any")),
    ]
}
