//! The labels of metrics.

macro_rules! labels {
    ($($(#[$doc:meta])* $variant:ident: $name:literal;)*) => {
        /// A label of a metric.
        ///
        /// Its values are bounded by what code and configuration declare; an id is never one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Label {
            $($(#[$doc])* $variant,)*
        }

        impl Label {
            /// Every label.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the label's name on series.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

labels! {
    /// The namespace of the worker or client.
    Namespace: "namespace";
    /// The task queue that the worker polls.
    TaskQueue: "task_queue";
    /// The workflow type.
    WorkflowType: "workflow_type";
    /// The activity type.
    ActivityType: "activity_type";
    /// The name of a signal.
    SignalName: "signal_name";
    /// The name of a query.
    QueryName: "query_name";
    /// The name of an update.
    UpdateName: "update_name";
    /// How something ended: an [`Outcome`](super::Outcome)'s class.
    Outcome: "outcome";
    /// The type of an error: a [`Failure`](super::Failure)'s `error_type`.
    ErrorType: "error_type";
    /// What a poller polls for: `workflow_task`, `sticky_workflow_task`, `activity_task` or
    /// `nexus_task`.
    PollerType: "poller_type";
    /// What a slot is for: `WorkflowWorker`, `ActivityWorker`, `LocalActivityWorker` or
    /// `NexusWorker`.
    WorkerType: "worker_type";
    /// Why the core reported a failure, such as `NonDeterminismError`.
    FailureReason: "failure_reason";
    /// Whether an activity was handed out with the answer to a workflow task.
    Eager: "eager";
    /// The gRPC method.
    Operation: "operation";
    /// The gRPC status code.
    StatusCode: "status_code";
    /// The system of a remote procedure call: `grpc`.
    RpcSystem: "rpc_system_name";
    /// The gRPC method, with its service.
    RpcMethod: "rpc_method";
    /// How a gRPC call ended: the name of its status code.
    RpcStatusCode: "rpc_status_code";
    /// The host that a connection was made for.
    ServerAddress: "server_address";
    /// The port that a connection was made for.
    ServerPort: "server_port";
    /// The kind of a workflow's command, such as `ScheduleActivity`.
    CommandType: "command_type";
    /// Whose payload it is: `workflow`, `activity` or `none`.
    Context: "context";
    /// Whether a payload is on its way to the server (`encode`) or from it (`decode`).
    Direction: "direction";
    /// What was suppressed in replay, or waited for the server: `log`, `metric`, or `end`, which is a
    /// span, a hook or a count of chronoscope's own.
    Signal: "signal";
    /// The fate of signals, as [`CommitCounts`](crate::commit::CommitCounts) names them.
    Fate: "fate";
    /// The name of a metric.
    Metric: "metric";
    /// The name of a label.
    Label: "label";
    /// Why something was folded or dropped.
    Reason: "reason";
    /// The limit that a run came near, such as `history_events`.
    Limit: "limit";
    /// The exporter: `otlp`.
    Exporter: "exporter";
}
