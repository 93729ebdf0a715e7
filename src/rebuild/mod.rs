//! A run's spans out of its history.
//!
//! A worker that is killed takes the spans with it that it had not sent yet; a run that is terminated
//! or times out ends where no worker sees it; a backend forgets. The history knows: a span of a
//! workflow is a pure function of it. So the SDK's replayer runs the workflow's code over the history
//! once more, with the gate open for spans, and they come out with the ids and times that they had,
//! so that a backend folds them into what it has, or shows both, as Jaeger does.
//!
//! ```no_run
//! use chronoscope::{Observability, export::Collector, rebuild::Recording};
//! use temporalio_sdk::workflow_replayer::WorkflowReplayerOptions;
//!
//! # async fn rebuild(workflows: WorkflowReplayerOptions) -> Result<(), Box<dyn std::error::Error>> {
//! let observability = Observability::builder()
//!     .otlp_traces(Collector::at("http://localhost:4317"))?
//!     .build();
//! let json = std::fs::read("history.json")?; // temporal workflow show -w … --output json
//! let recording = Recording::from_json("default", &json)?;
//! let rebuilt = observability.rebuild(workflows, recording).await?;
//! println!("{} spans of run {}", rebuilt.spans, rebuilt.run_id);
//! observability.shutdown();
//! # Ok(())
//! # }
//! ```
//!
//! # What comes out
//!
//! - All spans of the workflow: the run's own, its handlers of signals and updates, what it waited
//!   for, and those of its code. They equal the live ones, attribute by attribute, given the same
//!   options, and they come out whether the trace was sampled or not.
//! - The run's end, also where the server brought it about. What no worker took up before, such as a
//!   signal to a run that was terminated then, has no span; nor has a run without a completed task.
//! - For its activities the last attempt, from the events that say when it started and ended: by
//!   the server's clock, where the live span has the worker's. Earlier attempts leave no event,
//!   nor do queries and rejected updates; a local activity's marker tells its end alone.
//!
//! # Replay
//!
//! Logs, metrics and hooks stay silent: this is replay.

mod activities;
mod error;
mod identity;
mod json;
mod recording;
mod replay;

pub use self::{
    error::{RebuildError, UnreadableHistory},
    recording::Recording,
    replay::Rebuilt,
};
