//! Rebuilds a run's spans from its history.
//!
//! A killed worker loses the spans that it had not sent yet; no worker sees the end of a run that
//! is terminated or times out; a backend deletes old spans. The history has the data: a span of a
//! workflow is a pure function of it. So the SDK's replayer runs the workflow's code over the
//! history once more, with the gate open for spans, and exports them with their original ids and
//! times. A backend merges them with the spans that it has, or shows both, as Jaeger does.
//!
//! ```
//! # use temporalio_macros::{workflow, workflow_methods};
//! # use temporalio_sdk::{WorkflowContext, WorkflowResult};
//! use chronoscope::{Observability, export::Collector, rebuild::Recording};
//! use temporalio_sdk::workflow_replayer::WorkflowReplayerOptions;
//! #
//! # #[workflow]
//! # #[derive(Default)]
//! # struct Order;
//! #
//! # #[workflow_methods]
//! # impl Order {
//! #     #[run]
//! #     async fn run(_ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
//! #         Ok(())
//! #     }
//! # }
//! #
//! # const HISTORY: &str = r#"{"events": [
//! #     {"eventId": "1", "eventTime": "2026-11-28T12:00:00Z", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
//! #      "workflowExecutionStartedEventAttributes": {
//! #          "workflowType": {"name": "Order"}, "taskQueue": {"name": "orders"}, "workflowId": "order-7",
//! #          "originalExecutionRunId": "0199", "firstExecutionRunId": "0199", "attempt": 1}},
//! #     {"eventId": "2", "eventTime": "2026-11-28T12:00:00Z", "eventType": "EVENT_TYPE_WORKFLOW_TASK_SCHEDULED",
//! #      "workflowTaskScheduledEventAttributes": {"attempt": 1}},
//! #     {"eventId": "3", "eventTime": "2026-11-28T12:00:01Z", "eventType": "EVENT_TYPE_WORKFLOW_TASK_STARTED",
//! #      "workflowTaskStartedEventAttributes": {"scheduledEventId": "2"}},
//! #     {"eventId": "4", "eventTime": "2026-11-28T12:00:01Z", "eventType": "EVENT_TYPE_WORKFLOW_TASK_COMPLETED",
//! #      "workflowTaskCompletedEventAttributes": {"scheduledEventId": "2", "startedEventId": "3"}},
//! #     {"eventId": "5", "eventTime": "2026-11-28T12:00:01Z", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED",
//! #      "workflowExecutionCompletedEventAttributes": {"workflowTaskCompletedEventId": "4"}}]}"#;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = std::env::temp_dir().join(format!("history-{}.json", std::process::id()));
//! # std::fs::write(&file, HISTORY)?;
//! let observability = Observability::builder()
//!     .traces(|t| t.otlp(Collector::at("http://localhost:4317")))
//!     .build()?;
//! let history = std::fs::read(&file)?; // temporal workflow show -w … --output json
//! # std::fs::remove_file(file)?;
//! let recording = Recording::read("default", &history)?;
//! let workflows = WorkflowReplayerOptions::new().register_workflow::<Order>()?.build();
//! let rebuilt = observability.rebuild(workflows, recording).await?;
//! assert_eq!((rebuilt.spans, &*rebuilt.run_id), (2, "0199")); // the run, and where its trace begins
//! observability.shutdown();
//! # Ok(())
//! # }
//! ```
//!
//! # What is exported
//!
//! - All spans of the workflow: its run, its signal and update handlers, its waits, and the spans
//!   of its code. With the same options they equal the live ones, attribute by attribute, and they
//!   are exported whether the trace was sampled or not.
//! - The run's end, even if the server ended the run. An event that no worker handled before the
//!   end, such as a signal just before a termination, has no span; nor has a run without a
//!   completed task.
//! - The last attempt of each activity, from the events of its start and end: by the server's
//!   clock, whereas the live span has the worker's. Earlier attempts leave no event, nor do queries
//!   and rejected updates; a local activity's marker has only its end.
//!
//! # Replay
//!
//! This is replay, so there are no logs, metrics or hooks.

mod activities;
mod error;
mod history;
mod identity;
mod recording;
mod replay;

pub use self::{
    error::RebuildError, history::UnreadableHistory, recording::Recording, replay::Rebuilt,
};
