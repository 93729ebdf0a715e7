//! The metrics that are not compared with what histories and journal tell, and why.

use std::collections::BTreeSet;

use chronoscope::schema::Metric::{self, *};

use super::measured::FOLLOW;

/// Each metric that is left out.
const DO_NOT_FOLLOW: &[(&str, &[Metric])] = &[
    (
        "How often it is recorded depends on the cache, on what is evicted when, and on how many \
         tasks a query or a refused update takes, which leave no event.",
        &[
            WorkflowTaskQueuePollSucceed,
            WorkflowTaskExecutionFailed,
            WorkflowTaskScheduleToStartLatency,
            WorkflowTaskReplayLatency,
            WorkflowTaskExecutionLatency,
            StickyCacheHit,
            StickyCacheMiss,
            StickyCacheTotalForcedEviction,
            WorkflowHistoryLength,
            WorkflowHistorySize,
            WorkflowReplayLength,
            WorkflowReplayLatency,
            WorkflowCommandPayloadSize,
            PayloadSize,
            ReplaySuppressed,
            UpsertsSkipped,
            WorkflowNearLimit,
            WorkerTaskSignals,
            WorkerTaskSignalsHoldLatency,
        ],
    ),
    (
        "It counts polls and calls, repeated as the network has it.",
        &[
            WorkflowTaskQueuePollEmpty,
            ActivityPollNoTask,
            NexusPollNoTask,
            Request,
            RequestFailure,
            RequestLatency,
            LongRequest,
            LongRequestFailure,
            LongRequestLatency,
            RpcClientCallDuration,
            RpcClientLongPollDuration,
        ],
    ),
    (
        "It is a gauge: what it shows is how things stand at the moment of an export.",
        &[
            NumPollers,
            WorkflowStuck,
            WorkerTaskSignalsHeldBytes,
            WorkerTaskSlotsAvailable,
            WorkerTaskSlotsUsed,
            StickyCacheSize,
            ResourceSlotsMemUsage,
            ResourceSlotsCpuUsage,
            ResourceSlotsMemPidOutput,
            ResourceSlotsCpuPidOutput,
        ],
    ),
    (
        "The core records it again when a closed run is queried, which a history says nothing of; its \
         counts of the same ends are compared.",
        &[WorkflowEndToEndLatency],
    ),
    ("It depends on how busy the machine is.", &[WorkflowBlocked]),
    (
        "No example has Nexus.",
        &[
            NexusTaskScheduleToStartLatency,
            NexusTaskEndToEndLatency,
            NexusTaskExecutionLatency,
            NexusTaskExecutionFailed,
        ],
    ),
    (
        "It depends on how often the code heartbeats, which leaves no event and is throttled.",
        &[ActivityHeartbeatGap],
    ),
    (
        "An example's workers are none of its history's.",
        &[WorkerStart],
    ),
    (
        "It is a total over all of a process, which the limits' own tests compare.",
        &[LabelValuesFolded],
    ),
];

#[test]
fn each_metric_is_compared_or_left_out_for_a_reason() {
    let left_out = DO_NOT_FOLLOW.iter().flat_map(|(_, metrics)| *metrics);
    let named: Vec<_> = FOLLOW.iter().chain(left_out).collect();
    let once: BTreeSet<_> = named.iter().copied().collect();
    assert_eq!(once.len(), named.len(), "twice");
    let all: BTreeSet<_> = Metric::ALL.iter().collect();
    assert_eq!(once, all);
}
