//! Rebuilds a run's spans from its history.
//!
//! A killed worker loses the spans that it had not sent yet; no worker sees the end of a run that
//! is terminated or times out; a backend deletes old spans. The history has the data: a span of a
//! workflow is a pure function of it. So the SDK's replayer runs the workflow's code over the
//! history once more, with the gate open for spans, and exports them with their original ids and
//! times. A backend merges them with the spans that it has, or shows both, as Jaeger does.
//!
//! ```no_run
//! use chronoscope::{Observability, export::Collector, rebuild::Recording};
//! use temporalio_sdk::workflow_replayer::WorkflowReplayerOptions;
//!
//! # async fn rebuild(workflows: WorkflowReplayerOptions) -> Result<(), Box<dyn std::error::Error>> {
//! let observability = Observability::builder()
//!     .traces(|t| t.otlp(Collector::at("http://localhost:4317")))
//!     .build()?;
//! let history = std::fs::read("history.json")?; // temporal workflow show -w … --output json
//! let recording = Recording::read("default", &history)?;
//! let rebuilt = observability.rebuild(workflows, recording).await?;
//! println!("{} spans of run {}", rebuilt.spans, rebuilt.run_id);
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
