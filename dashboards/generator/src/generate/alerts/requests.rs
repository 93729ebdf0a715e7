//! Whether the server accepts the calls of clients and workers.

use chronoscope::schema::Label;

use super::super::{
    alert::{
        Alert,
        Severity::{Critical, Warning},
    },
    condition::{
        Condition::{Above, Refused},
        LONG, SHORT,
    },
};

const CALL: &[Label] = &[Label::Namespace, Label::Operation];

/// Operations that users wait for.
const USERS: &str = "StartWorkflowExecution|SignalWithStartWorkflowExecution|SignalWorkflowExecution|UpdateWorkflowExecution|ExecuteMultiOperation|PollWorkflowExecutionUpdate";
/// Those that the server answers immediately.
const USERS_AT_ONCE: &str =
    "StartWorkflowExecution|SignalWithStartWorkflowExecution|SignalWorkflowExecution";
/// Responses to tasks, including asynchronous completions of activities.
const RESPONSES: &str = "RespondWorkflowTaskCompleted|RespondWorkflowTaskFailed|RespondQueryTaskCompleted|RespondActivityTaskCompleted|RespondActivityTaskFailed|RespondActivityTaskCanceled|RespondActivityTaskCompletedById|RespondActivityTaskFailedById|RespondActivityTaskCanceledById|RespondNexusTaskCompleted|RespondNexusTaskFailed";
const EXHAUSTED: (Label, &str) = (Label::StatusCode, "RESOURCE_EXHAUSTED");
/// Polls of workers. `PollWorkflowExecutionUpdate` is a call of clients.
const POLLS: &str = "PollWorkflowTaskQueue|PollActivityTaskQueue|PollNexusTaskQueue";
const HEARTBEATS: &str = "RecordActivityTaskHeartbeat";
/// Calls at a worker's start and end that it can do without.
const OPTIONAL: &str = "!GetSystemInfo|ShutdownWorker";
/// The server was not reached, or it rejected the client.
const AWAY: &str = "UNAVAILABLE|TRANSPORT_ERROR|UNAUTHENTICATED|PERMISSION_DENIED";
const NOT_FOUND: (Label, &str) = (Label::StatusCode, "NOT_FOUND");

