use chronoscope::schema::{Label, Metric};

use super::super::alert::{
    Alert,
    Condition::{Above, Happens},
    Severity::{Critical, Warning},
};

const CALL: &[Label] = &[Label::Namespace, Label::Operation];

/// What somebody waits for.
const USERS: &str = "StartWorkflowExecution|SignalWithStartWorkflowExecution|SignalWorkflowExecution|UpdateWorkflowExecution|ExecuteMultiOperation";
/// What workers answer with.
const RESPONSES: &str = "Respond(Workflow|Activity)Task.*";
const EXHAUSTED: (Label, &str) = (Label::StatusCode, "RESOURCE_EXHAUSTED");
const NOT_FOUND: (Label, &str) = (Label::StatusCode, "NOT_FOUND");

/// Whether the server takes what clients and workers send.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "ResourceExhaustedForUsers",
        severity: Critical,
        minutes: 1,
        condition: Happens(
            Metric::RequestFailure,
            &[(Label::Operation, USERS), EXHAUSTED],
        ),
        by: CALL,
        follows: &[],
        symptom: "The server refuses starts, signals or updates, since a limit is reached",
        cause: "The namespace's rate limit, or one of the server's persistence, is used up.",
        check: "See `Begun` on the board of gRPC: which operation grew? On Cloud, see the namespace's limits.",
        fix: "Slow the caller down, spread the load, or ask for a higher limit.",
    },
    Alert {
        name: "ResourceExhaustedOnResponses",
        severity: Critical,
        minutes: 5,
        condition: Happens(
            Metric::RequestFailure,
            &[(Label::Operation, RESPONSES), EXHAUSTED],
        ),
        by: CALL,
        follows: &["ResourceExhaustedForUsers"],
        symptom: "The server refuses workers' answers, since a limit is reached",
        cause: "The namespace's rate limit is used up; work that is done is done again.",
        check: "See which operation grew on the board of gRPC.",
        fix: "Slow down what starts work, or ask for a higher limit.",
    },
    Alert {
        name: "ResourceExhaustedOnPolls",
        severity: Warning,
        minutes: 5,
        condition: Happens(
            Metric::LongRequestFailure,
            &[(Label::Operation, "Poll.*"), EXHAUSTED],
        ),
        by: CALL,
        follows: &["ResourceExhaustedForUsers", "ResourceExhaustedOnResponses"],
        symptom: "The server refuses polls, since a limit is reached",
        cause: "More pollers than the namespace may have, or its rate limit is used up.",
        check: "Count pollers of all workers on the worker overview.",
        fix: "Fewer pollers or workers, or a higher limit.",
    },
    Alert {
        name: "NotFoundOnResponses",
        severity: Critical,
        minutes: 5,
        condition: Happens(
            Metric::RequestFailure,
            &[(Label::Operation, RESPONSES), NOT_FOUND],
        ),
        by: CALL,
        follows: &["WorkflowTaskExecutionLatencyHigh"],
        symptom: "Workers answer tasks that the server no longer knows",
        cause: "The answer came after the task's timeout, or the run was closed meanwhile.",
        check: "Compare `Task execution` and `One attempt` with their timeouts; see whether somebody terminates runs.",
        fix: "Raise the timeout, or make the work shorter.",
    },
    Alert {
        name: "NotFoundOnHeartbeats",
        severity: Warning,
        minutes: 5,
        condition: Happens(
            Metric::RequestFailure,
            &[(Label::Operation, "RecordActivityTaskHeartbeat"), NOT_FOUND],
        ),
        by: CALL,
        follows: &[],
        symptom: "Activities send heartbeats of attempts that are over",
        cause: "They beat later than their heartbeat timeout, or their run was closed.",
        check: "See `Time between heartbeats` on the board of activities.",
        fix: "Beat more often, raise the timeout, and end an activity that is cancelled.",
    },
    Alert {
        name: "Unimplemented",
        severity: Critical,
        minutes: 2,
        condition: Happens(
            Metric::RequestFailure,
            // Asked for at the start and at the end of a worker that then does without.
            &[
                (Label::Operation, "!GetSystemInfo|ShutdownWorker"),
                (Label::StatusCode, "UNIMPLEMENTED"),
            ],
        ),
        by: CALL,
        follows: &[],
        symptom: "The server does not know a call",
        cause: "The server is older than the SDK, or something between speaks no gRPC.",
        check: "Which operation? Compare the server's version with the feature's first one.",
        fix: "Upgrade the server, or leave the feature.",
    },
    Alert {
        name: "Internal",
        severity: Critical,
        minutes: 2,
        condition: Happens(Metric::RequestFailure, &[(Label::StatusCode, "INTERNAL")]),
        by: CALL,
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
        condition: Above(&[(Label::Operation, USERS)]),
        by: CALL,
        follows: &["ResourceExhaustedForUsers"],
        symptom: "Starts, signals or updates take more than two seconds",
        cause: "The server or its store is slow, the network is, or the caller's own CPU is used up.",
        check: "Are all operations slow, from all instances? Compare with the server's own latencies.",
        fix: "Mend the slow part; on the caller's side give it CPU or spread the load.",
    },
];
