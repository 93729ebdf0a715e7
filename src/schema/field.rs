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
    ($($(#[$doc:meta])* $variant:ident: $kind:ident, $log:literal, $span:literal, $metric:expr;)*) => {
        /// A field of an execution, with its name on each signal.
        ///
        /// Log names are those of Temporal's Python SDK, span names those that Temporal's SDKs
        /// share where they agree, metric names those of the SDK core's own labels.
        ///
        /// | field | kind | on logs | on spans | on metrics |
        /// |---|---|---|---|---|
        $(#[doc = concat!("| `", stringify!($variant), "` | ", stringify!($kind), " | `", $log, "` | `", $span, "` | ", stringify!($metric), " |")])*
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

            /// Returns the field's name as a metric label, or `None` where it is no label.
            #[must_use]
            pub const fn metric_name(self) -> Option<&'static str> {
                match self { $(Self::$variant => $metric,)* }
            }
        }
    };
}

fields! {
    /// The namespace that the execution belongs to.
    Namespace: Constant, "namespace", "temporalNamespace", Some("namespace");
    /// The task queue that the worker polls, or that a client call names.
    TaskQueue: Constant, "task_queue", "temporalTaskQueue", Some("task_queue");
    /// The workflow id.
    WorkflowId: Id, "workflow_id", "temporalWorkflowID", None;
    /// The run id.
    RunId: Id, "run_id", "temporalRunID", None;
    /// The workflow type.
    WorkflowType: Type, "workflow_type", "temporalWorkflowType", Some("workflow_type");
    /// The attempt of the run or of the activity, from one.
    Attempt: Id, "attempt", "temporalAttempt", None;
    /// The activity id.
    ActivityId: Id, "activity_id", "temporalActivityID", None;
    /// The activity type.
    ActivityType: Type, "activity_type", "temporalActivityType", Some("activity_type");
    /// Whether the activity is a local one.
    IsLocal: Type, "is_local", "temporalIsLocal", None;
    /// The signal that is being handled or sent.
    SignalName: Type, "signal_name", "temporalSignalName", Some("signal_name");
    /// The query that is being answered or asked.
    QueryName: Type, "query_name", "temporalQueryName", Some("query_name");
    /// The update that is being validated, handled or sent.
    UpdateName: Type, "update_name", "temporalUpdateName", Some("update_name");
    /// The update id.
    UpdateId: Id, "update_id", "temporalUpdateID", None;
    /// The schedule id.
    ScheduleId: Id, "schedule_id", "temporalScheduleID", None;
}