/// Whether the server accepts the calls of clients and workers.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "ResourceExhaustedForUsers",
        severity: Critical,
        minutes: 6,
        condition: Refused {
            calls: &[SHORT, LONG],
            only: &[(Label::Operation, USERS), EXHAUSTED],
            of: &[(Label::Operation, USERS)],
            share: 0.05,
        },
        by: CALL,
        kind: "",
        follows: &[],
        symptom: "The server keeps rejecting starts, signals or updates with RESOURCE_EXHAUSTED",
        cause: "The namespace's rate limit, or the server's persistence limit, has been reached.",
        check: "Look at `Requests` on the gRPC board: which operation grew? On Temporal Cloud, check the namespace's limits.",
        fix: "Slow down the callers, spread the load, or ask for a higher limit.",
    },
    Alert {
        name: "ResourceExhaustedOnResponses",
        severity: Critical,
        minutes: 10,
        condition: Refused {
            calls: &[SHORT],
            only: &[(Label::Operation, RESPONSES), EXHAUSTED],
            of: &[(Label::Operation, RESPONSES)],
            share: 0.05,
        },
        by: CALL,
        kind: "",
        follows: &[],
        symptom: "The server keeps rejecting workers' responses with RESOURCE_EXHAUSTED",
        cause: "The namespace's rate limit has been reached. Work that is already done will be repeated.",
        check: "Look at `Requests` on the gRPC board: which operation grew?",
        fix: "Slow down what starts the work, or ask for a higher limit.",
    },
    Alert {
        name: "ResourceExhaustedOnPolls",
        severity: Warning,
        minutes: 10,
        condition: Refused {
            calls: &[LONG],
            only: &[(Label::Operation, POLLS), EXHAUSTED],
            of: &[(Label::Operation, POLLS)],
            share: 0.05,
        },
        by: CALL,
        kind: "",
        follows: &[],
        symptom: "The server keeps rejecting polls with RESOURCE_EXHAUSTED",
        cause: "There are more pollers than the namespace allows, or its rate limit has been reached.",
        check: "Add up the pollers of all workers on the worker overview.",
        fix: "Use fewer pollers or workers, or ask for a higher limit.",
    },
    Alert {
        name: "NotFoundOnResponses",
        severity: Warning,
        minutes: 10,
        condition: Refused {
            calls: &[SHORT],
            only: &[(Label::Operation, RESPONSES), NOT_FOUND],
            of: &[(Label::Operation, RESPONSES)],
            share: 0.05,
        },
        by: CALL,
        kind: "",
        follows: &[],
        symptom: "Workers respond to tasks that the server no longer knows",
        cause: "The response came after the task timed out, or the run was closed in the meantime.",
        check: "Compare `Task execution` and `One attempt` with their timeouts. Is somebody terminating runs?",
        fix: "Raise the timeout, or make the work shorter.",
    },
    Alert {
        name: "NotFoundOnHeartbeats",
        severity: Warning,
        minutes: 10,
        condition: Refused {
            calls: &[SHORT],
            only: &[(Label::Operation, HEARTBEATS), NOT_FOUND],
            of: &[(Label::Operation, HEARTBEATS)],
            share: 0.05,
        },
        by: CALL,
        kind: "",
        follows: &[],
        symptom: "Activities send heartbeats for attempts that are already over",
        cause: "A heartbeat came later than the heartbeat timeout, or the run was closed.",
        check: "Look at `Time between heartbeats` on the activities board.",
        fix: "Heartbeat more often, raise the timeout, and stop activities that are cancelled.",
    },
    Alert {
        name: "Unimplemented",
        severity: Warning,
        minutes: 10,
        condition: Refused {
            calls: &[SHORT, LONG],
            only: &[
                (Label::Operation, OPTIONAL),
                (Label::StatusCode, "UNIMPLEMENTED"),
            ],
            of: &[(Label::Operation, OPTIONAL)],
            share: 0.5,
        },
        by: CALL,
        kind: "",
        follows: &[],
        symptom: "The server does not support a call",
        cause: "The server is older than the SDK, or a proxy in between does not speak gRPC.",
        check: "Which operation is it? Compare the server's version with the one that introduced the feature.",
        fix: "Upgrade the server, or do not use the feature.",
    },
    Alert {
        name: "Internal",
        severity: Critical,
        minutes: 10,
        condition: Refused {
            calls: &[SHORT, LONG],
            only: &[(Label::StatusCode, "INTERNAL")],
            of: &[],
            share: 0.05,
        },
        by: CALL,
        kind: "",
        follows: &[],
        symptom: "Calls fail with an internal error",
        cause: "There is a bug in the server, or in a proxy in between.",
        check: "Which operation is it? Look at the server's log for the same minute.",
        fix: "Fix or report it. The SDK keeps retrying.",
    },
    Alert {
        name: "RequestLatencyHigh",
        severity: Critical,
        // After ServerUnreachable, from which it follows.
        minutes: 10,
        condition: Above(&[(Label::Operation, USERS_AT_ONCE)]),
        by: CALL,
        kind: "",
        follows: &["ServerUnreachable"],
        symptom: "Starts or signals take more than two seconds",
        cause: "The server, its database or the network is slow, or the caller's CPU is saturated.",
        check: "Are all operations slow, and from every instance? Compare with the server's own latency metrics.",
        fix: "Fix what is slow. On the caller's side, add CPU or spread the load.",
    },
    Alert {
        name: "ServerUnreachable",
        severity: Critical,
        minutes: 6,
        condition: Refused {
            calls: &[SHORT, LONG],
            only: &[(Label::StatusCode, AWAY)],
            of: &[],
            share: 0.5,
        },
        by: &[Label::Namespace],
        kind: "",
        follows: &[],
        symptom: "Most calls to the server fail before it handles them",
        cause: "The server or the network is down, or the server no longer accepts this client: a certificate or an API key has expired.",
        check: "Look at `Failed` on the gRPC board: which status code? UNAVAILABLE and TRANSPORT_ERROR point to the network or the server, UNAUTHENTICATED and PERMISSION_DENIED to credentials.",
        fix: "Restore the server or the network, or renew the credential. Workers recover by themselves.",
    },
];
