//! The operations that are observed, with their names in traces.

/// The kind of code that an operation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// Workflow code: replayed, deterministic.
    Workflow,
    /// Activity code: runs once per attempt.
    Activity,
    /// A call of a Temporal client.
    Client,
    /// A gRPC call. A client call makes one or several.
    Rpc,
}

macro_rules! operations {
    ($($kind:ident { $($(#[$doc:meta])* $variant:ident,)* })*) => {
        /// One intercepted SDK call, under the name that Temporal's SDKs give it in traces.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $($($(#[$doc])* $variant,)*)*
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// Returns the kind of code that the operation runs.
            #[must_use]
            pub const fn kind(self) -> OperationKind {
                match self { $($(Self::$variant => OperationKind::$kind,)*)* }
            }

            /// Returns the operation's name, which precedes the colon in a span name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$variant => stringify!($variant),)*)* }
            }
        }
    };
}

impl Operation {
    /// Returns whether the operation has a span. Repeated ones have none: long polls for a result,
    /// pages of lists, heartbeats.
    pub(crate) const fn is_traced(self) -> bool {
        !matches!(
            self,
            Self::InitializeWorkflow
                | Self::ListWorkflows
                | Self::CountWorkflows
                | Self::FetchWorkflowHistory
                | Self::PollWorkflowUpdate
                | Self::ListSchedules
                | Self::SendScheduleUpdate
                | Self::HeartbeatAsyncActivity
                | Self::PollRpc
        )
    }
}

operations! {
    Workflow {
        /// The workflow's `#[init]` function.
        InitializeWorkflow,
        /// The workflow's `#[run]` function.
        RunWorkflow,
        /// A signal handler.
        HandleSignal,
        /// A query handler.
        HandleQuery,
        /// An update validator.
        ValidateUpdate,
        /// An update handler.
        HandleUpdate,
        /// The moment at which a run starts.
        WorkflowExecutionStarted,
        /// A workflow waits for an activity, local or not.
        StartActivity,
        /// A workflow waits for a child to start.
        StartChildWorkflow,
        /// A workflow signals its child.
        SignalChildWorkflow,
        /// A workflow signals another one.
        SignalExternalWorkflow,
        /// A workflow requests the cancellation of another one.
        CancelExternalWorkflow,
        /// A workflow waits for a Nexus operation to start.
        StartNexusOperation,
        /// A workflow waits for a timer.
        StartTimer,
        /// A workflow waits for a condition.
        WaitCondition,
        /// A run continues as new.
        ContinueAsNew,
    }
    Activity {
        /// One attempt of an activity, local or not.
        RunActivity,
    }
    Client {
        /// Starts a workflow.
        StartWorkflow,
        /// Signals a workflow and starts it first if need be.
        SignalWithStartWorkflow,
        /// Lists one page of workflows.
        ListWorkflows,
        /// Counts workflows.
        CountWorkflows,
        /// Describes a workflow.
        DescribeWorkflow,
        /// Fetches one page of a history, or waits for a result.
        FetchWorkflowHistory,
        /// Signals a workflow.
        SignalWorkflow,
        /// Queries a workflow.
        QueryWorkflow,
        /// Sends an update.
        StartWorkflowUpdate,
        /// Sends an update and starts the workflow first if need be.
        UpdateWithStartWorkflow,
        /// Waits for the outcome of an update.
        PollWorkflowUpdate,
        /// Requests cancellation of a workflow.
        CancelWorkflow,
        /// Terminates a workflow.
        TerminateWorkflow,
        /// Creates a schedule.
        CreateSchedule,
        /// Lists one page of schedules.
        ListSchedules,
        /// Describes a schedule.
        DescribeSchedule,
        /// Reads, changes and writes a schedule.
        UpdateSchedule,
        /// Writes a changed schedule.
        SendScheduleUpdate,
        /// Deletes a schedule.
        DeleteSchedule,
        /// Pauses a schedule.
        PauseSchedule,
        /// Unpauses a schedule.
        UnpauseSchedule,
        /// Triggers a schedule now.
        TriggerSchedule,
        /// Runs a schedule over a span of the past.
        BackfillSchedule,
        /// Completes an activity from outside.
        CompleteAsyncActivity,
        /// Fails an activity from outside.
        FailAsyncActivity,
        /// Reports an activity as cancelled from outside.
        ReportAsyncActivityCancellation,
        /// Sends a heartbeat of an activity from outside.
        HeartbeatAsyncActivity,
    }
    Rpc {
        /// A gRPC call that the server answers at once.
        CallRpc,
        /// A gRPC call that the server holds until there is something to return.
        PollRpc,
    }
}
