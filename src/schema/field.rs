use super::Label;

/// What a field's values are like, which decides where the field may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldKind {
    /// Names one thing among unboundedly many: on logs and spans, never on metrics.
    Id,
    /// Names a kind of thing that code declares: on logs, spans and metrics.
    Type,
    /// The same for a whole worker or client: on logs, spans and metrics.
    Constant,
}

macro_rules! fields {
    (@label) => { None };
    (@label $label:ident) => { Some(Label::$label) };
    ($($(#[$doc:meta])* $variant:ident: $kind:ident, $log:literal, $span:literal $(=> $label:ident)?;)*) => {
        /// A field of an execution, with its name on each signal.
        ///
        /// Log names are those of Temporal's Python SDK, span names those that Temporal's SDKs
        /// share where they agree, labels those of the SDK core's own metrics.
        ///
        /// | field | kind | on logs | on spans | on metrics |
        /// |---|---|---|---|---|
        $(#[doc = concat!("| `", stringify!($variant), "` | ", stringify!($kind), " | `", $log, "` | `", $span, "` | ", $("[`", stringify!($label), "`](Label::", stringify!($label), ")",)? " |")])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        impl Field {
            /// Every field, in the order in which log lines show them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns what the field's values are like.
            #[must_use]
            pub const fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind,)* }
            }

            /// Returns the field's name on log lines.
            #[must_use]
            pub const fn log_name(self) -> &'static str {
                match self { $(Self::$variant => $log,)* }
            }

            /// Returns the field's name among span attributes.
            #[must_use]
            pub const fn span_name(self) -> &'static str {
                match self { $(Self::$variant => $span,)* }
            }

            /// Returns the label of the field on metrics, or `None` where it is none.
            #[must_use]
            pub const fn label(self) -> Option<Label> {
                match self { $(Self::$variant => fields!(@label $($label)?),)* }
            }
        }
    };
}

fields! {
    /// The namespace that the execution belongs to.
    Namespace: Constant, "namespace", "temporalNamespace" => Namespace;
    /// The task queue that the worker polls, or that a client call names.
    TaskQueue: Constant, "task_queue", "temporalTaskQueue" => TaskQueue;
    /// The workflow id.
    WorkflowId: Id, "workflow_id", "temporalWorkflowID";
    /// The run id.
    RunId: Id, "run_id", "temporalRunID";
    /// The workflow type.
    WorkflowType: Type, "workflow_type", "temporalWorkflowType" => WorkflowType;
    /// The attempt of the run or of the activity, from one.
    Attempt: Id, "attempt", "temporalAttempt";
    /// The activity id.
    ActivityId: Id, "activity_id", "temporalActivityID";
    /// The activity type.
    ActivityType: Type, "activity_type", "temporalActivityType" => ActivityType;
    /// Whether the activity is a local one.
    IsLocal: Type, "is_local", "temporalIsLocal";
    /// The signal that is being handled or sent.
    SignalName: Type, "signal_name", "temporalSignalName" => SignalName;
    /// The query that is being answered or asked.
    QueryName: Type, "query_name", "temporalQueryName" => QueryName;
    /// The update that is being validated, handled or sent.
    UpdateName: Type, "update_name", "temporalUpdateName" => UpdateName;
    /// The update id.
    UpdateId: Id, "update_id", "temporalUpdateID";
    /// The schedule id.
    ScheduleId: Id, "schedule_id", "temporalScheduleID";
    /// The system of a remote procedure call: `grpc`.
    RpcSystem: Constant, "rpc_system_name", "rpc.system.name" => RpcSystem;
    /// The method that is called, with its service.
    RpcMethod: Type, "rpc_method", "rpc.method" => RpcMethod;
    /// The host that a connection was made for.
    ServerAddress: Constant, "server_address", "server.address" => ServerAddress;
    /// The port that a connection was made for.
    ServerPort: Constant, "server_port", "server.port" => ServerPort;
}
