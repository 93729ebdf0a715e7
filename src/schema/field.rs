//! The fields of executions, with their names on lines, spans and metrics.

use super::Label;

macro_rules! fields {
    (@label) => { None };
    (@label $label:ident) => { Some(Label::$label) };
    ($($(#[$doc:meta])* $variant:ident: $log:literal, $span:literal $(=> $label:ident)?;)*) => {
        /// A field of an execution, with its name on each signal. Ids are never metric labels.
        ///
        /// Log names are those of Temporal's Python SDK, span names those that Temporal's SDKs
        /// share where they agree, labels those of the SDK core's own metrics.
        ///
        /// | field | on lines | on spans and log records | on metrics |
        /// |---|---|---|---|
        $(#[doc = concat!("| `", stringify!($variant), "` | `", $log, "` | `", $span, "` | ", $("[`", stringify!($label), "`](Label::", stringify!($label), ")",)? " |")])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        impl Field {
            /// Every field, in the order in which log lines show them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the field's name on log lines.
            #[must_use]
            pub const fn log_name(self) -> &'static str {
                match self { $(Self::$variant => $log,)* }
            }

            /// Returns the field's name among the attributes of spans and log records.
            #[must_use]
            pub const fn span_name(self) -> &'static str {
                match self { $(Self::$variant => $span,)* }
            }

            /// Returns the field's metric label, or `None` if it is not a label.
            #[must_use]
            pub const fn label(self) -> Option<Label> {
                match self { $(Self::$variant => fields!(@label $($label)?),)* }
            }
        }
    };
}

fields! {
    /// The namespace that the execution belongs to.
    Namespace: "namespace", "temporalNamespace" => Namespace;
    /// The task queue that the worker polls, or that a client call names.
    TaskQueue: "task_queue", "temporalTaskQueue" => TaskQueue;
    /// The workflow id.
    WorkflowId: "workflow_id", "temporalWorkflowID";
    /// The run id.
    RunId: "run_id", "temporalRunID";
    /// The workflow type.
    WorkflowType: "workflow_type", "temporalWorkflowType" => WorkflowType;
    /// The attempt of the run or of the activity, from one.
    Attempt: "attempt", "temporalAttempt";
    /// The activity id.
    ActivityId: "activity_id", "temporalActivityID";
    /// The activity type.
    ActivityType: "activity_type", "temporalActivityType" => ActivityType;
    /// Whether the activity is a local one.
    IsLocal: "is_local", "temporalIsLocal";
    /// The signal that is being handled or sent.
    SignalName: "signal_name", "temporalSignalName" => SignalName;
    /// The query that is being answered or asked.
    QueryName: "query_name", "temporalQueryName" => QueryName;
    /// The update that is being validated, handled or sent.
    UpdateName: "update_name", "temporalUpdateName" => UpdateName;
    /// The update id.
    UpdateId: "update_id", "temporalUpdateID";
    /// The schedule id.
    ScheduleId: "schedule_id", "temporalScheduleID";
    /// The system of a remote procedure call: `grpc`.
    RpcSystem: "rpc_system_name", "rpc.system.name" => RpcSystem;
    /// The method that is called, with its service.
    RpcMethod: "rpc_method", "rpc.method" => RpcMethod;
    /// The host that a connection was made for.
    ServerAddress: "server_address", "server.address" => ServerAddress;
    /// The port that a connection was made for.
    ServerPort: "server_port", "server.port" => ServerPort;
}
