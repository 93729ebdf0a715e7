//! The catalogue: one row per metric that the SDK's core or this crate records.

use super::{
    buckets::*,
    metric::{MetricKind, Origin, Row, Unit, metrics},
};

metrics! {
    Core {
        /// Workflow runs that completed, as the server accepted it.
        WorkflowCompleted: Counter "temporal_workflow_completed" [Namespace, TaskQueue, WorkflowType];
        /// Workflow runs that ended by cancellation.
        WorkflowCanceled: Counter "temporal_workflow_canceled" [Namespace, TaskQueue, WorkflowType];
        /// Workflow runs that failed, excluding benign failures.
        WorkflowFailed: Counter "temporal_workflow_failed" [Namespace, TaskQueue, WorkflowType];
        /// Workflow runs that continued as new.
        WorkflowContinueAsNew: Counter "temporal_workflow_continue_as_new" [Namespace, TaskQueue, WorkflowType];
        /// Time from the start of a workflow run to its end.
        WorkflowEndToEndLatency: Latency "temporal_workflow_endtoend_latency" [Namespace, TaskQueue, WorkflowType] in END_TO_END;
        /// Polls for workflow tasks that returned none.
        WorkflowTaskQueuePollEmpty: Counter "temporal_workflow_task_queue_poll_empty" [Namespace, TaskQueue];
        /// Polls for workflow tasks that returned one.
        WorkflowTaskQueuePollSucceed: Counter "temporal_workflow_task_queue_poll_succeed" [Namespace, TaskQueue];
        /// Workflow tasks that failed, to be retried.
        WorkflowTaskExecutionFailed: Counter "temporal_workflow_task_execution_failed" [Namespace, TaskQueue, WorkflowType, FailureReason];
        /// Time that workflow tasks waited in the queue.
        WorkflowTaskScheduleToStartLatency: Latency "temporal_workflow_task_schedule_to_start_latency" [Namespace, TaskQueue] in SCHEDULE_TO_START;
        /// Time that the core took to load a run by replay.
        WorkflowTaskReplayLatency: Latency "temporal_workflow_task_replay_latency" [Namespace, TaskQueue, WorkflowType] in WORKFLOW_TASK;
        /// Time that workflow tasks took, excluding replay.
        WorkflowTaskExecutionLatency: Latency "temporal_workflow_task_execution_latency" [Namespace, TaskQueue, WorkflowType] in WORKFLOW_TASK;
        /// Polls for activity tasks that returned none.
        ActivityPollNoTask: Counter "temporal_activity_poll_no_task" [Namespace, TaskQueue];
        /// Activity tasks that were received.
        ActivityTaskReceived: Counter "temporal_activity_task_received" [Namespace, TaskQueue, ActivityType, WorkflowType, Eager];
        /// Attempts of activities that failed, excluding benign failures.
        ActivityExecutionFailed: Counter "temporal_activity_execution_failed" [Namespace, TaskQueue, ActivityType, WorkflowType, FailureReason];
        /// Time that activity tasks waited in the queue.
        ActivityScheduleToStartLatency: Latency "temporal_activity_schedule_to_start_latency" [Namespace, TaskQueue] in SCHEDULE_TO_START;
        /// Time that attempts of activities took.
        ActivityExecutionLatency: Latency "temporal_activity_execution_latency" [Namespace, TaskQueue, ActivityType, WorkflowType] in ACTIVITY;
        /// Time from the schedule of an activity to its success.
        ActivitySucceedEndToEndLatency: Latency "temporal_activity_succeed_endtoend_latency" [Namespace, TaskQueue, ActivityType, WorkflowType] in END_TO_END;
        /// Local activities that were cancelled.
        LocalActivityExecutionCancelled: Counter "temporal_local_activity_execution_cancelled" [Namespace, TaskQueue, ActivityType, WorkflowType];
        /// Attempts of local activities that failed.
        LocalActivityExecutionFailed: Counter "temporal_local_activity_execution_failed" [Namespace, TaskQueue, ActivityType, WorkflowType, FailureReason];
        /// Time that attempts of local activities took.
        LocalActivityExecutionLatency: Latency "temporal_local_activity_execution_latency" [Namespace, TaskQueue, ActivityType, WorkflowType] in LOCAL_ACTIVITY;
        /// Time from the schedule of a local activity to its success.
        LocalActivitySucceedEndToEndLatency: Latency "temporal_local_activity_succeed_endtoend_latency" [Namespace, TaskQueue, ActivityType, WorkflowType] in LOCAL_ACTIVITY;
        /// Local activities that were started.
        LocalActivityTotal: Counter "temporal_local_activity_total" [Namespace, TaskQueue, ActivityType, WorkflowType];
        /// Polls for Nexus tasks that returned none.
        NexusPollNoTask: Counter "temporal_nexus_poll_no_task" [Namespace, TaskQueue];
        /// Time that Nexus tasks waited in the queue.
        NexusTaskScheduleToStartLatency: Latency "temporal_nexus_task_schedule_to_start_latency" [Namespace, TaskQueue] in SCHEDULE_TO_START;
        /// Time from the request of a Nexus task to its end.
        NexusTaskEndToEndLatency: Latency "temporal_nexus_task_endtoend_latency" [Namespace, TaskQueue] in NEXUS;
        /// Time that Nexus tasks took.
        NexusTaskExecutionLatency: Latency "temporal_nexus_task_execution_latency" [Namespace, TaskQueue] in NEXUS;
        /// Nexus tasks that failed.
        NexusTaskExecutionFailed: Counter "temporal_nexus_task_execution_failed" [Namespace, TaskQueue, FailureReason];
        /// Workers that were started.
        WorkerStart: Counter "temporal_worker_start" [Namespace, TaskQueue];
        /// Active pollers; with none, nothing is polled for.
        NumPollers: Gauge "temporal_num_pollers" [Namespace, TaskQueue, PollerType];
        /// Slots that are free; absent where the supplier has no fixed number.
        WorkerTaskSlotsAvailable: Gauge "temporal_worker_task_slots_available" [Namespace, TaskQueue, WorkerType];
        /// Slots in use.
        WorkerTaskSlotsUsed: Gauge "temporal_worker_task_slots_used" [Namespace, TaskQueue, WorkerType];
        /// Workflow tasks whose run was in the cache.
        StickyCacheHit: Counter "temporal_sticky_cache_hit" [Namespace, TaskQueue, WorkflowType];
        /// Sticky workflow tasks whose run was no longer in the cache.
        StickyCacheMiss: Counter "temporal_sticky_cache_miss" [Namespace, TaskQueue];
        /// Runs in the cache.
        StickyCacheSize: Gauge "temporal_sticky_cache_size" [Namespace, TaskQueue];
        /// Runs that were evicted from the cache.
        StickyCacheTotalForcedEviction: Counter "temporal_sticky_cache_total_forced_eviction" [Namespace, TaskQueue];
        /// Memory in use, as the resource-based slot supplier sees it.
        ResourceSlotsMemUsage: Percent "temporal_resource_slots_mem_usage" [];
        /// CPU in use, as the resource-based slot supplier sees it.
        ResourceSlotsCpuUsage: Percent "temporal_resource_slots_cpu_usage" [];
        /// Output of the supplier's controller for memory.
        ResourceSlotsMemPidOutput: Gauge "temporal_resource_slots_mem_pid_output" [];
        /// Output of the supplier's controller for the CPU.
        ResourceSlotsCpuPidOutput: Gauge "temporal_resource_slots_cpu_pid_output" [];
        /// gRPC calls, failed ones included.
        Request: Counter "temporal_request" [Namespace, TaskQueue, Operation];
        /// gRPC calls that failed.
        RequestFailure: Counter "temporal_request_failure" [Namespace, TaskQueue, Operation, StatusCode];
        /// Time of gRPC calls.
        RequestLatency: Latency "temporal_request_latency" [Namespace, TaskQueue, Operation] in REQUEST;
        /// Calls that wait for something to happen, which are polls and updates, failed ones included.
        LongRequest: Counter "temporal_long_request" [Namespace, TaskQueue, Operation];
        /// Calls that wait for something to happen, and failed.
        LongRequestFailure: Counter "temporal_long_request_failure" [Namespace, TaskQueue, Operation, StatusCode];
        /// Time of calls that wait for something to happen.
        LongRequestLatency: Latency "temporal_long_request_latency" [Namespace, TaskQueue, Operation] in LONG_REQUEST;
    }
    Chronoscope {
        /// Ends of workflow runs by class, counted when the workflow's code ends live.
        WorkflowOutcome: Counter "temporal_workflow_outcome" [Namespace, TaskQueue, WorkflowType, Outcome];
        /// Workflow runs that failed, by the type of the error.
        WorkflowError: Counter "temporal_workflow_error" [Namespace, TaskQueue, WorkflowType, ErrorType];
        /// Signals that were handled, by outcome.
        WorkflowSignal: Counter "temporal_workflow_signal" [Namespace, TaskQueue, WorkflowType, SignalName, Outcome];
        /// Queries that were answered, by outcome.
        WorkflowQuery: Counter "temporal_workflow_query" [Namespace, TaskQueue, WorkflowType, QueryName, Outcome];
        /// Updates that were handled, by outcome; `rejected` are those that the validator refused.
        WorkflowUpdate: Counter "temporal_workflow_update" [Namespace, TaskQueue, WorkflowType, UpdateName, Outcome];
        /// Events of a run's history when a live task of it ends; the server ends runs at 51,200.
        WorkflowHistoryLength: Histogram "temporal_workflow_history_length" [Namespace, TaskQueue, WorkflowType] in EVENTS;
        /// Size of a run's history when a live task of it ends; the server ends runs at 50 MiB.
        WorkflowHistorySize: Size "temporal_workflow_history_size" [Namespace, TaskQueue, WorkflowType] in HISTORY_BYTES;
        /// Events that were replayed to load a run.
        WorkflowReplayLength: Histogram "temporal_workflow_replay_length" [Namespace, TaskQueue, WorkflowType] in EVENTS;
        /// Time that workflow code took to replay a run.
        WorkflowReplayLatency: Latency "temporal_workflow_replay_latency" [Namespace, TaskQueue, WorkflowType] in WORKFLOW_TASK;
        /// Payloads of one live workflow command, as encoded; the server refuses 2 MiB.
        WorkflowCommandPayloadSize: Size "temporal_workflow_command_payload_size" [Namespace, TaskQueue, WorkflowType, CommandType] in PAYLOAD_BYTES;
        /// Polls of workflow code that lasted too long and blocked their worker.
        WorkflowBlocked: Counter "temporal_workflow_blocked" [Namespace, TaskQueue, WorkflowType];
        /// Runs that do not advance, since their workflow task fails again and again.
        WorkflowStuck: Gauge "temporal_workflow_stuck" [Namespace, TaskQueue, WorkflowType];
        /// Runs that came near a limit of the server, or did not continue as new when it was suggested.
        WorkflowNearLimit: Counter "temporal_workflow_near_limit" [Namespace, TaskQueue, WorkflowType, Limit];
        /// Signals of workflow tasks by their fate: what waited for the server, and what an earlier attempt had emitted.
        WorkerTaskSignals: Counter "temporal_worker_task_signals" [Signal, Fate];
        /// Bytes of lines and log records that wait for the server to accept their workflow tasks.
        WorkerTaskSignalsHeldBytes: Gauge "temporal_worker_task_signals_held_bytes" [];
        /// Time that the signals of a workflow task waited for the server's answer.
        WorkerTaskSignalsHoldLatency: Latency "temporal_worker_task_signals_hold_latency" [] in WORKFLOW_TASK;
        /// Attempts of activities that ended, by class.
        ActivityOutcome: Counter "temporal_activity_outcome" [Namespace, TaskQueue, ActivityType, Outcome];
        /// Attempts of activities that failed, by the type of the error.
        ActivityError: Counter "temporal_activity_error" [Namespace, TaskQueue, ActivityType, ErrorType];
        /// Attempts of activities that ended by cancellation.
        ActivityExecutionCancelled: Counter "temporal_activity_execution_cancelled" [Namespace, TaskQueue, ActivityType];
        /// Attempts that an activity took until it ended for good.
        ActivityAttempts: Histogram "temporal_activity_attempts" [Namespace, TaskQueue, ActivityType] in ATTEMPTS;
        /// Time from the first schedule of an activity to the end of an attempt, retries included.
        ActivityFirstScheduleToEndLatency: Latency "temporal_activity_first_schedule_to_end_latency" [Namespace, TaskQueue, ActivityType, Outcome] in END_TO_END;
        /// Time between two heartbeats of an attempt, or from its start to the first.
        ActivityHeartbeatGap: Latency "temporal_activity_heartbeat_gap" [Namespace, TaskQueue, ActivityType] in HEARTBEAT;
        /// Payloads that passed the measured codec, as encoded; replays decode theirs again.
        PayloadSize: Size "temporal_payload_size" [Context, Direction] in PAYLOAD_BYTES;
        /// Time of gRPC calls, each attempt by itself; for OpenTelemetry `rpc.client.call.duration`.
        RpcClientCallDuration: Latency "rpc_client_call_duration" [RpcSystem, RpcMethod, RpcStatusCode, ErrorType, ServerAddress, ServerPort] in RPC;
        /// Time of gRPC calls that the server holds open; for OpenTelemetry `rpc.client.long_poll.duration`.
        RpcClientLongPollDuration: Latency "rpc_client_long_poll_duration" [RpcSystem, RpcMethod, RpcStatusCode, ErrorType, ServerAddress, ServerPort] in LONG_REQUEST;
    }
    Health {
        /// Events and recordings that were suppressed in replay.
        ReplaySuppressed: Counter "chronoscope_replay_suppressed" [WorkflowType, Signal];
        /// Label values that were replaced by `__other__`.
        LabelValuesFolded: Counter "chronoscope_label_values_folded" [Metric, Label, Reason];
        /// Series that were dropped because there are too many metrics, or another kind of metric has the name.
        SeriesDropped: Counter "chronoscope_series_dropped" [];
        /// Names of metrics and labels that are recorded under another one.
        NamesChanged: Counter "chronoscope_names_changed" [];
        /// Values that were not recorded, because they are not finite numbers.
        ValuesRefused: Counter "chronoscope_values_refused" [];
        /// Panics of the user's recorders; each was caught.
        RecorderPanics: Counter "chronoscope_recorder_panics" [];
        /// Increments and decrements of gauges that were refused in workflow code.
        GaugeChangesRefused: Counter "chronoscope_changes_refused" [];
        /// Calls of hooks that panicked; each was caught.
        HookPanics: Counter "chronoscope_hook_panics" [];
        /// Log lines that were lost because a sink was slow or failed, or a value could not be shown.
        LogLinesLost: Counter "chronoscope_log_lines_lost" [Reason];
        /// Failed flushes of a log writer; what it buffered may be lost.
        LogFlushesFailed: Counter "chronoscope_log_flushes_failed" [];
        /// Log records that were lost: dropped because the collector was slow, refused by it, or lost to a panic.
        LogRecordsLost: Counter "chronoscope_log_records_lost" [Reason];
        /// Spans that were lost: dropped because the collector was slow, refused by it, or lost to a panic of a processor.
        SpansLost: Counter "chronoscope_spans_lost" [Reason];
        /// Trace headers that could not be read, or only in part.
        TraceHeadersUnreadable: Counter "chronoscope_trace_headers_unreadable" [];
        /// Changes of search attributes that were not sent because nothing would have changed.
        UpsertsSkipped: Counter "chronoscope_upserts_skipped" [];
        /// Exports that failed.
        ExportFailures: Counter "chronoscope_export_failures" [Exporter];
    }
}
