//! Whether the server takes what clients and workers send.

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

/// What somebody waits for.
const USERS: &str = "StartWorkflowExecution|SignalWithStartWorkflowExecution|SignalWorkflowExecution|UpdateWorkflowExecution|ExecuteMultiOperation|PollWorkflowExecutionUpdate";
/// Those of them that the server answers at once.
const USERS_AT_ONCE: &str =
    "StartWorkflowExecution|SignalWithStartWorkflowExecution|SignalWorkflowExecution";
/// What workers answer with, and what completes an activity elsewhere.
const RESPONSES: &str = "RespondWorkflowTaskCompleted|RespondWorkflowTaskFailed|RespondQueryTaskCompleted|RespondActivityTaskCompleted|RespondActivityTaskFailed|RespondActivityTaskCanceled|RespondActivityTaskCompletedById|RespondActivityTaskFailedById|RespondActivityTaskCanceledById|RespondNexusTaskCompleted|RespondNexusTaskFailed";
const EXHAUSTED: (Label, &str) = (Label::StatusCode, "RESOURCE_EXHAUSTED");
/// What workers ask for work by. A client's `PollWorkflowExecutionUpdate` is no such poll.
const POLLS: &str = "PollWorkflowTaskQueue|PollActivityTaskQueue|PollNexusTaskQueue";
const HEARTBEATS: &str = "RecordActivityTaskHeartbeat";
/// What a worker asks for at its start and at its end, and then does without.
const OPTIONAL: &str = "!GetSystemInfo|ShutdownWorker";
/// Nobody answered, or nobody let us in.
const AWAY: &str = "UNAVAILABLE|TRANSPORT_ERROR|UNAUTHENTICATED|PERMISSION_DENIED";
const NOT_FOUND: (Label, &str) = (Label::StatusCode, "NOT_FOUND");

/// Whether the server takes what clients and workers send.
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
        symptom: "The server refuses starts, signals or updates again and again, since a limit is reached",
        cause: "The namespace's rate limit, or one of the server's persistence, is used up.",
        check: "See `Begun` on the board of gRPC: which operation grew? On Cloud, see the namespace's limits.",
        fix: "Slow the caller down, spread the load, or ask for a higher limit.",
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
        symptom: "The server refuses workers' answers, since a limit is reached",
        cause: "The namespace's rate limit is used up; work that is done is done again.",
        check: "See which operation grew on the board of gRPC.",
        fix: "Slow down what starts work, or ask for a higher limit.",
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
        symptom: "The server refuses polls, since a limit is reached",
        cause: "More pollers than the namespace may have, or its rate limit is used up.",
        check: "Count pollers of all workers on the worker overview.",
        fix: "Fewer pollers or workers, or a higher limit.",
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
        symptom: "Workers answer tasks that the server no longer knows",
        cause: "The answer came after the task's timeout, or the run was closed meanwhile.",
        check: "Compare `Task execution` and `One attempt` with their timeouts; see whether somebody terminates runs.",
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
        symptom: "Activities send heartbeats of attempts that are over",
        cause: "They beat later than their heartbeat timeout, or their run was closed.",
        check: "See `Time between heartbeats` on the board of activities.",
        fix: "Beat more often, raise the timeout, and end an activity that is cancelled.",
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
        symptom: "The server does not know a call",
        cause: "The server is older than the SDK, or something between speaks no gRPC.",
        check: "Which operation? Compare the server's version with the feature's first one.",
        fix: "Upgrade the server, or leave the feature.",
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
        cause: "A fault of the server, or of a proxy on the way.",
        check: "Which operation? See the server's log of the same minute.",
        fix: "Mend or report it; the SDK retries meanwhile.",
    },
    Alert {
        name: "RequestLatencyHigh",
        severity: Critical,
        minutes: 5,
        condition: Above(&[(Label::Operation, USERS_AT_ONCE)]),
        by: CALL,
        kind: "",
        follows: &[],
        symptom: "Starts or signals take more than two seconds",
        cause: "The server or its store is slow, the network is, or the caller's own CPU is used up.",
        check: "Are all operations slow, from all instances? Compare with the server's own latencies.",
        fix: "Mend the slow part; on the caller's side give it CPU or spread the load.",
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
        symptom: "Most calls to the server fail before it looks at them",
        cause: "The server or the way to it is down, or it no longer lets this client in: a certificate or an API key has expired.",
        check: "See `Failed` on the board of gRPC: which status code? UNAVAILABLE and TRANSPORT_ERROR are the network's or the server's, the others are credentials.",
        fix: "Bring the server or the network back; renew the credential. Workers go on by themselves.",
    },
];
