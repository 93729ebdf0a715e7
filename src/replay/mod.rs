//! The gate: decides whether a signal is emitted, by the replay state of its code.
//!
//! Temporal re-executes workflow code from history whenever a worker no longer caches the run. Each
//! signal of that code would be emitted again. [`admit`] decides, as a pure function of the
//! [`GatedSignal`] and the [`Replay`](crate::execution::Replay) state, and [`Replayed`] counts the
//! suppressed signals.
//!
//! | signal | live | replaying history | query, validator | evicting |
//! |---|---|---|---|---|
//! | [`Log`](GatedSignal::Log) | emit, or hold | drop | emit | drop |
//! | [`Metric`](GatedSignal::Metric) | emit, or hold | drop | emit | drop |
//! | [`SpanOpen`](GatedSignal::SpanOpen) | emit, or hold | drop: only its ids are computed | emit | drop |
//! | [`SpanEnd`](GatedSignal::SpanEnd) | emit, or hold | drop | emit | drop |
//! | [`SearchAttribute`](GatedSignal::SearchAttribute) | emit | **emit**: a command, the same again | drop: no commands there | drop |
//!
//! With [`Emission::OnCommit`](crate::commit::Emission::OnCommit) live signals are held until the server
//! has accepted their workflow task.
//!
//! With [`Policy::Show`](crate::execution::Policy::Show) a replayed `Log` is emitted; with
//! [`Policy::Rebuild`](crate::execution::Policy::Rebuild) replayed `SpanOpen` and `SpanEnd` are.
//!
//! ```
//! use chronoscope::{
//!     execution::{Phase, Replay},
//!     replay::{GatedSignal, Verdict, admit},
//! };
//!
//! let replay = Replay { phase: Phase::Replaying, ..Replay::LIVE };
//! assert_eq!(admit(GatedSignal::Log, replay), Verdict::Drop);
//! ```
//!
//! # What does not count as replay
//!
//! Replay re-executes tasks that the server has *accepted*. A workflow task that was never
//! accepted, because it failed, timed out or its worker died, is executed anew on the next attempt:
//! that execution is live. One kind of accepted task is executed anew as well: a task without
//! commands that is followed at once by the task of an update, or by another one since its local
//! activity outlives it, if the run was evicted in between. The SDK's core then executes both as one
//! live task, and no hook tells them apart. In both cases a process leaves out what it has emitted
//! before ([`commit`](crate::commit)); another one emits it again.
//!
//! # Cost
//!
//! A match on three small enums: no allocation, below a nanosecond.

mod gate;
mod stats;

pub(crate) use self::stats::Stats;
pub use self::{
    gate::{GatedSignal, Verdict, admit},
    stats::Replayed,
};
